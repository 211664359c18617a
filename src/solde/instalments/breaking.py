"""Break plans: what is not paid of the creation is taken back from the debits, and settles the instalments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from solde.db import Connection
from solde.kernel.money import plain
from solde.kernel.refusals import Refusal
from solde.matching import Keeper, MatchRequest, UnmatchRequest
from solde.operations import OpenItem, Types
from solde.operations import store as operation_store
from solde.payments.effects import Done, read_items, tell_effects
from solde.payments.model import StandingLine
from solde.payments.settling import match_all, undo_lines, unmatch_all
from solde.payments.store import standing_lines

from . import rules, store
from .drafting import EndAnswer, note_actions, unknown_plan
from .model import Breaking, Ended, Instalment, Plan, PlanState
from .requests import EndRequest
from .store import Key


@dataclass(frozen=True, slots=True)
class _Found:
    """All that is known of the plans of a batch, under the locks of their accounts."""

    plans: dict[Key, Plan]
    instalments: list[Instalment]
    lines: list[StandingLine]
    items: dict[Key, OpenItem]


@dataclass(frozen=True, slots=True)
class _Break:
    """A decision to break a plan, and the day."""

    request: EndRequest
    plan: Plan
    what: Breaking
    on: date


async def break_plans(
    conn: Connection, requests: Sequence[EndRequest], types: Types, *, today: date
) -> list[EndAnswer]:
    """Break each plan: what the customer has not paid of it is owed again as before.

    The unpaid part of PPL_CREATION is unmatched from the debits, latest due first, and matched with what is open of
    the instalments. A reversal takes whole lines back, so what stays of one is matched anew on the same day.
    Refuses: unknown_plan, plan_not_active, plan_completed, plan_not_breakable, action_reason_missing.
    Source: product §5 Instalment plan.
    """
    found = await _find(conn, requests)
    decided = [_decide(found, request, today) for request in requests]
    ended = iter(await _carry_out(conn, found, [one for one in decided if isinstance(one, _Break)], types, today))
    return [one if isinstance(one, tuple) else next(ended) for one in decided]


async def _find(conn: Connection, requests: Sequence[EndRequest]) -> _Found:
    keys = sorted({(r.account_id, r.plan_number) for r in requests})
    await operation_store.lock_accounts(conn, [account for account, _ in keys])
    plans, instalments = await store.find_plans(conn, keys), await store.instalments_of(conn, keys)
    creations = [(p.account_id, p.creation_number) for p in plans.values() if p.creation_number is not None]
    lines = await standing_lines(conn, creations)
    touched = {
        *creations,
        *((i.account_id, i.operation_number) for i in instalments if i.operation_number is not None),
        *((line.account_id, line.other_number) for line in lines),
    }
    return _Found(plans, instalments, lines, await read_items(conn, sorted(touched)))


def _decide(found: _Found, request: EndRequest, today: date) -> _Break | tuple[Refusal, ...]:
    key = (request.account_id, request.plan_number)
    plan = found.plans.get(key)
    if plan is None:
        return (unknown_plan(request.plan_number),)
    bad = rules.check_breakable(plan) or rules.check_reason(request.reason)
    if bad is not None:
        return (bad,)
    what = _plan_break(found, plan)
    if isinstance(what, Refusal):
        return (what,)
    numbers = {plan.creation_number, *what.unpaid, *what.kept, *(line.other_number for line in what.lines)}
    items = [found.items[plan.account_id, number] for number in numbers if number is not None]
    found.plans[key] = replace(plan, state=PlanState.BROKEN)
    return _Break(request, plan, what, rules.breaking_date(items, what.lines, today))


def _plan_break(found: _Found, plan: Plan) -> Breaking | Refusal:
    assert plan.creation_number is not None, "an active plan has its creation"
    account, creation = plan.account_id, plan.creation_number
    own = [
        i.operation_number
        for i in found.instalments
        if (i.account_id, i.plan_number) == (account, plan.plan_number) and i.operation_number is not None
    ]
    unpaid = [item for n in own if (item := found.items[account, n]).available > 0]
    lines = [line for line in found.lines if (line.account_id, line.number) == (account, creation)]
    debits = {line.other_number: found.items[account, line.other_number] for line in lines}
    return rules.plan_break(unpaid, found.items[account, creation], lines, debits, own)


async def _carry_out(
    conn: Connection, found: _Found, chosen: Sequence[_Break], types: Types, today: date
) -> list[Ended]:
    """Reverse, match and note, each in one batch."""
    if not chosen:
        return []
    reversals = [_reversals(one) for one in chosen]
    answers = iter(await unmatch_all(conn, [wish for own in reversals for wish in own], today, Keeper.PLAN))
    unmatched = [tuple(next(answers) for _ in own) for own in reversals]
    matched = await match_all(conn, [_match_of(one) for one in chosen], types, today)
    done = [Done((), (made,), back) for made, back in zip(matched, unmatched, strict=True)]
    effects = await tell_effects(conn, done, found.items, types)
    ended = [
        Ended(one.plan.account_id, one.plan.plan_number, PlanState.BROKEN, one.on, one.what.amount, effect)
        for one, effect in zip(chosen, effects, strict=True)
    ]
    await store.end_plans(conn, [(own, one.request) for own, one in zip(ended, chosen, strict=True)])
    told = [
        (own, one.request.actor, "plan_break", one.request.reason, _told(one))
        for own, one in zip(ended, chosen, strict=True)
    ]
    await note_actions(conn, told)
    return ended


def _reversals(one: _Break) -> list[UnmatchRequest]:
    """A reversal a match of the creation."""
    return undo_lines(one.what.lines, one.request.actor, one.on, one.request.reason)


def _match_of(one: _Break) -> MatchRequest:
    """What stays of the debits, and the instalments that are not paid, against the creation."""
    amounts = {**one.what.kept, **one.what.unpaid}
    assert one.plan.creation_number is not None, "an active plan has its creation"
    return MatchRequest(
        one.plan.account_id, tuple(amounts), (one.plan.creation_number,), one.request.actor, amounts, one.on,
        reason=one.request.reason,
    )  # fmt: skip


def _told(one: _Break) -> dict[str, object]:
    return {
        "plan": one.plan.plan_number,
        "unpaid": plain(one.what.amount),
        "reopened": sorted({line.other_number for line in one.what.lines})[:50],
        "instalments": sorted(one.what.unpaid)[:50],
        "effective": one.on,
    }
