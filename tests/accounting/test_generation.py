"""Operations become entries, once, under the schemes of their types."""

from __future__ import annotations

from datetime import date

from ledger import TODAY, D, invoice, make_account, payment, post_all, rows

from solde.accounting import RunSummary, generate
from solde.db import Connection, Pool
from solde.operations import NewOperation

ENTRIES = """
select number, general_account, side, amount, journal, accounting_on from journal_entry where account_id = %(account)s order by number, line
"""
STATUS = (
    "select number, posting_status, accounting_on from operation_now where account_id = %(account)s order by number"
)


async def take(pool: Pool, until: date | None = None, most: int = 5000) -> RunSummary:
    return await generate(pool, actor="test", until=until, most=most)


async def statuses(conn: Connection, account: int) -> list[object]:
    return [row[1] for row in await rows(conn, STATUS, account=account)]


async def test_an_invoice_gives_customer_revenue_and_tax(pool: Pool, conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "120", net=D(100), tax=D(20)))
    assert await take(pool) == RunSummary(1, 1, 3, 0)
    assert await rows(conn, ENTRIES, account=account) == [
        (1, "411", 1, D(120), "SAL", TODAY),
        (1, "701", -1, D(100), "SAL", TODAY),
        (1, "44571", -1, D(20), "SAL", TODAY),
    ]
    assert await statuses(conn, account) == ["EXPORTED"]


async def test_a_second_run_finds_nothing(pool: Pool, conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "120"), payment(account, "50"))
    assert (await take(pool)).operations == 2
    assert await take(pool) == RunSummary()


async def test_a_credit_note_gives_the_opposite_of_its_invoice(pool: Pool, conn: Connection) -> None:
    account = await make_account(conn)
    note = NewOperation(account, "INV_CRN", D(120), TODAY, net=D(100), tax=D(20))
    await post_all(conn, invoice(account, "120", net=D(100), tax=D(20)), note)
    await take(pool)
    found = await rows(conn, "select general_account, sum(side * amount) from journal_entry group by 1")
    assert {amount for _, amount in found} == {D(0)}


async def test_a_write_off_and_its_taking_back_leave_nothing(pool: Pool, conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, *(NewOperation(account, code, D(7), TODAY) for code in ("EXP_WRT", "EXP_REV")))
    await take(pool)
    found = await rows(conn, ENTRIES, account=account)
    assert [(row[1], row[2]) for row in found] == [("411", -1), ("654", 1), ("411", 1), ("654", -1)]


async def test_an_operation_that_fails_does_not_stop_the_others(
    pool: Pool, conn: Connection, owner: Connection
) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "10"), payment(account, "4"), invoice(account, "6"))
    await owner.execute("update operation_type set contra_account = null where code = 'PAY_WIRE'")
    assert await take(pool) == RunSummary(1, 2, 4, 1)
    assert await statuses(conn, account) == ["EXPORTED", "EXPORT_FAILED", "EXPORTED"]
    (detail,) = await rows(conn, "select detail from posting_exception")
    assert detail == ("type PAY_WIRE has no contra account",)


async def test_a_failed_operation_is_taken_when_its_fault_is_gone(
    pool: Pool, conn: Connection, owner: Connection
) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "10"), payment(account, "4"))
    await owner.execute("delete from accounting_assignment where type_code = 'PAY_WIRE'")
    assert (await take(pool)).failed == 1
    assert (await take(pool)).failed == 1
    await owner.execute("insert into accounting_assignment values ('PAY_WIRE', 'DUAL')")
    assert await take(pool) == RunSummary(1, 1, 2, 0)
    assert await statuses(conn, account) == ["EXPORTED", "EXPORTED"]
    assert await rows(conn, "select * from posting_exception") == []


