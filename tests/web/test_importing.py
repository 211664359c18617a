"""The import wizard: bring a file, say what its columns hold, see every bad row, import; and the pages of the jobs it makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from web.company import NOW, Company
from web.desk import HTML, OWN, bring, do_jobs, guest, key_in, own_books, read, send, signed_in

from solde.app.uploads import NewUpload, add_upload
from solde.db import open_pool
from solde.files import Survey

GOOD = (
    b"customer_code,customer_name,currency,invoice_number,invoice_date,due_date,amount\n"
    b"NEW-1,First,EUR,N-1,2026-10-01,2026-10-31,100.00\n"
    b"NEW-2,Second,EUR,N-2,2026-10-01,2026-10-31,200.00\n"
)
HOSTILE = "=1+1<script>x</script>"


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


async def test_a_file_in_canonical_form_is_judged_at_once_and_then_imported(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "accountant", "Anna 1") as anna:
        here = await bring(anna, "receivables", GOOD)
        assert re.fullmatch(r"/import/receivables/\d+", here)
        text = await read(anna, here)
        assert 'data-progress="/jobs/' in text
        assert "still being judged" in await send(anna, f"{here}/run", 422, key="early", mode="all")
        await do_jobs(books[0])
        text = await read(anna, here)
        assert "Every row is good" in text
        assert "Import all 2 rows" in text
        assert "First" not in await read(anna, "/search?q=NEW-1")
        key = key_in(text)
        jobs = {await send(anna, f"{here}/run", key=key, mode="all") for _ in range(2)}
        jobs.add(await send(anna, f"{here}/run", key="another", mode="all"))
        assert len(jobs) == 1, "a file is imported by one job, however often it is sent"
        await do_jobs(books[0])
        text = await read(anna, jobs.pop())
        assert "Everything is in." in text
        assert "First" in await read(anna, "/search?q=NEW-1")
        assert "This file was imported." in await read(anna, here)


async def test_bad_rows_are_listed_before_anything_is_written_and_the_good_ones_imported(
    books: tuple[str, Company],
) -> None:
    bad = f"NEW-4,{HOSTILE},EUR,N-4,{HOSTILE},2026-10-31,0\n".encode()
    async with signed_in(books[0], "accountant", "Anna 2") as anna:
        here = await bring(anna, "receivables", GOOD.replace(b"NEW-", b"NEX-").replace(b"N-", b"X-") + bad)
        await do_jobs(books[0])
        raw = (await anna.get(here, headers=HTML)).text
        assert "<script>x" not in raw
        text = await read(anna, here)
        assert "2 of 3 rows are good" in text
        assert "is not a date" in text
        job = re.search(r'href="(/jobs/\d+)/errors.csv"', text)
        assert job is not None
        file = (await anna.get(f"{job.group(1)}/errors.csv", headers=HTML)).content.decode("utf-8-sig").splitlines()
        assert file[0] == "Line,Column,Reason,Code"
        assert all(line.startswith("4,") for line in file[1:])
        assert len(file) == 3
        await send(anna, f"{here}/run", key="k", mode="good")
        await do_jobs(books[0])
        assert "Second" in await read(anna, "/search?q=NEX-2")


async def test_other_headers_are_asked_about_and_guessed(books: tuple[str, Company]) -> None:
    content = "Wer;Beleg;Rechnungsdatum;Zahlbar;Summe;Notiz\nÄKU-9;R-9;31.10.2026;30.11.2026;1.610,82;x\n".encode(
        "cp1252"
    )
    async with signed_in(books[0], "accountant", "Anna 3") as anna:
        here = await bring(anna, "receivables", content)
        assert here.endswith("/columns")
        text = await read(anna, here)
        assert "Still to be said: customer_code, currency, amount" in text
        assert '<option value="invoice_date" selected>' in text
        assert '<option value="dd.mm.yyyy" selected>' in text
        assert '<option value="1.610,82" selected>' in text
        assert "<option selected>cp1252</option>" in text
        assert "Rechnungsdatum" in text
        fields = {
            "key": "c", "column-0": "customer_code", "column-1": "invoice_number", "column-2": "invoice_date",
            "column-3": "due_date", "column-4": "amount", "date_format": "dd.mm.yyyy", "amount_format": "1.610,82",
            "encoding": "cp1252",
        }  # fmt: skip
        refused = await send(anna, here, 422, **fields)
        assert "No column holds currency" in refused
        assert '<option value="invoice_date" selected' in refused
        twice = await send(anna, here, 422, **{**fields, "column-5": "amount", "same-currency": "EUR"})
        assert "Several columns are said to hold amount" in twice
        preview = await send(anna, here, 303, **fields, **{"same-currency": "EUR"})
        await do_jobs(books[0])
        assert "Every row is good" in await read(anna, preview)
        assert "610.82 EUR" in await read(anna, preview)
        again = await read(anna, here)
        assert '<option value="dd.mm.yyyy" selected>' in again
        assert 'name="same-currency" value="EUR"' in again


async def test_customers_and_payments_are_imported_the_same_way(books: tuple[str, Company]) -> None:
    payments = (
        b"account,devise,date,montant,reference\nCUST-00412,EUR,2026-11-20,5.00,P-1\nNOBODY,EUR,2026-11-20,6.00,P-2\n"
    )
    async with signed_in(books[0], "accountant", "Anna 4") as anna:
        here = await bring(anna, "payments", payments, unidentified="true")
        await do_jobs(books[0])
        text = await read(anna, here)
        assert "Every row is good" in text
        assert "Kept as unidentified receipts" in text
        template = await anna.get("/import/customers/template.csv?kind=INDIVIDUAL", headers=HTML)
        here = await bring(anna, "customers", template.content + b",".join([b"x"] * 3) + b"\n")
        await do_jobs(books[0])
        assert "could not be read" not in await read(anna, here)


@pytest.mark.parametrize("name", ["Р" * 140 + ".csv", "gpj\u202eexe\u0007.csv"])
async def test_a_file_may_be_called_anything(books: tuple[str, Company], name: str) -> None:
    content = b"account,devise,date,montant,reference\nCUST-00412,EUR,2026-11-20,5.00,P-1\n"
    async with signed_in(books[0], "accountant", f"Anna {len(name)}") as anna:
        here = await bring(anna, "payments", content, name=name)
        await do_jobs(books[0])
        text = await read(anna, here)
        assert "Every row is good" in text
        assert "\u202e" not in text


async def test_two_files_at_once_are_refused(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "accountant", "Anna twice") as anna:
        both = [("file", (name, b"a,b\n1,2\n")) for name in ("1.csv", "2.csv")]
        answer = await anna.post("/import/payments", files=both, headers=OWN, follow_redirects=False)
        assert answer.status_code == 422
        assert "2 parts named file" in unescape(answer.text)


@pytest.mark.parametrize("what", ["customers", "receivables", "payments"])
async def test_templates_open_in_excel_and_explain_every_column(books: tuple[str, Company], what: str) -> None:
    async with signed_in(books[0], "accountant", f"Anna {what}") as anna:
        assert f"/import/{what}/template.xlsx" in await read(anna, f"/import/{what}")
        answer = await anna.get(f"/import/{what}/template.xlsx", headers=HTML)
        book = load_workbook(BytesIO(answer.content))
        assert len(book.sheetnames) == 2
        header = [cell.value for cell in book.worksheets[0][1]]
        explained = [row[0].value for row in book.worksheets[1].iter_rows(min_row=2)]
        assert header == explained
        plain = await anna.get(f"/import/{what}/template.csv", headers=HTML)
        assert plain.text.strip().split(",") == header


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no line"),
        (b"PK\x03\x04 no workbook", "is no workbook"),
        (b"a,b\n\xff\xfe\x00", ""),
        (b"\n\n", "holds no line"),
        (",".join(f"c{i}" for i in range(400)).encode(), "400 columns"),
    ],
)
async def test_what_is_no_file_is_said_on_the_form(books: tuple[str, Company], content: bytes, said: str) -> None:
    async with signed_in(books[0], "accountant", f"Anna {len(content)} bytes") as anna:
        if said:
            assert said in await bring(anna, "receivables", content, 422)
        else:
            await bring(anna, "receivables", content)
        answer = await anna.post("/import/receivables", data={"x": "y"}, headers=OWN)
        assert answer.status_code == 422
        assert "No file was chosen" in answer.text


async def test_files_that_nobody_imports_are_dropped_after_two_days(books: tuple[str, Company], tmp_path: Path) -> None:
    async with signed_in(books[0], "accountant", "Anna 8") as anna:
        here = await bring(anna, "receivables", GOOD)
        file = tmp_path / "file"
        file.write_bytes(GOOD)
        new = NewUpload("import_payments", file, "file", "Somebody", "MAIN", Survey([], 1))
        async with open_pool(books[0]) as pool, pool.connection() as conn, conn.transaction(force_rollback=True):
            await add_upload(conn, new, NOW + timedelta(days=2))
            row = await (await conn.execute("select count(*) from import_upload where actor = 'Anna 8'")).fetchone()
            assert row == (1,)
            await add_upload(conn, new, NOW + timedelta(days=2, seconds=1))
            row = await (await conn.execute("select count(*) from import_upload where actor = 'Anna 8'")).fetchone()
            assert row == (0,)
        await read(anna, here)


async def test_a_file_is_its_owners_alone_and_only_some_may_import(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "accountant", "Anna 5") as anna:
        here = await bring(anna, "receivables", GOOD)
    async with signed_in(books[0], "accountant", "Otto") as otto:
        await read(otto, here, 404)
        await read(otto, f"{here}/columns", 404)
        await send(otto, f"{here}/run", 404, key="k", mode="all")
        await read(otto, here.replace("receivables", "payments"), 404)
    async with guest(books[0]) as client:
        for address in ("/import/receivables", here):
            await read(client, address, 403)
        assert (await bring(client, "receivables", GOOD)).startswith("/sign-in"), "who is unknown sends no file"


async def test_the_list_of_jobs_tells_what_was_done(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "accountant", "Anna 6") as anna:
        here = await bring(anna, "receivables", GOOD, name='"><b>x.csv')
        raw = (await anna.get("/jobs", headers=HTML)).text
        assert "><b>x.csv" not in raw
        text = await read(anna, "/jobs?state=WAITING")
        assert "Import of receivables, trial" in text
        (number,) = set(re.findall(r'data-progress="/jobs/(\d+)/progress"', await read(anna, here)))
        assert "Waits for a free worker" in await read(anna, f"/jobs/{number}/progress")
        assert f'href="/jobs/{number}/cancel"' in await read(anna, f"/jobs/{number}")
        await send(anna, f"/jobs/{number}/cancel", key="c")
        text = await read(anna, f"/jobs/{number}")
        assert "It was stopped." in text
        assert "/cancel" not in text
        assert "has ended" in await send(anna, f"/jobs/{number}/cancel", 422, key="d")


async def test_jobs_of_others_are_seen_but_not_stopped(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "accountant", "Anna 7") as anna:
        here = await bring(anna, "receivables", GOOD)
        (number,) = set(re.findall(r'data-progress="/jobs/(\d+)/progress"', await read(anna, here)))
    async with signed_in(books[0], "viewer", "Vera") as vera:
        assert "/cancel" not in await read(vera, f"/jobs/{number}")
        await read(vera, f"/jobs/{number}/cancel", 403)
        await send(vera, f"/jobs/{number}/cancel", 403, key="k")
    async with signed_in(books[0], "accountant", "Elsewhere", "OTHER") as other:
        await read(other, f"/jobs/{number}", 404)
        await read(other, f"/jobs/{number}/errors.csv", 404)
    async with guest(books[0]) as client:
        await read(client, "/jobs/99999999999999999999", 404)
        await read(client, "/jobs?cursor=nonsense", 422)


FIRST_OF_MONTH = b"""customer_code,currency,invoice_number,invoice_date,due_date,amount
AMB-1,USD,W-1,02/01/2026,02/11/2026,"1,250"
AMB-1,USD,W-2,03/01/2026,03/11/2026,"2,000"
"""


async def test_what_may_be_read_in_two_ways_is_asked_and_shown_as_it_was_understood(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "accountant", "Anna 9") as anna:
        here = await bring(anna, "receivables", FIRST_OF_MONTH)
        assert here.endswith("/columns"), "nothing is judged before it is said"
        text = await read(anna, here)
        assert "Say how dates are written: 02/01/2026 may be 2 January 2026 or 1 February 2026" in text
        assert "1,250 is 1\u202f250" in text
        fields = {f"column-{i}": name for i, name in enumerate(FIRST_OF_MONTH.decode().splitlines()[0].split(","))}
        assert "how dates are written" in await send(anna, here, 422, key="a", amount_format="1,610.82", **fields)
        formats = {"date_format": "mm/dd/yyyy", "amount_format": "1,610.82"}
        preview = await send(anna, here, 303, key="b", **fields, **formats)
        await do_jobs(books[0])
        text = await read(anna, preview)
        assert "1 February 2026" in text.replace("\u00a0", " ")
        assert "1\u202f250.00 USD" in text
        assert "3\u202f250.00 USD" in text
        mapping = (await anna.get(f"{preview}/mapping.toml", headers=HTML)).text
        assert 'date_format = "mm/dd/yyyy"' in mapping


async def test_a_column_that_is_not_used_is_named_and_the_step_of_columns_is_not_skipped(
    books: tuple[str, Company],
) -> None:
    content = b"customer_code,customer_name,country,shoe\nIMP-1,Eins,GB,42\n"
    async with signed_in(books[0], "accountant", "Anna 10") as anna:
        here = await bring(anna, "customers", content)
        assert here.endswith("/columns")
        preview = await send(
            anna, here, 303, key="c", **{"column-0": "code", "column-1": "name", "column-2": "country"}
        )
        await do_jobs(books[0])
        text = await read(anna, preview)
        assert "1 column is not used: shoe" in text
        assert "Map them" in text


async def test_payments_that_name_nobody_are_asked_about_before_every_row_is_refused(
    books: tuple[str, Company],
) -> None:
    content = b"payment_date,payer,reference,amount,currency,Valuta\n2026-11-02,Mueller,R 1,12.00,EUR,x\n"
    held = {f"column-{i}": one for i, one in enumerate(("payment_date", "payer", "payment_reference", "amount"))}
    async with signed_in(books[0], "accountant", "Anna 12") as anna:
        here = await bring(anna, "payments", content)
        text = await read(anna, here)
        assert "No column says whose the payments are" in text
        assert 'class="must"' not in text, "the currency has its column; nothing more is needed"
        lacking = await send(anna, here, 422, key="e", **held)
        assert 'class="must"' in lacking, "the currency is needed now that no column holds it"
        await send(anna, here, 303, key="f", **held, **{"column-4": "currency"}, unidentified="true")
        assert "No column says whose the payments are" not in await read(anna, here)


async def test_another_line_may_be_the_header(books: tuple[str, Company]) -> None:
    content = b"Wer,Was\nReport,of today\n" + GOOD
    async with signed_in(books[0], "accountant", "Anna 11") as anna:
        here = await bring(anna, "receivables", content)
        assert "Every row is judged" in await read(anna, here), "the header was found below the title"
        again = await send(anna, f"{here}/columns", 303, key="d", again="true", header_row="1")
        assert "Wer" in await read(anna, again)
        lost = await send(anna, again, 422, key="e", again="true", header_row="99")
        assert "no header begins on line 99" in lost.lower()


async def test_a_workbook_with_a_far_cell_is_refused_on_the_form(books: tuple[str, Company]) -> None:
    book = Workbook()
    book.active.append(["customer_code", "currency"])  # type: ignore[union-attr]
    book.active["XFD1048576"] = "x"  # type: ignore[index]
    made = BytesIO()
    book.save(made)
    async with signed_in(books[0], "accountant", "Anna 12") as anna:
        assert "XFD1048576" in await bring(anna, "receivables", made.getvalue(), 422, name="far.xlsx")


async def test_a_blank_due_date_is_shown_as_that_of_the_payment_terms(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "accountant", "Anna 13") as anna:
        here = await bring(anna, "receivables", GOOD.replace(b"2026-10-31", b"").replace(b"NEW-", b"DUE-"))
        assert "by the payment terms" in await read(anna, here)
