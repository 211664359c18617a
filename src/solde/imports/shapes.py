"""How the outcome of an import looks as JSON; commands and jobs show the same."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from solde.kernel.money import plain
from solde.kernel.refusals import Refusal

from .model import Outcome


class RefusedRowShape(msgspec.Struct, frozen=True):
    """A row that was refused: where and why."""

    line: int | None
    column: str | None
    code: str
    message: str


class OutcomeShape(msgspec.Struct, frozen=True):
    """What came of an import."""

    rows: int
    added: int
    already_there: int
    refused: int
    customers: int
    incomplete_customers: int
    payments: int
    disputes: int
    kept: bool
    dry_run: bool
    invoiced: dict[str, str]
    paid: dict[str, str]
    refusals: list[RefusedRowShape]


def outcome_shape(outcome: Outcome, refusals: Sequence[Refusal] = ()) -> OutcomeShape:
    """An outcome with the refusals told, in order of line."""
    by_line = sorted(refusals, key=lambda r: r.line or 0)
    return OutcomeShape(
        rows=outcome.rows,
        added=outcome.added,
        already_there=outcome.already_there,
        refused=outcome.refused,
        customers=outcome.customers,
        incomplete_customers=outcome.incomplete_customers,
        payments=outcome.payments,
        disputes=outcome.disputes,
        kept=outcome.kept,
        dry_run=outcome.dry_run,
        invoiced={currency: plain(amount) for currency, amount in sorted(outcome.invoiced.items())},
        paid={currency: plain(amount) for currency, amount in sorted(outcome.paid.items())},
        refusals=[RefusedRowShape(r.line, r.field, r.code, r.message) for r in by_line],
    )
