"""Values of the lists over all accounts: what is asked for, what a row shows, how it may be sorted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from solde.kernel.paging import read_sort
from solde.kernel.refusals import Kind, Refused, declare, refuse

from ..model import Operation, OperationFilter, Side

SORT_TOO_WIDE = declare(
    "sort_too_wide",
    Kind.INVALID,
    "Narrow the list (account, overdue, reference, q, dates, recorded_after), or sort by date or recorded.",
)
SORT_NEEDS_FILTER = declare(
    "sort_needs_filter", Kind.INVALID, "Add the filter that the message names, or sort by another column."
)

SORTS = ("date", "recorded", "due", "reference", "amount", "open")
PICKED_SORTS = ("amount", "open")
"""Sorts that no index keeps: what is sorted so is picked first, and bounded."""


@dataclass(frozen=True, slots=True)
class AcrossFilter:
    """Which operations of all accounts; None leaves a condition out.

    `chosen` holds the filters that a list of one account has too. `reference` is the whole, `begins` its beginning;
    `q` a number or a part of a reference, as the search box takes it. `overdue_on`: only invoices past their due date on that day,
    of which something is open and undisputed. Recording is told by instants: after the one, up to the other.
    """

    chosen: OperationFilter = OperationFilter()
    seller_id: int | None = None
    seller: str | None = None
    account: str | None = None
    currency: str | None = None
    reference: str | None = None
    begins: str | None = None
    q: str | None = None
    overdue_on: date | None = None
    recorded_after: datetime | None = None
    recorded_until: datetime | None = None

    @property
    def only_open(self) -> bool:
        """Can only operations be chosen of which something is open?"""
        statuses = self.chosen.matching_status
        return self.overdue_on is not None or (statuses is not None and set(statuses) <= {"O", "P", "I"})

    @property
    def only_open_debits(self) -> bool:
        """Can only debits that are open be chosen?"""
        return self.overdue_on is not None or (self.only_open and self.chosen.side is Side.DEBIT)


@dataclass(frozen=True, slots=True)
class ListedOperation:
    """An operation with whose it is."""

    operation: Operation
    account: str
    customer: str
    name: str
    seller: str


@dataclass(frozen=True, slots=True)
class AcrossOrder:
    """By what a list is sorted."""

    column: str
    descending: bool


def parse_across_sort(text: str | None, asked: AcrossFilter) -> AcrossOrder:
    """Read `-date`, `due`, …; without one the order that goes with the filters.

    Refuses: unknown_sort, sort_needs_filter.
    """
    if not text:
        return _usual(asked)
    column, descending = read_sort(text, SORTS, "")
    if column == "due" and not (asked.only_open_debits or asked.account or asked.q):
        raise Refused(
            refuse(
                SORT_NEEDS_FILTER,
                "the order of due dates is kept of open debits: add overdue=true, or side=debit with "
                "matching_status=O,P,I",
                field="sort",
            )
        )
    return AcrossOrder(column, descending)


def _usual(asked: AcrossFilter) -> AcrossOrder:
    if asked.q is None and (asked.begins is not None or asked.reference is not None) and asked.account is None:
        return AcrossOrder("reference", descending=False)
    if asked.overdue_on is not None:
        return AcrossOrder("due", descending=False)
    if asked.recorded_after is not None or asked.recorded_until is not None:
        return AcrossOrder("recorded", descending=False)
    return AcrossOrder("date", descending=True)
