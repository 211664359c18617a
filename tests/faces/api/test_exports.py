"""Lists as files through the API."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest
from faces.api.asking import Asking, codes
from openpyxl import load_workbook


@pytest.fixture
async def ledger(ask: Asking, account: str) -> str:
    """An account with two invoices and a payment."""
    operations = [
        {"type": "INV_STD", "amount": "100", "date": "2026-10-01", "due_date": "2026-10-31"},
        {"type": "INV_STD", "amount": "50.5", "date": "2026-11-01", "due_date": "2026-12-01"},
        {"type": "PAY_WIRE", "amount": "20", "date": "2026-11-10"},
    ]
    await ask.post(f"/accounts/{account}/operations", {"operations": operations})
    return f"/accounts/{account}"


@pytest.mark.parametrize("query", ["definition=default", "definition=dunning", "definition=default&as_of=2026-10-15"])
async def test_the_totals_of_a_file_are_the_figures_of_the_balance(ask: Asking, ledger: str, query: str) -> None:
    code = query.partition("&")[0].removeprefix("definition=")
    figures = (await ask.get(f"{ledger}/balances/{code}?{query.partition('&')[2]}".rstrip("?"))).json()
    answer = await ask.get(f"{ledger}/operations:export?{query}&format=jsonl")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert {k: Decimal(lines[-1]["total"].get(k, 0)) for k in ("debit", "credit")} == {
        k: Decimal(figures[k]) for k in ("debit", "credit")
    }
    assert len(lines) - 1 == figures["count"]
    assert answer.headers["content-type"] == "application/jsonl"
    assert answer.headers["content-disposition"] == f'attachment; filename="A1-{code}.jsonl"'


async def test_excel_and_csv_hold_the_same_rows(ask: Asking, ledger: str) -> None:
    book = load_workbook(io.BytesIO((await ask.get(f"{ledger}/operations:export?side=debit")).content))
    sheet = list(book.worksheets[0].iter_rows(values_only=True))
    text = (await ask.get(f"{ledger}/operations:export?side=debit&format=csv")).content.decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    assert [row[1] for row in sheet[1:3]] == [2, 1]
    assert [row[1] for row in table[1:3]] == ["2", "1"]


async def test_balances_of_every_account_and_customers_are_files_too(ask: Asking, ledger: str) -> None:
    rows = (await ask.get("/balances:export?format=csv&definition=default")).content.decode("utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in rows] == ["account", "A1", "A2", "A3", "Total", "Total"]
    found = await ask.get("/customers:export?format=jsonl&q=C2")
    assert [json.loads(line)["code"] for line in found.text.splitlines()] == ["C2"]


async def test_a_form_of_file_that_is_not_known_is_refused(ask: Asking, ledger: str) -> None:
    answer = await ask.get(f"{ledger}/operations:export?format=pdf")
    assert (answer.status_code, codes(answer)) == (422, ["unknown_export_form"])


async def test_a_file_has_the_columns_asked_for_in_their_order(ask: Asking, ledger: str) -> None:
    asked = "columns=open, number,debit"
    text = (await ask.get(f"{ledger}/operations:export?{asked}&format=csv")).content.decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    assert table[0] == ["open", "number", "debit"]
    assert [row[1] for row in table[1:]] == ["3", "2", "1", "Total"]
    assert Decimal(table[-1][2]) == sum(Decimal(row[2]) for row in table[1:-1] if row[2])
    lines = (await ask.get("/customers:export?format=jsonl&columns=name,code&q=C2")).text.splitlines()
    assert [list(json.loads(line)) for line in lines] == [["name", "code"]]


@pytest.mark.parametrize("path", ["/customers:export", "/balances:export", "{ledger}/operations:export"])
async def test_a_column_that_no_file_has_is_refused(ask: Asking, ledger: str, path: str) -> None:
    answer = await ask.get(f"{path.format(ledger=ledger)}?columns=account,colour")
    assert (answer.status_code, codes(answer)) == (422, ["unknown_column"])
