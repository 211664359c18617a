"""What is asked of matching by hand: match chosen operations, reverse a match.

The docstring of a request says on every face what the action does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Struct

from solde.actions.fields import DAY, REASON, AccountId, Actor, Field, Placed, Widget

Operations = Annotated[tuple[int, ...], Field(help="Numbers of operations of this account.", widget=Widget.OPERATIONS)]
HowMuch = Annotated[
    Mapping[int, Decimal], Field(help="How much of an operation, by its number.", widget=Widget.AMOUNTS)
]
EffectiveDay = Annotated[
    date | None,
    DAY.but(
        label="Effective from", name="effective_date", help="From when it counts; from the first day on which it may, unless given.", suggested=False
    ),
]  # fmt: skip
Why = Annotated[str | None, REASON.but(help="Why.", hint="")]


class MatchPair(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a match."""

    debit: int
    credit: int


class Match(Struct, frozen=True, kw_only=True):
    """Match debits with credits of one account.

    Without amounts as much as fits, oldest due first. A match that leaves less than half a minor unit open closes it
    with a rounding operation.
    """

    account_id: AccountId
    debits: Operations
    credits: Operations
    actor: Actor
    amounts: HowMuch = {}
    effective_on: EffectiveDay = None
    reason: Why = None


class Unmatch(Struct, frozen=True, kw_only=True):
    """Reverse a match, whole or in chosen lines; what it paid is open again, and the match stays as history."""

    account_id: AccountId
    group_number: Annotated[int, Field(label="Match", name="code", help="Code of the match.", placed=Placed.SUBJECT)]
    actor: Actor
    lines: Annotated[tuple[MatchPair, ...] | None, Field(help="Only these lines; all of it unless given.")] = None
    effective_on: EffectiveDay = None
    reason: Why = None
