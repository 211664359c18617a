"""The actions of instalment plans that are drafted, described for every face."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any

from solde.access import Permission
from solde.actions.action import Action, Button, Route, Run, Suggestion, Words
from solde.actions.subjects import Heading, Label, Subject, SubjectKind, numbered
from solde.approvals import ExecutionContext
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.operations.executors import types_of

from .activating import activate
from .breaking import break_plans
from .drafting import cancel, unknown_plan
from .reading import read_plan
from .requests import ActivateRequest, BreakRequest, CancelRequest
from .shapes import PlanShape, plan_shape

FEATURE = "instalment_plans"
TAG = "Instalment plans"


async def show_plan(conn: Connection, subject: Subject, context: ExecutionContext) -> Heading:
    """A plan with its instalments; refuses unknown_plan."""
    plan = (await read_plan(conn, subject.account_id, subject.number, context.now)).plan
    days: Label = (
        "{n} instalments, {first} to {last}",
        {"n": str(plan.count), "first": plan.first_due_on, "last": plan.last_due_on},
    )
    return Heading(("Plan {n}", {"n": str(plan.plan_number)}), days, (("", plan.amount),))


PLAN = SubjectKind(
    place="plans",
    path="instalment-plans/{plan}",
    parameter="plan",
    read=numbered(lambda _: unknown_plan(0).at(field="plan")),
    show=show_plan,
)


def on_plan(batch: Callable[..., Awaitable[Sequence[Any]]]) -> Run:
    """Does something with one plan, and tells how it stands then."""

    async def run(conn: Connection, requests: Sequence[Any], context: ExecutionContext) -> PlanShape:
        (made,) = await batch(conn, requests, await types_of(context), today=context.today)
        if isinstance(made, tuple):
            raise Refused(made)
        found = await read_plan(conn, made.account_id, made.plan_number, context.now)
        return plan_shape(found, made.effect)

    return run


async def whole_plan(
    conn: Connection, request: ActivateRequest, context: ExecutionContext
) -> tuple[ActivateRequest, Decimal]:
    """As large as all its instalments."""
    return request, (await read_plan(conn, request.account_id, request.plan_number, context.now)).plan.amount


async def suggest_version(conn: Connection, subject: Subject, context: ExecutionContext) -> Suggestion:
    """The draft as it is."""
    found = await read_plan(conn, subject.account_id, subject.number, context.now)
    return Suggestion({"version": found.plan.version})


async def suggest_rest(conn: Connection, subject: Subject, context: ExecutionContext) -> Suggestion:
    """What becomes of what is not paid."""
    plan = (await read_plan(conn, subject.account_id, subject.number, context.now)).plan
    note = "{paid} is paid; {open} is owed again as before, the debits due last first."
    return Suggestion(notes=((note, {"paid": plan.paid, "open": plan.open}),))


ACTIVATE = Action(
    kind="instalment_plan",
    words=Words(
        "Activate the plan",
        "Instalment plan",
        "Instalment plan activated",
        note="The debits are settled by the plan, and its instalments are owed on their days.",
        command="instalments activate",
    ),
    permission=Permission.INSTALMENTS,
    feature=FEATURE,
    at=PLAN,
    button=Button(icon="check", dialog="plan-activate"),
    route=Route(
        tag=TAG, path="instalment-plans/{plan}/activate", name="activate_instalment_plan", example={"version": 1}
    ),
    request=ActivateRequest,
    run=on_plan(activate),
    gives=PlanShape,
    settle=whole_plan,
    suggest=suggest_version,
)

CANCEL = Action(
    kind="plan_cancel",
    words=Words(
        "Cancel the draft",
        "Instalment plan",
        "The draft is cancelled",
        command="instalments cancel",
    ),
    permission=Permission.INSTALMENTS,
    feature=FEATURE,
    at=PLAN,
    button=Button(icon="trash-2", danger=True),
    route=Route(tag=TAG, path="instalment-plans/{plan}", name="cancel_instalment_plan", method="DELETE", status=200),
    request=CancelRequest,
    run=on_plan(lambda conn, requests, _types, *, today: cancel(conn, requests, today=today)),
    gives=PlanShape,
)

BREAK = Action(
    kind="plan_break",
    words=Words(
        "Break the plan",
        "Instalment plan",
        "The plan is broken",
        command="instalments break",
    ),
    permission=Permission.INSTALMENTS,
    feature=FEATURE,
    at=PLAN,
    button=Button(icon="unlink", danger=True),
    route=Route(
        tag=TAG,
        path="instalment-plans/{plan}/break",
        name="break_instalment_plan",
        status=200,
        example={"reason": "two instalments are not paid"},
    ),
    request=BreakRequest,
    run=on_plan(break_plans),
    gives=PlanShape,
    suggest=suggest_rest,
)

ACTIONS = (ACTIVATE, CANCEL, BREAK)
