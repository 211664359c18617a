"""What the audit record of a posting says of each operation, in the API's words; its events and the activity say the same.

The number and the currency are added by the statement that gives them.
"""

from __future__ import annotations

import msgspec

from solde.kernel.money import plain

from .model import NewOperation, OperationType

DETAIL_MOST = 20
"""More operations of one account in one action are told as counts and totals."""


class PostedDetails(msgspec.Struct, omit_defaults=True):
    """An operation as its audit record has it."""

    type: str
    class_: str = msgspec.field(name="class")
    side: str
    amount: str
    date: str
    due_date: str | None = None
    reference: str | None = None
    net: str | None = None
    tax: str | None = None
    payment_method: str | None = None


def tell(new: NewOperation, kind: OperationType) -> PostedDetails:
    """An operation that is posted, without what is not given."""
    told = PostedDetails(kind.code, kind.class_, kind.side.word, plain(new.amount), new.operation_on.isoformat())
    if new.due_on is not None and new.due_on != new.operation_on:
        told.due_date = new.due_on.isoformat()
    told.reference, told.payment_method = new.reference, new.payment_method
    if new.net is not None and new.tax is not None:
        told.net, told.tax = plain(new.net), plain(new.tax)
    return told
