"""solde pay, small-balances: what moves the money of accounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer

from solde.kernel.texts import say

from .session import Session, amount_of, at_work, of_feature, read_day

if TYPE_CHECKING:
    from solde.customers import AccountRef
    from solde.db import Connection
    from solde.operations import Types
    from solde.payments import Allocate, SmallBalance, SmallLimits
    from solde.payments.model import Routes

ACCOUNT = typer.Argument(help="Code of the customer account.")
NUMBER = typer.Argument(help="Number of the operation.")
AMOUNT = typer.Option(None, help="How much; all that is available unless given.")
METHOD = typer.Option(None, help="Code of a payment method, such as WIRETRANSFER.")
DAY = typer.Option(None, "--date", help="Its date; today, where the seller is, unless given.")
REASON = typer.Option(..., help="Why; kept in the audit trail.")
REFERENCE = typer.Option(None, help="The bank's reference.")
DRY_RUN = typer.Option(False, "--dry-run", help="Tell what would happen, and do nothing.")
AS_JSON = typer.Option(False, "--json", help="Print what the API answers.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("pay")(pay)
    app.command("small-balances")(of_feature("write_offs")(small_balances))


def pay(
    account: str = ACCOUNT,
    amount: str = typer.Argument(help="How much was paid."),
    method: str = typer.Option("WIRETRANSFER", help="Code of a payment method."),
    to: str = typer.Option("oldest", help="What it pays: oldest, none, or numbers such as 3,5."),
    on: str | None = DAY,
    reference: str | None = REFERENCE,
    reason: str | None = typer.Option(None, help="Why it is entered by hand."),
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Register a payment, and match it with what it pays."""
    value, day, pays = amount_of(amount), read_day(on, "date"), _pays(to)
    assert value is not None, "the argument is mandatory"

    async def make(conn: Connection, session: Session, ref: AccountRef, types: Types) -> Any:
        from solde.operations import NewOperation
        from solde.payments import PaymentRequest, register
        from solde.payments.shapes import registered_shape
        from solde.payments.store import load_routes

        code = payment_type_of(method, await load_routes(conn))
        today = session.today(ref.time_zone)
        new = NewOperation(
            ref.account_id, code, value, day or today, reference=reference, payment_method=method, source="payment"
        )
        made = only_one(
            await register(conn, [PaymentRequest(new, session.actor, pays, reason, late=True)], types, today=today)
        )
        return registered_shape(made, code, value, ref.code, ref.currency, dry_run=dry_run)

    def tell(shape: Any) -> str:
        matched = f"matched as {shape.match}, " if shape.match else ""
        return (
            f"payment {shape.number} of {shape.amount} {shape.currency}: "
            f"{matched}{shape.matched} paid, {shape.unallocated} unallocated"
        )

    act(account, make, tell, dry_run=dry_run, as_json=as_json)


def small_balances(
    most: list[str] = typer.Option(..., help="The most that is small, such as EUR=2.00; once a currency."),
    due_before: str = typer.Option(..., help="Only accounts of which all that is open was due before this day."),
    give_up: bool = typer.Option(False, "--write-off", help="Write them off; without it they are listed."),
    reason: str | None = typer.Option(None, help="Why; needed to write off."),
    as_json: bool = AS_JSON,
) -> None:
    """List the accounts of which little is open, or write that little off, on either side."""
    from solde.payments import SmallLimits

    day = read_day(due_before, "due_before")
    assert day is not None, "the option is mandatory"
    limits = SmallLimits(dict(_limit(text) for text in most), day)
    if give_up:
        at_work(lambda session: _give_up(session, limits, reason or "", as_json))
    else:
        at_work(lambda session: _list_small(session, limits, as_json))


async def _list_small(session: Session, limits: SmallLimits, as_json: bool) -> None:
    from solde.kernel.money import plain
    from solde.operations import load_types
    from solde.payments import list_small_balances

    from .output import money, print_json, table

    found: list[SmallBalance] = []
    async with session.pool.connection() as conn:
        types = await load_types(conn)
        while page := await list_small_balances(conn, limits, types, after=found[-1].account_id if found else 0):
            found += page
    if as_json:
        items = [
            {"account": one.account, "currency": one.currency, "balance": plain(one.balance), "items": one.items}
            for one in found
        ]
        print_json({"items": items, "next": None})
        return
    rows = [(one.account or "", money(one.balance, one.currency), one.currency, str(one.items)) for one in found]
    print(table(("Account", "Balance", "", "Items"), rows, right=(1, 3)) if rows else "No small balance.")


async def _give_up(session: Session, limits: SmallLimits, reason: str, as_json: bool) -> None:
    from solde.kernel.money import plain
    from solde.payments import write_off_small_balances

    from .output import print_json
    from .progress import show_progress

    with show_progress({"write off": "Writing small balances off"}) as told:
        done = await write_off_small_balances(
            session.pool, limits, today=session.today("UTC"), actor=session.actor, reason=reason,
            progress=lambda accounts: told("write off", accounts, None),
        )  # fmt: skip
    sums = {
        side: {currency: plain(amount) for currency, amount in found.items()}
        for side, found in (("debit", done.debit), ("credit", done.credit))
    }
    if as_json:
        print_json({"accounts": done.accounts, "operations": done.operations, **sums})
        return
    words = [f"{amount} {currency} of {side}s" for side, found in sums.items() for currency, amount in found.items()]
    print(f"{done.operations:,} operations in {done.accounts:,} accounts" + (f": {', '.join(words)}" if words else ""))


def act(
    account: str,
    make: Callable[[Connection, Session, AccountRef, Types], Awaitable[Any]],
    tell: Callable[[Any], str],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Carry out an action on an account in a transaction, and tell what it did."""

    async def work(session: Session) -> None:
        from solde.db import transaction
        from solde.operations import load_types

        from .output import print_json

        async def once(conn: Connection) -> Any:
            ref = await session.account(conn, account)
            return await make(conn, session, ref, await load_types(conn))

        shape = await transaction(session.pool, once, dry_run=dry_run)
        if as_json:
            print_json(shape)
        else:
            print(("Would happen: " if dry_run else "") + tell(shape))

    at_work(work)


def only_one(answers: Any) -> Any:
    """The answer of a batch of one; refuses what it refuses."""
    from solde.kernel.refusals import Refused

    (answer,) = answers
    if isinstance(answer, tuple):
        raise Refused(answer)
    return answer


def payment_type_of(method: str, routes: Routes) -> str:
    """The operation type of a payment method; refuses payment_method_unknown."""
    from solde.kernel.refusals import Refused, refuse
    from solde.payments.rules import NO_METHOD

    code = routes.payment_types.get(method)
    if code is None:
        known = ", ".join(sorted(routes.payment_types))
        said = say("{method!r} is no payment method; there are {known}", method=method, known=known)
        raise Refused(refuse(NO_METHOD, said, field="method"))
    return code


def _limit(text: str) -> tuple[str, Decimal]:
    currency, found, amount = text.partition("=")
    if not found:
        raise typer.BadParameter(f"{text!r} is not written as EUR=2.00")
    value = amount_of(amount, currency)
    assert value is not None, "a text was given"
    return currency, value


def _pays(text: str) -> Allocate | tuple[int, ...]:
    from solde.payments import Allocate

    if text in set(Allocate):
        return Allocate(text)
    numbers = text.split(",")
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise typer.BadParameter(f"{text!r} is neither oldest, none nor numbers such as 3,5")
    return tuple(int(number) for number in numbers)
