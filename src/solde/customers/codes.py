"""Draw free codes for levels added to what is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from solde.db import Connection

from . import store

PASS_OVER = 8
"""How many codes beyond those wanted are tried first; sixteen times as many each time they do not suffice."""


async def draw_free_codes(conn: Connection, stems: Sequence[tuple[str, str]], taken: Sequence[str]) -> list[str]:
    """A free code for each field and stem: ACME, or else ACME-2, ACME-3; none of them in `taken`, no two the same."""
    wanted, pass_over = Counter(stems), PASS_OVER
    free: dict[tuple[str, str], list[str]] = {}
    while any(len(free.get(stem, ())) < count for stem, count in wanted.items()):
        free = await store.find_free_codes(conn, wanted, taken, pass_over)
        pass_over *= 16
    return [free[stem].pop(0) for stem in stems]
