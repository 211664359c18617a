"""The list of operations over all accounts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec.structs import replace

from solde.access import Caller
from solde.db import Connection
from solde.kernel.paging import Page
from solde.kernel.refusals import Refused
from solde.listings.columns import Column, ColumnKind, Target
from solde.listings.filters import (
    AccountCode,
    AmountFrom,
    AmountUntil,
    Currency,
    DateFrom,
    DateUntil,
    Filter,
    Placed,
    SellerId,
    search,
)
from solde.listings.listing import Empty, Listing, Show
from solde.listings.options import Options

from ..model import CLASSES, OperationFilter, Side
from ..rules import unknown_type
from ..types import load_types
from ..words import MATCHING_STATES, POSTING_STATES
from .lists import list_across
from .model import AcrossFilter, ListedOperation, parse_across_sort
from .shapes import ListedShape, listed_shape
from .walks import sorts_of


async def _types(conn: Connection, _seller_id: int | None) -> Sequence[tuple[str, str]]:
    return [(one.code, one.label) for one in (await load_types(conn)).by_code.values()]


TYPES = Options(find=_types)
SIDES = Options({"debit": "Debit", "credit": "Credit"})
DISPUTED = Options({"true": "In litigation", "false": "Not in litigation"})
PAID = ("P", "AP")


class OperationsFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which operations of all accounts; None leaves a condition out."""

    seller_id: SellerId = None
    today: Annotated[date, Filter(placed=Placed.TODAY)] = date.min
    q: Annotated[
        str | None,
        search(
            "Invoice or payment no.",
            "A number or a part of a reference, as the search box takes it: `277` and `DEMO-277` find DEMO-00277. "
            "The first 3,000 that fit are looked at.",
        ),
    ] = None
    date_from: DateFrom = None
    date_until: DateUntil = None
    due_from: Annotated[date | None, Filter(label="Due from", help="Due on or after this day.")] = None
    due_before: Annotated[date | None, Filter(label="Due before", help="Due before this day.")] = None
    type: Annotated[tuple[str, ...] | None, Filter(label="Type", help="Codes of operation types.", options=TYPES)] = (
        None
    )
    class_: Annotated[
        tuple[str, ...] | None,
        Filter(label="Class", name="class", help="Class letters.", options=Options(CLASSES), beside=True),
    ] = None
    side: Annotated[str | None, Filter(label="Side", help="Debits or credits only.", options=SIDES)] = None
    amount_from: AmountFrom = None
    amount_until: AmountUntil = None
    matching_status: Annotated[
        tuple[str, ...] | None,
        Filter(label="Matching", help="O open, P partial, L matched, I in litigation.", options=MATCHING_STATES),
    ] = None
    posting_status: Annotated[
        tuple[str, ...] | None,
        Filter(label="Posting", help="How far accounting is with it.", options=POSTING_STATES),
    ] = None
    in_litigation: Annotated[
        bool | None, Filter(label="Litigation", help="Disputed, wholly or in part, or not.", options=DISPUTED)
    ] = None
    reference: Annotated[
        str | None,
        Filter(label="Reference", help="The whole reference, such as the number of an invoice.", beside=True),
    ] = None
    reference_begins: Annotated[
        str | None, Filter(label="Reference begins with", help="The beginning of the reference.")
    ] = None
    account: AccountCode = None
    currency: Currency = None
    overdue: Annotated[
        bool,
        Filter(
            label="Overdue",
            help="Only invoices past their due date of which something is open and undisputed.",
            beside=True,
        ),
    ] = False
    recorded_after: Annotated[
        datetime | None,
        Filter(
            label="Recorded after", help="Recorded after this instant: what is new, with `sort=recorded`.", beside=True
        ),
    ] = None
    recorded_until: Annotated[
        datetime | None, Filter(label="Recorded until", help="Recorded at this instant or before.", beside=True)
    ] = None
    excluded: Annotated[
        bool | None, Filter(label="Excluded", help="Flagged out of the default balance.", beside=True)
    ] = None

    @property
    def across(self) -> AcrossFilter:
        """The filter of the store."""
        chosen = OperationFilter(
            types=self.type, classes=self.class_, side=None if self.side is None else Side.DEBIT if self.side == "debit" else Side.CREDIT,
            from_on=self.date_from, until_on=self.date_until, due_from=self.due_from, due_before=self.due_before,
            amount_from=self.amount_from, amount_until=self.amount_until, matching_status=self.matching_status,
            posting_status=self.posting_status, in_litigation=self.in_litigation, excluded=self.excluded,
        )  # fmt: skip
        return AcrossFilter(
            chosen, self.seller_id, None, self.account, self.currency, self.reference, self.reference_begins, self.q,
            self.today if self.overdue else None, self.recorded_after, self.recorded_until,
        )  # fmt: skip


