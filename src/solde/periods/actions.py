"""Make years, close and reopen their periods: load, decide, save, while no posting runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from psycopg.errors import LockNotAvailable

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say

from . import rules, store
from .model import NewYear, Period, PeriodScope, PeriodTurn, Policy, Year

BOOKS_BUSY = declare("books_busy", Kind.CONFLICT, "Much is being posted, such as an import; try again in a moment.")

WAIT_SECONDS = 4.0
"""How long closing waits for postings that run. As long, those that begin wait behind it."""


async def create_year(conn: Connection, new: NewYear, *, actor: str) -> Year:
    """Make an accounting year and its periods, all open.

    Refuses: what `check_year` refuses; books_busy.
    """
    await _lock(conn)
    years = await store.list_years(conn)
    if refusals := rules.check_year(new, years):
        raise Refused(refusals)
    await store.insert_year(conn, new, rules.cut_year(new), actor)
    await _tell(conn, actor, "accounting_year_create", None, None, _year_told(new))
    # A new open period takes what older ones force forward.
    return find_year(await _follow(conn), new.label)


async def change_policy(conn: Connection, label: str, policy: Policy, *, version: int | None, actor: str) -> Year:
    """Give a year another policy; `version`, where given, is the one the change was made from.

    Refuses: unknown_accounting_year, version_differs, accounting_policy, books_busy.
    """
    await _lock(conn)
    year = find_year(await store.list_years(conn), label)
    if version is not None and year.version != version:
        said = say(
            "{label} is at version {version}, your change was made from {made_from}",
            label=label,
            version=year.version,
            made_from=version,
        )
        raise Refused(refuse(VERSION_DIFFERS, said))
    if refusals := rules.check_policy(policy):
        raise Refused(refusals)
    if policy == year.policy:
        return year
    await store.update_policy(conn, year.year_id, policy)
    before, after = ({"year": label, **_policy_told(one)} for one in (year.policy, policy))
    await _tell(conn, actor, "accounting_policy", None, before, after)
    return find_year(await _follow(conn), label)


async def turn_period(
    conn: Connection, turns: Sequence[PeriodTurn], *, actor: str, reason: str | None = None
) -> list[Year]:
    """Close or reopen periods, all or none; gives every year as it is then.

    Refuses: unknown_accounting_year, unknown_accounting_period, books_busy, what `check_turn` refuses.
    """
    await _lock(conn)
    years = await store.list_years(conn)
    placed = [(find_year(years, turn.label), turn) for turn in turns]
    refusals = [bad for year, turn in placed if (bad := _check(year, turn, reason)) is not None]
    if refusals:
        raise Refused(refusals)
    return await _turn(conn, placed, actor, reason)


async def turn_year(
    conn: Connection, label: str, scope: PeriodScope, *, closes: bool, actor: str, reason: str | None = None
) -> list[Year]:
    """Close or reopen every period of a year that is not so yet; gives every year as it is then.

    Refuses: unknown_accounting_year, period_closed_already, period_open_already, books_busy, what `check_turn` refuses.
    """
    await _lock(conn)
    year = find_year(await store.list_years(conn), label)
    turns = [PeriodTurn(label, p.number, scope, closes) for p in year.periods if p.is_closed(scope) is not closes]
    # With nothing to do the first period says so.
    chosen = turns or [PeriodTurn(label, year.periods[0].number, scope, closes)]
    refusals = [bad for turn in chosen if (bad := _check(year, turn, reason)) is not None]
    if refusals:
        raise Refused(refusals[0])
    return await _turn(conn, [(year, turn) for turn in chosen], actor, reason)


async def sweep(conn: Connection, *, today: date, actor: str) -> list[PeriodTurn]:
    """Close the periods that are due; gives what was closed.

    Refuses: books_busy.
    """
    if not rules.due_turns(await store.list_years(conn), today):
        return []
    await _lock(conn)
    years = await store.list_years(conn)
    turns = rules.due_turns(years, today)
    if turns:
        await _turn(
            conn, [(find_year(years, t.label), t) for t in turns], actor, "closed by itself, as the policy says"
        )
    return turns


async def _turn(
    conn: Connection, placed: Sequence[tuple[Year, PeriodTurn]], actor: str, reason: str | None
) -> list[Year]:
    await store.turn_periods(conn, [(year.year_id, turn) for year, turn in placed], actor, reason)
    (first, *_) = placed
    verb = "accounting_period_close" if first[1].closes else "accounting_period_reopen"
    told = [{"year": t.label, "period": t.number, "for": t.scope.value} for _, t in placed]
    await _tell(conn, actor, verb, reason, None, {"periods": told})
    return await _follow(conn)


async def _lock(conn: Connection) -> None:
    try:
        await store.lock_books(conn, wait_seconds=WAIT_SECONDS)
    except LockNotAvailable:
        raise Refused(
            refuse(BOOKS_BUSY, "postings went on for {wait_seconds:g} seconds", wait_seconds=WAIT_SECONDS)
        ) from None


async def _follow(conn: Connection) -> list[Year]:
    """Write the closed days that follow from the years; gives the years."""
    years = await store.list_years(conn)
    await store.save_spans(conn, rules.closed_spans(years))
    return years


def find_year(years: Sequence[Year], label: str) -> Year:
    """The year of a label.

    Refuses: unknown_accounting_year.
    """
    found = next((year for year in years if year.label == label), None)
    if found is None:
        raise Refused(refuse(rules.UNKNOWN_YEAR, "there is no accounting year {label!r}", label=label))
    return found


def find_period(year: Year, number: int) -> Period:
    """The period of a number.

    Refuses: unknown_accounting_period.
    """
    found = next((period for period in year.periods if period.number == number), None)
    if found is None:
        said = say(
            "{label} has periods 1 to {count}, not {number}", label=year.label, count=len(year.periods), number=number
        )
        raise Refused(refuse(rules.UNKNOWN_PERIOD, said, field="period"))
    return found


def _check(year: Year, turn: PeriodTurn, reason: str | None) -> Refusal | None:
    return rules.check_turn(turn, find_period(year, turn.number), reason)


async def _tell(
    conn: Connection, actor: str, verb: str, reason: str | None, before: object | None, after: object
) -> None:
    (action_id,) = await audit.next_action_ids(conn, 1)
    await audit.append(conn, [AuditRecord(0, action_id, actor, verb, reason, before, after)])


def _year_told(new: NewYear) -> dict[str, object]:
    dates = {"starts_on": new.starts_on.isoformat(), "ends_on": new.ends_on.isoformat(), "cut": new.cut.value}
    return {"year": new.label, **dates, **_policy_told(new.policy)}


def _policy_told(policy: Policy) -> dict[str, object]:
    return {
        "on_closed": policy.on_closed.value,
        "force_day": policy.force_day,
        "regular_after": policy.regular_after,
        "all_after": policy.all_after,
    }
