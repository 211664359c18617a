"""solde statement: an account from one day to another, as a PDF or for Excel."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

import typer

from .session import Session, at_work, read_day

if TYPE_CHECKING:
    from solde.balances.statement import Statement
    from solde.db import Connection

FORMS = (".pdf", ".xlsx")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("statement")(statement)


def statement(
    account: str = typer.Argument(help="Code of the customer account."),
    from_: str = typer.Option(..., "--from", help="First day."),
    until: str = typer.Option(..., help="Last day."),
    output: Path = typer.Option(..., "--output", "-o", help="File to write: .pdf or .xlsx.", dir_okay=False),
    definition: str | None = typer.Option(
        None, "--definition", "-d", help="Code of a balance; without it the default."
    ),
) -> None:
    """Write a statement of account."""
    from_on, until_on = read_day(from_, "from"), read_day(until, "until")
    assert from_on is not None, "the option is mandatory"
    assert until_on is not None, "the option is mandatory"
    form = output.suffix.lower()
    if form not in FORMS:
        raise typer.BadParameter(f"name the file {' or '.join(FORMS)}")
    draft = output.with_name(f".{output.name}.part")

    async def work(session: Session) -> int:
        from solde.balances import definitions_now, pick
        from solde.balances.statement import make_statement

        async with session.pool.connection() as conn, conn.transaction():
            await conn.execute("set transaction isolation level repeatable read, read only")
            ref = await session.account(conn, account)
            chosen = pick(await definitions_now(conn), definition)
            today = session.today(ref.time_zone)
            made = await make_statement(conn, ref.account_id, from_on, until_on, chosen, today=today)
            with draft.open("wb") as out:
                await _write(conn, made, out, form)
        return made.count

    try:
        movements = at_work(work)
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)
    print(f"{output}: {movements:,} movements")


async def _write(conn: Connection, made: Statement, out: IO[bytes], form: str) -> None:
    from solde.balances.statement import render_statement, stream_movements, write_statement
    from solde.balances.statement.pdf import check_length

    if form == ".xlsx":
        await write_statement(out, made, stream_movements(conn, made))
        return
    check_length(made)
    out.write(render_statement(made, [m async for m in stream_movements(conn, made)]))
