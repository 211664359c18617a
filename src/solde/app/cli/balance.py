"""solde balance: what an account owes, now or at any past moment, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from .session import Session, at_work, read_day, read_instant

if TYPE_CHECKING:
    from solde.balances import AccountBalance, ExplainedOperation, Moment


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("balance")(balance)


def balance(
    account: str = typer.Argument(help="Code of the customer account."),
    definition: str | None = typer.Option(
        None, "--definition", "-d", help="Code of one balance; without it all are shown."
    ),
    as_of: str | None = typer.Option(None, "--as-of", help="Date: only what is effective on or before it."),
    known_at: str | None = typer.Option(None, "--known-at", help="Instant: only what was recorded by then."),
    explain: bool = typer.Option(False, "--explain", help="Every operation in or out, why, and the running sum."),
    as_json: bool = typer.Option(False, "--json", help="Print what the API answers."),
) -> None:
    """Show the balances of an account."""
    as_of_on, known_at_instant = read_day(as_of, "as_of"), read_instant(known_at, "known_at")

    async def work(session: Session) -> None:
        from solde.balances import Moment, balances_of, check_moment, definitions_at, pick

        async with session.pool.connection() as conn, conn.transaction():
            ref = await session.account(conn, account)
            moment = Moment(session.today(ref.time_zone), as_of_on, known_at_instant)
            check_moment(moment, session.now)
            known = await definitions_at(conn, moment)
            chosen = [pick(known, definition)] if definition or explain else list(known)
            found = await balances_of(conn, ref.account_id, chosen, moment)
            explained = await _explain_all(conn, ref.account_id, found[0], moment) if explain else []
        if as_json:
            _print_json(found, explained, ref.currency, moment, single=bool(definition or explain), explain=explain)
        else:
            _print_tables(account, found, explained, ref.currency, moment, explain=explain)

    at_work(work)


async def _explain_all(conn, account_id: int, found: AccountBalance, moment: Moment) -> list[ExplainedOperation]:  # type: ignore[no-untyped-def]
    from solde.balances import explain
    from solde.kernel.paging import LIMIT_MOST

    lines: list[ExplainedOperation] = []
    cursor: str | None = None
    while True:
        page = await explain(conn, account_id, found.definition, moment, limit=LIMIT_MOST, cursor=cursor)
        lines += page.items
        cursor = page.next
        if cursor is None:
            return lines


def _print_json(
    found: list[AccountBalance],
    explained: list[ExplainedOperation],
    currency: str,
    moment: Moment,
    *,
    single: bool,
    explain: bool,
) -> None:
    from solde.balances import in_words
    from solde.balances.shapes import balance_shape, explained_shape

    from .output import print_json

    shapes = [balance_shape(one, currency, moment) for one in found]
    if explain:
        words = list(in_words(found[0].definition.draft))
        print_json(
            {"balance": shapes[0], "words": words, "items": [explained_shape(e) for e in explained], "next": None}
        )
    else:
        print_json(shapes[0] if single else {"items": shapes, "next": None})


def _print_tables(
    account: str,
    found: list[AccountBalance],
    explained: list[ExplainedOperation],
    currency: str,
    moment: Moment,
    *,
    explain: bool,
) -> None:
    from solde.balances import in_words

    from .output import WORDS, balance_words, money, table

    print(f"{account}, {currency}{_when(moment)}\n")
    rows = [
        (
            one.definition.label,
            money(one.figures.debit, currency),
            money(one.figures.credit, currency),
            balance_words(one.figures.balance, one.figures.direction, currency),
            WORDS[one.figures.direction],
            f"{one.figures.count:,}",
        )
        for one in found
    ]
    print(table(("Balance", "Debit", "Credit", "Balance", "", "Operations"), rows, right=(1, 2, 3, 5)))
    if explain:
        print("\n" + "\n".join(in_words(found[0].definition.draft)) + "\n")
        print(table(*_explanation(explained, currency), right=(0, 5, 6)))


def _when(moment: Moment) -> str:
    from solde.kernel.dates import format_instant

    as_of = f" as of {moment.as_of}" if moment.as_of else ""
    return as_of + (f" as known at {format_instant(moment.known_at)}" if moment.known_at else "")


def _explanation(explained: list[ExplainedOperation], currency: str) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    from .output import balance_words, money

    rows = [
        (
            f"unbilled {e.number}" if e.unbilled else str(e.number),
            str(e.operation_on),
            e.code,
            e.reference or "",
            "in" if e.included else "out",
            money(e.contribution, currency) if e.included else "",
            balance_words(e.running, "DR" if e.running > 0 else "CR" if e.running else "ZERO", currency),
            "; ".join(e.reasons),
        )
        for e in explained
    ]
    return ("No.", "Date", "Type", "Reference", "", "Counts", "Sum so far", "Why"), rows
