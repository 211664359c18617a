"""solde deposits: money that customers leave with us, apart from what they owe."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import typer

from .payments import (
    ACCOUNT,
    AMOUNT,
    AS_JSON,
    DAY,
    DRY_RUN,
    METHOD,
    REASON,
    REFERENCE,
    act,
    only_one,
)
from .session import Session, amount_of, at_work, read_day

if TYPE_CHECKING:
    from decimal import Decimal

    from solde.customers import AccountRef
    from solde.db import Connection
    from solde.operations import Types

NUMBER = typer.Argument(help="Number of the deposit.")
WHY = typer.Option(None, help="Why; kept in the audit trail.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list")(list_them)
    app.command("request")(request)
    app.command("fund")(fund)
    app.command("pay")(pay)
    app.command("refund")(refund)
    app.command("cancel")(cancel)
    app.command("reject-funding")(reject_funding)
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


def request(
    account: str = ACCOUNT,
    amount: str = typer.Argument(help="How much is asked for."),
    template: str = typer.Option("STANDARD", help="Code of an active template."),
    name: str | None = typer.Option(None, help="Its name; the template's code and a number unless given."),
    valid_until: str | None = typer.Option(None, help="Its last day; by the template unless given."),
    on: str | None = DAY,
    reason: str | None = WHY,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Ask an account for a security deposit."""
    from solde.deposits import DepositRequest, request_deposits

    value, until, day = _given(amount), read_day(valid_until, "valid_until"), read_day(on, "date")
    _move(
        account, request_deposits, dry_run, as_json,
        lambda ref, actor: DepositRequest(ref.account_id, template, value, actor, name, until, day, reason, late=True),
    )  # fmt: skip


def fund(
    account: str = ACCOUNT,
    number: int = NUMBER,
    amount: str = typer.Argument(help="How much came."),
    method: str = typer.Option("WIRETRANSFER", help="Code of a payment method."),
    rest_to: str = typer.Option("oldest", help="What more than is asked pays: oldest, or none."),
    on: str | None = DAY,
    reference: str | None = REFERENCE,
    reason: str | None = WHY,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Register money that came for a deposit, whole or in parts."""
    from solde.deposits import FundRequest, fund_deposits
    from solde.payments import Allocate

    if rest_to not in set(Allocate):
        raise typer.BadParameter(f"{rest_to!r} is neither oldest nor none")
    value, day = _given(amount), read_day(on, "date")
    _move(
        account, fund_deposits, dry_run, as_json,
        lambda ref, actor: FundRequest(
            ref.account_id, number, value, actor, method, Allocate(rest_to), day, reference, reason, late=True
        ),
    )  # fmt: skip


def pay(
    account: str = ACCOUNT,
    number: int = NUMBER,
    operation: int = typer.Argument(help="Number of the invoice, or of another debit."),
    amount: str | None = AMOUNT,
    on: str | None = DAY,
    reason: str | None = WHY,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Pay an invoice with money that a deposit holds."""
    from solde.deposits import PayRequest, pay_with_deposits

    value, day = amount_of(amount), read_day(on, "date")
    _move(
        account, pay_with_deposits, dry_run, as_json,
        lambda ref, actor: PayRequest(ref.account_id, number, operation, actor, value, day, reason, late=True),
    )  # fmt: skip


def refund(
    account: str = ACCOUNT,
    number: int = NUMBER,
    amount: str | None = AMOUNT,
    method: str | None = METHOD,
    on: str | None = DAY,
    reference: str | None = REFERENCE,
    reason: str | None = WHY,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Give a deposit back, whole or in part."""
    from solde.deposits import GiveBackRequest, give_back_deposits

    value, day = amount_of(amount), read_day(on, "date")
    _move(
        account, give_back_deposits, dry_run, as_json,
        lambda ref, actor: GiveBackRequest(ref.account_id, number, actor, value, method, day, reference, reason, late=True),
    )  # fmt: skip


def cancel(
    account: str = ACCOUNT,
    number: int = NUMBER,
    reason: str = REASON,
    on: str | None = DAY,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Take back the request of a deposit nobody paid."""
    from solde.deposits import CancelRequest, cancel_deposits

    day = read_day(on, "date")
    _move(
        account, cancel_deposits, dry_run, as_json,
        lambda ref, actor: CancelRequest(ref.account_id, number, actor, reason, day, late=True),
    )  # fmt: skip


def reject_funding(
    account: str = ACCOUNT,
    number: int = NUMBER,
    payment: int = typer.Argument(help="Number of the payment that the bank gave back."),
    reason: str = REASON,
    on: str | None = DAY,
    reference: str | None = REFERENCE,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Book that the bank gave a payment for a deposit back: it is asked for again."""
    from solde.deposits import FundingRejection, reject_fundings

    day = read_day(on, "date")
    _move(
        account, reject_fundings, dry_run, as_json,
        lambda ref, actor: FundingRejection(ref.account_id, number, payment, actor, reason, day, reference, late=True),
    )  # fmt: skip


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


def _given(text: str) -> Decimal:
    value = amount_of(text)
    assert value is not None, "the argument is mandatory"
    return value


def _move(
    account: str,
    action: Callable[..., Awaitable[Any]],
    dry_run: bool,
    as_json: bool,
    wish: Callable[[AccountRef, str], object],
) -> None:
    """Carry out an action on a deposit of one account."""

    async def make(conn: Connection, session: Session, ref: AccountRef, types: Types) -> Any:
        from solde.deposits.shapes import deposit_effect_shape

        done = only_one(await action(conn, [wish(ref, session.actor)], types, today=session.today(ref.time_zone)))
        return deposit_effect_shape(done, ref.code, dry_run=dry_run)

    act(account, make, _words, dry_run=dry_run, as_json=as_json)


def _words(shape: Any) -> str:
    d = shape.deposit
    posted = ", ".join(f"{o.account}/{o.number} {o.type} {o.amount} {o.side}" for o in shape.effect.operations)
    head = f"deposit {d.number} {d.name} is {d.state}: {d.held} of {d.expected} {d.currency} held, {d.asked} asked"
    paid = "" if shape.payment is None else f"\n  payment {shape.payment.number} of {shape.payment.amount} beyond it"
    return f"{head}\n  {posted}{paid}"
