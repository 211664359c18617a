"""The lists of payments."""

from __future__ import annotations

from solde.listings.columns import Column, Kind, Target
from solde.listings.listing import Empty, Listing
from solde.operations.words import POSTING_STATES

from .registered import METHODS, ListedPayment, PaymentFilter, list_payments

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
        Column("date", "Date", lambda p: p.paid_on, Kind.DAY, sort="date", down=True, fixed=True, width=12),
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
        Column("amount", "Amount", lambda p: p.amount, Kind.MONEY, sort="amount", down=True, fixed=True, place="value", tone="credit", width=16, summed=True),
        Column(
            "unallocated", "Unallocated", lambda p: p.unallocated, Kind.MONEY, help="What of it is matched with nothing.", width=16,
            tone=lambda p: "strong" if p.unallocated else "quiet", summed=True,
        ),
        Column("currency", "Currency", lambda p: p.currency, tone="quiet", width=10),
        Column("registered_by", "Registered by", lambda p: p.actor, optional=True, tone="quiet", width=20),
        Column("number", "No.", lambda p: p.number, Kind.COUNT, help="Its operation on the account.", aside=True, width=8),
        Column("type", "Type", lambda p: p.type_code, aside=True),
        Column("description", "Description", lambda p: p.description, optional=True, aside=True, width=32),
        Column("posting_status", "Posting", lambda p: p.posting_status, Kind.STATE, options=POSTING_STATES, aside=True),
        Column("recorded_at", "Recorded", lambda p: p.recorded_at, Kind.INSTANT, tone="quiet", aside=True, width=24),
    ),
)  # fmt: skip

LISTINGS = (REGISTERED,)
