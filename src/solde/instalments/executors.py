"""Plans activated from their content as JSON, for approvals: at once within a limit, or by a second person."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from solde.approvals import ExecutionContext, Executor
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.payments.executors import types_of

from .activating import activate
from .model import ActivateRequest
from .reading import read_plan
from .shapes import PlanShape, plan_shape

KIND = "instalment_plan"
"""The kind of action the activation of a plan is proposed as."""


async def execute_activation(conn: Connection, content: Mapping[str, object], context: ExecutionContext) -> PlanShape:
    """Put a draft into force, as it was when that was proposed."""
    request = msgspec.convert(
        {**content, "actor": context.actor, "late": context.posts_late}, ActivateRequest, strict=False, str_keys=True
    )
    (answer,) = await activate(conn, [request], await types_of(context), today=context.today)
    if isinstance(answer, tuple):
        raise Refused(answer)
    found = await read_plan(conn, request.account_id, request.plan_number, context.now)
    return plan_shape(found, answer.effect)


EXECUTORS: Mapping[str, Executor] = {KIND: execute_activation}
"""By kind of action."""
