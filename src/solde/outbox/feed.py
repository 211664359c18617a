"""The events as a list, newest first, or forward from a place, read from the audit log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from solde.db import Connection, Pool
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse
from solde.kernel.texts import say

from . import rules, store
from .kinds import CODES, KIND_OF_VERB
from .model import Event

STRETCH = 2_000
"""How many action numbers are looked through first: the log is kept in their order, a stretch is read fast."""
LONG_ACTION = timedelta(minutes=30)
"""How long after drawing its number an action may write its record."""


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
    verbs = _verbs(kinds)
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


async def follow_events(
    pool: Pool,
    *,
    after: str | None = None,
    recorded_after: datetime | None = None,
    account: str | None = None,
    kinds: Sequence[str] | None = None,
    seller: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Event]:
    """A page of events, oldest first: those after an event, or recorded after an instant. None is left out by those who go on.

    Shape: `after` is the id of an event, or 0 for the beginning.
    Refuses: unknown_event_kind, bad_cursor, bad_limit.
    """
    verbs, size = _verbs(kinds), check_limit(limit)
    async with pool.connection() as conn:
        decided = await store.read_decided(conn)
        if cursor is not None:
            place = _place(cursor)
        elif after is not None:
            place = _named(after)
        else:
            place = (await _first_after(conn, recorded_after, decided) if recorded_after else 0, 0)
        found, stretch, through = list[Event](), STRETCH, place[0]
        while len(found) <= size and through < decided:
            through, stretch = min(through + stretch, decided), stretch * 16
            found = await store.events_after(
                conn, place, through, size + 1, verbs, account=account, seller=seller, recorded_after=recorded_after
            )
    last = found[size - 1] if len(found) > size else None
    return Page(found[:size], None if last is None else encode_cursor([last.action_id, last.account_id]))


async def _first_after(conn: Connection, instant: datetime, decided: int) -> int:
    """An action number before all that were recorded after an instant: found by halves, with room for actions that took long."""
    low, high = 0, decided
    while high - low > 1000:
        middle = (low + high) // 2
        at = await store.recorded_at_of(conn, middle)
        low, high = (middle, high) if at is not None and at < instant - LONG_ACTION else (low, middle)
    return low


def _verbs(kinds: Sequence[str] | None) -> list[str]:
    if refusals := [rules.unknown_kind(kind, at) for at, kind in enumerate(kinds or ()) if kind not in CODES]:
        raise Refused(refusals)
    return [verb for verb, kind in KIND_OF_VERB.items() if not kinds or kind in kinds]


_NAME = re.compile(r"evt_([0-9]{1,18})_([0-9]{1,18})")


def _named(after: str) -> tuple[int, int]:
    """The place of an event in the log, by its id."""
    if after == "0":
        return 0, 0
    found = _NAME.fullmatch(after)
    if found is None:
        said = say("{after!r} is no id of an event, such as evt_4711_12, nor 0", after=after[:60])
        raise Refused(refuse(BAD_CURSOR, said, field="after"))
    return int(found[1]), int(found[2])


def _place(cursor: str) -> tuple[int, int]:
    action, account = decode_cursor(cursor, 2)
    if not isinstance(action, int) or not isinstance(account, int):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return action, account
