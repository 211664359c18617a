"""solde adjust: one of the ten transactions of the balance adjustment wizard."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from .session import Session, at_work, of_feature, read_day

if TYPE_CHECKING:
    from solde.adjustments import AdjustmentRequest
    from solde.adjustments.shapes import AdjustmentShape
    from solde.customers import AccountRef


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("adjust")(of_feature("adjustments")(adjust))


def adjust(
    account: str = typer.Argument(help="Code of the customer account."),
    type_: str = typer.Argument(metavar="TYPE", help="Such as manual_charge, refund or capture_payment."),
    amount: str | None = typer.Argument(None, help="Gross; not of a void."),
    service: str | None = typer.Option(None, help="Code of a service, for a charge or a credit."),
    method: str | None = typer.Option(None, help="Code of a payment method, for a payment or a refund."),
    transaction: int | None = typer.Option(None, help="Number of the card transaction."),
    card: int | None = typer.Option(None, help="Number of the stored card; the default one unless given."),
    visible: str | None = typer.Option(None, help="Comment that the customer reads."),
    internal: str | None = typer.Option(None, help="Comment that only the staff reads."),
    reference: str | None = typer.Option(None, help="What a payment is called, such as a cheque's number."),
    on: str | None = typer.Option(None, "--date", help="Its date; today, where the seller is, unless given."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Tell what would happen, and do nothing."),
    as_json: bool = typer.Option(False, "--json", help="Print what the API answers."),
) -> None:
    """Adjust the balance of an account, as the wizard does."""
    value, day = _amount(amount), read_day(on, "date")

    async def work(session: Session) -> None:
        from solde.adjustments import AdjustmentRequest
        from solde.adjustments.api import type_of

        from .output import print_json

        async with session.pool.connection() as conn:
            ref = await session.account(conn, account)
        request = AdjustmentRequest(
            ref.account_id, type_of(type_), session.actor, value, service, method, transaction, card, visible, internal,
            day, reference=reference,
        )  # fmt: skip
        shape = await _carry_out(session, ref, request, dry_run=dry_run)
        if as_json:
            print_json(shape)
        else:
            print(("Would happen: " if dry_run else "") + tell(shape))

    at_work(work)


def _amount(text: str | None) -> Decimal | None:
    from solde.kernel.money import parse_amount
    from solde.kernel.refusals import Refusal, Refused

    if text is None:
        return None
    found = parse_amount(text)
    if isinstance(found, Refusal):
        raise Refused(found.at(field="amount"))
    return found


async def _carry_out(
    session: Session, ref: AccountRef, request: AdjustmentRequest, *, dry_run: bool
) -> AdjustmentShape:
    """In one transaction; of a card the gateway is asked when that is committed."""
    from functools import partial

    import msgspec
    from msgspec import UNSET

    from solde.adjustments.card_adjustments import ask_gateway
    from solde.adjustments.executors import EXECUTORS, content_of, told
    from solde.adjustments.shapes import AdjustmentShape
    from solde.approvals import ExecutionContext
    from solde.cards.settings import GatewaySettings, make_gateway
    from solde.db import Connection, transaction
    from solde.kernel.dates import utc_now
    from solde.operations import TypeCatalogue

    pool, clock = session.pool, utc_now
    gateway = make_gateway(GatewaySettings.from_environment(), pool, clock)
    extra = {"types": TypeCatalogue(pool), "gateway": (gateway.name, gateway.merchant)}
    context = ExecutionContext(session.actor, None, session.now, session.today(ref.time_zone), extra)

    async def work(conn: Connection) -> AdjustmentShape:
        made = await EXECUTORS[request.type.kind](conn, content_of(request), context)
        assert isinstance(made, AdjustmentShape), "executors of adjustments answer so"
        return made

    shape = await transaction(pool, work, dry_run=dry_run)
    if shape.transaction_id is not None and not dry_run:
        await ask_gateway(gateway, pool, ref.account_id, shape.transaction_id, clock=clock)
        shape = await transaction(pool, partial(told, account_id=ref.account_id, number=shape.number))
    return msgspec.structs.replace(shape, dry_run=dry_run or UNSET)


def tell(shape: AdjustmentShape) -> str:
    """One line: what was done, and the balance before and after."""
    moved, label = (shape.balance, "balance") if shape.funds is None else (shape.funds, "funds")
    made = f"item {shape.item.number}" if shape.item else ", ".join(f"operation {n}" for n in shape.operations)
    return (
        f"{shape.type} {shape.number} of {shape.amount} {shape.currency}: {shape.outcome}"
        f"{', ' + made if made else ''}; {label} {moved.before} before, {moved.after} after"
    )
