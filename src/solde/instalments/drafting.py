"""Propose, draft, edit and cancel plans: load, decide, save. Nothing of it moves money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.money import ZERO, plain
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, refuse
from solde.operations import OpenItem, Types
from solde.operations import store as operation_store
from solde.payments.effects import read_items

from . import rules, store
from .model import (
    AccountTerms,
    Activated,
    Drafted,
    EditRequest,
    Ended,
    Plan,
    PlanDebit,
    PlanRequest,
    PlanState,
    Schedule,
)
from .requests import EndRequest
from .schedule import propose_schedule
from .settings import load_terms
from .store import Key

DraftAnswer = Drafted | tuple[Refusal, ...]
EndAnswer = Ended | tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """What a batch of requests for plans is judged by."""

    terms: dict[int, AccountTerms]
    items: dict[Key, OpenItem]
    in_plans: set[Key]
    types: Types


async def propose(
    conn: Connection, requests: Sequence[PlanRequest], types: Types, *, today: date
) -> list[Schedule | tuple[Refusal, ...]]:
    """The instalments each plan would have; nothing is written and nothing locked.

    Refuses: what `draft` refuses.
    """
    found = await _find(conn, requests, types)
    return [_decide(found, request, today) for request in requests]


async def draft(conn: Connection, requests: Sequence[PlanRequest], types: Types, *, today: date) -> list[DraftAnswer]:
    """Keep each plan as a draft over all that is available of its debits.

    Refuses: unknown_account; what `check_debits`, `check_terms`, `check_wish`, `check_parts` and `check_note` refuse.
    Source: product §5 Instalment plan.
    """
    account_ids = [r.account_id for r in requests]
    await operation_store.lock_accounts(conn, account_ids)
    found, last = await _find(conn, requests, types), await store.last_plans(conn, account_ids)
    answers: list[DraftAnswer] = []
    for request in requests:
        decided = _decide(found, request, today)
        if isinstance(decided, tuple):
            answers.append(decided)
            continue
        last[request.account_id] = last.get(request.account_id, 0) + 1
        answers.append(Drafted(request.account_id, last[request.account_id], 1, decided))
    await _save(conn, found, [(a, r) for a, r in zip(answers, requests, strict=True) if isinstance(a, Drafted)])
    return answers


async def _find(conn: Connection, requests: Sequence[PlanRequest], types: Types) -> _Found:
    keys = sorted({(r.account_id, n) for r in requests for n in r.debits[: rules.MOST_DEBITS + 1]})
    terms = await load_terms(conn, sorted({r.account_id for r in requests}))
    return _Found(terms, await read_items(conn, keys), await store.debits_in_plans(conn, keys), types)


def _decide(found: _Found, request: PlanRequest, today: date) -> Schedule | tuple[Refusal, ...]:
    terms = found.terms.get(request.account_id)
    if terms is None:
        return (refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account"),)
    items = {n: i for n in request.debits if (i := found.items.get((request.account_id, n))) is not None}
    in_plans = {n for account, n in found.in_plans if account == request.account_id}
    instalment = found.types.by_code[rules.INSTALMENT].type_id
    if bad := rules.check_debits(request.debits, items, in_plans, instalment, found.types.deposit_ids):
        return tuple(bad)
    debt = sum((item.available for item in items.values()), ZERO)
    note = rules.check_note(request.note)
    if bad := [
        *rules.check_terms(terms, debt),
        *rules.check_wish(terms, request.wish, today),
        *([note] if note else []),
    ]:
        return tuple(bad)
    return _schedule(terms, request, debt, today)


def _schedule(terms: AccountTerms, request: PlanRequest, debt: Decimal, today: date) -> Schedule | tuple[Refusal, ...]:
    wish = request.wish
    schedule = propose_schedule(terms, debt, wish, today)
    total, count = schedule.amount, wish.count or terms.rule.default_count
    if wish.instalment is not None:
        bad = rules.check_instalment(wish.instalment, count, total, terms.currency)
        if bad is not None:
            return (bad,)
    if request.parts is not None:
        schedule = replace(schedule, parts=request.parts)
    refusals = rules.check_parts(terms, schedule.parts, total, today, wish.remainder or terms.rule.remainder)
    return tuple(refusals) or schedule


async def _save(conn: Connection, found: _Found, made: Sequence[tuple[Drafted, PlanRequest]]) -> None:
    if not made:
        return
    rows = [(d, r, r.wish.remainder or found.terms[d.account_id].rule.remainder) for d, r in made]
    debits = [
        PlanDebit(d.account_id, d.plan_number, number, found.items[d.account_id, number].available)
        for d, request in made
        for number in request.debits
    ]
    await store.insert_plans(conn, rows, debits)
    told = [
        (d, r.actor, "plan_draft", None, {**_told(d.schedule), "plan": d.plan_number, "debits": list(r.debits)})
        for d, r in made
    ]
    await note_actions(conn, told)


async def edit(conn: Connection, requests: Sequence[EditRequest], *, today: date) -> list[DraftAnswer]:
    """Give drafts other instalments; the sum stays what it is.

    Refuses: unknown_plan; what `check_draft`, `check_parts` and `check_note` refuse.
    """
    keys = [(r.account_id, r.plan_number) for r in requests]
    await operation_store.lock_accounts(conn, [account for account, _ in keys])
    plans, terms = await store.find_plans(conn, keys), await load_terms(conn, [account for account, _ in keys])
    answers = [_decide_edit(plans, terms, request, today) for request in requests]
    made = [(a, r) for a, r in zip(answers, requests, strict=True) if isinstance(a, Drafted)]
    if made:
        await store.change_plans(conn, made)
        told = [(a, r.actor, "plan_edit", None, {**_told(a.schedule), "plan": a.plan_number}) for a, r in made]
        await note_actions(conn, told)
    return answers


def _decide_edit(
    plans: dict[Key, Plan], terms: dict[int, AccountTerms], request: EditRequest, today: date
) -> DraftAnswer:
    plan = plans.get((request.account_id, request.plan_number))
    if plan is None:
        return (unknown_plan(request.plan_number),)
    first = (rules.check_draft(plan, request.version), rules.check_note(request.note))
    if bad := [one for one in first if one is not None]:
        return tuple(bad)
    refusals = rules.check_parts(terms[plan.account_id], request.parts, plan.amount, today, plan.remainder)
    if refusals:
        return tuple(refusals)
    drafted = Drafted(
        plan.account_id, plan.plan_number, plan.version + 1, Schedule(request.parts, plan.fee, plan.interest)
    )
    plans[plan.account_id, plan.plan_number] = replace(plan, version=drafted.version)
    return drafted


async def cancel(conn: Connection, requests: Sequence[EndRequest], *, today: date) -> list[EndAnswer]:
    """Give drafts up.

    Refuses: unknown_plan, plan_not_draft, action_reason_missing.
    """
    keys = [(r.account_id, r.plan_number) for r in requests]
    await operation_store.lock_accounts(conn, [account for account, _ in keys])
    plans = await store.find_plans(conn, keys)
    answers: list[EndAnswer] = []
    for request, key in zip(requests, keys, strict=True):
        plan = plans.get(key)
        first = unknown_plan(request.plan_number) if plan is None else rules.check_draft(plan, None)
        bad = first or rules.check_reason(request.reason)
        if plan is None or bad is not None:
            answers.append((bad or unknown_plan(request.plan_number),))
            continue
        plans[key] = replace(plan, state=PlanState.CANCELED)
        answers.append(Ended(*key, PlanState.CANCELED, today))
    ended = [(a, r) for a, r in zip(answers, requests, strict=True) if isinstance(a, Ended)]
    if ended:
        await store.end_plans(conn, ended)
        await note_actions(conn, [(a, r.actor, "plan_cancel", r.reason, {"plan": a.plan_number}) for a, r in ended])
    return answers


def unknown_plan(plan_number: int) -> Refusal:
    """The refusal of a number that no plan of the account has."""
    return refuse(rules.UNKNOWN_PLAN, "the account has no instalment plan {plan_number}", plan_number=plan_number)


Noted = tuple[Drafted | Ended | Activated, str, str, str | None, dict[str, object]]
"""What was done to a plan: by whom, the verb, why, and what is told of it."""


async def note_actions(conn: Connection, noted: Sequence[Noted]) -> None:
    """Write the audit records of a batch."""
    action_ids = await audit.next_action_ids(conn, len(noted))
    records = [
        AuditRecord(one.account_id, action_id, actor, verb, reason, None, told)
        for (one, actor, verb, reason, told), action_id in zip(noted, action_ids, strict=True)
    ]
    await audit.append(conn, records)


def _told(schedule: Schedule) -> dict[str, object]:
    parts = [{"due": part.due_on, "amount": plain(part.amount)} for part in schedule.parts[:50]]
    return {
        "amount": plain(schedule.amount), "fee": plain(schedule.fee), "interest": plain(schedule.interest),
        "count": len(schedule.parts), "instalments": parts,
    }  # fmt: skip