async def _operations(
    conn: Connection,
    chosen: OperationsFilter,
    *,
    sort: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[ListedOperation]:
    if chosen.type is not None:
        known = (await load_types(conn)).by_code
        if bad := [unknown_type(code, known) for code in chosen.type if code not in known]:
            raise Refused(bad)
    return await list_across(conn, chosen.across, sort=sort, limit=limit, cursor=cursor)


def _usual(chosen: OperationsFilter) -> str:
    order = parse_across_sort(None, chosen.across)
    return f"-{order.column}" if order.descending else order.column


def _sortable(chosen: OperationsFilter) -> Collection[str]:
    return sorts_of(chosen.across)


Narrow = Callable[[OperationsFilter, Caller], OperationsFilter]


def _of(classes: tuple[str, ...], statuses: tuple[str, ...] | None = None, side: str | None = None) -> Narrow:
    """Operations of some classes, unless the filters say otherwise."""
    return lambda chosen, _: replace(
        chosen, class_=classes, side=chosen.side or side, matching_status=chosen.matching_status or statuses
    )


def _on(one: ListedOperation, side: Side) -> Decimal | None:
    return one.operation.amount if one.operation.side is side else None


OPERATIONS: Listing[OperationsFilter, ListedOperation] = Listing(
    name="all-operations",
    title="Operations",
    item="ListedOperation",
    api="/operations",
    command="all-operations",
    tag="Operations",
    help="List the operations of all accounts, newest first.",
    notes="`overdue=true` lists what is overdue, `reference=` finds the invoice or payment of a number, `recorded_after=` what is new."
    " A page looks at a bounded number of operations, so it is as fast on millions: where few fit, it may hold fewer rows than"
    " `limit`, even none; go on while `next` is not null. Without a sort the order goes with the filters: `reference` with a"
    " reference, `due` with overdue, `recorded` with recorded_after; `due` goes with open debits, `amount` and `open` sort what is"
    " narrowed to 50,000 operations.",
    filters=OperationsFilter,
    find=_operations,
    sort="-date",
    usual=_usual,
    sortable=_sortable,
    gives=ListedShape,
    shape=listed_shape,
    key=lambda x: f"{x.operation.account_id}-{x.operation.number}",
    row=lambda x: f"{x.name}, {x.operation.reference or x.operation.number}",
    unit=lambda x: x.operation.currency,
    caption="Operations of all accounts",
    search="Search operations by their reference",
    empty=Empty(
        "No operations yet",
        "Invoices and payments appear here once they are posted: by billing, an import, by hand, or the HTTP API.",
        ("solde import receivables FILE.csv",),
    ),
    unfit="No operation fits these filters",
    shows=(
        Show("all", "All"),
        Show(
            "overdue", "Overdue", lambda chosen, _: replace(chosen, overdue=True),
            empty=Empty("Nothing is overdue", "No invoice is past its due date with something open."),
        ),
        Show("open", "Open invoices", _of(("I",), ("O", "P", "I"), "debit")),
        Show("payments", "Payments", _of(PAID)),
        Show("unallocated", "Unallocated payments", _of(PAID, ("O", "P"))),
    ),
    columns=(
        Column("date", "Date", lambda x: x.operation.operation_on, ColumnKind.DAY, sort="date", down=True, fixed=True, width=12),
        Column("customer_name", "Customer", lambda x: x.name, fixed=True, width=36, leads=lambda x: (Target.ACCOUNT, (x.account,))),
        Column("account", "Account", lambda x: x.account, tone="quiet", spare=3, width=20),
        Column(
            "label", "Type", lambda x: x.operation.label, shipped=True, spare=1, width=28,
            title=lambda x, t: f"{x.operation.code} · {t(CLASSES.get(x.operation.class_, x.operation.class_))}",
        ),
        Column(
            "reference", "Reference", lambda x: x.operation.reference, optional=True, sort="reference", place="lead", fixed=True, width=24,
            absent=lambda x, t: t("No. {n}", n=x.operation.number), title=lambda x, _: x.operation.description or "", opens=True,
            leads=lambda x: (Target.OPERATION, (x.account, x.operation.number)),
        ),
        Column("due_date", "Due", lambda x: x.operation.due_on, ColumnKind.DAY, sort="due", width=12, blank=lambda x: x.operation.side is Side.CREDIT),
        Column("debit", "Debit", lambda x: _on(x, Side.DEBIT), ColumnKind.MONEY, optional=True, sort="amount", down=True, place="value", fixed=True, width=16, summed=True),
        Column(
            "credit", "Credit", lambda x: _on(x, Side.CREDIT), ColumnKind.MONEY, optional=True, sort="amount", down=True, place="value", fixed=True,
            tone="credit", width=16, summed=True,
        ),
        Column(
            "open", "Open", lambda x: x.operation.open, ColumnKind.MONEY, sort="open", down=True, width=16,
            tone=lambda x: "strong" if x.operation.open else "quiet",
        ),
        Column("currency", "Currency", lambda x: x.operation.currency, tone="quiet", fixed=True, width=10),
        Column("matching_status", "Matching", lambda x: x.operation.matching_status, ColumnKind.MARK, options=MATCHING_STATES, spare=2),
        Column("posting_status", "Posting", lambda x: x.operation.posting_status, ColumnKind.STATE, options=POSTING_STATES, aside=True),
        Column("recorded_at", "Recorded", lambda x: x.operation.recorded_at, ColumnKind.INSTANT, sort="recorded", down=True, tone="quiet", aside=True, width=24),
        Column("seller", "Seller", lambda x: x.seller, tone="quiet", aside=True, width=10),
        Column("customer", "Customer code", lambda x: x.customer, tone="quiet", aside=True),
        Column("number", "No.", lambda x: x.operation.number, ColumnKind.COUNT, aside=True, width=8),
        Column("type", "Type code", lambda x: x.operation.code, aside=True, width=12),
        Column("class", "Class", lambda x: x.operation.class_, aside=True, width=8),
        Column("description", "Description", lambda x: x.operation.description, optional=True, aside=True, width=32),
        Column("billing_account", "Billing account", lambda x: x.operation.billing_account, optional=True, aside=True),
        Column("disputed", "Disputed", lambda x: x.operation.disputed, ColumnKind.MONEY, aside=True, width=16),
        Column("accounting_date", "Accounting day", lambda x: x.operation.accounting_on, ColumnKind.DAY, optional=True, aside=True),
        Column("litigation_reason", "Litigation", lambda x: x.operation.litigation_reason, optional=True, aside=True, width=24),
    ),
)  # fmt: skip

LISTINGS = (OPERATIONS,)
