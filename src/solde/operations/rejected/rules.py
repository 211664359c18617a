"""Which accounting day a repaired operation gets. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import Label, say
from solde.periods.model import PeriodScope, Year
from solde.periods.rules import force_date, period_on

from ..model import PostingStatus
from ..rules import DATE_OUT_OF_RANGE, EARLIEST, LATEST
from .model import PostingStanding, Repair, Way

NOT_REJECTED = declare("not_rejected", Kind.CONFLICT, "Accounting did not reject it; there is nothing to repair.")
EXPORTED = declare(
    "exported_to_accounting", Kind.CONFLICT, "Its accounting day is final; correct it by another operation."
)
DAY_CLOSED = declare(
    "accounting_day_closed", Kind.CONFLICT, "Choose a day of an open period, or have the period reopened."
)
NO_OPEN_PERIOD = declare("no_open_period", Kind.CONFLICT, "Make the next accounting year, or reopen a later period.")
DAY_MISSING = declare("accounting_day_missing", Kind.INVALID, "Give the new accounting day.")
REASON_MISSING = declare("repair_reason_missing", Kind.INVALID, "Say why it belongs to another accounting day.")
TOO_MANY_REPAIRS = declare("too_many_repairs", Kind.INVALID, "Repair them in parts.")

MOST = 1000
"""How many operations are repaired at once."""


def check_repair(repair: Repair) -> list[Refusal]:
    """Every reason against a repair as it is asked for, whatever its operations.

    Refuses: too_many_repairs, accounting_day_missing, date_out_of_range, repair_reason_missing.
    """
    found = []
    if len(repair.keys) > MOST:
        said = say("{count} operations; {most} are repaired at once at the most", count=len(repair.keys), most=MOST)
        found.append(refuse(TOO_MANY_REPAIRS, said))
    if repair.way is not Way.RE_DATE:
        return found
    if repair.on is None:
        found.append(refuse(DAY_MISSING, "the new accounting day is missing", field="date"))
    elif not EARLIEST <= repair.on <= LATEST:
        found.append(refuse(DATE_OUT_OF_RANGE, "{on} is outside 1950 to 2199", on=repair.on, field="date"))
    if not (repair.reason or "").strip():
        found.append(refuse(REASON_MISSING, "an accounting day is not changed without a reason", field="reason"))
    return found


def day_of_repair(standing: PostingStanding, repair: Repair, years: Sequence[Year]) -> date | Refusal:
    """The accounting day an operation gets, or why it cannot be repaired so.

    Refuses: exported_to_accounting, not_rejected, accounting_day_closed, no_open_period.
    """
    if standing.status is PostingStatus.EXPORTED:
        return refuse(EXPORTED, "{name} is exported", name=standing.name)
    own_scope = PeriodScope.ALL if repair.late else PeriodScope.REGULAR
    if repair.way is Way.RE_DATE:
        assert repair.on is not None, "checked before"
        return _open_day(standing, repair.on, years, own_scope)
    if standing.status is not PostingStatus.REJECTED:
        return refuse(NOT_REJECTED, "{name} is {status}", name=standing.name, status=Label(standing.status))
    if repair.way is Way.POST:
        return _open_day(standing, standing.own_day, years, own_scope)
    # To be moved is to leave what is closed for anybody.
    return _forced_day(standing, years, PeriodScope.REGULAR)


def _open_day(standing: PostingStanding, day: date, years: Sequence[Year], scope: PeriodScope) -> date | Refusal:
    found = period_on(years, day)
    if found is None or not found[1].is_closed(scope):
        return day
    year, period = found
    said = say(
        "{name}: {day} lies in period {number} of {label}, which is closed",
        name=standing.name,
        day=day,
        number=period.number,
        label=year.label,
    )
    return refuse(DAY_CLOSED, said)


def _forced_day(standing: PostingStanding, years: Sequence[Year], scope: PeriodScope) -> date | Refusal:
    found = period_on(years, standing.own_day)
    if found is None or not found[1].is_closed(scope):
        return standing.own_day
    later = sorted((p for y in years for p in y.periods if p.starts_on > standing.own_day), key=lambda p: p.starts_on)
    following = next((period for period in later if not period.is_closed(scope)), None)
    if following is None:
        return refuse(
            NO_OPEN_PERIOD, "{name}: no period after {own_day} is open", name=standing.name, own_day=standing.own_day
        )
    return force_date(following, found[0].policy)
