"""How balances look as JSON; commands print the same."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from solde.access.http import Day, Instant, Money
from solde.kernel.dates import format_instant
from solde.kernel.money import plain

from .model import SOURCE_WORDS, AccountBalance, ChoiceKind, Definition, ExplainedOperation, Figures, Moment, TypeChoice

Direction = Annotated[
    str,
    Meta(
        description="DR: the customer owes; CR: the customer overpaid.",
        extra_json_schema={"enum": ["DR", "CR", "ZERO"]},
    ),
]


class BalanceShape(msgspec.Struct, frozen=True):
    """A balance: balance = debit - credit."""

    definition: str
    label: str
    debit: Money
    credit: Money
    balance: Money
    direction: Direction
    currency: str
    count: int
    as_of: Day | None
    known_at: Instant | None
    source: Annotated[str, Meta(description="From what the figure is computed.")]


class ExplainedShape(msgspec.Struct, frozen=True, kw_only=True):
    """One operation in the explanation of a balance."""

    number: int
    type: str
    label: str
    class_: str = msgspec.field(name="class")
    side: str
    date: Day
    due_date: Day
    reference: str | None
    amount: Money
    open: Money
    disputed: Money
    matching_status: str
    included: bool
    reasons: list[str]
    contribution: Money
    running: Money
    unbilled: Annotated[
        bool | UnsetType, Meta(description="It is an unbilled item: the number is that of the item.")
    ] = UNSET


class ChoiceShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which operation types of a side take part."""

    choice: Literal["all", "except", "only", "none"] = "all"
    types: list[str] = []


class DefinitionShape(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a balance definition."""

    code: str
    label: str
    debit: ChoiceShape
    credit: ChoiceShape
    expression: str
    measure: str
    counts_unbilled: bool
    order: int
    is_default: bool
    version: int
    recorded_at: Instant | None
    deleted: bool
    words: list[str]


def balance_shape(found: AccountBalance, currency: str, moment: Moment) -> BalanceShape:
    """A balance of an account kept in this currency, as JSON shows it."""
    figures = found.figures
    return BalanceShape(
        found.definition.code,
        found.definition.label,
        plain(figures.debit),
        plain(figures.credit),
        plain(figures.balance),
        figures.direction,
        currency,
        figures.count,
        None if moment.as_of is None else moment.as_of.isoformat(),
        None if moment.known_at is None else format_instant(moment.known_at),
        SOURCE_WORDS[found.source],
    )


def explained_shape(one: ExplainedOperation) -> ExplainedShape:
    """An operation in an explanation, as JSON shows it."""
    return ExplainedShape(
        number=one.number,
        type=one.code,
        label=one.label,
        class_=one.class_,
        side=one.side,
        date=one.operation_on.isoformat(),
        due_date=one.due_on.isoformat(),
        reference=one.reference,
        amount=plain(one.amount),
        open=plain(one.open),
        disputed=plain(one.disputed),
        matching_status=one.matching_status,
        included=one.included,
        reasons=list(one.reasons),
        contribution=plain(one.contribution),
        running=plain(one.running),
        unbilled=one.unbilled or UNSET,
    )


def definition_shape(found: Definition, words: list[str]) -> DefinitionShape:
    """A definition with what it says in sentences, as JSON shows it."""
    draft = found.draft
    return DefinitionShape(
        code=draft.code,
        label=draft.label,
        debit=ChoiceShape(draft.debit.kind.value, list(draft.debit.types)),
        credit=ChoiceShape(draft.credit.kind.value, list(draft.credit.types)),
        expression=draft.expression,
        measure=draft.measure,
        counts_unbilled=draft.counts_unbilled,
        order=draft.position,
        is_default=draft.is_default,
        version=found.version,
        recorded_at=None if found.recorded_at is None else format_instant(found.recorded_at),
        deleted=found.deleted,
        words=words,
    )


class FiguresShape(msgspec.Struct, frozen=True):
    """Totals of a definition over accounts of one currency."""

    currency: str
    debit: Money
    credit: Money
    balance: Money
    direction: Direction
    count: int


def figures_shape(currency: str, figures: Figures) -> FiguresShape:
    """Totals as JSON shows them."""
    return FiguresShape(
        currency, plain(figures.debit), plain(figures.credit), plain(figures.balance), figures.direction, figures.count
    )


def choice_of(shape: ChoiceShape) -> TypeChoice:
    """A choice of types as JSON brings it."""
    return TypeChoice(ChoiceKind(shape.choice), tuple(shape.types))


__all__ = [
    "BalanceShape",
    "ChoiceShape",
    "DefinitionShape",
    "ExplainedShape",
    "FiguresShape",
    "balance_shape",
    "choice_of",
    "definition_shape",
    "explained_shape",
    "figures_shape",
]
