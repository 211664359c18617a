"""Every kind of action that can be proposed, and who carries it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from solde.actions.execute import executors_of
from solde.adjustments.executors import EXECUTORS as ADJUSTMENTS
from solde.app.actions import ACTIONS, ALL_ACTIONS
from solde.app.jobs.small import EXECUTORS as SMALL
from solde.approvals import Approvals, ExecutionContext, Executor
from solde.cards.executors import EXECUTORS as CARDS
from solde.db import Connection
from solde.features import find_feature
from solde.kernel.dates import Clock
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import Label
from solde.operations import TypeCatalogue
from solde.operations.executors import EXECUTORS as MANUAL
from solde.operations.executors import manual_content
from solde.payments.executors import EXECUTORS as PAYMENTS
from solde.unbilled.executors import EXECUTORS as UNBILLED

__all__ = ["FEATURES", "compose", "guard", "make_approvals", "manual_content"]

ACTION_OFF = declare(
    "action_feature_off",
    Kind.CONFLICT,
    "Reject or withdraw the proposal, or ask an administrator to switch the feature on: then it can be approved.",
)

FEATURES: Mapping[str, str] = {
    "small_write_off": "write_offs",
    **{
        action.kind: action.feature
        for action in ALL_ACTIONS
        if action.feature is not None and action.settle is not None
    },
    **dict.fromkeys(CARDS, "card_payments"),
    **dict.fromkeys([*ADJUSTMENTS, *UNBILLED], "adjustments"),
}
"""The feature each optional kind of action is a part of; the other kinds are always there."""


def compose(features: Iterable[Mapping[str, Executor]]) -> dict[str, Executor]:
    """The executors of several features as one registry; each kind has one."""
    composed: dict[str, Executor] = {}
    for executors in features:
        assert composed.keys().isdisjoint(executors), f"one kind, two executors: {composed.keys() & executors}"
        composed |= executors
    return composed


def guard(executors: Mapping[str, Executor]) -> dict[str, Executor]:
    """The executors, those of optional kinds only while their feature is on: what waits may outlive the switch."""
    return {
        kind: _while_on(FEATURES[kind], executor) if kind in FEATURES else executor
        for kind, executor in executors.items()
    }


def _while_on(code: str, executor: Executor) -> Executor:
    async def execute(conn: Connection, content: Mapping[str, object], context: ExecutionContext) -> object:
        feature = await find_feature(conn, code)
        if feature is not None and not feature.is_on:
            raise Refused(refuse(ACTION_OFF, "the feature {label} is switched off", label=Label(feature.label)))
        return await executor(conn, content, context)

    return execute


def all_executors() -> dict[str, Executor]:
    """Who carries out each kind of action."""
    return compose([executors_of(ACTIONS), MANUAL, PAYMENTS, SMALL, CARDS, UNBILLED, ADJUSTMENTS])


def make_approvals(clock: Clock, types: TypeCatalogue, gateway: tuple[str, str] = ("sandbox", "sandbox")) -> Approvals:
    """The approvals of the application.

    Executors find the operation types as `extra["types"]`, the gateway's name and merchant as `extra["gateway"]`.
    """
    return Approvals(guard(all_executors()), clock, extra={"types": types, "gateway": gateway})
