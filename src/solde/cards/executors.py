"""Card payments and refunds for approvals: carried out, they are intents, which the gateway is asked for afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from solde.approvals import ExecutionContext, Executor
from solde.db import Connection
from solde.payments import store as payment_store

from .intents import make_intent
from .model import CardKind, CardRequest
from .shapes import TransactionShape, transaction_shape

PAYMENT, REFUND = "card_payment", "card_refund"
"""Kinds of action."""


def proposed_as(kind: CardKind) -> str:
    """As what kind of action something is proposed. A void moves nothing and is not proposed."""
    return REFUND if kind is CardKind.REFUND else PAYMENT


async def execute_intent(
    conn: Connection, content: Mapping[str, object], context: ExecutionContext
) -> TransactionShape:
    """Write the intent."""
    request = msgspec.convert({**content, "actor": context.actor}, CardRequest, strict=False, str_keys=True)
    names = context.extra["gateway"]
    assert isinstance(names, tuple), "the application gives its gateway's name and merchant"
    intent = await make_intent(conn, (names[0], names[1]), replace(request, actor=context.actor), now=context.now)
    parties = await payment_store.parties_of(conn, [request.account_id])
    code = parties[request.account_id].code if parties else str(request.account_id)
    return transaction_shape(intent, code)


EXECUTORS: Mapping[str, Executor] = {PAYMENT: execute_intent, REFUND: execute_intent}
"""By kind of action."""
