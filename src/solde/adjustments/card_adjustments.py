"""The wizard's transactions of cards: what the gateway shall be asked is written with the adjustment, then asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from solde.cards import CardKind, CardOutcome, CardRequest, Gateway
from solde.cards.actions import await_outcome, carry_out
from solde.cards.intents import make_intent
from solde.db import Connection, Pool
from solde.kernel.dates import Clock
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, Refused, refuse
from solde.operations import store as operation_store

from . import rules, store
from .actions import record
from .model import Adjusted, AdjustmentRecord, AdjustmentRequest, AdjustmentType

KINDS: Mapping[AdjustmentType, CardKind] = {
    AdjustmentType.ECOMMERCE_PAYMENT: CardKind.CHARGE,
    AdjustmentType.ECOMMERCE_REFUND: CardKind.REFUND,
    AdjustmentType.AUTHORIZATION_ONLY: CardKind.AUTHORIZE,
    AdjustmentType.CAPTURE_PAYMENT: CardKind.CAPTURE,
    AdjustmentType.VOID: CardKind.VOID,
}


async def adjust_by_card(
    conn: Connection, request: AdjustmentRequest, gateway: tuple[str, str], *, today: date, now: datetime
) -> Adjusted:
    """Write an adjustment with the intent of its card transaction; `gateway` is its name and its merchant.

    The caller asks the gateway when this is committed: `ask_gateway`.
    Refuses: unknown_account, what `check_request` refuses, what an intent refuses.
    Source: product §6, §7.
    """
    await operation_store.lock_accounts(conn, [request.account_id])
    standing = (await store.standings_of(conn, [request.account_id])).get(request.account_id)
    if standing is None:
        raise Refused(refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account"))
    if refusals := rules.check_request(request, standing):
        raise Refused(refusals)
    try:
        intent = await make_intent(conn, gateway, _card_request(request), now=now)
    except Refused as refused:
        raise Refused(_renamed(refused)) from None
    one = AdjustmentRecord(request, intent.amount, standing, standing, today, transaction_number=intent.number)
    return (await record(conn, [one]))[request.account_id]


def _card_request(request: AdjustmentRequest) -> CardRequest:
    return CardRequest(
        request.account_id, KINDS[request.type], request.actor, request.amount, request.card, request.transaction,
        request.internal, request.internal, request.return_url,
    )  # fmt: skip


def _renamed(refused: Refused) -> list[Refusal]:
    """Fields as the wizard calls them."""
    return [bad.at(field="transaction_id") if bad.field == "transaction" else bad for bad in refused.refusals]


async def ask_gateway(gateway: Gateway, pool: Pool, account_id: int, number: int, *, clock: Clock) -> CardOutcome:
    """Ask the gateway for a card transaction of an adjustment; where somebody else does just now, wait for that."""
    await carry_out(gateway, pool, (account_id, number), clock=clock)
    return await await_outcome(pool, (account_id, number))
