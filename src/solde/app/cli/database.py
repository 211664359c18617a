"""solde db: bring the schema up to date, look after the server, back up and restore."""

from __future__ import annotations

from pathlib import Path

import typer

from solde.app.opening import settings

YES = typer.Option(False, "--yes", help="Do not ask.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (upgrade, status, reset, stop, backup, restore):
        app.command(command.__name__)(command)


def upgrade() -> None:
    """Bring the database to this version's schema."""
    from solde.db import ensure_database, upgrade

    before = upgrade(ensure_database(settings()))
    print("The schema was up to date." if before.is_current else f"The schema is now at {before.newest}.")


def status(as_json: bool = typer.Option(False, "--json", help="Print it as JSON.")) -> None:
    """Show where the database is and how its schema stands; exit 1 unless it is up to date."""
    from solde.db import ensure_database, status
    from solde.db.pool import describe

    from .output import print_json

    dsn = ensure_database(settings())
    found = status(dsn)
    if as_json:
        print_json(
            {"database": describe(dsn), "revision": found.revision, "newest": found.newest, "current": found.is_current}
        )
    else:
        state = "up to date" if found.is_current else "empty" if found.revision is None else "behind"
        print(f"{describe(dsn)}: schema {found.revision or '(none)'}, newest {found.newest}: {state}")
    if not found.is_current:
        raise typer.Exit(1)


def reset(yes: bool = YES) -> None:
    """Drop everything and make the schema anew."""
    from solde.db import ensure_database, reset
    from solde.db.pool import describe

    dsn = ensure_database(settings())
    _ask(yes, f"Everything in {describe(dsn)} will be lost. Go on?")
    reset(dsn)
    print("The database is empty and its schema new.")


def stop() -> None:
    """Stop the embedded server."""
    from solde.db import stop

    print("Stopped." if stop(settings()) else "No embedded server was running.")


def backup(file: Path = typer.Argument(help="Where to write it.", dir_okay=False)) -> None:
    """Write the whole database into one file, while others work on."""
    from solde.db import backup, ensure_database

    chosen = settings()
    backup(ensure_database(chosen), file, postgres_bin=chosen.postgres_bin)
    print(f"{file}: {file.stat().st_size:,} bytes")


def restore(
    file: Path = typer.Argument(help="A file made by `solde db backup`.", exists=True, dir_okay=False), yes: bool = YES
) -> None:
    """Replace all the database holds by a backup."""
    from solde.db import ensure_database, restore
    from solde.db.pool import describe

    chosen = settings()
    dsn = ensure_database(chosen)
    _ask(yes, f"Everything in {describe(dsn)} will be replaced. Go on?")
    restore(dsn, file, postgres_bin=chosen.postgres_bin)
    print("Restored.")


def _ask(yes: bool, question: str) -> None:
    if not yes:
        typer.confirm(question, abort=True)
