"""The journal is read page by page, totalled, and held against the operations."""

from __future__ import annotations

from datetime import date

from ledger import TODAY, D, invoice, make_account, payment, post_all

from solde.accounting import generate
from solde.accounting.journal import control_receivables, list_entries, sum_entries, trial_balance
from solde.accounting.model import EntryFilter, JournalEntry
from solde.db import Connection, Pool
from solde.matching import MatchRequest, match
from solde.operations import NewOperation, load_types


async def make_coded(conn: Connection, code: str, currency: str = "EUR") -> int:
    account = await make_account(conn, currency)
    await conn.execute("insert into account_directory values (%s, %s, 1, 1)", (code, account))
    return account


async def test_pages_hold_every_entry_once_newest_first(pool: Pool, conn: Connection) -> None:
    for n in range(3):
        account = await make_coded(conn, f"A{n}")
        await post_all(conn, *(invoice(account, "12", date(2026, m, 1), net=D(10), tax=D(2)) for m in (3, 1, 2)))
    await generate(pool, actor="test")
    seen: list[JournalEntry] = []
    cursor: str | None = None
    while True:
        page = await list_entries(conn, limit=4, cursor=cursor)
        seen += page.items
        if (cursor := page.next) is None:
            break
    assert len(seen) == len({(e.account_id, e.number, e.line) for e in seen}) == 27
    assert [(-e.accounting_on.toordinal(), e.account_id, e.number, e.line) for e in seen] == sorted(
        (-e.accounting_on.toordinal(), e.account_id, e.number, e.line) for e in seen
    )


async def test_filters_choose_and_totals_follow(pool: Pool, conn: Connection) -> None:
    one, two = await make_coded(conn, "ONE"), await make_coded(conn, "TWO")
    await post_all(
        conn, invoice(one, "120", net=D(100), tax=D(20)), payment(one, "50"), invoice(two, "7", reference="R7")
    )
    await generate(pool, actor="test")

    async def count(**chosen: object) -> int:
        found = EntryFilter(**chosen)  # type: ignore[arg-type]
        listed = len((await list_entries(conn, found)).items)
        assert sum(b.debit + b.credit for b in await sum_entries(conn, found)) == sum(
            e.amount for e in (await list_entries(conn, found)).items
        )
        return listed

    assert await count() == 7
    assert await count(account_id=one) == 5
    assert await count(journal="BAN") == 2
    assert await count(general_account="411") == 3
    assert await count(text="r7") == 2
    assert await count(text="two") == 1
    assert await count(amount_from=D(50), amount_until=D(100)) == 3
    assert await count(from_on=date(2026, 11, 23)) == 0
    assert await count(currency="USD") == 0


async def test_the_customers_line_carries_its_account_and_the_letters_of_its_matches(
    pool: Pool, conn: Connection
) -> None:
    account = await make_coded(conn, "ONE")
    await post_all(conn, invoice(account, "100"), payment(account, "60"), payment(account, "40"))
    types = await load_types(conn)
    for credit in (2, 3):
        await match(conn, [MatchRequest(account, (1,), (credit,), "test")], types, today=TODAY)
    await generate(pool, actor="test")
    found = [(e.number, e.auxiliary, e.letters) for e in (await list_entries(conn)).items if e.general_account == "411"]
    assert found == [(1, "ONE", "A B"), (2, "ONE", "A"), (3, "ONE", "B")]
    others = [(e.auxiliary, e.letters) for e in (await list_entries(conn)).items if e.general_account != "411"]
    assert set(others) == {(None, "")}


async def test_the_trial_balance_carries_forward(pool: Pool, conn: Connection) -> None:
    account = await make_coded(conn, "ONE")
    await post_all(
        conn,
        invoice(account, "100", date(2026, 1, 5)),
        payment(account, "30", date(2026, 2, 5)),
        payment(account, "9", date(2026, 3, 5)),
    )
    await generate(pool, actor="test")
    found = {
        b.general_account: (b.opening, b.debit, b.credit, b.closing)
        for b in await trial_balance(conn, date(2026, 2, 1), date(2026, 2, 28))
    }
    assert found == {
        "411": (D(100), D(0), D(30), D(70)),
        "512": (D(0), D(30), D(0), D(30)),
        "701": (D(-100), D(0), D(0), D(-100)),
    }


async def test_receivables_are_the_operations_that_were_taken(pool: Pool, conn: Connection, owner: Connection) -> None:
    account, dollars = await make_account(conn), await make_account(conn, "USD")
    await post_all(
        conn, invoice(account, "100", date(2026, 1, 5)), payment(account, "30", date(2026, 2, 5)), invoice(dollars, "5")
    )
    await post_all(
        conn,
        NewOperation(account, "EXP_WRT", D(4), date(2026, 1, 9)),
        NewOperation(account, "CRD_SD", D(9), date(2026, 1, 9)),
    )
    await generate(pool, actor="test", until=date(2026, 1, 31))
    found = {(c.code, c.currency): (c.operations, c.entries) for c in await control_receivables(conn)}
    assert found == {
        ("INV_STD", "EUR"): (D(100), D(100)),
        ("EXP_WRT", "EUR"): (D(-4), D(-4)),
        ("CRD_SD", "EUR"): (D(-9), D(-9)),
    }
    await owner.execute(
        "delete from journal_entry where general_account = '411' and type_id = (select type_id from operation_type where code = 'EXP_WRT')"
    )
    assert [c.code for c in await control_receivables(conn) if not c.is_even] == ["EXP_WRT"]
