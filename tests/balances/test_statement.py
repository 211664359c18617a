"""Statement of account: opening + movements = closing, as values, PDF, Excel, over HTTP and on the command line."""

from __future__ import annotations

import io
import subprocess
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from applications import app_on
from commands import run_solde
from faces.api.asking import COMPLETE, Asking, make_token
from ledger import TODAY, D, invoice, payment, post_all
from litestar.testing import AsyncTestClient

from solde.balances import Definition, Draft, Figures, definitions_now, pick
from solde.balances.statement import (
    Movement,
    Statement,
    make_statement,
    page_of_movements,
    render_statement,
    stream_movements,
    write_statement,
)
from solde.balances.statement.words import write_amount, write_balance, write_day
from solde.customers import NewCustomer, create_customers, list_sellers
from solde.customers.sellers import change_seller
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock
from solde.kernel.refusals import Refused
from solde.matching import MatchRequest, match
from solde.operations import NewOperation, load_types

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
JAN, FEB, MAR, APR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10), date(2026, 4, 10)
HOSTILE = '#panic("taken as a command") *bold* $x$ <label> \\ {{x}} =1+1 "quoted" \u202e' + "W" * 90


async def make_customer(conn: Connection, **fields: str) -> int:
    """A customer with an account; gives the key of the account."""
    (made,) = await create_customers(conn, [NewCustomer(**(COMPLETE | fields))], actor="test", now=NOW)
    assert not isinstance(made, tuple), made
    return made.account_id


async def all_movements(conn: Connection, statement: Statement) -> list[Movement]:
    return [m async for m in stream_movements(conn, statement)]


async def test_opening_and_movements_make_the_closing_balance(conn: Connection) -> None:
    account = await make_customer(conn)
    await post_all(
        conn, invoice(account, "100", JAN), payment(account, "30", FEB), invoice(account, "7.5", MAR, MAR),
        payment(account, "200", MAR), invoice(account, "1", APR),
    )  # fmt: skip
    statement = await make_statement(conn, account, FEB, MAR, today=TODAY)
    movements = await all_movements(conn, statement)
    assert (statement.opening.balance, statement.debit, statement.credit) == (D(100), D("7.5"), D(230))
    assert (statement.closing.balance, statement.count) == (D("-122.5"), 3)
    assert [(m.number, m.running) for m in movements] == [(2, D(70)), (3, D("77.5")), (4, D("-122.5"))]


async def test_deposits_and_flagged_operations_are_left_out_as_in_the_default_balance(conn: Connection) -> None:
    account = await make_customer(conn)
    await post_all(
        conn,
        NewOperation(account, "INV_SD", D(500), FEB),
        payment(account, "500", FEB, excluded=True),
        invoice(account, "9", FEB),
    )
    statement = await make_statement(conn, account, FEB, FEB, today=TODAY)
    assert [m.code for m in await all_movements(conn, statement)] == ["INV_STD"]
    assert statement.closing.balance == D(9)


async def test_a_period_without_movements_and_an_account_without_operations(conn: Connection) -> None:
    account = await make_customer(conn)
    statement = await make_statement(conn, account, date(2020, 1, 1), date(2020, 1, 31), today=TODAY)
    assert (statement.opening, statement.closing) == (Figures(), Figures())
    assert render_statement(statement, []).startswith(b"%PDF-")


async def test_pages_of_movements_carry_the_balance_on(conn: Connection) -> None:
    account = await make_customer(conn)
    await post_all(conn, *(invoice(account, str(n), JAN + timedelta(days=n % 4)) for n in range(1, 24)))
    statement = await make_statement(conn, account, JAN, FEB, today=TODAY)
    seen: list[Movement] = []
    cursor = None
    while True:
        page = await page_of_movements(conn, statement, limit=5, cursor=cursor)
        seen += page.items
        if (cursor := page.next) is None:
            break
    assert seen == await all_movements(conn, statement)
    assert seen[-1].running == statement.closing.balance == D(276)


async def test_a_page_after_the_account_has_changed_is_refused(conn: Connection) -> None:
    account = await make_customer(conn)
    await post_all(conn, *(invoice(account, "1", FEB) for _ in range(4)))
    page = await page_of_movements(conn, await make_statement(conn, account, JAN, MAR, today=TODAY), limit=2)
    await post_all(conn, invoice(account, "5", JAN))
    with pytest.raises(Refused, match="bad_cursor"):
        await page_of_movements(
            conn, await make_statement(conn, account, JAN, MAR, today=TODAY), limit=2, cursor=page.next
        )


