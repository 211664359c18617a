"""Exports equal what the screens show."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from ledger import TODAY, D, invoice, payment, post_all

from solde.balances import Definition, Moment, balances_of, definitions_at
from solde.customers import AccountRef, NewCustomer, create_customers, resolve_accounts
from solde.db import Connection
from solde.extracts import FileFormat, export_balances, export_customers, export_operations
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import MatchRequest, match
from solde.operations import OperationFilter, Side, load_types

JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)


@pytest.fixture
async def account(conn: Connection) -> AccountRef:
    """An account with open, partly paid, disputed and settled operations."""
    new = NewCustomer(code="ACME", name="=Acme & Sons", country="FR", currency="EUR")
    await create_customers(conn, [new], actor="test", now=datetime(2026, 11, 22, tzinfo=UTC), allow_incomplete=True)
    ref = (await resolve_accounts(conn, ["ACME"]))["ACME"]
    at = ref.account_id
    await post_all(
        conn, invoice(at, "100.10", JAN, FEB, reference="=F-1"), invoice(at, "200", JAN, FEB),
        invoice(at, "50", FEB, MAR), payment(at, "250.000001", MAR),
        invoice(at, "7", date(2026, 11, 20), date(2026, 12, 20)),
    )  # fmt: skip
    await match(conn, [MatchRequest(at, (1, 2), (4,), "test", effective_on=MAR)], await load_types(conn), today=TODAY)
    await dispute(conn, [DisputeRequest(at, 3, DisputeVerb.ENTER, "test", D(20), reason="why")], today=TODAY)
    return ref


async def definitions(conn: Connection) -> list[Definition]:
    return list(await definitions_at(conn, Moment(TODAY)))


@pytest.mark.parametrize("code", ["default", "dunning", "security_deposit", "current"])
@pytest.mark.parametrize("as_of", [None, FEB, date(2026, 3, 31)])
async def test_totals_of_an_export_are_the_figures_of_the_balance(
    conn: Connection, account: AccountRef, code: str, as_of: date | None
) -> None:
    moment = Moment(TODAY, as_of)
    chosen = next(d for d in await definitions(conn) if d.code == code)
    (balance,) = await balances_of(conn, account.account_id, [chosen], moment)
    out = io.BytesIO()
    done = await export_operations(conn, out, FileFormat.JSONL, account, moment=moment, definition=chosen)
    total = json.loads(out.getvalue().splitlines()[-1])["total"]
    assert (Decimal(total["debit"]), Decimal(total["credit"]), done.rows) == (
        balance.figures.debit, balance.figures.credit, balance.figures.count,
    )  # fmt: skip


async def test_a_workbook_holds_the_operations_newest_first_with_their_totals(
    conn: Connection, account: AccountRef
) -> None:
    out = io.BytesIO()
    await export_operations(conn, out, FileFormat.XLSX, account, moment=Moment(TODAY))
    sheet = openpyxl.load_workbook(io.BytesIO(out.getvalue())).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    place = {name: rows[0].index(name) for name in ("No.", "Reference", "Debit", "Credit", "Open", "Disputed")}
    assert [row[place["No."]] for row in rows[1:]] == [5, 4, 3, 2, 1, None]
    assert rows[5][place["Reference"]] == "=F-1"
    assert [rows[-1][place[name]] for name in ("Debit", "Credit", "Open", "Disputed")] == [
        357.1,
        250.000001,
        107.099999,
        20,
    ]


async def test_a_filter_narrows_an_export(conn: Connection, account: AccountRef) -> None:
    out = io.BytesIO()
    done = await export_operations(
        conn, out, FileFormat.CSV, account, moment=Moment(TODAY), chosen=OperationFilter(side=Side.CREDIT)
    )
    assert done.rows == 1
    assert list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig"))))[-1]["credit"] == "250.000001"


async def test_balances_of_all_accounts_sum_up_by_definition_and_currency(
    conn: Connection, account: AccountRef
) -> None:
    new = [NewCustomer(code=code, name=code, currency=money) for code, money in (("B", "EUR"), ("C", "USD"))]
    await create_customers(conn, new, actor="test", now=datetime(2026, 11, 22, tzinfo=UTC), allow_incomplete=True)
    others = await resolve_accounts(conn, ["B", "C"])
    await post_all(conn, invoice(others["B"].account_id, "10"))
    await post_all(conn, payment(others["C"].account_id, "4"))
    chosen = [d for d in await definitions(conn) if d.code in ("default", "dunning")]
    out = io.BytesIO()
    done = await export_balances(conn, out, FileFormat.CSV, definitions=chosen, moment=Moment(TODAY))
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
    assert done.rows == 6
    assert rows[0]["name"] == "'=Acme & Sons"
    totals = {(r["definition"], r["currency"]): (r["balance"], r["direction"]) for r in rows if r["account"] == "Total"}
    assert totals == {
        ("default", "EUR"): ("117.099999", "DR"), ("default", "USD"): ("-4", "CR"),
        ("dunning", "EUR"): ("80.099999", "DR"), ("dunning", "USD"): ("0", "ZERO"),
    }  # fmt: skip


async def test_customers_are_exported_as_a_search_finds_them(conn: Connection, account: AccountRef) -> None:
    out = io.BytesIO()
    assert (await export_customers(conn, out, FileFormat.JSONL, q="acme")).rows == 1
    assert json.loads(out.getvalue())["accounts"] == "ACME"
    assert (await export_customers(conn, io.BytesIO(), FileFormat.XLSX, q="nobody")).rows == 0
