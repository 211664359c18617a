"""The set-based matching of many accounts and the rule decide the same."""

from __future__ import annotations

import pytest
from ledger import TODAY, rows
from lengths import times
from oracle_ledger import random_ledger

from solde.db import Connection, Pool, transaction
from solde.matching import match_all, match_oldest
from solde.matching.bulk import slices
from solde.operations import load_types

STATE = """
select 'open', account_id, number, open::text, disputed::text, not_before::text from open_item
union all select 'settled', account_id, number, closed_on::text, span::text, flat::text from settled_item
union all select 'line', account_id, debit_number, credit_number::text, amount::text, group_number::text from match_line
union all select 'group', account_id, group_number, effective_on::text, kind, '' from match_group
union all select 'total', account_id, type_id, concat_ws(' ', o_amount, o_disputed, o_count, p_amount, p_open, p_disputed, p_count),
    concat_ws(' ', i_amount, i_open, i_disputed, i_count), concat_ws(' ', l_amount, l_count) from account_total
order by 1, 2, 3, 4, 5
"""


@pytest.mark.parametrize("seed", range(times(12, 100)))
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
