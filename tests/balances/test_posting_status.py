"""Balances that ask how far accounting is with an operation: SQL and predicate agree, now and for a past day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from ledger import TODAY, D, rows
from oracle_ledger import random_ledger

from solde.balances import Draft, Moment, balances_of, create_definition, definitions_now
from solde.balances.rules import contribution, judge, row_of
from solde.db import Connection
from solde.operations import PostingStatus, Side, list_operations
from solde.operations.rejected import advance_marks, set_posting

ASKED = {
    "waits": Draft("waits", "Waits", expression="#{ accountOperation.status == 'REJECTED' }"),
    "not_told": Draft(
        "not_told", "Not told", expression="#{ accountOperation.status != 'EXPORTED' }", measure="open"
    ),
    "told_open": Draft(
        "told_open", "Told and open",
        expression="#{ accountOperation.status == 'EXPORTED' && accountOperation.matchingStatus == 'O' }",
    ),
}  # fmt: skip


async def spread(conn: Connection, accounts: list[int]) -> None:
    """Every third account exported up to its fifth operation; of each some rejected or failed."""
    await advance_marks(conn, dict.fromkeys(accounts[::3], 5))
    numbers = await rows(conn, "select account_id, number from operation where mod(number, 4) = 1 order by 1, 2")
    found = [(int(str(a)), int(str(n))) for a, n in numbers]
    rejected, failed = PostingStatus.REJECTED, PostingStatus.EXPORT_FAILED
    await set_posting(conn, [(a, n, rejected, None, "CLOSED_PERIOD", None) for a, n in found[::2]])
    await set_posting(conn, [(a, n, failed, TODAY, "NO_SCHEME", "none") for a, n in found[1::2]])


@pytest.mark.parametrize("as_of", [None, TODAY - timedelta(days=20)])
async def test_figures_are_what_the_predicate_takes(conn: Connection, as_of: date | None) -> None:
    accounts = await random_ledger(conn, 5)
    await spread(conn, accounts)
    for draft in ASKED.values():
        await create_definition(conn, draft, actor="test")
    definitions = [d for d in await definitions_now(conn) if d.code in ASKED]
    seen = 0
    for account in accounts:
        for found in await balances_of(conn, account, definitions, Moment(TODAY, as_of=as_of)):
            draft = found.definition.draft
            seen += found.figures.count
            if as_of is not None and draft.code != "waits":
                # What was matched then, a list of today does not tell.
                continue
            operations = [
                o
                for o in (await list_operations(conn, account, limit=200)).items
                if as_of is None or o.operation_on <= as_of
            ]
            told = {o.number: row_of(o, {}, {}, TODAY) for o in operations}
            taken = [o for o in operations if judge(draft, o, told[o.number])[0]]
            expected = [
                sum((contribution(draft, o, told[o.number]) for o in taken if o.side is side), D(0))
                for side in (Side.DEBIT, Side.CREDIT)
            ]
            assert [found.figures.debit, found.figures.credit] == expected
            assert found.figures.count == len(taken)
    assert seen > 0
