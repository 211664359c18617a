"""Files become receivables on a real database."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import xlsxwriter
from ledger import D, rows

from solde.db import Connection, Pool, open_pool
from solde.files import FileMapping
from solde.imports import ImportOptions, import_receivables, store
from solde.kernel.refusals import Refused

from .conftest import COUNTS, HEADER, NOW, TODAY, Run, file_of, seen


async def test_rows_become_invoices_payments_matches_and_litigation(pool: Pool, run_import: Run) -> None:
    outcome, refusals = await run_import(
        file_of(
            "ACME,EUR,F-1,2026-01-10,2026-02-09,100,no,2026-02-01,",
            "ACME,EUR,F-2,2026-01-10,2026-02-09,100,no,2026-02-01,60",
            "ACME,EUR,F-3,2026-01-10,2026-02-09,100,no,2026-02-01,130",
            "ACME,EUR,F-4,2026-01-10,2026-02-09,100,yes,,",
            "ACME,EUR,F-5,2026-01-10,2026-02-09,100,yes,2026-02-01,",
            "BETA,USD,F-6,2026-01-10,2026-02-09,0.000001,,,",
        )
    )
    assert refusals == []
    assert (outcome.added, outcome.customers, outcome.payments, outcome.disputes) == (6, 2, 4, 2)
    assert outcome.invoiced == {"EUR": D(500), "USD": D("0.000001")}
    assert await seen(pool) == [
        ("ACME", "F-1", "INV_STD", D(100), D(0), D(0), "L"),
        ("ACME", None, "PAY_WIRE", D(100), D(0), D(0), "L"),
        ("ACME", "F-2", "INV_STD", D(100), D(40), D(0), "P"),
        ("ACME", None, "PAY_WIRE", D(60), D(0), D(0), "L"),
        ("ACME", "F-3", "INV_STD", D(100), D(0), D(0), "L"),
        ("ACME", None, "PAY_WIRE", D(130), D(30), D(0), "P"),
        ("ACME", "F-4", "INV_STD", D(100), D(100), D(100), "I"),
        ("ACME", "F-5", "INV_STD", D(100), D(0), D(0), "L"),
        ("ACME", None, "PAY_WIRE", D(100), D(0), D(0), "L"),
        ("BETA", "F-6", "INV_STD", D("0.000001"), D("0.000001"), D(0), "O"),
    ]


async def test_the_same_file_twice_adds_nothing(pool: Pool, run_import: Run) -> None:
    text = file_of(
        "ACME,EUR,F-1,2026-01-10,2026-02-09,100,yes,2026-02-01,60",
        "BETA,EUR,F-2,2026-01-10,2026-02-09,100,no,,",
    )
    await run_import(text)
    before = await seen(pool, COUNTS)
    outcome, refusals = await run_import(text)
    assert (outcome.added, outcome.already_there, refusals) == (0, 2, [])
    assert await seen(pool, COUNTS) == before


async def test_one_bad_row_leaves_nothing_written_and_every_bad_row_is_told(pool: Pool, run_import: Run) -> None:
    outcome, refusals = await run_import(
        file_of(
            "ACME,EUR,F-1,2026-01-10,2026-02-09,100,,,",
            "ACME,EUR,F-2,2026-13-10,2026-02-09,100,,,",
            "ACME,USD,F-3,2026-01-10,2026-02-09,100,,,",
            "ACME,EUR,F-1,2026-01-10,2026-02-09,100,,,",
        )
    )
    assert not outcome.kept
    assert sorted((r.line, r.code, r.field) for r in refusals) == [
        (3, "date_not_readable", "invoice_date"),
        (4, "currency_differs", "currency"),
        (5, "invoice_number_twice", "invoice_number"),
    ]
    assert await seen(pool, COUNTS) == [(0, 0, 0)]


async def test_good_rows_stay_where_that_is_asked_for(pool: Pool, run_import: Run) -> None:
    text = file_of(
        "ACME,EUR,F-1,2026-01-10,2026-02-09,100,,,",
        "ACME,EUR,F-2,2026-13-10,2026-02-09,100,,,",
        "BETA,EUR,F-3,2026-01-10,2026-02-09,100,,2026-01-12,",
        "!!,EUR,F-4,2026-01-10,2026-02-09,100,,,",
    )
    outcome, refusals = await run_import(text, keep_good=True, chunk_rows=1)
    assert outcome.kept
    assert (outcome.added, outcome.refused, outcome.customers) == (2, 2, 2)
    assert {(r.line, r.code) for r in refusals} == {(3, "date_not_readable"), (5, "bad_code")}
    again, _ = await run_import(text, keep_good=True)
    assert (again.added, again.already_there, again.refused) == (0, 2, 2)


@pytest.mark.parametrize(
    ("row", "difference"),
    [
        ("ACME,EUR,F-1,2026-01-10,2026-02-09,101,no,2026-02-01,", "amount"),
        ("ACME,EUR,F-1,2026-01-11,2026-02-09,100,no,2026-02-01,", "invoice date"),
        ("ACME,EUR,F-1,2026-01-10,2026-02-10,100,no,2026-02-01,", "due date"),
        ("ACME,EUR,F-1,2026-01-10,2026-02-09,100,yes,2026-02-01,", "disputed"),
        ("ACME,EUR,F-1,2026-01-10,2026-02-09,100,no,2026-02-02,", "payment"),
        ("ACME,EUR,F-1,2026-01-10,2026-02-09,100,no,2026-02-01,99", "payment"),
    ],
)
async def test_a_number_that_is_there_with_another_content_is_refused(
    run_import: Run, row: str, difference: str
) -> None:
    await run_import(file_of("ACME,EUR,F-1,2026-01-10,2026-02-09,100,no,2026-02-01,"))
    outcome, (refusal,) = await run_import(file_of(row))
    assert (refusal.code, refusal.line, outcome.kept) == ("invoice_differs", 2, False)
    assert difference in refusal.message


async def test_an_account_in_another_currency_or_closed_or_of_another_seller_takes_no_row(
    run_import: Run, database_url: str
) -> None:
    import psycopg

    await run_import(file_of("ACME,EUR,F-1,2026-01-10,2026-02-09,100,,,", "SHUT,EUR,F-2,2026-01-10,2026-02-09,1,,,"))
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            "update account set state = 'CLOSED' where account_id in"
            " (select account_id from account_directory where code = 'SHUT')"
        )
        owner.execute("insert into seller values (2, 'OTHER', 'Other', 'FR', 'EUR', 'Europe/Paris', 'fr')")
    _, refusals = await run_import(
        file_of("ACME,USD,F-8,2026-01-10,2026-02-09,100,,,", "SHUT,EUR,F-9,2026-01-10,2026-02-09,1,,,")
    )
    assert [(r.line, r.code) for r in refusals] == [(2, "currency_differs"), (3, "account_closed")]
    _, refusals = await run_import(file_of("ACME,EUR,F-8,2026-01-10,2026-02-09,100,,,"), seller="OTHER")
    assert [r.code for r in refusals] == ["account_of_other_seller"]


async def test_a_dry_run_tells_the_same_and_writes_nothing(pool: Pool, run_import: Run) -> None:
    text = file_of(
        "ACME,EUR,F-1,2026-01-10,2026-02-09,100,yes,2026-02-01,60", "BETA,EUR,F-2,2026-01-10,2026-02-09,1,,,"
    )
    for keep_good in (False, True):
        outcome, _ = await run_import(text, dry_run=True, keep_good=keep_good)
        assert (outcome.added, outcome.customers, outcome.kept) == (2, 2, False)
    assert await seen(pool, COUNTS) == [(0, 0, 0)]


async def test_customers_without_mandatory_fields_are_marked_incomplete(pool: Pool, run_import: Run) -> None:
    header = "customer_code,customer_name,customer_kind,country,currency,invoice_number,invoice_date,due_date,amount"
    outcome, _ = await run_import(
        file_of("A,Anna Nowak,individual,PL,EUR,1,2026-01-10,,5", "B,Beta,,391,EUR,2,2026-01-10,,5", header=header)
    )
    assert (outcome.customers, outcome.incomplete_customers) == (2, 2)
    found = await seen(
        pool, "select code, kind, name, country, 'general.country' = any(incomplete) from customer order by code"
    )
    assert found == [("A", "INDIVIDUAL", "Anna Nowak", "PL", False), ("B", "COMPANY", "Beta", None, True)]


async def test_one_audit_record_tells_of_each_chunk(pool: Pool, run_import: Run) -> None:
    await run_import(
        file_of(*(f"C{i},EUR,F-{i},2026-01-10,,1,,," for i in range(4))), chunk_rows=2, file_name="jan.csv"
    )
    found = await seen(
        pool, "select account_id, verb, after ->> 'invoices' from audit_record where verb = 'import_receivables'"
    )
    assert found == [(0, "import_receivables", "2"), (0, "import_receivables", "2")]


async def test_two_accounts_may_number_their_invoices_alike(pool: Pool, run_import: Run) -> None:
    text = file_of("ACME,EUR,1,2026-01-10,2026-02-09,100,,,", "BETA,EUR,1,2026-01-10,2026-02-09,100,,,")
    outcome, refusals = await run_import(text)
    assert (outcome.added, refusals) == (2, [])
    again, _ = await run_import(text)
    assert again.already_there == 2


ACCOUNT_HEADER = "customer_code,customer_name,account_code,currency,invoice_number,invoice_date,due_date,amount"


@pytest.mark.parametrize("chunk_rows", [1, 10_000])
async def test_a_customer_may_have_two_accounts_in_one_file(pool: Pool, run_import: Run, chunk_rows: int) -> None:
    text = file_of(
        "ACME,Acme SA,ACME-USD,USD,1,2026-01-10,,5",
        "ACME,Other name,ACME-EUR,EUR,1,2026-01-10,,5",
        "BETA,Beta,BETA,EUR,1,2026-01-10,,5",
        header=ACCOUNT_HEADER,
    )
    outcome, refusals = await run_import(text, chunk_rows=chunk_rows)
    assert refusals == []
    assert (outcome.added, outcome.customers, outcome.accounts) == (3, 2, 1)
    query = """
        select c.code, c.name, d.code, a.currency from account_directory d
        join customer c on c.customer_id = d.customer_id join account a on a.account_id = d.account_id order by d.code
    """
    assert await seen(pool, query) == [
        ("ACME", "Acme SA", "ACME-EUR", "EUR"),
        ("ACME", "Acme SA", "ACME-USD", "USD"),
        ("BETA", "Beta", "BETA", "EUR"),
    ]
    more = file_of("ACME,Acme SA,ACME-GBP,GBP,1,2026-01-10,,5", header=ACCOUNT_HEADER)
    outcome, refusals = await run_import(more)
    assert (outcome.customers, outcome.accounts, refusals) == (0, 1, [])


async def test_every_account_of_a_customer_that_cannot_be_made_is_refused(pool: Pool, run_import: Run) -> None:
    text = file_of("!!,X,X-1,EUR,1,2026-01-10,,5", "!!,X,X-2,EUR,1,2026-01-10,,5", header=ACCOUNT_HEADER)
    outcome, refusals = await run_import(text, keep_good=True)
    assert [(r.line, r.code) for r in refusals] == [(2, "bad_code"), (3, "bad_code")]
    assert (outcome.added, outcome.refused) == (0, 2)


ODD = [
    ("a byte order mark", "\ufeff" + file_of("ACME,EUR,F-1,2026-01-10,,100,,,")),
    ("lines that end in CRLF", file_of("ACME,EUR,F-1,2026-01-10,,100,,,").replace("\n", "\r\n")),
    ("semicolons", file_of("ACME,EUR,F-1,2026-01-10,,100,,,").replace(",", ";")),
    ("tabs", file_of("ACME,EUR,F-1,2026-01-10,,100,,,").replace(",", "\t")),
    ("blank lines", "\n\n" + file_of("", "ACME,EUR,F-1,2026-01-10,,100,,,", ",,,,,,,,", "")),
    ("spaces around", file_of(" ACME , EUR,F-1 ,2026-01-10 ,, 100 ,,,")),
    ("a header in capitals", file_of("ACME,EUR,F-1,2026-01-10,,100,,,", header=HEADER.upper())),
    ("quotes", file_of('"ACME","EUR","F-1","2026-01-10","","100","","",""')),
]


@pytest.mark.parametrize("text", [text for _, text in ODD], ids=[name for name, _ in ODD])
async def test_files_in_any_usual_form_are_read(pool: Pool, run_import: Run, text: str) -> None:
    outcome, refusals = await run_import(text)
    assert (outcome.added, refusals) == (1, [])
    assert await seen(pool, "select reference, amount from operation") == [("F-1", D(100))]


async def test_a_line_break_in_quotes_counts_as_a_line(run_import: Run) -> None:
    header = "customer_code,customer_name,currency,invoice_number,invoice_date,due_date,amount"
    text = file_of('A,"Two\nlines",EUR,F-1,2026-01-10,,1', "B,Beta,EUR,F-2,x,,1", header=header)
    _, refusals = await run_import(text)
    assert ("date_not_readable", 4) in [(r.code, r.line) for r in refusals]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (file_of("ACMÉ,EUR,F-1,2026-01-10,,100,,,").encode("latin-1"), "file_not_in_encoding"),
        (b"", "file_empty"),
        (b"\n\n", "file_empty"),
        (file_of('ACME,EUR,"F-1,2026-01-10,,100,,,').encode(), "file_unreadable"),
        (b"PK\x03\x04 no workbook", "file_unreadable"),
        (b"a,b\n1,2\n", "column_missing"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_whole(run_import: Run, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        await run_import(content)
    assert caught.value.refusals[0].code == code


async def test_another_encoding_is_read_where_the_mapping_names_it(pool: Pool, run_import: Run) -> None:
    header = "customer_code,customer_name,currency,invoice_number,invoice_date,due_date,amount"
    text = file_of("A,Société,EUR,F-1,2026-01-10,,1", header=header).encode("cp1252")
    await run_import(text, FileMapping(encoding="cp1252"))
    assert await seen(pool, "select name from customer") == [("Société",)]


async def test_a_workbook_is_read_like_a_csv_file(pool: Pool, run_import: Run, tmp_path: Path) -> None:
    from datetime import datetime

    file = tmp_path / "receivables.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADER.split(","))
        sheet.write_row(1, 0, ["ACME", "EUR", 611365])
        sheet.write_datetime(1, 3, datetime(2026, 1, 10), day)
        sheet.write_datetime(1, 4, datetime(2026, 2, 9), day)
        sheet.write_row(1, 5, [918920.81, True])
    outcome, refusals = await run_import(file, FileMapping(date_format="d/m/yyyy"))
    assert (outcome.added, refusals) == (1, [])
    found = await seen(pool, "select reference, amount, operation_on::text, disputed from operation_now")
    assert found == [("611365", D("918920.81"), "2026-01-10", D("918920.81"))]


async def test_a_value_that_looks_like_sql_or_a_path_stays_text(pool: Pool, run_import: Run) -> None:
    odd = r"F'; drop table operation;--\t\N"
    await run_import(file_of(f"ACME,EUR,{odd},2026-01-10,,1,,,"))
    assert await seen(pool, "select reference from operation") == [(odd,)]


async def test_the_connection_goes_back_without_staging_tables(conn: Connection, run_import: Run) -> None:
    await run_import(file_of("ACME,EUR,F-1,2026-01-10,,1,,,"))
    assert await rows(conn, "select to_regclass('import_row')") == [(None,)]


async def test_the_example_file_is_imported(run_import: Run) -> None:
    outcome, refusals = await run_import(Path(__file__).parents[2] / "examples/receivables.csv")
    assert (refusals, outcome.added, outcome.customers, outcome.payments) == ([], 6, 3, 4)


async def test_an_import_outlives_the_timeout_of_requests(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text(file_of(*(f"C{i % 50},EUR,F-{i},2026-01-10,,1,,2026-01-12," for i in range(3000))))
    options = ImportOptions(actor="test", now=NOW, today=TODAY)
    async with open_pool(database_url, statement_timeout_ms=40) as hasty:
        outcome = await import_receivables(
            hasty, file, FileMapping(), options, on_refusal=lambda refusal: pytest.fail(str(refusal))
        )
    assert outcome.added == 3000


@pytest.mark.parametrize(
    "number", ["4111111111111111", "4111.1111.1111.1111", "4111\u00a01111\u00a01111\u00a01111", "carte4111111111111111"]
)
@pytest.mark.parametrize("place", range(4))
async def test_a_row_with_a_card_number_is_refused_whatever_cell_holds_it(
    pool: Pool, run_import: Run, number: str, place: int
) -> None:
    cells = ["C1", "EUR", "INV-1", "a remark"]
    cells[place] = number
    row = f"{cells[0]},{cells[1]},{cells[2]},2026-01-01,2026-01-31,10.00,{cells[3]}"
    _outcome, found = await run_import(
        file_of(row, header="customer_code,currency,invoice_number,invoice_date,due_date,amount,remark")
    )
    assert [refusal.code for refusal in found] == ["card_number_in_text"]
    assert "1111" not in repr(found)


async def test_an_invoice_without_a_due_date_is_due_by_the_terms_of_its_account(
    pool: Pool, run_import: Run, database_url: str
) -> None:
    def agree(terms: str) -> None:
        with psycopg.connect(database_url, autocommit=True) as owner:
            owner.execute("update account_profile set payment_terms = %s", (terms,))

    await run_import(file_of("ACME,EUR,F-1,2026-01-10,,100,,,", header=HEADER))
    agree("NET30")
    text = file_of("ACME,EUR,F-1,2026-01-10,,100,,,", "ACME,EUR,F-2,2026-01-10,,50,,,", header=HEADER)
    outcome, refusals = await run_import(text)
    assert (outcome.added, outcome.already_there, refusals) == (1, 1, [])
    agree("NET60")
    assert (await run_import(text))[0].already_there == 2
    due = await seen(pool, "select reference, due_on::text from operation order by number")
    assert due == [("F-1", "2026-01-10"), ("F-2", "2026-02-09")]


async def test_an_invoice_of_tomorrow_is_refused(run_import: Run) -> None:
    _, refusals = await run_import(file_of("ACME,EUR,F-1,2026-11-23,,100,,,", header=HEADER))
    assert [(r.code, r.field) for r in refusals] == [("dated_in_future", "invoice_date")]


async def test_no_session_is_ended_while_its_file_is_looked_through(pool: Pool) -> None:
    async with pool.connection() as conn, conn.transaction():
        await store.take_time(conn)
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            assert await rows(conn, f"show {limit}") == [("0",)]
