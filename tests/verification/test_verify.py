"""Verification is clean on honest books and finds every kind of tampering."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pytest
from ledger import TODAY, invoice, make_account, payment, post_all

from solde.access.store import keep_answer
from solde.approvals import Limit
from solde.approvals.actions import set_limits
from solde.balances import snapshot_account
from solde.db import Connection, Pool, transaction
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import MatchRequest, UnmatchRequest, match, unmatch
from solde.operations import load_types
from solde.verification import seal, verify

NOW = datetime(2026, 11, 22, tzinfo=UTC)
JAN, FEB = date(2026, 1, 10), date(2026, 2, 10)


async def honest_books(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(
        conn, *(invoice(account, "100", JAN) for _ in range(5)), *(payment(account, "70", FEB) for _ in range(5))
    )
    types = await load_types(conn)
    pairs = [MatchRequest(account, (d,), (c,), "test", effective_on=FEB) for d, c in ((1, 6), (2, 7), (3, 8))]
    await match(
        conn,
        [*pairs, MatchRequest(account, (1, 2), (9, 10), "test", effective_on=date(2026, 3, 1))],
        types,
        today=TODAY,
    )
    await unmatch(conn, [UnmatchRequest(account, 3, "test")], today=TODAY)
    await dispute(conn, [DisputeRequest(account, 4, DisputeVerb.ENTER, "test", reason="why")], today=TODAY)
    await snapshot_account(conn, account, 10, least=3)


async def checks_that_fail(pool: Pool) -> set[str]:
    report = await verify(pool, now=NOW)
    return {d.check for d in report.differences}


async def test_honest_books_are_clean(pool: Pool) -> None:
    await transaction(pool, honest_books)
    assert await seal(pool) > 0
    report = await verify(pool, now=NOW)
    assert report.differences == ()
    assert report.counts["operations"] == 10
    assert report.counts["audit_blocks"] == 1


TAMPERING = [
    ("delete from operation where number = 5", "numbering"),
    ("update operation set amount = amount + 1 where number = 5", "open_items"),
    ("update operation set side = -side where number = 5", "facts"),
    ("update operation set recorded_at = recorded_at - interval '1 day' where number = 5", "recorded_order"),
    ("update open_item set open = open - 1 where number = 5", "open_items"),
    ("update open_item set disputed = 0 where number = 4", "open_items"),
    ("update open_item set not_before = not_before - 1 where number = 3", "open_items"),
    ("delete from open_item where number = 5", "open_items"),
    ("update open_item set due_on = due_on + 1 where number = 5", "open_items"),
    ("update open_dispute set owner = 'nobody'", "disputes"),
    ("update open_dispute set since_on = since_on - 1", "disputes"),
    ("delete from open_dispute", "disputes"),
    ("update settled_item set closed_on = closed_on + 1", "settled_items"),
    ("update settled_item set flat = true", "settled_items"),
    ("delete from settled_item", "settled_items"),
    ("update account_total set l_amount = l_amount + 0.000001", "totals"),
    ("update account_total set o_count = o_count + 1", "totals"),
    ("update match_line set amount = amount + 500 where group_number = 1", "history"),
    ("update match_group set effective_on = '2020-01-01' where group_number = 1", "matches"),
    ("update account set last_group = 9", "match_numbering"),
    ("update unmatch set effective_on = '2020-01-01'", "reversals"),
    ("update litigation_event set disputed = 101", "history"),
    ("update balance_snapshot set amount = amount + 1", "snapshots"),
    ("update balance_definition set is_default = false", "definitions"),
    ("delete from audit_record where verb = 'post'", "audit"),
    ("update audit_record set actor = 'nobody' where verb = 'post'", "audit_chain"),
    (
        "delete from audit_record where verb = 'match' and action_id = (select max(action_id) from audit_record where verb = 'match')",
        "audit_chain",
    ),
    (
        "insert into audit_record (account_id, action_id, actor, verb) values (0, 1, 'x', 'y') on conflict do nothing",
        "audit_chain",
    ),
    ("update audit_block set through_id = through_id - 1", "audit_chain"),
    ("delete from audit_block", "seal"),
    (
        (
            "with o as (update operation set amount = amount + 5 where number = 5),"
            " i as (update open_item set amount = amount + 5, open = open + 5 where number = 5)"
            " update account_total set o_amount = o_amount + 5 where o_count > 0 and p_count > 0"
        ),
        "told",
    ),
    ("update operation set operation_on = operation_on - 1 where number = 4", "told"),
    ("update operation set reference = 'another' where number = 4", "told"),
    ("update operation set due_on = due_on + 1 where number = 1", "sealed_facts"),
    ("update operation set net = amount, tax = 0 where number = 4", "sealed_facts"),
    ("update match_group set effective_on = effective_on + 1 where group_number = 2", "told"),
    ("update match_group set recorded_at = recorded_at + interval '1 day' where group_number = 2", "sealed_facts"),
    ("update unmatch set effective_on = effective_on + 1", "told"),
    ("update litigation_event set effective_on = effective_on + 1", "told"),
    ("update litigation_event set reason = 'another'", "told"),
    ("update open_item set latest_on = latest_on + 1 where number = 3", "open_marks"),
    ("update open_item set litigation_reason = 'another' where number = 4", "open_marks"),
    ("update account_total set i_amount = 5 where i_count = 0", "totals"),
    ("update account set state = 'CLOSED'", "closed"),
    ("update balance_definition_version set expression = 'true' where definition_id = 1", "sealed_facts"),
    ("update approval_limit set single_most = 9999 where role = 'agent' and kind = 'refund'", "sealed_state"),
    ("update operation_type set account = '999' where code = 'INV_STD'", "sealed_state"),
    ("delete from feature where code = 'litigation'", "sealed_state"),
    ("insert into approval_limit (role, kind, currency) values ('agent', 'refund', 'EUR')", "sealed_state"),
    (
        (
            "insert into audit_record (account_id, action_id, recorded_at, actor, verb)"
            " values (0, nextval('action_id_seq'), now() - interval '1 hour', 'x', 'y')"
        ),
        "seal",
    ),
    ("insert into audit_record (account_id, action_id, actor, verb) values (0, 999999, 'x', 'y')", "seal"),
]


@pytest.mark.parametrize(("tampering", "check"), TAMPERING)
async def test_tampering_is_found(pool: Pool, database_url: str, tampering: str, check: str) -> None:
    await transaction(pool, honest_books)
    await seal(pool)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        # Without the foreign keys, which would refuse some of it.
        await owner.execute("set session_replication_role = replica")
        cursor = await owner.execute(tampering.encode())
        assert cursor.rowcount != 0, "nothing was tampered with"
    assert check in await checks_that_fail(pool)


async def tamper(database_url: str, statement: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("set session_replication_role = replica")
        await owner.execute(statement.encode())


async def test_what_records_tell_is_compared_before_they_are_sealed(pool: Pool, database_url: str) -> None:
    await transaction(pool, honest_books)
    await tamper(database_url, "update operation set operation_on = operation_on - 1 where number = 5")
    assert "told" in await checks_that_fail(pool)


async def test_a_change_without_a_record_stays_a_difference_when_work_goes_on(pool: Pool, database_url: str) -> None:
    await transaction(pool, honest_books)
    await seal(pool)
    await tamper(database_url, "update approval_limit set day_most = 9999 where role = 'agent' and kind = 'refund'")
    await transaction(pool, honest_books)
    await seal(pool)
    assert await checks_that_fail(pool) == {"sealed_state"}


async def test_a_block_that_was_removed_is_missed_after_the_next_one_too(pool: Pool, database_url: str) -> None:
    await transaction(pool, honest_books)
    await seal(pool)
    await tamper(database_url, "delete from audit_block")
    await transaction(pool, honest_books)
    await seal(pool)
    assert "audit_chain" in await checks_that_fail(pool)


async def test_an_honest_change_of_a_setting_is_no_difference(pool: Pool) -> None:
    await seal(pool)
    limit = Limit("agent", "refund", "EUR", Decimal(1), Decimal(2))
    await transaction(pool, lambda conn: set_limits(conn, [limit], kinds=["refund"], actor="test"))
    assert await checks_that_fail(pool) == set()
    await seal(pool)
    assert await checks_that_fail(pool) == set()


async def test_an_answer_kept_for_work_that_changed_nothing_is_no_difference(pool: Pool) -> None:
    async with pool.connection() as conn:
        async with conn.transaction():
            await honest_books(conn)
        await seal(pool)
        # Nothing is done here, and the session drew its last number before the seal.
        async with conn.transaction():
            await keep_answer(conn, 0, "a-key", b"f", "done")
    assert await checks_that_fail(pool) == set()
    await seal(pool)
    assert await checks_that_fail(pool) == set()
