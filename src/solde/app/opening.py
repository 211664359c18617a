"""The database that the environment names, ready for this version: what commands and Python programs begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

if TYPE_CHECKING:
    from solde.db import Settings

SCHEMA_BEHIND = declare("schema_behind", Kind.CONFLICT, "Run `solde db upgrade`.")


def settings() -> Settings:
    """Where the data lives, by the environment."""
    from solde.db import Settings

    return Settings.from_environment()


def ready_dsn(given: Settings | None = None) -> str:
    """The application's DSN of a database with this version's schema; an empty one gets it.

    Refuses: schema_behind, and what `ensure_database` and `upgrade` refuse.
    """
    from solde.db import application_dsn, ensure_database, status, upgrade

    chosen = given or settings()
    dsn = ensure_database(chosen)
    found = status(dsn)
    if found.revision is None or found.files_changed:
        # Files that changed since are refused there, with what to do about it.
        upgrade(dsn)
    elif not found.is_current:
        said = say(
            "the database has schema {revision}, this version wants {newest}",
            revision=found.revision,
            newest=found.newest,
        )
        raise Refused(refuse(SCHEMA_BEHIND, said))
    return application_dsn(chosen)
