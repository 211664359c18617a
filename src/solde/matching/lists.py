"""Lists of matches."""

from __future__ import annotations

from itertools import groupby

from solde.db import Connection
from solde.kernel.paging import Page, check_limit, decode_cursor, encode_cursor

from . import store
from .model import MatchGroup
from .rules import lettering
from .store import lines_of_operations

__all__ = ["find_group", "lines_of_operations", "list_groups"]

NEWEST = 2**62


async def list_groups(
    conn: Connection, account_id: int, *, limit: int | None = None, cursor: str | None = None
) -> Page[MatchGroup]:
    """Matches of an account, newest first, with their lines and reversals."""
    size = check_limit(limit)
    before = NEWEST if cursor is None else int(decode_cursor(cursor, 1)[0] or 0)
    heads = await store.list_groups(conn, account_id, before, size + 1)
    groups = await _with_lines(conn, heads[:size])
    return Page(groups, encode_cursor([groups[-1].group_number]) if len(heads) > size else None)


async def find_group(conn: Connection, account_id: int, group_number: int) -> MatchGroup | None:
    """One match with its lines."""
    heads = await store.list_groups(conn, account_id, group_number + 1, 1)
    groups = await _with_lines(conn, [head for head in heads if head[1] == group_number])
    return groups[0] if groups else None


async def _with_lines(conn: Connection, heads: list[tuple[object, ...]]) -> list[MatchGroup]:
    keys = [(int(str(h[0])), int(str(h[1]))) for h in heads]
    lines = await store.lines_of_groups(conn, keys)
    by_group = {
        key: tuple(found) for key, found in groupby(lines, key=lambda line: (line.account_id, line.group_number))
    }
    return [
        MatchGroup(*key, lettering(key[1]), *h[2:], by_group.get(key, ()))  # type: ignore[arg-type, call-arg]
        for key, h in zip(keys, heads, strict=True)
    ]