async def test_open_items_and_their_age_are_those_of_the_last_day(conn: Connection) -> None:
    account = await make_customer(conn)
    await post_all(
        conn, invoice(account, "100", JAN, FEB), invoice(account, "50", FEB, APR), payment(account, "100", APR)
    )
    (made,) = await match(
        conn, [MatchRequest(account, (1,), (3,), "test", effective_on=APR)], await load_types(conn), today=TODAY
    )
    assert not isinstance(made, tuple), made
    then = await make_statement(conn, account, JAN, MAR, today=TODAY)
    assert [(line.number, line.open) for line in then.open_lines] == [(1, D(100)), (2, D(50))]
    assert {b.label: b.amount for b in then.ageing.buckets if b.amount} == {"not due": D(50), "1-30": D(100)}
    later = await make_statement(conn, account, JAN, APR, today=TODAY)
    assert [line.number for line in later.open_lines] == [2]
    assert later.ageing.total == later.closing.balance == D(50)


async def test_a_period_that_ends_before_it_begins_is_refused(conn: Connection) -> None:
    with pytest.raises(Refused, match="statement_period_reversed"):
        await make_statement(conn, await make_customer(conn), FEB, JAN, today=TODAY)


async def test_a_balance_that_moves_without_movements_has_no_statement(conn: Connection) -> None:
    account, dunning = await make_customer(conn), pick(await definitions_now(conn), "dunning")
    with pytest.raises(Refused, match="statement_balance_unsteady"):
        await make_statement(conn, account, JAN, FEB, dunning, today=TODAY)


async def test_a_balance_of_chosen_operations_has_one(conn: Connection) -> None:
    account = await make_customer(conn)
    await post_all(conn, invoice(account, "100", JAN), invoice(account, "5", FEB), payment(account, "50", FEB))
    large = Definition(0, 0, Draft("large", "Large ones", expression="#{ accountOperation.amount > 20 }"))
    statement = await make_statement(conn, account, FEB, FEB, large, today=TODAY)
    assert [m.number for m in await all_movements(conn, statement)] == [3]
    assert (statement.opening.balance, statement.closing.balance) == (D(100), D(50))


async def test_texts_of_people_are_never_taken_for_commands(conn: Connection) -> None:
    account = await make_customer(conn, name=HOSTILE, address_1=HOSTILE, city="#import", language="fr")
    await post_all(conn, invoice(account, "12.345678", FEB, reference=HOSTILE[:100], description=HOSTILE))
    statement = await make_statement(conn, account, JAN, MAR, today=TODAY)
    assert statement.customer.name == HOSTILE
    assert render_statement(statement, await all_movements(conn, statement)).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "name", ["株式会社サンプル", "شركة مثال", "😀 & Co", "Łódź Ćwikła Ελλάς Київ", "bell\x07 and \ufffe"]
)
async def test_a_name_in_any_script_gives_a_document(conn: Connection, name: str) -> None:
    statement = await make_statement(conn, await make_customer(conn), JAN, FEB, today=TODAY)
    named = replace(statement, customer=replace(statement.customer, name=name))
    assert render_statement(named, []).startswith(b"%PDF-")


async def test_a_document_says_that_it_may_be_archived(conn: Connection) -> None:
    statement = await make_statement(conn, await make_customer(conn), JAN, FEB, today=TODAY)
    assert b"pdfaid:part>2<" in render_statement(statement, [])


async def test_a_pdf_of_too_many_movements_is_refused_with_what_to_do(conn: Connection) -> None:
    statement = await make_statement(conn, await make_customer(conn), JAN, FEB, today=TODAY)
    long = replace(statement, closing=replace(statement.closing, count=5001))
    with pytest.raises(Refused, match="5,001 movements"):
        render_statement(long, [])


async def test_a_workbook_holds_the_same(conn: Connection) -> None:
    account = await make_customer(conn, name=HOSTILE)
    await post_all(
        conn,
        invoice(account, "100", JAN),
        invoice(account, "12.345678", FEB, reference="=1+1"),
        payment(account, "30", MAR),
    )
    statement = await make_statement(conn, account, FEB, MAR, today=TODAY)
    out = io.BytesIO()
    assert await write_statement(out, statement, stream_movements(conn, statement)) == 2
    book = openpyxl.load_workbook(out)
    rows = list(book["Movements"].iter_rows(values_only=True))
    assert rows[1][4] == "=1+1"
    assert book["Movements"]["E2"].data_type == "s"
    assert [Decimal(str(row[9])) for row in rows[1:]] == [D("112.345678"), D("82.345678"), D("82.345678")]
    assert HOSTILE in [row[1] for row in book["Statement of account"].iter_rows(values_only=True)]
    assert book.sheetnames == ["Statement of account", "Movements", "Open items"]


async def test_a_large_workbook_is_written_in_little_memory(conn: Connection) -> None:
    account = await make_customer(conn)
    for part in range(4):
        await post_all(conn, *(invoice(account, "1", FEB, reference=f"F-{part}-{n}") for n in range(5000)))
    statement = await make_statement(conn, account, JAN, MAR, today=TODAY)
    tracemalloc.start()
    await write_statement(io.BytesIO(), statement, stream_movements(conn, statement))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 12_000_000


