"""What a card transaction would do to the account if the gateway approves it: done, and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from solde.db import Connection
from solde.payments import store as payment_store
from solde.payments.effects import read_items

from . import store
from .gateway import Reply
from .intents import make_intent
from .model import CardRequest, CardTransaction, Verdict
from .results import GatewayResult, take_reply


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of an operation; `before` is none where it would be posted."""

    number: int
    before: Decimal | None
    after: Decimal


@dataclass(frozen=True, slots=True)
class CardDryRun:
    """The transaction as it would stand, and the operations it would touch."""

    transaction: CardTransaction
    moved: tuple[Moved, ...]


async def try_out(conn: Connection, gateway: tuple[str, str], request: CardRequest, *, now: datetime) -> CardDryRun:
    """Try a request as if the gateway approved it; nothing is kept, and the gateway is not asked.

    Refuses: what `make_intent` refuses.
    """
    account = request.account_id
    paid = await _payment_of(conn, request)
    lines = await payment_store.standing_lines(conn, [(account, paid)]) if paid is not None else []
    async with conn.transaction(force_rollback=True):
        intent = await make_intent(conn, gateway, request, now=now)
        reply = Reply(Verdict.APPROVED, None, None, intent.amount, intent.currency)
        done = await take_reply(conn, intent.key, GatewayResult("trial", reply), now=now)
        numbers = {n for n in (done.operation_number, paid) if n is not None}
        lines += await payment_store.standing_lines(conn, sorted((account, n) for n in numbers))
        touched = sorted({(account, n) for n in (*numbers, *(line.other_number for line in lines))})
        after = await read_items(conn, touched) if touched else {}
    before = await read_items(conn, touched) if touched else {}
    moved = [
        Moved(number, None if (account, number) not in before else before[account, number].open, item.open)
        for (_, number), item in sorted(after.items())
    ]
    return CardDryRun(done, tuple(one for one in moved if one.before != one.after))


async def _payment_of(conn: Connection, request: CardRequest) -> int | None:
    """The payment that a refund takes from, where it is booked."""
    if request.transaction_number is None:
        return None
    found = await store.get_transactions(conn, request.account_id, [request.transaction_number])
    parent = found.get(request.transaction_number)
    return None if parent is None else parent.operation_number
