"""solde cards: charge, authorize, capture, void and refund cards; list transactions; the janitor; resolve by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer

from .payments import ACCOUNT, AS_JSON, DRY_RUN, REASON
from .session import Session, at_work

if TYPE_CHECKING:
    from solde.cards import CardRequest, Gateway
    from solde.customers import AccountRef
    from solde.db import Connection

CARD = typer.Option(None, help="Number of a card of the account; the default one unless given.")
TRANSACTION = typer.Argument(help="Number of the card transaction.")
ALL = typer.Option(None, help="How much; all unless given.")
WHY = typer.Option(None, "--reason", help="Why.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list")(list_transactions)
    app.command("charge")(charge)
    app.command("authorize")(authorize)
    app.command("capture")(capture)
    app.command("void")(void)
    app.command("refund")(refund)
    app.command("resolve")(resolve)
    app.command("janitor")(janitor)


def list_transactions(account: str = ACCOUNT, as_json: bool = AS_JSON) -> None:
    """List the cards and the card transactions of an account, newest first."""

    async def work(session: Session) -> None:
        from solde.cards import store
        from solde.cards.shapes import TransactionList, transaction_shape

        from .output import print_json, table

        async with session.pool.connection() as conn:
            ref = await session.account(conn, account)
            found = await store.list_transactions(conn, ref.account_id)
            cards = await store.list_cards(conn, ref.account_id)
        shapes = [transaction_shape(one, ref.code) for one in found]
        if as_json:
            print_json(TransactionList(shapes))
            return
        for card in cards:
            mark = ", default" if card.is_default else ""
            print(
                f"card {card.card_number}: {card.brand} …{card.last4}, {card.expires_year}-{card.expires_month:02}{mark}"
            )
        rows = [
            (str(one.id), one.kind, one.state, one.amount, one.currency, str(one.operation or ""), one.code or "")
            for one in shapes
        ]
        heads = ("No.", "Kind", "State", "Amount", "", "Operation", "Code")
        print(table(heads, rows, right=(0, 3, 5)) if rows else "No card transaction.")

    at_work(work)


def charge(
    account: str = ACCOUNT,
    amount: str = typer.Argument(help="How much."),
    card: int | None = CARD,
    reason: str | None = WHY,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Charge a stored card; approved, it is a payment that pays the oldest due first."""
    _ask(account, "charge", amount, reason, dry_run, as_json, card_number=card)


def authorize(
    account: str = ACCOUNT,
    amount: str = typer.Argument(help="How much."),
    card: int | None = CARD,
    reason: str | None = WHY,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Reserve money on a stored card; it moves no balance."""
    _ask(account, "authorize", amount, reason, dry_run, as_json, card_number=card)


def capture(
    account: str = ACCOUNT,
    transaction: int = TRANSACTION,
    amount: str | None = ALL,
    reason: str | None = WHY,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Take what was authorized, or a part of it, once."""
    _ask(account, "capture", amount, reason, dry_run, as_json, transaction_number=transaction)


def void(
    account: str = ACCOUNT,
    transaction: int = TRANSACTION,
    reason: str | None = WHY,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Give up what was authorized."""
    _ask(account, "void", None, reason, dry_run, as_json, transaction_number=transaction)


def refund(
    account: str = ACCOUNT,
    transaction: int = TRANSACTION,
    amount: str | None = ALL,
    reason: str | None = WHY,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Give money back to the card."""
    _ask(account, "refund", amount, reason, dry_run, as_json, transaction_number=transaction)


def resolve(
    account: str = ACCOUNT,
    transaction: int = TRANSACTION,
    outcome: str = typer.Argument(help="approved or failed."),
    reason: str = REASON,
    gateway_reference: str | None = typer.Option(None, help="The gateway's own, of what was approved."),
    as_json: bool = AS_JSON,
) -> None:
    """Say what became of a transaction of unknown outcome, and how you know."""
    if outcome not in {"approved", "failed"}:
        raise typer.BadParameter(f"{outcome!r} is neither approved nor failed")

    async def work(session: Session) -> None:
        from solde.cards.janitor import resolve as resolve_by_hand

        async with session.pool.connection() as conn:
            ref = await session.account(conn, account)
        one = await resolve_by_hand(
            session.pool, (ref.account_id, transaction), approved=outcome == "approved",
            gateway_reference=gateway_reference, actor=session.actor, reason=reason, now=session.now,
        )  # fmt: skip
        _tell(one, ref, as_json=as_json)

    at_work(work)


def janitor(as_json: bool = AS_JSON) -> None:
    """Ask what became of calls without outcome, end authorizations that are over, book what could not be booked."""

    async def work(session: Session) -> None:
        from solde.cards.janitor import sweep
        from solde.kernel.dates import utc_now

        from .output import print_json

        done = await sweep(_gateway(session), session.pool, clock=utc_now)
        if as_json:
            print_json(dict(done.counts))
            return
        print(", ".join(f"{count} {word}" for word, count in sorted(done.counts.items())) or "Nothing was due.")

    at_work(work)


def _gateway(session: Session) -> Gateway:
    from solde.cards.settings import GatewaySettings, make_gateway
    from solde.kernel.dates import utc_now

    return make_gateway(GatewaySettings.from_environment(), session.pool, utc_now)


def _ask(
    account: str,
    kind: str,
    amount: str | None,
    reason: str | None,
    dry_run: bool,
    as_json: bool,
    *,
    card_number: int | None = None,
    transaction_number: int | None = None,
) -> None:
    """Ask the gateway for something, and tell what came of it; a decline is refused with its code."""
    value = None if amount is None else _amount(amount)

    async def work(session: Session) -> None:
        from solde.cards import CardKind, CardRequest

        async with session.pool.connection() as conn:
            ref = await session.account(conn, account)
        request = CardRequest(
            ref.account_id, CardKind(kind), session.actor, value, card_number, transaction_number, reason
        )
        _tell(await _do(session, request, dry_run=dry_run), ref, as_json=as_json)

    at_work(work)


async def _do(session: Session, request: CardRequest, *, dry_run: bool) -> Any:
    from solde.cards.actions import ask
    from solde.cards.intents import make_intent
    from solde.db import transaction
    from solde.kernel.dates import utc_now

    gateway = _gateway(session)
    if not dry_run:
        return (await ask(gateway, session.pool, request, clock=utc_now)).transaction

    async def attempt(conn: Connection) -> Any:
        return await make_intent(conn, (gateway.name, gateway.merchant), request, now=session.now)

    return await transaction(session.pool, attempt, dry_run=True)


def _tell(one: Any, ref: AccountRef, *, as_json: bool) -> None:
    from solde.cards.shapes import transaction_shape

    from .output import print_json

    shape = transaction_shape(one, ref.code)
    if as_json:
        print_json(shape)
        return
    more = [
        f"operation {shape.operation}" if shape.operation else "",
        f"code {shape.code}" if shape.code else "",
        f"to be confirmed at {shape.redirect}" if shape.redirect else "",
    ]
    words = ", ".join(
        [f"{shape.kind} {shape.id} of {shape.amount} {shape.currency}: {shape.state}", *filter(None, more)]
    )
    print(words)


def _amount(text: str) -> Decimal:
    from solde.kernel.money import parse_amount
    from solde.kernel.refusals import Refusal, Refused

    found = parse_amount(text)
    if isinstance(found, Refusal):
        raise Refused(found.at(field="amount"))
    return found
