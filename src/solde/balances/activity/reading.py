"""Read what was done on accounts, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solde import audit
from solde.audit import KeptRecord
from solde.db import Connection
from solde.kernel.paging import Page

from . import store
from .model import Deed, PostedLine
from .words import KINDS, tell


async def list_activity(
    conn: Connection,
    accounts: Mapping[int, str],
    *,
    actor: str | None = None,
    kind: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[Deed]:
    """A page of what was done on these accounts, newest first: who, when, why, and in words what.

    Shape: `accounts` are keys with the currency of each, such as all accounts of a customer; `actor` and `kind`, one of
    KINDS, narrow it. What concerns many accounts at once (an import, a mass matching) stands in the audit trail of the
    whole, not here.
    Refuses: bad_limit, bad_cursor.
    """
    page = await audit.list_records(
        conn, sorted(accounts), actor=actor, verbs=KINDS[kind] if kind else None, limit=limit, cursor=cursor
    )
    posted = [record for record in page.items if record.verb == "post"]
    postings = await store.postings_of_actions(conn, posted) if posted else {}
    return Page(
        [_deed(r, postings.get((r.account_id, r.action_id), ()), accounts[r.account_id]) for r in page.items], page.next
    )


def _deed(r: KeptRecord, postings: Sequence[PostedLine], currency: str) -> Deed:
    said = tell(r, postings, currency)
    return Deed(
        r.account_id, r.action_id, r.recorded_at, r.actor, r.verb, said, r.reason, r.before, r.after, tuple(postings)
    )
