"""Payments carried out from their content as JSON, for approvals: at once within a limit, or by a second person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from solde.approvals import ExecutionContext, Executor
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.operations.executors import types_of

from . import store
from .actions import register
from .model import (
    AssignRequest,
    PaymentRequest,
)
from .receipts import assign_receipts, get_receipt
from .shapes import AssignedShape, RegisteredShape, assigned_shape, registered_shape

R = TypeVar("R", AssignRequest, PaymentRequest)


def _read(content: Mapping[str, object], shape: type[R], context: ExecutionContext) -> R:
    asked = {**content, "actor": context.actor, "late": context.posts_late}
    return msgspec.convert(asked, shape, strict=False, str_keys=True)


async def execute_payment(
    conn: Connection, content: Mapping[str, object], context: ExecutionContext
) -> RegisteredShape:
    """Register a payment."""
    request = _read(content, PaymentRequest, context)
    types, new = await types_of(context), request.payment
    (answer,) = await register(conn, [request], types, today=context.today)
    if isinstance(answer, tuple):
        raise Refused(answer)
    parties = await store.parties_of(conn, [new.account_id])
    code = parties[new.account_id].code if parties else str(new.account_id)
    return registered_shape(answer, new.type_code, new.amount, code, new.currency or "")


async def execute_assignment(
    conn: Connection, content: Mapping[str, object], context: ExecutionContext
) -> AssignedShape:
    """Register a part of a receipt as a payment."""
    request = _read(content, AssignRequest, context)
    (answer,) = await assign_receipts(conn, [request], await types_of(context), today=context.today)
    if isinstance(answer, tuple):
        raise Refused(answer)
    parties = await store.parties_of(conn, [request.account_id])
    code = parties[request.account_id].code if parties else str(request.account_id)
    return assigned_shape(answer, await get_receipt(conn, request.receipt_id), code)


EXECUTORS: Mapping[str, Executor] = {"payment": execute_payment, "receipt_assignment": execute_assignment}
"""By kind of action, those that are not described."""
