"""solde deposits: money that customers leave with us, apart from what they owe."""

from __future__ import annotations

from typing import Any

import typer

from .payments import AS_JSON, DRY_RUN
from .session import Session, at_work, read_day


def add_to(app: typer.Typer) -> None:
    """Add the commands; those that move deposits are described."""
    app.command("list")(list_them)
    app.command("expire")(expire)


def list_them(
    account: str | None = typer.Argument(None, help="Code of the customer account; all of them unless given."),
    state: list[str] = typer.Option([], help="Only these states, such as LOCKED; once a state."),
    expiring_before: str | None = typer.Option(None, help="Only those whose last day is before this one."),
    as_json: bool = AS_JSON,
) -> None:
    """List security deposits."""
    from solde.deposits import DepositFilter, DepositState

    unknown = [one for one in state if one not in set(DepositState)]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(DepositState)}")
    chosen = DepositFilter(
        None, tuple(DepositState(one) for one in state) or None, None, read_day(expiring_before, "expiring_before")
    )
    at_work(lambda session: _list(session, account, chosen, as_json))


async def _list(session: Session, code: str | None, chosen: Any, as_json: bool) -> None:
    from dataclasses import replace

    from solde.deposits import list_deposits
    from solde.deposits.shapes import deposit_shape
    from solde.kernel.paging import LIMIT_MOST

    from .output import money, print_json, table

    found: list[Any] = []
    async with session.pool.connection() as conn:
        if code is not None:
            chosen = replace(chosen, account_id=(await session.account(conn, code)).account_id)
        page = await list_deposits(conn, chosen, limit=LIMIT_MOST)
        found += page.items
        while page.next is not None:
            page = await list_deposits(conn, chosen, limit=LIMIT_MOST, cursor=page.next)
            found += page.items
    if as_json:
        print_json({"items": [deposit_shape(one.deposit, one.account) for one in found], "next": None})
        return
    rows = [
        (
            one.account, str(d.number), d.name, d.state.value, money(d.expected, d.currency),
            money(d.balance, d.currency), d.currency, "" if d.valid_until is None else d.valid_until.isoformat(),
        )
        for one in found
        for d in (one.deposit,)
    ]  # fmt: skip
    heads = ("Account", "No.", "Name", "State", "Expected", "Held", "", "Valid until")
    print(table(heads, rows, right=(1, 4, 5)) if rows else "No security deposit.")


def expire(
    today: str | None = typer.Option(None, help="The day it is; today, where each seller is, unless given."),
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Give back what deposits hold whose last day is over, if the settings say so."""
    day = read_day(today, "today")

    async def work(session: Session) -> None:
        from solde.deposits import expire_deposits
        from solde.deposits.shapes import expired_shape
        from solde.operations import load_types

        from .output import print_json

        async with session.pool.connection() as conn:
            types = await load_types(conn)
        days = session.today if day is None else lambda _zone: day
        done = await expire_deposits(session.pool, types, today=days, actor=session.actor, dry_run=dry_run)
        if as_json:
            print_json(expired_shape(done, dry_run=dry_run))
            return
        sums = ", ".join(f"{amount} {currency}" for currency, amount in expired_shape(done).amounts.items())
        would = "Would be given back" if dry_run else "Given back"
        print(f"{would}: {done.deposits:,} deposits" + (f" of {sums}" if sums else ""))
        for account_id, number, why in done.refused:
            print(f"  deposit {number} of account {account_id} was left: {why}")

    at_work(work)
