"""How the outcome of an import looks as JSON; commands and jobs show the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from solde.customers import Like
from solde.kernel.money import plain
from solde.kernel.refusals import Refusal

from .model import LIKES_MOST, CustomersOutcome, ImportOutcome, PaymentsOutcome


class RefusedRowShape(msgspec.Struct, frozen=True):
    """A row that was refused: where and why."""

    line: int | None
    column: str | None
    code: str
    message: str


class LikeShape(msgspec.Struct, frozen=True):
    """A customer of the file and an older one that may be the same: they share vat_number, registration_number or name."""

    customer: str
    like: str
    name: str
    same: list[str]


class CustomersOutcomeShape(msgspec.Struct, frozen=True):
    """What came of an import of customers."""

    rows: int
    added: int
    already_there: int
    refused: int
    left_out: int
    unused: list[str]
    incomplete: int
    kept: bool
    dry_run: bool
    possible_duplicates: list[LikeShape]
    refusals: list[RefusedRowShape]


class PaymentsOutcomeShape(msgspec.Struct, frozen=True):
    """What came of an import of payments: what came in, and what of it pays invoices, by currency."""

    rows: int
    added: int
    already_there: int
    unidentified: int
    refused: int
    left_out: int
    unused: list[str]
    kept: bool
    dry_run: bool
    paid: dict[str, str]
    allocated: dict[str, str]
    refusals: list[RefusedRowShape]


class OutcomeShape(msgspec.Struct, frozen=True):
    """What came of an import."""

    rows: int
    added: int
    changed: int
    already_there: int
    refused: int
    left_out: int
    unused: list[str]
    customers: int
    accounts: int
    incomplete_customers: int
    payments: int
    disputes: int
    kept: bool
    dry_run: bool
    invoiced: dict[str, str]
    paid: dict[str, str]
    possible_duplicates: list[LikeShape]
    refusals: list[RefusedRowShape]


def outcome_shape(outcome: ImportOutcome, refusals: Sequence[Refusal] = ()) -> OutcomeShape:
    """An outcome of receivables with the refusals told, in order of line."""
    return OutcomeShape(
        rows=outcome.rows,
        added=outcome.added,
        changed=outcome.changed,
        already_there=outcome.already_there,
        refused=outcome.refused,
        left_out=outcome.left_out,
        unused=outcome.unused,
        customers=outcome.customers,
        accounts=outcome.accounts,
        incomplete_customers=outcome.incomplete_customers,
        payments=outcome.payments,
        disputes=outcome.disputes,
        kept=outcome.kept,
        dry_run=outcome.dry_run,
        invoiced=_sums(outcome.invoiced),
        paid=_sums(outcome.paid),
        possible_duplicates=_likes(outcome.likes),
        refusals=_rows(refusals),
    )


def customers_shape(outcome: CustomersOutcome, refusals: Sequence[Refusal] = ()) -> CustomersOutcomeShape:
    """An outcome of customers with the refusals told, in order of line."""
    return CustomersOutcomeShape(
        rows=outcome.rows,
        added=outcome.added,
        already_there=outcome.already_there,
        refused=outcome.refused,
        left_out=outcome.left_out,
        unused=outcome.unused,
        incomplete=outcome.incomplete,
        kept=outcome.kept,
        dry_run=outcome.dry_run,
        possible_duplicates=_likes(outcome.likes),
        refusals=_rows(refusals),
    )


def payments_shape(outcome: PaymentsOutcome, refusals: Sequence[Refusal] = ()) -> PaymentsOutcomeShape:
    """An outcome of payments with the refusals told, in order of line."""
    return PaymentsOutcomeShape(
        rows=outcome.rows,
        added=outcome.added,
        already_there=outcome.already_there,
        unidentified=outcome.unidentified,
        refused=outcome.refused,
        left_out=outcome.left_out,
        unused=outcome.unused,
        kept=outcome.kept,
        dry_run=outcome.dry_run,
        paid=_sums(outcome.paid),
        allocated=_sums(outcome.allocated),
        refusals=_rows(refusals),
    )


def _sums(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {currency: plain(amount) for currency, amount in sorted(amounts.items())}


def _rows(refusals: Sequence[Refusal]) -> list[RefusedRowShape]:
    by_line = sorted(refusals, key=lambda r: r.line or 0)
    return [RefusedRowShape(r.line, r.field, r.code, r.message) for r in by_line]


def _likes(likes: Sequence[Like]) -> list[LikeShape]:
    return [LikeShape(one.code, one.like, one.name, list(one.same)) for one in likes[:LIKES_MOST]]
