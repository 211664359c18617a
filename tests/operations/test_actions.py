"""Posting on a real database."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal

import pytest
from ledger import TODAY, D, invoice, make_account, payment, post_all, rows

from solde.db import Connection, Pool, open_pool
from solde.kernel.refusals import Refused
from solde.operations import NewOperation, Posted, PostingMerger, PostRequest, TypeCatalogue, load_types, post


async def test_numbers_run_without_gap_in_each_account(conn: Connection) -> None:
    first, second = await make_account(conn), await make_account(conn)
    assert await post_all(conn, invoice(first, "10"), invoice(second, "20"), payment(first, "5")) == [1, 1, 2]
    assert await post_all(conn, payment(second, "1")) == [2]


async def test_totals_and_open_items_follow_a_posting(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "10"), invoice(account, "2.5"), payment(account, "4"))
    totals = await rows(
        conn,
        "select side, amount, open, count from account_total_by_status join operation_type using (type_id) order by 1",
    )
    assert totals == [(-1, D("4"), D("4"), 1), (1, D("12.5"), D("12.5"), 2)]
    assert await rows(conn, "select sum(open), count(*) from open_item") == [(D("16.5"), 3)]


async def test_a_request_with_one_bad_row_posts_nothing(conn: Connection) -> None:
    account = await make_account(conn)
    request = PostRequest((invoice(account, "10"), invoice(account, "-1"), payment(account, "0.0000001")), "test")
    (answer,) = await post(conn, [request], await load_types(conn))
    assert isinstance(answer, tuple)
    assert [(r.code, r.row, r.field) for r in answer] == [
        ("amount_not_positive", 1, "amount"),
        ("amount_too_precise", 2, "amount"),
    ]
    assert await rows(conn, "select count(*) from operation") == [(0,)]


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (NewOperation(999, "INV_STD", D(1), TODAY), "unknown_account"),
        (NewOperation(1, "INV_STD", D(1), TODAY, currency="USD"), "currency_differs"),
        (NewOperation(2, "INV_STD", D(1), TODAY), "account_closed"),
        (NewOperation(1, "INV_STF", D(1), TODAY), "unknown_operation_type"),
        (NewOperation(1, "INV_STD", D(0), TODAY), "amount_not_positive"),
        (NewOperation(1, "INV_STD", D("1e15"), TODAY), "amount_too_large"),
        (NewOperation(1, "INV_STD", D("NaN"), TODAY), "amount_not_a_number"),
        (NewOperation(1, "INV_STD", D(1), TODAY, date(2026, 1, 1)), "due_before_operation"),
        (NewOperation(1, "INV_STD", D(1), date(1200, 1, 1)), "date_out_of_range"),
        (NewOperation(1, "INV_STD", D(1), TODAY, net=D("0.5"), tax=D("0.4")), "tax_parts_differ"),
        (NewOperation(1, "INV_STD", D(1), TODAY, reference="x" * 101), "text_too_long"),
        (NewOperation(1, "INV_STD", D(1), TODAY, reference="a\x00b"), "text_unprintable"),
    ],
)
async def test_bad_input_is_refused_with_its_code(conn: Connection, new: NewOperation, code: str) -> None:
    await conn.execute(
        "insert into account (account_id, currency, state) values (1, 'EUR', 'ACTIVE'), (2, 'EUR', 'CLOSED')"
    )
    (answer,) = await post(conn, [PostRequest((new,), "test")], await load_types(conn))
    assert isinstance(answer, tuple)
    assert [r.code for r in answer] == [code]
    assert await rows(conn, "select count(*) from operation") == [(0,)]


async def make_poster(pool: Pool) -> tuple[PostingMerger, int]:
    async with pool.connection() as conn:
        return PostingMerger(pool, TypeCatalogue(pool)), await make_account(conn)


async def test_callers_at_once_each_get_their_own_number(pool: Pool) -> None:
    poster, account = await make_poster(pool)
    posted = await asyncio.gather(
        *(poster.post(PostRequest((invoice(account, str(n)),), "test")) for n in range(1, 51))
    )
    assert sorted(p.numbers[0] for p in posted) == list(range(1, 51))
    async with pool.connection() as conn:
        assert await rows(conn, "select o_amount, o_count from account_total") == [(Decimal(1275), 50)]
        assert await rows(conn, "select count(*), count(distinct action_id) from audit_record where verb = 'post'") == [
            (50, 50)
        ]


async def test_a_refused_caller_does_not_disturb_those_merged_with_it(pool: Pool) -> None:
    poster, account = await make_poster(pool)
    wishes = [PostRequest((invoice(account if n % 3 else 12345, "1"),), "test") for n in range(12)]
    answers = await asyncio.gather(*(poster.post(w) for w in wishes), return_exceptions=True)
    assert [isinstance(a, Posted) for a in answers] == [bool(n % 3) for n in range(12)]
    assert {r.code for a in answers if isinstance(a, Refused) for r in a.refusals} == {"unknown_account"}


async def test_the_same_key_posts_once_and_answers_the_same(pool: Pool) -> None:
    poster, account = await make_poster(pool)
    request = PostRequest((invoice(account, "7"),), "test", key="k-1", key_account_id=account, fingerprint=b"same")
    answers = await asyncio.gather(*(poster.post(request) for _ in range(20)))
    assert {a.numbers for a in answers} == {(1,)}
    assert sum(not a.replayed for a in answers) == 1


async def test_a_key_used_for_another_request_is_refused(pool: Pool) -> None:
    poster, account = await make_poster(pool)
    await poster.post(
        PostRequest((invoice(account, "7"),), "test", key="k-1", key_account_id=account, fingerprint=b"one")
    )
    with pytest.raises(Refused) as caught:
        await poster.post(
            PostRequest((invoice(account, "8"),), "test", key="k-1", key_account_id=account, fingerprint=b"two")
        )
    assert caught.value.refusals[0].code == "idempotency_key_reused"


async def test_a_repeated_request_over_many_accounts_answers_in_its_own_order(pool: Pool) -> None:
    poster, first = await make_poster(pool)
    async with pool.connection() as conn:
        second = await make_account(conn)
    operations = (
        invoice(second, "1"),
        invoice(first, "2"),
        invoice(second, "3"),
        invoice(first, "4"),
        invoice(first, "5"),
    )
    request = PostRequest(operations, "test", key="batch", fingerprint=b"x")
    posted, again = await poster.post(request), await poster.post(request)
    assert posted.numbers == again.numbers == (1, 1, 2, 2, 3)
    assert again.replayed


async def test_the_application_may_not_change_or_remove_a_posted_operation(conn: Connection) -> None:
    for table in (
        "operation",
        "match_group",
        "match_line",
        "unmatch",
        "unmatch_line",
        "litigation_event",
        "audit_record",
    ):
        for verb in ("update", "delete"):
            (allowed,) = await rows(conn, f"select has_table_privilege('{table}', '{verb}')")
            assert allowed == (False,), (table, verb)


async def test_an_account_that_others_hold_too_long_is_refused_as_busy(database_url: str, pool: Pool) -> None:
    async with (
        open_pool(database_url, min_size=2, max_size=2, lock_timeout_ms=50) as hurried,
        pool.connection() as other,
    ):
        account = await make_account(other)
        async with other.transaction():
            await other.execute("select from account where account_id = %s for update", (account,))
            poster = PostingMerger(hurried, TypeCatalogue(hurried))
            with pytest.raises(Refused, match="busy"):
                await poster.post(PostRequest((invoice(account, "1"),), "test"))
        assert (await poster.post(PostRequest((invoice(account, "1"),), "test"))).numbers == (1,)
