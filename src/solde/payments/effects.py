"""What actions did: operations posted, matched, unmatched, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from solde.db import Connection
from solde.kernel.money import ZERO
from solde.kernel.refusals import Refused, refuse
from solde.matching import Matched, Unmatched
from solde.operations import NewOperation, OpenItem, PostingStatus, Types
from solde.operations import store as operation_store
from solde.operations.rejected import statuses_of
from solde.operations.rules import UNKNOWN_OPERATION

from .model import Effect, OperationEffect, PostedOperation

Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Done:
    """What one request of a batch did."""

    posted: tuple[tuple[NewOperation, int], ...]
    matched: tuple[Matched, ...]
    unmatched: tuple[Unmatched, ...] = ()

    @property
    def keys(self) -> list[Key]:
        """Every operation it touched."""
        made: list[Matched | Unmatched] = [*self.unmatched, *self.matched]
        lines = [(one.account_id, line) for one in made for line in one.lines]
        met = [(account, n) for account, line in lines for n in (line.debit_number, line.credit_number)]
        return sorted({*((new.account_id, number) for new, number in self.posted), *met})


async def read_items(conn: Connection, keys: Sequence[Key]) -> dict[Key, OpenItem]:
    """Operations as items, those of which nothing is open too."""
    if not keys:
        return {}
    return await operation_store.items_as_closed(conn, keys) | await operation_store.open_items_of(conn, keys)


async def tell_effects(
    conn: Connection, done: Sequence[Done], before: Mapping[Key, OpenItem], types: Types
) -> list[Effect]:
    """The effect of each request of a batch that was carried out, in order."""
    after = await read_items(conn, sorted({key for one in done for key in one.keys}))
    posted = sorted({(new.account_id, number) for one in done for new, number in one.posted})
    statuses = await statuses_of(conn, posted)
    return [
        Effect(
            tuple(_posted(new, number, types, statuses) for new, number in one.posted),
            one.matched,
            one.unmatched,
            tuple(_touched(key, before, after, one) for key in one.keys),
        )
        for one in done
    ]


def join_effects(effects: Sequence[Effect]) -> Effect:
    """What several requests did together; of an operation touched twice what was before the first and is after the last."""
    touched: dict[Key, OperationEffect] = {}
    for one in (touch for effect in effects for touch in effect.touched):
        key = (one.account_id, one.number)
        touched[key] = replace(one, before=touched[key].before) if key in touched else one
    return Effect(
        tuple(one for effect in effects for one in effect.posted),
        tuple(one for effect in effects for one in effect.matched),
        tuple(one for effect in effects for one in effect.unmatched),
        tuple(touched.values()),
    )


def _posted(new: NewOperation, number: int, types: Types, statuses: Mapping[Key, PostingStatus]) -> PostedOperation:
    side, status = types.by_code[new.type_code].side, statuses[new.account_id, number]
    return PostedOperation(new.account_id, number, new.type_code, side, new.amount, new.operation_on, status)


def _touched(key: Key, before: Mapping[Key, OpenItem], after: Mapping[Key, OpenItem], done: Done) -> OperationEffect:
    was = before.get(key)
    if was is None and any(key[0] == one.account_id and key[1] in one.numbers for one in done.unmatched):
        return OperationEffect(*key, ZERO, after[key].open)  # a rounding that a reversal took with it: it was closed
    return OperationEffect(*key, None if was is None else was.open, after[key].open)


async def find_item(conn: Connection, account_id: int, number: int) -> OpenItem:
    """An operation as it stands before any lock; refuses unknown_operation."""
    item = (await read_items(conn, [(account_id, number)])).get((account_id, number))
    if item is None:
        raise Refused(refuse(UNKNOWN_OPERATION, "the account has no operation {number}", number=number))
    return item
