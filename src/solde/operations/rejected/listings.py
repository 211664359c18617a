"""The list of operations that accounting rejected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec.structs import replace

from solde.customers import find_account
from solde.db import Connection
from solde.kernel.paging import Page
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refused, refuse
from solde.listings.columns import Column, ColumnKind, Target
from solde.listings.filters import AccountCode, Filter, SellerId
from solde.listings.listing import Empty, Listing, Show
from solde.listings.options import Options
from solde.periods import Year, list_years
from solde.periods.rules import period_on

from ..model import PostingStatus, Side
from .actions import list_rejected
from .model import RejectedOperation
from .shapes import RejectedShape, rejected_shape
from .store import count_rejected

COUNTED_MOST = 10_000
REASONS = Options(
    {
        "CLOSED_PERIOD": "its period was closed",
        "FORCED": "moved to an open period",
        "RE_DATED": "given another day",
        "REPOSTED": "posted again",
    }
)


@dataclass(frozen=True, slots=True)
class ListedRejected(RejectedOperation):
    """An operation of the queue, and the period its day lies in."""

    period: str | None


class RejectedFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which operations of the queue."""

    seller_id: SellerId = None
    account: AccountCode = None
    failed: Annotated[
        bool, Filter(label="Export failed", help="Those whose export to accounting failed, instead.", beside=True)
    ] = False

    @property
    def status(self) -> PostingStatus:
        """The status they wait with."""
        return PostingStatus.EXPORT_FAILED if self.failed else PostingStatus.REJECTED


async def _rejected(
    conn: Connection,
    chosen: RejectedFilter,
    *,
    sort: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[ListedRejected]:
    assert sort is None, "the queue has one order"
    account = None if chosen.account is None else await find_account(conn, chosen.account)
    if chosen.account is not None and (account is None or chosen.seller_id not in {None, account.seller_id}):
        raise Refused(refuse(UNKNOWN_ACCOUNT, "there is no account {code!r}", code=chosen.account, field="account"))
    account_id = None if account is None else account.account_id
    found = await list_rejected(
        conn, chosen.seller_id, status=chosen.status, account_id=account_id, limit=limit, cursor=cursor
    )
    years = await list_years(conn)
    return Page([_listed(one, years) for one in found.items], found.next)


def _listed(one: RejectedOperation, years: Sequence[Year]) -> ListedRejected:
    found = period_on(years, one.own_day)
    period = None if found is None else f"{found[0].label}/{found[1].number}"
    return ListedRejected(*(*(getattr(one, field.name) for field in fields(one)), period))


async def _count(conn: Connection, chosen: RejectedFilter) -> int:
    return await count_rejected(conn, chosen.status, chosen.seller_id, COUNTED_MOST)


def _amount_on(one: RejectedOperation, side: Side) -> Decimal | None:
    return one.amount if one.side is side else None


REJECTED: Listing[RejectedFilter, ListedRejected] = Listing(
    name="rejected",
    title="Rejected by accounting",
    item="ListedRejectedOperation",
    api="/rejected-operations",
    command="rejected list",
    tag="Accounting",
    help="List the operations that accounting rejected, by account and number.",
    filters=RejectedFilter,
    find=_rejected,
    gives=RejectedShape,
    shape=rejected_shape,
    key=lambda o: f"{o.account}:{o.number}",
    row=lambda o: f"{o.account} {o.reference or o.number}",
    kinds=lambda _: ("waits",),
    unit=lambda o: o.currency,
    caption="Operations that accounting rejected",
    empty=Empty(
        "Nothing waits", "What is posted with a day of a closed period comes here. It counts in every balance meanwhile."
    ),
    unfit="Nothing waits",
    count=_count,
    shows=(
        Show("rejected", "Rejected", counted=True),
        Show("failed", "Export failed", lambda chosen, _: replace(chosen, failed=True), counted=True),
    ),
    columns=(
        Column(
            "reference", "Operation", lambda o: o.reference, optional=True, place="lead", fixed=True, width=20, opens=True,
            absent=lambda o, t: t("No. {n}", n=o.number), under=lambda o, _: o.account, title=lambda o, _: o.description or "",
            leads=lambda o: (Target.OPERATION, (o.account, o.number)),
        ),
        Column("customer", "Customer", lambda o: o.customer, tone="quiet", width=32),
        Column("label", "Type", lambda o: o.label, shipped=True, width=24, title=lambda o, _: o.code),
        Column("own_accounting_date", "Accounting day", lambda o: o.own_day, ColumnKind.DAY, width=14),
        Column("period", "Period", lambda o: o.period, optional=True, tone="quiet", width=12),
        Column("debit", "Debit", lambda o: _amount_on(o, Side.DEBIT), ColumnKind.MONEY, optional=True, place="value", fixed=True, width=16, summed=True),
        Column("credit", "Credit", lambda o: _amount_on(o, Side.CREDIT), ColumnKind.MONEY, optional=True, place="value", fixed=True, tone="credit", width=16, summed=True),
        Column("currency", "Currency", lambda o: o.currency, tone="quiet", spare=2, width=10),
        Column("reason", "Why", lambda o: o.reason, options=REASONS, width=24, title=lambda o, _: o.detail or ""),
        Column("recorded_at", "Recorded", lambda o: o.recorded_at, ColumnKind.INSTANT, tone="quiet", spare=1, width=24),
        Column("account", "Account", lambda o: o.account, aside=True, width=20),
        Column("number", "No.", lambda o: o.number, ColumnKind.COUNT, aside=True, width=8),
        Column("type", "Type code", lambda o: o.code, aside=True),
        Column("date", "Date", lambda o: o.operation_on, ColumnKind.DAY, aside=True, width=12),
        Column("description", "Description", lambda o: o.description, optional=True, aside=True, width=32),
    ),
)  # fmt: skip

LISTINGS = (REJECTED,)
