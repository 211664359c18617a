"""solde match: pay what is owed with what was paid, oldest due first."""

from __future__ import annotations

import typer

from .session import Session, at_work


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("match")(match)


def match(
    account: str | None = typer.Argument(None, help="Code of the customer account."),
    every: bool = typer.Option(False, "--all", help="Every account."),
    as_json: bool = typer.Option(False, "--json", help="Print the counts as JSON."),
) -> None:
    """Match what is open of an account, or of all, oldest due first."""
    if (account is None) == (not every):
        raise typer.BadParameter("name one account, or say --all")
    at_work(lambda session: match_one(session, account, as_json) if account else match_every(session, as_json))


async def match_one(session: Session, code: str, as_json: bool) -> None:
    """Match one account, in as many rounds as it needs."""
    from solde.db import transaction
    from solde.matching import match_oldest
    from solde.operations import load_types

    async with session.pool.connection() as conn:
        ref, types = await session.account(conn, code), await load_types(conn)
    groups = lines = 0
    while made := await transaction(
        session.pool,
        lambda conn: match_oldest(
            conn, [ref.account_id], types, today=session.today(ref.time_zone), actor=session.actor
        ),
    ):
        groups, lines = groups + len(made), lines + sum(len(one.lines) for one in made)
    _tell(1, groups, lines, as_json)


async def match_every(session: Session, as_json: bool) -> None:
    """Match every account."""
    from solde.matching import match_all

    from .progress import show_progress

    with show_progress({"match": "Matching accounts"}) as told:
        done = await match_all(
            session.pool,
            today=session.today("UTC"),
            actor=session.actor,
            progress=lambda accounts: told("match", accounts, None),
        )
    _tell(done.accounts, done.groups, done.lines, as_json)


def _tell(accounts: int, groups: int, lines: int, as_json: bool) -> None:
    from .output import print_json

    if as_json:
        print_json({"accounts": accounts, "matches": groups, "lines": lines})
    else:
        print(f"{groups:,} matches of {lines:,} lines in {accounts:,} accounts")
