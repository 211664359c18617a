"""Take operations to accounting: load, decide and save are one statement a slice, under the locks of its accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection, Pool, transaction
from solde.operations import PostingStatus, rejected
from solde.operations import store as operation_store

from . import store
from .model import RunPosition, RunSummary, SliceRange
from .store import SliceOutcome

SLICE_OPERATIONS = 5000
SLICE_ACCOUNTS = 2000


async def generate(
    pool: Pool,
    *,
    actor: str,
    until: date | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _operations: None,
    most: int = SLICE_OPERATIONS,
) -> RunSummary:
    """Make the entries of every operation that is POSTED or EXPORT_FAILED, in slices of accounts, each in one transaction.

    `until`: only of operations whose accounting day is not later. What fails is EXPORT_FAILED with the reason, and does not
    stop the others. It can be stopped at any time, and run again: an operation is taken once.
    """
    run, place = RunSummary(), RunPosition()
    while True:
        async with pool.connection() as conn:
            stretches = await store.next_slice(conn, place, most=most, accounts=SLICE_ACCOUNTS)
        if not stretches:
            return run
        run += await take_slice(pool, stretches, place, actor=actor, until=until, dry_run=dry_run)
        place = after(stretches[-1])
        progress(run.operations + run.failed)


def after(last: SliceRange) -> RunPosition:
    """Where to read on after a stretch: at what is left of its account, or at the next."""
    if last.through_number < last.last_number:
        return RunPosition(last.account_id, last.through_number)
    return RunPosition(last.account_id + 1)


async def take_slice(
    pool: Pool, stretches: Sequence[SliceRange], place: RunPosition, *, actor: str, until: date | None, dry_run: bool
) -> RunSummary:
    """Take the operations of some accounts, in one transaction."""

    async def work(conn: Connection) -> SliceOutcome:
        await operation_store.lock_accounts(conn, [s.account_id for s in stretches])
        (action_id,) = await audit.next_action_ids(conn, 1)
        outcome = await store.write_entries(conn, stretches, place, until=until, action_id=action_id)
        await _mark(conn, outcome)
        if outcome.operations or outcome.failures:
            told = {
                "operations": outcome.operations,
                "entries": outcome.entries,
                "failed": len(outcome.failures),
                "accounts": [stretches[0].account_id, stretches[-1].account_id],
            }
            await audit.append(conn, [AuditRecord(0, action_id, actor, "generate_entries", after=told)])
        return outcome

    outcome = await transaction(pool, work, dry_run=dry_run)
    return RunSummary(len(stretches), outcome.operations, outcome.entries, len(outcome.failures))


async def _mark(conn: Connection, outcome: SliceOutcome) -> None:
    """Note how far the accounts are, and where single operations are not."""
    failed = [
        (f.account_id, f.number, PostingStatus.EXPORT_FAILED, f.accounting_on, f.reason, f.detail)
        for f in outcome.failures
    ]
    await rejected.set_posting(conn, [*failed, *outcome.exported])
    await rejected.clear_posting(conn, outcome.cleared)
    await rejected.advance_marks(conn, outcome.marks)
