"""The list of litigations."""

from __future__ import annotations

from msgspec.structs import replace

from solde.access import Permission
from solde.listings.columns import Column, ColumnKind, Target, of_several_sellers
from solde.listings.listing import Empty, Listing, Show, Totals

from .filters import REASONS, DisputeFilter
from .lists import OpenDispute, count_disputes, list_disputes, total_disputes

LONGEST = 22
"""Characters of a reason that a page shows; the rest is told when it is pointed at."""


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


DISPUTES: Listing[DisputeFilter, OpenDispute] = Listing(
    name="litigation",
    title="Litigation",
    item="OpenLitigation",
    api="/litigation",
    command="litigation list",
    tag="Litigation",
    help="List what is in litigation over all accounts, the oldest first, with totals by currency.",
    feature="litigation",
    permission=Permission.READ,
    filters=DisputeFilter,
    find=list_disputes,
    sort="since",
    key=lambda o: f"{o.account}/{o.number}",
    row=lambda o: f"{o.name or o.account}, {o.reference or o.number}",
    unit=lambda o: o.currency,
    caption="Invoices in litigation",
    search="Search litigation",
    empty=Empty(
        "Nothing is in litigation",
        "Choose an invoice on the balance of an account and enter litigation; it is listed here until it is over.",
    ),
    unfit="No litigation fits",
    totals=Totals(("disputed",), "{n} invoices", total_disputes),
    count=count_disputes,
    shows=(
        Show("all", "All", counted=True),
        Show("mine", "Mine", lambda chosen, _: replace(chosen, mine=True), counted=True),
        Show("overdue", "Review overdue", lambda chosen, _: replace(chosen, review_overdue=True), counted=True),
        Show("unowned", "Without owner", lambda chosen, _: replace(chosen, owned=False), counted=True),
    ),
    columns=(
        Column(
            "name", "Customer", lambda o: o.name, optional=True, sort="account", place="lead", fixed=True, width=32,
            absent=lambda o, _: o.account or "", leads=lambda o: (Target.ACCOUNT, (o.account,)) if o.account else None,
        ),
        Column("account", "Account", lambda o: o.account, optional=True, tone="quiet", spare=2),
        Column(
            "reference", "Invoice", lambda o: o.reference, optional=True, fixed=True, width=18, opens=True,
            absent=lambda o, t: t("No. {n}", n=o.number), leads=lambda o: (Target.OPERATION, (o.account or "", o.number)),
        ),
        Column("disputed", "Disputed", lambda o: o.disputed, ColumnKind.MONEY, sort="amount", down=True, place="value", fixed=True, tone="debit", width=18, summed=True),
        Column("amount", "of", lambda o: o.amount, ColumnKind.MONEY, tone="quiet", width=18),
        Column("currency", "Currency", lambda o: o.currency, tone="quiet", spare=3, width=10),
        Column(
            "age_days", "Days", lambda o: o.age, ColumnKind.COUNT, sort="since", turned=True, width=8,
            title=lambda o, t: t("since {day}", day=o.since_on.isoformat()),
        ),
        Column("owner", "Owner", lambda o: o.owner, optional=True, width=16),
        Column(
            "review_date", "Review", lambda o: o.review_on, ColumnKind.DAY, optional=True, sort="review", width=12,
            tone=lambda o: "mark red" if o.is_overdue else "", title=lambda o, t: t("overdue") if o.is_overdue else "",
        ),
        Column(
            "reason_code", "Reason", lambda o: o.reason_code, optional=True, options=REASONS, width=24,
            absent=lambda o, _: _cut(o.reason or ""), title=lambda o, _: o.reason or "",
        ),
        Column("seller", "Seller", lambda o: o.seller, optional=True, tone="quiet", spare=1, width=10, when=of_several_sellers),
        Column("reason", "Why", lambda o: o.reason, optional=True, aside=True, width=40),
        Column("customer", "Customer code", lambda o: o.customer, optional=True, aside=True),
        Column("operation", "No.", lambda o: o.number, ColumnKind.COUNT, aside=True, width=10),
        Column("due_date", "Due", lambda o: o.due_on, ColumnKind.DAY, aside=True, width=12),
        Column("open", "Open", lambda o: o.open, ColumnKind.MONEY, aside=True, width=18),
        Column("since", "Since", lambda o: o.since_on, ColumnKind.DAY, aside=True, width=12),
        Column("review_overdue", "Review overdue", lambda o: o.is_overdue, ColumnKind.YES, aside=True),
    ),
)  # fmt: skip

LISTINGS = (DISPUTES,)
