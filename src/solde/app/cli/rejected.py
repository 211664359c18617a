"""solde rejected list|redate|post|force: operations dated in a closed accounting period, and their repair."""

from __future__ import annotations

import typer

from .session import Session, at_work, read_day

AS_JSON = typer.Option(False, "--json", help="Print what the API answers.")
DRY_RUN = typer.Option(False, "--dry-run", help="Try it; nothing is kept.")
PLACES = typer.Argument(help="Operations as ACCOUNT:NUMBER, such as ACC-1:7.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("redate")(redate)
    app.command("post")(post)
    app.command("force")(force)


def redate(
    places: list[str] = PLACES,
    on: str = typer.Option(help="The new accounting day, in an open period."),
    reason: str = typer.Option(help="Why it belongs there."),
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Give operations another accounting day; not once they are exported."""
    _repair("redate", places, reason, on, dry_run=dry_run, as_json=as_json)


def post(
    places: list[str] = PLACES,
    reason: str | None = typer.Option(None, help="Why."),
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Post by their own accounting day what was rejected, where its period is open again."""
    _repair("post", places, reason, None, dry_run=dry_run, as_json=as_json)


def force(
    places: list[str] = PLACES,
    reason: str | None = typer.Option(None, help="Why."),
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Post in the next open period what was rejected."""
    _repair("force", places, reason, None, dry_run=dry_run, as_json=as_json)


def _repair(way: str, places: list[str], reason: str | None, on: str | None, *, dry_run: bool, as_json: bool) -> None:
    day, chosen = read_day(on, "date"), [_place(text) for text in places]

    async def work(session: Session) -> None:
        from solde.db import Connection, transaction
        from solde.operations.rejected import Repair, Repaired, Way, repair
        from solde.operations.rejected.shapes import repaired_shape

        from .output import print_json

        async def act(conn: Connection) -> list[Repaired]:
            accounts = {code: (await session.account(conn, code)).account_id for code in sorted({c for c, _ in chosen})}
            keys = tuple((accounts[code], number) for code, number in chosen)
            return await repair(conn, Repair(keys, Way(way), session.actor, reason, day, late=True))

        made = await transaction(session.pool, act, dry_run=dry_run)
        if as_json:
            print_json({"items": [repaired_shape(one) for one in made]})
            return
        for one in made:
            print(f"{one.standing.account}:{one.standing.number}: accounting day {one.accounting_on}")

    at_work(work)


def _place(text: str) -> tuple[str, int]:
    code, _, number = text.rpartition(":")
    if not code or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise typer.BadParameter(f"{text!r} is no ACCOUNT:NUMBER")
    return code, int(number)
