"""Payments by deposit and refunds of deposits from their content as JSON, for approvals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from solde.approvals import ExecutionContext, Executor
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.payments import store as payment_store
from solde.payments.executors import types_of

from .carrying import Answer
from .model import GiveBackRequest, PayRequest
from .moving import give_back_deposits, pay_with_deposits
from .shapes import DepositEffectShape, deposit_effect_shape

R = TypeVar("R", GiveBackRequest, PayRequest)


def _executor(action: Callable[..., Awaitable[Sequence[Answer]]], shape: type[R]) -> Executor:
    """Carries out an action on one deposit, and tells what it did."""

    async def execute(conn: Connection, content: Mapping[str, object], context: ExecutionContext) -> DepositEffectShape:
        request = msgspec.convert(
            {**content, "actor": context.actor, "late": context.posts_late}, shape, strict=False, str_keys=True
        )
        (answer,) = await action(conn, [request], await types_of(context), today=context.today)
        if isinstance(answer, tuple):
            raise Refused(answer)
        parties = await payment_store.parties_of(conn, [request.account_id])
        code = parties[request.account_id].code if parties else str(request.account_id)
        return deposit_effect_shape(answer, code)

    return execute


EXECUTORS: Mapping[str, Executor] = {
    "deposit_payment": _executor(pay_with_deposits, PayRequest),
    "deposit_refund": _executor(give_back_deposits, GiveBackRequest),
}
"""By kind of action."""
