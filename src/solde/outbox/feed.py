"""The events as a list, newest first, read from the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from solde.db import Pool
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse

from . import rules, store
from .kinds import CODES, KIND_OF_VERB
from .model import Event

STRETCH = 2_000
"""How many action numbers are looked through first: the log is kept in their order, a stretch is read fast."""


async def list_events(
    pool: Pool,
    *,
    account: str | None = None,
    kinds: Sequence[str] | None = None,
    seller: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Event]:
    """A page of events of committed actions; none appears later between two that were listed.

    Refuses: unknown_event_kind, bad_cursor, bad_limit.
    """
    if refusals := [rules.unknown_kind(kind, at) for at, kind in enumerate(kinds or ()) if kind not in CODES]:
        raise Refused(refusals)
    verbs = [verb for verb, kind in KIND_OF_VERB.items() if not kinds or kind in kinds]
    size, place = check_limit(limit), None if cursor is None else _place(cursor)
    async with pool.connection() as conn:
        before = (await store.read_decided(conn) + 1, 0) if place is None else place
        stretch, found, after = STRETCH, list[Event](), before[0]
        while len(found) <= size and after > 0:
            after, stretch = max(before[0] - stretch, 0), stretch * 16
            found = await store.events_before(
                conn, before, after, verbs, account=account, seller=seller, limit=size + 1
            )
    last = found[size - 1] if len(found) > size else None
    return Page(found[:size], None if last is None else encode_cursor([last.action_id, last.account_id]))


def _place(cursor: str) -> tuple[int, int]:
    action, account = decode_cursor(cursor, 2)
    if not isinstance(action, int) or not isinstance(account, int):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return action, account
