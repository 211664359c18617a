"""The key figures of all accounts together, remembered as long as they hold.

They are read from every account, so they are counted again only when something was written since: the database
tells which transactions are visible, and the same answer twice means the same rows. Where counting takes long (hundreds
of thousands of accounts), figures a few seconds old are shown with their time rather than counted for every page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from solde.balances import Definition, Moment
from solde.balances.ranking import KeyFigures, key_figures
from solde.db import Connection

from . import store

SLOW_SECONDS = 0.5
KEPT_FOR_TIMES_ITS_COST = 10
KEPT_MOST_SECONDS = 60.0
REMEMBERED_MOST = 64


@dataclass(frozen=True, slots=True)
class Standing:
    """Key figures, and when they were counted where that was not just now."""

    figures: Sequence[KeyFigures]
    counted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    snapshot: str
    figures: Sequence[KeyFigures]
    at: datetime
    until: float


class Standings:
    """Remembers key figures, by seller, day and definitions."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._kept: dict[object, _Kept] = {}

    async def get(
        self,
        conn: Connection,
        definitions: Sequence[Definition],
        moment: Moment,
        *,
        seller_id: int | None,
        now: datetime,
    ) -> Standing:
        """The key figures of a moment that is now; counted, or remembered where they still hold."""
        key = (seller_id, moment.current_date, tuple((d.definition_id, d.version) for d in definitions))
        snapshot = await store.current_snapshot(conn)
        kept, began = self._kept.get(key), self._monotonic()
        if kept is not None and kept.snapshot == snapshot:
            return Standing(kept.figures)
        if kept is not None and began < kept.until:
            return Standing(kept.figures, kept.at)
        figures = await key_figures(conn, definitions, moment, seller_id=seller_id)
        ended = self._monotonic()
        slow = ended - began if ended - began >= SLOW_SECONDS else 0.0
        if len(self._kept) >= REMEMBERED_MOST:
            self._kept.clear()
        self._kept[key] = _Kept(snapshot, figures, now, ended + min(KEPT_MOST_SECONDS, slow * KEPT_FOR_TIMES_ITS_COST))
        return Standing(figures)
