"""A balance that counts unbilled items explains and exports them."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal

import pytest
from ledger import TODAY, D, invoice
from payments.books import Books

from solde.balances import ExplainedOperation, Moment, balances_of, definitions_now, explain, pick
from solde.balances.trend import read_trend
from solde.customers import AccountRef
from solde.db import transaction
from solde.extracts import FileFormat, export_operations, export_unbilled
from solde.operations import OperationFilter, Side
from solde.unbilled import ItemKind, NewItem, add_items

DAYS = [date(2026, 10, 1), date(2026, 10, 20), date(2026, 11, 20)]


@pytest.fixture
async def account(books: Books) -> int:
    """An invoice of 100, charges of 10, 20 and 30, a credit of 5."""
    account = await books.account()
    await books.post(invoice(account, "100", DAYS[0]))
    charge, credit = ItemKind.MANUAL_CHARGE, ItemKind.MANUAL_CREDIT
    wanted = [(charge, "10", DAYS[0]), (charge, "20", DAYS[1]), (credit, "5", DAYS[1]), (charge, "30", DAYS[2])]
    new = [NewItem(account, kind, "CALLS", D(gross), on, "test") for kind, gross, on in wanted]
    await transaction(books.pool, lambda conn: add_items(conn, new, today=TODAY))
    return account


@pytest.mark.parametrize("size", [1, 2, 5, 50])
async def test_the_explanation_ends_with_the_balance_page_by_page(books: Books, account: int, size: int) -> None:
    async with books.pool.connection() as conn:
        definition = pick(await definitions_now(conn), "current")
        for moment in (Moment(TODAY), Moment(TODAY, as_of=DAYS[1])):
            (balance,) = await balances_of(conn, account, [definition], moment)
            lines: list[ExplainedOperation] = []
            cursor: str | None = None
            while True:
                page = await explain(conn, account, definition, moment, limit=size, cursor=cursor)
                lines += page.items
                if (cursor := page.next) is None:
                    break
            assert lines[-1].running == balance.figures.balance
            assert len(lines) == balance.figures.count
            assert [line.unbilled for line in lines] == [False] + [True] * (len(lines) - 1)


async def test_a_side_is_explained_alone(books: Books, account: int) -> None:
    async with books.pool.connection() as conn:
        definition = pick(await definitions_now(conn), "current")
        page = await explain(conn, account, definition, Moment(TODAY), side=Side.CREDIT)
        assert [(line.number, line.running) for line in page.items] == [(3, D(-5))]
        plain_one = await explain(conn, account, pick(await definitions_now(conn), "default"), Moment(TODAY))
        assert [line.unbilled for line in plain_one.items] == [False]


@pytest.mark.parametrize("as_of", [None, *DAYS])
async def test_the_extract_of_the_balance_sums_to_its_figures(books: Books, account: int, as_of: date | None) -> None:
    moment, ref = Moment(TODAY, as_of=as_of), await ref_of(books, account)
    out, other = io.BytesIO(), io.BytesIO()
    async with books.pool.connection() as conn, conn.transaction():
        definition = pick(await definitions_now(conn), "current")
        (balance,) = await balances_of(conn, account, [definition], moment)
        done = await export_operations(conn, out, FileFormat.JSONL, ref, moment=moment, definition=definition)
        unbilled = await export_unbilled(conn, other, FileFormat.JSONL, ref, moment=moment)
    total = json.loads(out.getvalue().splitlines()[-1])["total"]
    assert (Decimal(total["debit"]), Decimal(total["credit"]), done.rows) == (
        balance.figures.debit, balance.figures.credit, balance.figures.count,
    )  # fmt: skip
    gross = Decimal(json.loads(other.getvalue().splitlines()[-1])["total"]["gross"])
    assert (gross, unbilled.rows) == (balance.figures.balance - 100, done.rows - 1)


async def test_a_narrowed_list_holds_operations_only(books: Books, account: int) -> None:
    out, ref = io.BytesIO(), await ref_of(books, account)
    async with books.pool.connection() as conn, conn.transaction():
        definition = pick(await definitions_now(conn), "current")
        narrowed = OperationFilter(side=Side.DEBIT)
        done = await export_operations(
            conn, out, FileFormat.JSONL, ref, moment=Moment(TODAY), definition=definition, chosen=narrowed
        )
    assert done.rows == 1


async def test_the_trend_counts_them_at_each_month_end(books: Books, account: int) -> None:
    async with books.pool.connection() as conn:
        definition = pick(await definitions_now(conn), "current")
        points = await read_trend(conn, account, [definition], today=TODAY, months=2)
    assert [(point.on, point.balances) for point in points] == [
        (date(2026, 9, 30), (D(0),)), (date(2026, 10, 31), (D(125),)), (TODAY, (D(155),)),
    ]  # fmt: skip


async def ref_of(books: Books, account: int) -> AccountRef:
    ((currency,),) = await books.rows(f"select currency from account where account_id = {account}")
    return AccountRef(account, "A", 1, 1, currency, "ACTIVE", "Europe/Paris")
