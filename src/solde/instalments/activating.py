"""Put drafts into force: post the creation and the instalments, match the creation with the debits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from solde.db import Connection
from solde.kernel.money import plain
from solde.kernel.refusals import Refusal
from solde.matching import MatchRequest
from solde.operations import NewOperation, OpenItem, PostRequest, Types
from solde.operations import store as operation_store
from solde.operations.store import AccountHead
from solde.payments.effects import Done, read_items, tell_effects
from solde.payments.model import Effect
from solde.payments.settling import check_new, match_all, post_all

from . import rules, store
from .drafting import note_actions, unknown_plan
from .model import AccountTerms, Activated, Instalment, InstalmentTerms, Plan, PlanDebit, PlanState
from .requests import ActivateRequest
from .settings import load_terms
from .store import Key

ActivateAnswer = Activated | tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """The locked accounts of a batch, and all that is known of its plans."""

    heads: dict[int, AccountHead]
    plans: dict[Key, Plan]
    terms: dict[int, AccountTerms]
    instalments: dict[Key, list[Instalment]]
    debits: dict[Key, list[PlanDebit]]
    items: dict[Key, OpenItem]
    in_plans: set[Key]


@dataclass(frozen=True, slots=True)
class _Activation:
    """A decision to activate a plan: what is posted, in order, and what the creation is matched with."""

    request: ActivateRequest
    plan: Plan
    on: date
    instalments: tuple[Instalment, ...]
    debits: tuple[PlanDebit, ...]
    charges: tuple[NewOperation, ...]
    creation: NewOperation
    dues: tuple[NewOperation, ...]

    @property
    def posted(self) -> tuple[NewOperation, ...]:
        return (*self.charges, self.creation, *self.dues)


async def activate(
    conn: Connection, requests: Sequence[ActivateRequest], types: Types, *, today: date
) -> list[ActivateAnswer]:
    """Put each draft into force, as it was at the version named: one transaction, under the account's lock.

    Posts a PPL_CREATION credit of the plan's amount, matched with the debits (and with a fee and interest, posted
    with it), and a PPL_INSTALLMENT debit for each instalment, due on its day; their sum is exact.
    Refuses: unknown_plan, plan_not_draft, version_differs; what `check_unchanged`, `check_terms`, `check_parts` and
    posting refuse.
    Source: product §5 Instalment plan.
    """
    found = await _find(conn, requests)
    decided = [_decide(found, request, types, today) for request in requests]
    made = iter(await _carry_out(conn, found, [one for one in decided if isinstance(one, _Activation)], types, today))
    return [one if isinstance(one, tuple) else next(made) for one in decided]


async def _find(conn: Connection, requests: Sequence[ActivateRequest]) -> _Found:
    keys = sorted({(r.account_id, r.plan_number) for r in requests})
    heads = await operation_store.lock_accounts(conn, [account for account, _ in keys])
    debits = await store.debits_of(conn, keys)
    chosen = sorted({(d.account_id, d.number) for d in debits})
    instalments = await store.instalments_of(conn, keys)
    return _Found(
        heads,
        await store.find_plans(conn, keys),
        await load_terms(conn, sorted(heads)),
        {key: [i for i in instalments if (i.account_id, i.plan_number) == key] for key in keys},
        {key: [d for d in debits if (d.account_id, d.plan_number) == key] for key in keys},
        await read_items(conn, chosen),
        await store.debits_in_plans(conn, chosen),
    )


def _decide(found: _Found, request: ActivateRequest, types: Types, today: date) -> _Activation | tuple[Refusal, ...]:
    key = (request.account_id, request.plan_number)
    plan = found.plans.get(key)
    if plan is None:
        return (unknown_plan(request.plan_number),)
    if (bad := rules.check_draft(plan, request.version) or rules.check_words(request.reason)) is not None:
        return (bad,)
    if refusals := _check(found, plan, today):
        return tuple(refusals)
    activation = _activation(found, plan, request, today)
    if refusals := [bad for new in activation.posted for bad in check_new(new, types, found.heads, today)]:
        return tuple(refusals[:1])
    found.plans[key] = replace(plan, state=PlanState.ACTIVE)
    found.in_plans.update((debit.account_id, debit.number) for debit in activation.debits)
    return activation


def _check(found: _Found, plan: Plan, today: date) -> list[Refusal]:
    """Does the draft still hold: over the same debts, under the rule, from today on?"""
    key = (plan.account_id, plan.plan_number)
    terms, debits = found.terms[plan.account_id], found.debits[key]
    items = {d.number: found.items[plan.account_id, d.number] for d in debits}
    in_plans = {n for account, n in found.in_plans if account == plan.account_id}
    parts = [InstalmentTerms(i.due_on, i.amount) for i in found.instalments[key]]
    return [
        *rules.check_unchanged(debits, items, in_plans, plan.currency),
        *rules.check_terms(terms, plan.debt),
        *rules.check_parts(terms, parts, plan.amount, today, plan.remainder),
    ]


def _activation(found: _Found, plan: Plan, request: ActivateRequest, today: date) -> _Activation:
    key = (plan.account_id, plan.plan_number)
    debits, instalments = found.debits[key], found.instalments[key]
    day = max([today, *(found.items[d.account_id, d.number].not_before for d in debits)])
    words = f"Instalment plan {plan.plan_number}"

    def new(code: str, amount: Decimal, said: str, part: Instalment | None = None) -> NewOperation:
        place = "" if part is None else f"/{part.instalment_number}"
        return NewOperation(
            plan.account_id, code, amount, day, due_on=day if part is None else part.due_on,
            reference=f"PLAN-{plan.plan_number}{place}", description=said, source="instalment_plan",
        )  # fmt: skip

    wanted = [(rules.FEE, plan.fee, f"{words}: fee"), (rules.INTEREST, plan.interest, f"{words}: interest")]
    return _Activation(
        request, plan, day, tuple(instalments), tuple(debits),
        tuple(new(code, amount, said) for code, amount, said in wanted if amount > 0),
        new(rules.CREATION, plan.amount, words),
        tuple(
            new(rules.INSTALMENT, i.amount, f"{words}: {i.instalment_number} of {len(instalments)}", i)
            for i in instalments
        ),
    )  # fmt: skip


async def _carry_out(
    conn: Connection, found: _Found, chosen: Sequence[_Activation], types: Types, today: date
) -> list[Activated]:
    """Post, match and note, each in one batch."""
    if not chosen:
        return []
    posts = [PostRequest(one.posted, one.request.actor, one.request.reason, late=one.request.late) for one in chosen]
    numbers = iter(await post_all(conn, posts, types))
    given = [tuple(next(numbers) for _ in one.posted) for one in chosen]
    wishes = [_match_of(one, own) for one, own in zip(chosen, given, strict=True)]
    matched = await match_all(conn, wishes, types, today)
    done = [
        Done(tuple(zip(one.posted, own, strict=True)), (made,))
        for one, own, made in zip(chosen, given, matched, strict=True)
    ]
    effects = await tell_effects(conn, done, found.items, types)
    made = [_made(one, own, effect) for one, own, effect in zip(chosen, given, effects, strict=True)]
    await _save(conn, chosen, made)
    return made


def _match_of(one: _Activation, numbers: Sequence[int]) -> MatchRequest:
    charges, creation = numbers[: len(one.charges)], numbers[len(one.charges)]
    debits = (*(debit.number for debit in one.debits), *charges)
    amounts = {debit.number: debit.amount for debit in one.debits}
    reason = one.request.reason or f"instalment plan {one.plan.plan_number}"
    return MatchRequest(one.plan.account_id, debits, (creation,), one.request.actor, amounts, one.on, reason=reason)


def _made(one: _Activation, numbers: Sequence[int], effect: Effect) -> Activated:
    by_type = {new.type_code: number for new, number in zip((*one.charges, one.creation), numbers, strict=False)}
    return Activated(
        one.plan.account_id, one.plan.plan_number, one.on, by_type[rules.CREATION], by_type.get(rules.FEE),
        by_type.get(rules.INTEREST), tuple(numbers[len(one.charges) + 1 :]), effect,
    )  # fmt: skip


async def _save(conn: Connection, chosen: Sequence[_Activation], made: Sequence[Activated]) -> None:
    numbered = [
        replace(instalment, operation_number=number)
        for one, own in zip(chosen, made, strict=True)
        for instalment, number in zip(one.instalments, own.instalment_numbers, strict=True)
    ]
    await store.activate_plans(
        conn, [(own, one.plan, one.request.actor) for one, own in zip(chosen, made, strict=True)], numbered
    )
    await note_actions(
        conn,
        [
            (own, one.request.actor, "plan_activate", one.request.reason, _told(one, own))
            for one, own in zip(chosen, made, strict=True)
        ],
    )


def _told(one: _Activation, own: Activated) -> dict[str, object]:
    return {
        "plan": own.plan_number,
        "amount": plain(one.plan.amount),
        "creation": own.creation_number,
        "instalments": list(own.instalment_numbers[:50]),
        "debits": [debit.number for debit in one.debits[:50]],
    }
