"""Read plans: one with its instalments and history, or a page of many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from solde.db import Connection
from solde.kernel.dates import format_instant, parse_instant
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say

from . import store
from .drafting import unknown_plan
from .model import Instalment, Plan, PlanDebit, PlanFilter, PlanState

UNKNOWN_STATE = declare("unknown_plan_state", Kind.INVALID, "Use DRAFT, ACTIVE, COMPLETED, BROKEN or CANCELED.")


@dataclass(frozen=True, slots=True)
class PlanInFull:
    """A plan with its instalments and what it puts off."""

    plan: Plan
    instalments: tuple[Instalment, ...]
    debits: tuple[PlanDebit, ...]


async def read_plan(conn: Connection, account_id: int, plan_number: int, now: datetime) -> PlanInFull:
    """A plan with all that belongs to it; refuses unknown_plan."""
    key = (account_id, plan_number)
    plan = (await store.find_plans(conn, [key], now)).get(key)
    if plan is None:
        raise Refused(unknown_plan(plan_number))
    return PlanInFull(plan, tuple(await store.instalments_of(conn, [key])), tuple(await store.debits_of(conn, [key])))


async def list_plans(
    conn: Connection, wanted: PlanFilter, *, now: datetime, cursor: str | None = None, limit: int | None = None
) -> Page[Plan]:
    """Plans that fit, newest first. Overdue is told by `now`, where each seller is.

    Refuses: unknown_plan_state, bad_cursor, bad_limit.
    """
    if unknown := set(wanted.states or ()) - set(PlanState):
        said = say(
            "{unknown} is not one of {planstate}", unknown=", ".join(sorted(unknown)), planstate=", ".join(PlanState)
        )
        raise Refused(refuse(UNKNOWN_STATE, said, field="state"))
    count = check_limit(limit)
    found = await store.list_keys(conn, wanted, now=now, before=_before(cursor), limit=count + 1)
    plans = await store.find_plans(conn, [(account, number) for account, number, _ in found[:count]], now)
    if len(found) <= count:
        return Page(list(plans.values()), None)
    account, number, at = found[count - 1]
    return Page(list(plans.values()), encode_cursor([format_instant(at), account, number]))


def _before(cursor: str | None) -> tuple[str, int, int] | None:
    if cursor is None:
        return None
    at, account, number = decode_cursor(cursor, 3)
    if not isinstance(account, int) or not isinstance(number, int) or isinstance(parse_instant(str(at)), Refusal):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return str(at), account, number
