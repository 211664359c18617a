"""What waits on the demo's desk: money that names no account, and what needs a second person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from solde.access import Role
from solde.actions.requests import content_of
from solde.app.approving import make_approvals
from solde.approvals import Proposal, Waiting
from solde.db import Connection, Pool
from solde.operations import Side, TypeCatalogue
from solde.payments import ReceiptRequest, RefundRequest, WriteOffRequest, record_unidentified

from . import store
from .adjusting import ACTOR
from .store import OpenPart

CASHIER, CONTROLLER = Role.CASHIER.value, Role.CONTROLLER.value
"""Logins and roles of those who ask."""

REFUNDS, WRITE_OFFS = 3, 2
REFUND_ABOVE, WRITE_OFF_ABOVE = Decimal(500), Decimal(1000)
"""Above what a cashier gives back and a credit controller gives up alone."""

RECEIPTS = (
    ("1842.30", "WIRETRANSFER", "INV 2026-0417, thank you", "Atelier du Moulin SARL"),
    ("96.00", "CHECK", "Cheque 0048213", "unreadable signature"),
    ("412.75", "WIRETRANSFER", "October and November", "K. Nowak"),
    ("25000.00", "WIRETRANSFER", None, "Holding de l'Exemple SA"),
)
"""Amount, payment method, reference, and who the bank says paid."""


async def leave_waiting(conn: Connection, pool: Pool, now: datetime, today: date) -> None:
    """Record receipts of nobody; propose refunds and write-offs that are above what their proposers may alone."""
    catalogue = TypeCatalogue(pool)
    approvals = make_approvals(lambda: now, catalogue)
    items = await store.list_open_items(conn)
    for proposal in [*_refunds(items), *_write_offs(items, today)]:
        answer = await approvals.submit(conn, proposal, now=now, today=today)
        assert isinstance(answer, Waiting), f"it did not wait: {answer}"
    seller_id = await store.main_seller(conn)
    requests = [
        ReceiptRequest(
            seller_id, "EUR", Decimal(amount), today - timedelta(days=place + 1), ACTOR, method, reference, payer
        )
        for place, (amount, method, reference, payer) in enumerate(RECEIPTS)
    ]
    await record_unidentified(conn, requests, await catalogue.get(), today=today)


def _refunds(items: Sequence[OpenPart]) -> Iterator[Proposal]:
    """A customer asks for money back, more than a cashier gives alone."""
    credits = [i for i in items if i.side == Side.CREDIT and i.class_ == "P" and i.open > REFUND_ABOVE]
    for item in credits[:REFUNDS]:
        request = RefundRequest(item.account_id, item.number, CASHIER, item.open, method="WIRETRANSFER")
        yield Proposal(
            "refund", item.account_id, item.open, item.currency, content_of(request), CASHIER, CASHIER,
            "The customer asked for it on the telephone",
        )  # fmt: skip


def _write_offs(items: Sequence[OpenPart], today: date) -> Iterator[Proposal]:
    """Somebody will not pay any more, and it is more than a credit controller gives up alone."""
    old = [
        i
        for i in items
        if i.side == Side.DEBIT and i.class_ == "I" and i.open > WRITE_OFF_ABOVE and (today - i.due_on).days > 120
    ]
    for item in old[:WRITE_OFFS]:
        reason = "Insolvent; the administrator announced no dividend"
        request = WriteOffRequest(item.account_id, item.number, CONTROLLER, reason, item.open)
        yield Proposal(
            "write_off", item.account_id, item.open, item.currency, content_of(request), CONTROLLER, CONTROLLER, reason,
        )  # fmt: skip