async def test_tax_without_an_account_fails(pool: Pool, conn: Connection, owner: Connection) -> None:
    account = await make_account(conn)
    await owner.execute("update accounting_tax set account = null where code = 'VAT_20'")
    await post_all(conn, invoice(account, "120", net=D(100), tax=D(20)), invoice(account, "110", net=D(100), tax=D(10)))
    assert await take(pool) == RunSummary(1, 1, 3, 1)
    assert await rows(conn, "select number, detail from posting_exception") == [(1, "its tax has no account")]


async def test_a_type_without_entries_is_exported_and_takes_no_number(
    pool: Pool, conn: Connection, owner: Connection
) -> None:
    account = await make_account(conn)
    await owner.execute("update accounting_assignment set scheme = 'NONE' where type_code = 'PAY_WIRE'")
    await post_all(conn, invoice(account, "10"), payment(account, "4"), invoice(account, "6"))
    assert await take(pool) == RunSummary(1, 3, 4, 0)
    assert await statuses(conn, account) == ["EXPORTED"] * 3
    assert await rows(conn, "select number, sequence, lines from journal_piece order by number") == [
        (1, 1, 2),
        (2, None, 0),
        (3, 2, 2),
    ]


async def test_what_is_later_than_the_day_waits_wherever_it_stands(pool: Pool, conn: Connection) -> None:
    account = await make_account(conn)
    days = [date(2026, 1, 5), date(2026, 3, 5), date(2026, 1, 7), date(2026, 4, 1)]
    await post_all(conn, *(invoice(account, "10", on) for on in days))
    assert (await take(pool, date(2026, 1, 31))).operations == 2
    assert await statuses(conn, account) == ["EXPORTED", "POSTED", "EXPORTED", "POSTED"]
    assert (await take(pool, date(2026, 1, 31))).operations == 0
    assert (await take(pool, date(2026, 3, 31))).operations == 1
    assert await statuses(conn, account) == ["EXPORTED", "EXPORTED", "EXPORTED", "POSTED"]
    assert await rows(conn, "select * from posting_exception") == []
    assert (await take(pool)).operations == 1


async def test_an_account_larger_than_a_slice_is_taken_in_parts(pool: Pool, conn: Connection) -> None:
    account, other = await make_account(conn), await make_account(conn)
    for n in range(7):
        await post_all(conn, invoice(account, "10", date(2026, 1 + n % 3, 1)), invoice(other, "1"))
    assert (await take(pool, date(2026, 2, 1), most=2)).operations == 5
    assert (await take(pool, most=2)).operations == 9
    assert await statuses(conn, account) == ["EXPORTED"] * 7
    assert await rows(conn, "select * from posting_exception") == []
    (gaps,) = await rows(
        conn,
        "select count(*), min(sequence), max(sequence) from journal_piece where extract(year from accounting_on) = 2026",
    )
    assert gaps == (14, 1, 14)


async def test_a_rejected_operation_waits_and_keeps_its_day_when_it_was_moved(
    pool: Pool, conn: Connection, owner: Connection
) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "10", date(2026, 1, 5)), invoice(account, "20", date(2026, 1, 6)))
    await owner.execute(
        "insert into posting_exception values (%s, 1, 'REJECTED', null, 'CLOSED_PERIOD', null, now()),"
        " (%s, 2, 'POSTED', '2026-02-01', 'FORCED', null, now())",
        (account, account),
    )
    assert (await take(pool)).operations == 1
    assert await rows(conn, STATUS, account=account) == [(1, "REJECTED", None), (2, "EXPORTED", date(2026, 2, 1))]
    await owner.execute("update posting_exception set status = 'POSTED', accounting_on = '2026-03-01' where number = 1")
    assert (await take(pool)).operations == 1
    assert [row[5] for row in await rows(conn, ENTRIES, account=account)] == [date(2026, 3, 1)] * 2 + [
        date(2026, 2, 1)
    ] * 2


async def test_a_trial_keeps_nothing(pool: Pool, conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "10"))
    assert (await generate(pool, actor="test", dry_run=True)).operations == 1
    assert await rows(conn, "select * from journal_piece") == []
    assert await statuses(conn, account) == ["POSTED"]
