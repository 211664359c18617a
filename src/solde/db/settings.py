"""Where the database is: a server given by its DSN, or an embedded one in a folder of ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides where data lives.

    `dsn` names a PostgreSQL and wins; without it an embedded server runs under `home`, by the programs in
    `postgres_bin` or the first found. `owner_dsn` is how the owner of the tables connects to the same database, where the
    application has a login of its own. `system_user` owns the embedded data when Solde runs as root.
    `server_options` are PostgreSQL settings laid over ours.
    """

    home: Path
    dsn: str | None = None
    owner_dsn: str | None = None
    postgres_bin: Path | None = None
    system_user: str = "solde"
    server_options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read SOLDE_DATABASE_URL, SOLDE_OWNER_URL, SOLDE_HOME and SOLDE_POSTGRES_BIN."""
        env = os.environ if environment is None else environment
        home = env.get("SOLDE_HOME")
        programs = env.get("SOLDE_POSTGRES_BIN")
        return cls(
            home=Path(home).expanduser().absolute() if home else default_home(env),
            dsn=env.get("SOLDE_DATABASE_URL") or None,
            owner_dsn=env.get("SOLDE_OWNER_URL") or None,
            postgres_bin=Path(programs).expanduser().absolute() if programs else None,
        )


def default_home(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The platform's folder for a user's data."""
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "solde"
    given = environment.get("XDG_DATA_HOME", "")
    base = Path(given) if given.startswith("/") else Path.home() / ".local" / "share"
    return base / "solde"
