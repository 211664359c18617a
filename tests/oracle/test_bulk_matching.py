"""The set-based matching of many accounts and the rule decide the same."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from ledger import TODAY, make_account, post_all, rows
from solde.db import Connection, Pool, transaction
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import match_all, match_oldest
from solde.matching.bulk import slices
from solde.operations import NewOperation, load_types

STATE = """
select 'open', account_id, number, open::text, disputed::text, not_before::text from open_item
union all select 'settled', account_id, number, closed_on::text, span::text, flat::text from settled_item
union all select 'line', account_id, debit_number, credit_number::text, amount::text, group_number::text from match_line
union all select 'group', account_id, group_number, effective_on::text, kind, '' from match_group
union all select 'total', account_id, type_id, concat_ws(' ', o_amount, o_disputed, o_count, p_amount, p_open, p_disputed, p_count),
    concat_ws(' ', i_amount, i_open, i_disputed, i_count), concat_ws(' ', l_amount, l_count) from account_total
order by 1, 2, 3, 4, 5
"""


async def random_ledger(conn: Connection, seed: int) -> list[int]:
    """Accounts with random open items of both sides: equal amounts, equal dates, disputes, traces, deposits."""
    random = Random(seed)
    accounts = []
    for _ in range(random.randint(1, 8)):
        account = await make_account(conn, random.choice(["EUR", "JPY", "TND"]))
        accounts.append(account)
        operations = []
        for _ in range(random.randint(0, 14)):
            code = random.choice(["INV_STD", "INV_STD", "PAY_WIRE", "PAY_WIRE", "INV_CRN", "REF_CRD", "INV_SD", "CRD_SD"])
            amount = random.choice([Decimal(random.randint(1, 9) * 10), Decimal(random.randint(1, 10**7)).scaleb(-random.randint(2, 6))])
            on = date(2026, 1, 1) + timedelta(days=random.randint(0, 60))
            operations.append(NewOperation(account, code, amount, on, on + timedelta(days=random.choice([0, 0, 15, 30]))))
        if not operations:
            continue
        numbers = await post_all(conn, *operations)
        invoices = [n for n, o in zip(numbers, operations, strict=True) if o.type_code == "INV_STD"]
        wishes = [
            DisputeRequest(account, n, DisputeVerb.ENTER, "test", random.choice([None, Decimal("0.5")]), reason="why")
            for n in random.sample(invoices, min(len(invoices), 2))
        ]
        await dispute(conn, wishes, today=TODAY)
    return accounts


@pytest.mark.parametrize("seed", range(25))
async def test_the_set_based_plan_equals_the_rule(pool: Pool, seed: int) -> None:
    async def by_rule(conn: Connection) -> list[tuple[object, ...]]:
        accounts = await random_ledger(conn, seed)
        await match_oldest(conn, accounts, await load_types(conn), today=TODAY, actor="test")
        return await rows(conn, STATE.replace("account_id,", "account_id - (select min(account_id) from account),"))

    expected = await transaction(pool, by_rule, dry_run=True)
    await transaction(pool, lambda conn: random_ledger(conn, seed))
    await match_all(pool, today=TODAY, actor="test")
    async with pool.connection() as conn:
        found = await rows(conn, STATE.replace("account_id,", "account_id - (select min(account_id) from account),"))
    assert found == expected


async def test_matching_everything_twice_changes_nothing_more(pool: Pool) -> None:
    await transaction(pool, lambda conn: random_ledger(conn, 7))
    first = await match_all(pool, today=TODAY, actor="test")
    again = await match_all(pool, today=TODAY, actor="test")
    assert first.groups > 0
    assert (again.groups, again.lines) == (0, 0)


def test_slices_hold_a_bounded_number_of_items_and_leave_out_giants() -> None:
    assert slices([(1, 3), (2, 3), (3, 99), (4, 5), (5, 6)], 8) == [[1, 2], [4], [5]]
