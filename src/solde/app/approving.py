"""Every kind of action that can be proposed, and who carries it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from solde.adjustments.executors import EXECUTORS as ADJUSTMENTS
from solde.app.jobs.small import EXECUTORS as SMALL
from solde.approvals import Approvals, Executor
from solde.cards.executors import EXECUTORS as CARDS
from solde.deposits.executors import EXECUTORS as DEPOSITS
from solde.instalments.executors import EXECUTORS as INSTALMENTS
from solde.kernel.dates import Clock
from solde.operations import TypeCatalogue
from solde.operations.executors import EXECUTORS as MANUAL
from solde.operations.executors import manual_content
from solde.payments.executors import EXECUTORS as PAYMENTS
from solde.unbilled.executors import EXECUTORS as UNBILLED

__all__ = ["compose", "make_approvals", "manual_content"]


def compose(features: Iterable[Mapping[str, Executor]]) -> dict[str, Executor]:
    """The executors of several features as one registry; each kind has one."""
    composed: dict[str, Executor] = {}
    for executors in features:
        assert composed.keys().isdisjoint(executors), f"one kind, two executors: {composed.keys() & executors}"
        composed |= executors
    return composed


def make_approvals(clock: Clock, types: TypeCatalogue, gateway: tuple[str, str] = ("sandbox", "sandbox")) -> Approvals:
    """The approvals of the application.

    Executors find the operation types as `extra["types"]`, the gateway's name and merchant as `extra["gateway"]`.
    """
    return Approvals(
        compose([MANUAL, PAYMENTS, DEPOSITS, INSTALMENTS, SMALL, CARDS, UNBILLED, ADJUSTMENTS]),
        clock,
        extra={"types": types, "gateway": gateway},
    )
