"""Ask for a card transaction within the limits of who asks; carry it out once its intent is committed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from solde.actions.requests import content_of
from solde.approvals import Approvals, Executed, Proposal, Waiting
from solde.customers import AccountRef
from solde.db import Connection

from .executors import proposed_as
from .gateway import Gateway
from .intents import make_intent
from .model import CardKind, CardRequest
from .shapes import TransactionShape, transaction_shape


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for something, and when."""

    actor: str
    role: str
    now: datetime
    today: date


async def propose_intent(
    conn: Connection, approvals: Approvals, gateway: Gateway, account: AccountRef, request: CardRequest, asker: Asker
) -> TransactionShape | Waiting:
    """Write the intent, or let it wait for a second person; what waits was tried, so that it can be done.

    A void gives up what was reserved: it needs nobody else.
    Refuses: what `make_intent` refuses.
    """
    if request.kind is CardKind.VOID:
        intent = await make_intent(conn, (gateway.name, gateway.merchant), request, now=asker.now)
        return transaction_shape(intent, account.code)
    kind, content = proposed_as(request.kind), content_of(request)
    tried = await approvals.rehearse(
        conn, kind, content, actor=asker.actor, role=asker.role, now=asker.now, today=asker.today
    )
    assert isinstance(tried, TransactionShape), "the executor answers with the intent"
    amount = Decimal(tried.amount)
    proposal = Proposal(
        kind, account.account_id, amount, account.currency, content | {"amount": tried.amount}, asker.actor,
        asker.role, request.reason,
    )  # fmt: skip
    done = await approvals.submit(conn, proposal, now=asker.now, today=asker.today)
    if not isinstance(done, Executed):
        return done
    assert isinstance(done.answer, TransactionShape), "the executor answers with the intent"
    return done.answer