async def test_over_http_as_json_and_as_files(database_url: str, pool: Pool, clock: Clock) -> None:
    async def prepare(conn: Connection) -> None:
        account = await make_customer(conn, account_code="A-1")
        await post_all(conn, invoice(account, "100", JAN), payment(account, "30", FEB), invoice(account, "2", FEB))

    await transaction(pool, prepare)
    app = app_on(database_url, clock=clock)
    async with AsyncTestClient(app, base_url="http://testserver.local") as client:
        ask = Asking(client, await make_token(pool, clock, "admin"))
        path = "/accounts/A-1/statement?from=2026-02-01&until=2026-02-28"
        told = (await ask.get(f"{path}&limit=1")).json()
        assert (told["opening"]["balance"], told["closing"]["balance"], told["count"]) == ("100", "72", 2)
        rest = (await ask.get(f"{path}&cursor={told['next']}")).json()
        assert [m["running"] for m in told["items"] + rest["items"]] == ["70", "72"]
        pdf, xlsx = await ask.get(f"{path}&format=pdf"), await ask.get(f"{path}&format=xlsx")
        assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
        assert 'filename="statement-A-1-2026-02-01-2026-02-28.xlsx"' in xlsx.headers["content-disposition"]
        assert openpyxl.load_workbook(io.BytesIO(xlsx.content))["Movements"]["J2"].value == 70
        codes = [
            (await ask.get(f"/accounts/A-1/statement{query}")).json()["code"]
            for query in ("", "?from=2026-01-01&until=2026-02-01&format=doc", "?from=x&until=2026-02-01")
        ]
        assert codes == ["statement_day_missing", "statement_format_unknown", "date_not_readable"]


def test_amounts_and_days_are_written_as_the_reader_writes_them() -> None:
    assert write_amount(D("1610.81544"), "EUR", "en") == "1,610.81544"
    assert write_amount(D("1234567.5"), "EUR", "fr") == "1\u202f234\u202f567,50"
    assert write_amount(D("1200"), "JPY", "en") == "1,200"
    assert (write_balance(D(-3), "EUR", "en"), write_balance(D(0), "EUR", "en")) == ("3.00 CR", "0.00")
    assert (write_day(JAN, "en"), write_day(JAN, "fr")) == ("10 Jan 2026", "10/01/2026")


def test_the_template_is_part_of_the_package() -> None:
    folder = Path(__file__).parents[2] / "src/solde/balances/documents"
    assert (folder / "statement.typ").is_file()


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file()]


@pytest.mark.parametrize(("name", "begins"), [("s.pdf", b"%PDF-"), ("s.xlsx", b"PK")])
async def test_on_the_command_line(database_url: str, pool: Pool, tmp_path: Path, name: str, begins: bytes) -> None:
    async def prepare(conn: Connection) -> None:
        await post_all(conn, invoice(await make_customer(conn, account_code="A-1"), "100", FEB))

    await transaction(pool, prepare)
    file, environment = tmp_path / name, {"SOLDE_DATABASE_URL": database_url, "SOLDE_HOME": str(tmp_path)}
    command = ["statement", "A-1", "--from", "2026-01-01", "-o", str(file)]

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return run_solde([*command, *more], environment)

    done = run("--until", "2026-12-31")
    assert (done.returncode, done.stdout.strip()) == (0, f"{file}: 1 movements"), done.stderr
    assert file.read_bytes().startswith(begins)
    file.unlink()
    refused = run("--until", "2025-12-31")
    assert (refused.returncode, "statement_period_reversed" in refused.stderr) == (1, True)
    assert files_in(tmp_path) == []


async def test_the_address_of_the_seller_stands_on_the_letter_and_in_the_workbook(conn: Connection) -> None:
    account = await make_customer(conn)
    bare = await make_statement(conn, account, JAN, MAR, today=TODAY)
    given = {"name": "Solde SARL", "address_1": f"1 {HOSTILE[:40]}", "postcode": "69001", "city": "Lyon", "region": " "}
    (seller,) = await list_sellers(conn)
    await change_seller(conn, seller.code, seller.version, given, actor="test")
    statement = await make_statement(conn, account, JAN, MAR, today=TODAY)
    assert bare.seller.address == ()
    assert (statement.seller.name, statement.seller.address) == (
        "Solde SARL",
        (f"1 {HOSTILE[:40]}".strip(), "69001 Lyon"),
    )
    out = io.BytesIO()
    await write_statement(out, statement, stream_movements(conn, statement))
    cells = [cell.value for sheet in openpyxl.load_workbook(out) for row in sheet.iter_rows() for cell in row]
    assert any("69001 Lyon" in str(cell) for cell in cells)
    # Texts in a PDF are glyphs; what is drawn more is seen by its size.
    assert (
        len(render_statement(statement, [])) > len(render_statement(replace(statement, seller=bare.seller), [])) + 100
    )
