"""Read the audit trail of accounts, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse

from . import store
from .model import KeptRecord

LAST = 2**63 - 1


LATEST = 500
"""How many records of an account are looked through for who acts there."""


async def list_records(
    conn: Connection,
    account_ids: Sequence[int],
    *,
    actor: str | None = None,
    verbs: Sequence[str] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[KeptRecord]:
    """A page of what was done on these accounts, newest first, by one actor or of some kinds where these are named.

    Shape: `verbs` are patterns as SQL's `like` takes them: `post`, `approval%`.
    Refuses: bad_limit, bad_cursor.
    """
    size = check_limit(limit)
    before, before_account = (LAST, LAST) if cursor is None else _place(cursor)
    found = await store.list_records(conn, account_ids, before, before_account, size + 1, actor=actor, verbs=verbs)
    items = found[:size]
    return Page(items, encode_cursor([items[-1].action_id, items[-1].account_id]) if len(found) > size else None)


async def list_actors(conn: Connection, account_ids: Sequence[int]) -> list[str]:
    """Who acted on these accounts lately, by name."""
    return await store.list_actors(conn, account_ids, LATEST)


def _place(cursor: str) -> tuple[int, int]:
    action, account = decode_cursor(cursor, 2)
    if (
        not isinstance(action, int)
        or not isinstance(account, int)
        or not (0 <= action <= LAST and 0 <= account <= LAST)
    ):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return action, account
