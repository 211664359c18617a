"""`solde verify` finds entries that are not as they must be."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from ledger import D, invoice, make_account, payment, post_all

from solde.accounting import generate
from solde.db import Connection, Pool
from solde.operations import NewOperation
from solde.verification import seal, verify

NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def books(pool: Pool, conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(
        conn,
        *(invoice(account, "120", date(2026, n, 1), net=D(100), tax=D(20)) for n in (3, 1, 2)),
        payment(account, "40"),
    )
    await post_all(conn, NewOperation(account, "EXP_WRT", D(1), date(2026, 1, 9)))
    await generate(pool, actor="test", until=date(2026, 2, 1))
    await seal(pool)


async def found(pool: Pool) -> set[str]:
    return {d.check for d in (await verify(pool, now=NOW)).differences}


async def test_books_that_were_taken_in_part_are_clean(pool: Pool, conn: Connection) -> None:
    await books(pool, conn)
    report = await verify(pool, now=NOW)
    assert report.differences == ()
    assert report.counts["journal_entries"] == 8


@pytest.mark.parametrize(
    ("tampering", "check"),
    [
        ("delete from journal_piece where number = 2", "pieces"),
        ("delete from posting_exception where number = 5", "pieces"),
        ("update journal_piece set accounting_on = accounting_on + 1 where number = 2", "pieces"),
        ("delete from journal_entry where number = 2 and line = 2", "entries"),
        ("update journal_entry set amount = amount + 1 where number = 2", "entries"),
        ("update journal_entry set customer = not customer where number = 2 and line = 2", "entries"),
        ("update journal_entry set accounting_on = accounting_on + 1 where number = 2 and line = 1", "entries"),
        ("insert into journal_entry select account_id, number, 9, accounting_on, journal, general_account, false, null, type_id, seller_id, 1, 5, currency, label from journal_entry where number = 2 and line = 1", "entries"),
        ("insert into journal_entry select account_id, 1, line, accounting_on, journal, general_account, customer, auxiliary, type_id, seller_id, side, amount, currency, label from journal_entry where number = 2", "entries"),
        ("update journal_piece set sequence = 7 where number = 2", "sequences"),
        ("update journal_sequence set last = last + 1", "sequences"),
        ("update accounting_mark set through_number = 99", "marks"),
        ("delete from audit_record where verb = 'generate_entries'", "audit"),
    ],
)  # fmt: skip
async def test_tampering_is_found(pool: Pool, conn: Connection, owner: Connection, tampering: str, check: str) -> None:
    await books(pool, conn)
    await owner.execute("set session_replication_role = replica")
    assert (await owner.execute(tampering.encode())).rowcount != 0
    assert check in await found(pool)
