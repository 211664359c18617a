"""The lists of payments."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from solde.access import Caller
from solde.listings.columns import Column, ColumnKind, Target, of_several_sellers
from solde.listings.listing import Empty, Listing, Show
from solde.operations.words import POSTING_STATES

from .filters import METHODS, RECEIPT_STATES, PaymentFilter, ReceiptFilter
from .model import Receipt, ReceiptState
from .receipts import list_receipts
from .registered import ListedPayment, list_payments
from .shapes import ReceiptShape, receipt_shape

REGISTERED: Listing[PaymentFilter, ListedPayment] = Listing(
    name="payments",
    title="Payments",
    item="ListedPayment",
    api="/payments",
    command="payments",
    tag="Payments",
    help="List the payments of all accounts, newest first: whose each is, what of it is unallocated, who registered it.",
    filters=PaymentFilter,
    find=list_payments,
    sort="-date",
    key=lambda p: f"{p.account_id}-{p.number}",
    row=lambda p: f"{p.name}, {p.reference or p.number}",
    unit=lambda p: p.currency,
    caption="Payments registered on all accounts",
    search="Search payments by customer",
    empty=Empty(
        "No payments yet",
        "Payments appear here once they are registered: on an account, by an import, or through the HTTP API.",
        ("solde import payments FILE.csv",),
    ),
    unfit="No payment fits these filters",
    columns=(
        Column("date", "Date", lambda p: p.paid_on, ColumnKind.DAY, sort="date", down=True, fixed=True, width=12),
        Column("name", "Customer", lambda p: p.name, place="lead", fixed=True, width=36, leads=lambda p: (Target.ACCOUNT, (p.account,))),
        Column("customer", "Customer code", lambda p: p.customer, tone="quiet", aside=True),
        Column("account", "Account", lambda p: p.account, tone="quiet", width=20),
        Column(
            "payment_method", "Payment method", lambda p: p.method, options=METHODS, optional=True, tone="quiet", width=20,
            absent=lambda p, t: t(p.label), title=lambda p, t: t(p.label),
        ),
        Column(
            "reference", "Reference", lambda p: p.reference, optional=True, width=24, absent=lambda p, t: t("No. {n}", n=p.number),
            leads=lambda p: (Target.OPERATION, (p.account, p.number)), opens=True, title=lambda p, _: p.description or "",
        ),
        Column("amount", "Amount", lambda p: p.amount, ColumnKind.MONEY, sort="amount", down=True, fixed=True, place="value", tone="credit", width=16, summed=True),
        Column(
            "unallocated", "Unallocated", lambda p: p.unallocated, ColumnKind.MONEY, help="What of it is matched with nothing.", width=16,
            tone=lambda p: "strong" if p.unallocated else "quiet", summed=True,
        ),
        Column("currency", "Currency", lambda p: p.currency, tone="quiet", width=10),
        Column("registered_by", "Registered by", lambda p: p.actor, optional=True, tone="quiet", width=20),
        Column("number", "No.", lambda p: p.number, ColumnKind.COUNT, help="Its operation on the account.", aside=True, width=8),
        Column("type", "Type", lambda p: p.type_code, aside=True),
        Column("description", "Description", lambda p: p.description, optional=True, aside=True, width=32),
        Column("posting_status", "Posting", lambda p: p.posting_status, ColumnKind.STATE, options=POSTING_STATES, aside=True),
        Column("recorded_at", "Recorded", lambda p: p.recorded_at, ColumnKind.INSTANT, tone="quiet", aside=True, width=24),
    ),
)  # fmt: skip

NOTHING_HERE = Empty("Nothing here", "Receipts that were assigned or returned are listed here.")


def _in(state: ReceiptState) -> Callable[[ReceiptFilter, Caller], ReceiptFilter]:
    return lambda chosen, _: replace(chosen, state=chosen.state or state)


RECEIPTS: Listing[ReceiptFilter, Receipt] = Listing(
    name="receipts",
    title="Receipts",
    item="ListedReceipt",
    api="/unidentified-receipts",
    command="receipts",
    tag="Payments",
    help="List receipts that name no account, newest first.",
    filters=ReceiptFilter,
    find=list_receipts,
    gives=ReceiptShape,
    shape=receipt_shape,
    key=lambda r: str(r.receipt_id),
    row=lambda r: f"{r.payer_text or r.receipt_id}, {r.received_on}",
    unit=lambda r: r.currency,
    caption="Money that came in and names no account",
    search="Search receipts",
    empty=NOTHING_HERE,
    unfit="No receipt fits",
    unfit_text="The reference, the payer’s text and the line of the statement are searched.",
    shows=(
        Show(
            "waiting", "Waiting", _in(ReceiptState.WAITING),
            empty=Empty(
                "No money waits",
                "Money that names no account is kept here until you know whose it is. It is in no balance before.",
            ),
        ),
        Show("assigned", "Assigned", _in(ReceiptState.ASSIGNED)),
        Show("returned", "Returned", _in(ReceiptState.RETURNED)),
        Show("all", "All"),
    ),
    columns=(
        Column(
            "payer_text", "Payer", lambda r: r.payer_text, optional=True, place="lead", fixed=True, width=36,
            absent=lambda r, t: t("Receipt {n}", n=r.receipt_id), leads=lambda r: (Target.RECEIPT, (r.receipt_id,)),
        ),
        Column("date", "Received", lambda r: r.received_on, ColumnKind.DAY, width=12),
        Column("reference", "Reference", lambda r: r.reference, optional=True, tone="quiet", width=24, title=lambda r, _: r.reference or ""),
        Column("amount", "Amount", lambda r: r.amount, ColumnKind.MONEY, tone="quiet", width=16, summed=True),
        Column(
            "rest", "Left to assign", lambda r: r.rest, ColumnKind.MONEY, place="value", fixed=True, width=16, summed=True,
            tone=lambda r: "credit" if r.state is ReceiptState.WAITING else "quiet",
        ),
        Column("currency", "Currency", lambda r: r.currency, tone="quiet", width=10),
        Column("method", "Payment method", lambda r: r.payment_method, options=METHODS, optional=True, tone="quiet", width=20),
        Column("seller", "Seller", lambda r: r.seller, tone="quiet", width=10, when=of_several_sellers),
        Column("state", "State", lambda r: r.state.value, ColumnKind.STATE, options=RECEIPT_STATES, width=12, when=lambda shown: shown.show == "all"),
    ),
)  # fmt: skip

LISTINGS = (REGISTERED, RECEIPTS)
