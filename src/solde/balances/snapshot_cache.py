"""What is read from every account at once, remembered as long as it holds.

Such an answer is worked out again only when something was written since: the database tells which transactions are
visible, and the same answer twice means the same rows. Where working it out takes long (hundreds of thousands of
accounts), one a few seconds old is shown with its time rather than another worked out for every page.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar, cast

from solde.db import Connection

from . import store

T = TypeVar("T")

SLOW_SECONDS = 0.5
KEPT_FOR_TIMES_ITS_COST = 10
KEPT_MOST_SECONDS = 60.0
REMEMBERED_MOST = 200


@dataclass(frozen=True, slots=True)
class Remembered(Generic[T]):
    """An answer, and when it was worked out where that was not just now and it may have changed since."""

    value: T
    worked_out_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    snapshot: str
    value: object
    at: datetime
    until: float


class SnapshotCache:
    """Remembers answers by a key that names everything they depend on besides the rows themselves."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()

    async def get(
        self, conn: Connection, key: Hashable, work_out: Callable[[], Awaitable[T]], *, now: datetime
    ) -> Remembered[T]:
        """The answer under a key; needs a transaction whose statements all see the same moment."""
        snapshot = await store.current_snapshot(conn)
        kept, began = self._kept.get(key), self._monotonic()
        if kept is not None and kept.snapshot == snapshot:
            return Remembered(cast(T, kept.value))
        if kept is not None and began < kept.until:
            return Remembered(cast(T, kept.value), kept.at)
        value = await work_out()
        ended = self._monotonic()
        slow = ended - began if ended - began >= SLOW_SECONDS else 0.0
        self._kept[key] = _Kept(snapshot, value, now, ended + min(KEPT_MOST_SECONDS, slow * KEPT_FOR_TIMES_ITS_COST))
        self._kept.move_to_end(key)
        if len(self._kept) > REMEMBERED_MOST:
            self._kept.popitem(last=False)
        return Remembered(value)
