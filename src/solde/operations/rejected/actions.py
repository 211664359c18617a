"""Repair what accounting rejected: load, decide, save. The operation stays; only its accounting day changes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refusal, Refused, refuse
from solde.periods import hold_books

from .. import store as operation_store
from ..model import PostingStatus
from ..rules import UNKNOWN_OPERATION
from . import rules, store
from .model import RejectedOperation, Repair, Repaired


async def repair(conn: Connection, wish: Repair) -> list[Repaired]:
    """Give operations an accounting day of an open period, all or none; gives them in order of account and number.

    Refuses: what `check_repair` refuses; of each operation unknown_operation and what `day_of_repair` refuses.
    """
    if refusals := rules.check_repair(wish):
        raise Refused(refusals)
    keys = sorted(set(wish.keys))
    await operation_store.lock_accounts(conn, [account_id for account_id, _ in keys])
    years = await hold_books(conn)
    standings = await store.standings_of(conn, keys)
    refusals = [refuse(UNKNOWN_OPERATION, "there is no operation {n}", n=n) for a, n in keys if (a, n) not in standings]
    made: list[Repaired] = []
    for standing in standings.values():
        day = rules.day_of_repair(standing, wish, years)
        if isinstance(day, Refusal):
            refusals.append(day)
        else:
            made.append(Repaired(standing, day))
    if refusals:
        raise Refused(refusals)
    await _save(conn, wish, made)
    return made


async def _save(conn: Connection, wish: Repair, made: Sequence[Repaired]) -> None:
    posted, mark = PostingStatus.POSTED, wish.way.mark
    await store.set_posting(
        conn, [(r.standing.account_id, r.standing.number, posted, r.accounting_on, mark, wish.reason) for r in made]
    )
    by_account = [(a, list(found)) for a, found in groupby(made, key=lambda r: r.standing.account_id)]
    actions = await audit.next_action_ids(conn, len(by_account))
    told = [
        AuditRecord(account_id, action, wish.actor, f"accounting_{wish.way}", wish.reason, *_told(found))
        for action, (account_id, found) in zip(actions, by_account, strict=True)
    ]
    await audit.append(conn, told)


def _told(found: Sequence[Repaired]) -> tuple[object, object]:
    before = [
        {"number": r.standing.number, "status": r.standing.status.value, "accounting_date": r.standing.accounting_on}
        for r in found
    ]
    after = [
        {"number": r.standing.number, "status": PostingStatus.POSTED.value, "accounting_date": r.accounting_on}
        for r in found
    ]
    return {"operations": before}, {"operations": after}


async def list_rejected(
    conn: Connection,
    seller_id: int | None,
    *,
    status: PostingStatus = PostingStatus.REJECTED,
    account_id: int | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[RejectedOperation]:
    """A page of the operations that wait to be repaired, of one seller or of all, by account and number.

    Refuses: bad_limit, bad_cursor.
    """
    size = check_limit(limit)
    found = await store.list_rejected(conn, status, seller_id, account_id, _place(cursor), size + 1)
    items = found[:size]
    following = encode_cursor([items[-1].account_id, items[-1].number]) if len(found) > size else None
    return Page(items, following)


def _place(cursor: str | None) -> tuple[int, int]:
    if cursor is None:
        return 0, 0
    account_id, number = decode_cursor(cursor, 2)
    if not isinstance(account_id, int) or not isinstance(number, int):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return account_id, number
