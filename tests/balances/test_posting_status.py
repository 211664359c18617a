"""Balances that ask how far accounting is with an operation: SQL and predicate agree, now and for a past day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from ledger import TODAY, D, rows
from oracle_ledger import random_ledger

from solde.balances import Draft, Moment, balances_of, create_definition, definitions_now, posting_counts
from solde.balances.lists import count_classes, list_sorted
from solde.balances.posting_counts import count_postings
from solde.balances.rules import contribution, judge, row_of
from solde.db import Connection
from solde.operations import OperationFilter, Order, PostingStatus, Side, list_operations
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


FILTERS = [
    OperationFilter(),
    OperationFilter(classes=("I",)),
    OperationFilter(posting_status=("REJECTED",)),
    OperationFilter(classes=("P",), posting_status=("EXPORTED",)),
    OperationFilter(amount_from=D(20), side=Side.DEBIT),
    OperationFilter(matching_status=("O",)),
]


@pytest.mark.parametrize("mark", [0, 3, 9, 99])
async def test_counts_by_posting_status_are_what_the_list_holds(conn: Connection, mark: int) -> None:
    accounts = await random_ledger(conn, 3)
    last = await rows(conn, "select account_id, last_number from account")
    await advance_marks(conn, {int(str(a)): min(mark, int(str(number))) for a, number in last})
    await spread(conn, accounts)
    definitions = [d for d in await definitions_now(conn) if d.code in {"default", "dunning"}]
    seen = set()
    for account in accounts:
        for definition in definitions:
            for chosen in FILTERS:
                arguments = (conn, account, definition, Moment(TODAY), chosen)
                counted = await count_postings(*arguments, await count_classes(*arguments))
                plain = replace(chosen, posting_status=None)
                page = await list_sorted(conn, account, definition, Moment(TODAY), plain, order=Order(), limit=200)
                held: dict[str, tuple[int, Decimal, Decimal]] = {}
                for o in page.items:
                    count, debit, credit = held.get(o.posting_status, (0, D(0), D(0)))
                    is_debit = o.side is Side.DEBIT
                    held[o.posting_status] = (
                        count + 1, debit + (o.amount if is_debit else 0), credit + (0 if is_debit else o.amount),
                    )  # fmt: skip
                assert counted.totals is not None
                assert {t.status.value: (t.count, t.debit, t.credit) for t in counted.totals} == held
                seen |= set(held)
    assert len(seen) >= 3


async def test_where_both_sides_are_long_the_counts_are_not_told(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = (await random_ledger(conn, 1))[0]
    await advance_marks(conn, {account: 5})
    monkeypatch.setattr(posting_counts, "LOOKED_MOST", 4)
    definition = next(d for d in await definitions_now(conn) if d.code == "default")
    arguments = (conn, account, definition, Moment(TODAY), OperationFilter())
    assert (await count_postings(*arguments, await count_classes(*arguments))).totals is None
    arguments = (conn, account, definition, Moment(TODAY, as_of=TODAY), OperationFilter())
    assert (await count_postings(*arguments, await count_classes(*arguments))).totals is None
