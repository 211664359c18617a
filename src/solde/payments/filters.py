"""By what the lists of payments are narrowed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from solde.customers import list_payment_methods
from solde.db import Connection
from solde.listings.filters import (
    AccountCode,
    AmountFrom,
    AmountUntil,
    Currency,
    DateFrom,
    DateUntil,
    Filter,
    SellerId,
    search,
)
from solde.listings.options import Options, options_of

from .model import ReceiptState


async def _methods(conn: Connection, _seller_id: int | None) -> Sequence[tuple[str, str]]:
    return [(one.code, one.label) for one in await list_payment_methods(conn)]


METHODS = Options(find=_methods)


class PaymentFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which payments; None leaves a condition out."""

    seller_id: SellerId = None
    q: Annotated[
        str | None,
        search("Customer, account", "Words of the customer: each the beginning of a word of a searched field."),
    ] = None
    date_from: DateFrom = None
    date_until: DateUntil = None
    payment_method: Annotated[
        str | None, Filter(label="Payment method", help="Code of a payment method.", options=METHODS)
    ] = None
    unallocated: Annotated[
        bool,
        Filter(
            label="Unallocated", help="Only those of which something is unallocated.", only="Only what is unallocated"
        ),
    ] = False
    amount_from: AmountFrom = None
    amount_until: AmountUntil = None
    account: AccountCode = None
    currency: Currency = None


RECEIPT_STATES = options_of(
    {
        ReceiptState.WAITING: ("Waiting", "amber"),
        ReceiptState.ASSIGNED: ("Assigned", "green"),
        ReceiptState.RETURNED: ("Returned", "grey"),
    }
)


class ReceiptFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which receipts; None leaves a condition out."""

    seller_id: SellerId = None
    q: Annotated[
        str | None, search("Search payer, reference", "A text in the reference, the payer's text or the entry key.")
    ] = None
    state: Annotated[
        ReceiptState | None, Filter(label="State", help="In this state.", options=RECEIPT_STATES, beside=True)
    ] = None
    date_from: DateFrom = None
    date_until: DateUntil = None
    currency: Currency = None
