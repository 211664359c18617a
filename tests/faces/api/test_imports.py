"""Files of receivables through the API."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from applications import app_on
from faces.api.asking import Asking, codes, make_token
from litestar import Litestar
from litestar.testing import AsyncTestClient
from openpyxl import Workbook, load_workbook

from solde.app.settings import ApiSettings
from solde.db import Pool
from solde.kernel.dates import Clock

FILE = """customer_code,currency,invoice_number,invoice_date,due_date,amount,paid_date
K1,EUR,F-1,2026-10-01,2026-10-31,100.00,2026-10-20
K1,EUR,F-2,2026-10-05,2026-11-04,50.25,
"""
MAPPING = 'separator = ";"\n[columns]\ninvoice_number = "No"\n'
CSV = {"content-type": "text/csv"}


@pytest.fixture
async def client(database_url: str, clock: Clock) -> AsyncIterator[AsyncTestClient[Litestar]]:
    """The application with its workers."""
    app = app_on(database_url, ApiSettings(with_jobs=True), clock=clock)
    async with AsyncTestClient(app, base_url="http://testserver.local") as opened:
        yield opened


async def finished(ask: Asking, answer: Any) -> dict[str, Any]:
    """The job an answer names, once it has ended."""
    assert answer.status_code == 202, answer.text
    while True:
        job: dict[str, Any] = (await ask.get(f"/jobs/{answer.json()['id']}")).json()
        if job["state"] not in {"WAITING", "RUNNING"}:
            return job
        await asyncio.sleep(0.02)


async def test_a_file_becomes_invoices_and_payments_and_the_same_file_adds_nothing(ask: Asking) -> None:
    job = await finished(ask, await ask.post("/receivables:import", content=FILE, headers=CSV))
    assert (job["state"], job["result"]["added"], job["errors"]) == ("DONE", 2, None)
    assert (await ask.get("/accounts/K1/balances/default")).json()["balance"] == "50.25"
    again = await finished(ask, await ask.post("/receivables:import", content=FILE, headers=CSV))
    assert (again["result"]["added"], again["result"]["already_there"]) == (0, 2)


async def test_a_form_brings_the_mapping_with_the_file(ask: Asking) -> None:
    text = FILE.replace(",", ";").replace("invoice_number", "No")
    parts = {
        "file": ("open items.csv", text.encode(), "text/csv"),
        "mapping": ("m.toml", MAPPING.encode(), "text/plain"),
    }
    job = await finished(ask, await ask.post("/receivables:import", files=parts))
    assert (job["state"], job["result"]["added"]) == ("DONE", 2)


async def test_a_bad_row_refuses_the_file_and_is_named(ask: Asking) -> None:
    bad = FILE + "K1,EUR,F-3,2026-13-01,2026-11-04,5,\n"
    job = await finished(ask, await ask.post("/receivables:import", content=bad, headers=CSV))
    assert (job["state"], job["errors"][0]["line"], job["errors"][0]["column"]) == ("REFUSED", 4, "invoice_date")
    assert (await ask.get("/accounts/K1/balances")).status_code == 404
    kept = await finished(ask, await ask.post("/receivables:import?keep_good=true", content=bad, headers=CSV))
    assert (kept["state"], kept["result"]["added"], len(kept["errors"])) == ("DONE", 2, 1)


async def test_a_dry_import_keeps_nothing(ask: Asking) -> None:
    job = await finished(ask, await ask.post("/receivables:import?dry_run=true", content=FILE, headers=CSV))
    assert (job["state"], job["result"]["kept"]) == ("DONE", False)
    assert (await ask.get("/accounts/K1/balances")).status_code == 404


async def test_a_repeated_key_names_the_same_job(ask: Asking) -> None:
    first = await ask.post("/receivables:import", content=FILE, headers=CSV, key="import")
    again = await ask.post("/receivables:import", content=FILE, headers=CSV, key="import")
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    await finished(ask, first)
    assert codes(await ask.post("/receivables:import", content=FILE + "\n", headers=CSV, key="import")) == [
        "idempotency_key_reused"
    ]


@pytest.mark.parametrize(
    ("query", "content", "code"),
    [("?mapping=%3D", FILE, "mapping_invalid"), ("?dryrun=true", FILE, "unknown_filter")],
)
async def test_an_unfit_import_is_refused_at_once(ask: Asking, query: str, content: str, code: str) -> None:
    assert codes(await ask.post(f"/receivables:import{query}", content=content, headers=CSV)) == [code]


@pytest.mark.parametrize(("content", "code"), [("", "file_empty"), ("a,b\n1,2\n", None)])
async def test_a_file_that_is_no_list_of_receivables_is_refused_by_its_job(
    ask: Asking, content: str, code: str | None
) -> None:
    job = await finished(ask, await ask.post("/receivables:import", content=content, headers=CSV))
    assert job["state"] == "REFUSED"
    assert code in (None, job["errors"][0]["code"])


async def test_a_viewer_imports_nothing(ask: Asking, pool: Pool, clock: Clock) -> None:
    viewer = Asking(ask.client, await make_token(pool, clock, "viewer"))
    assert codes(await viewer.post("/receivables:import", content=FILE, headers=CSV)) == ["forbidden"]


CUSTOMERS = """code,name,last_name,first_name,country,language,email,currency,credit_limit
K7,Sieben GmbH,Muster,Max,DE,de,max@sieben.example,EUR,500
K8,Acht GmbH,Muster,Maria,DE,de,maria@acht.example,EUR,
"""


async def test_customers_are_imported_and_previewed(ask: Asking) -> None:
    bad = CUSTOMERS + "K9,Neun,,,DE,de,nowhere,EUR,-1\n"
    preview = await finished(ask, await ask.post("/customers:import?dry_run=true", content=bad, headers=CSV))
    assert (preview["state"], preview["result"]["added"], preview["dry_run"]) == ("REFUSED", 2, True)
    assert {(e["line"], e["column"]) for e in preview["errors"]} == {(4, "email"), (4, "credit_limit")}
    job = await finished(ask, await ask.post("/customers:import", content=CUSTOMERS, headers=CSV))
    assert (job["state"], job["result"]["added"], job["result"]["incomplete"]) == ("DONE", 2, 2)
    assert (await ask.get("/customers/K7")).json()["name"] == "Sieben GmbH"
    again = await finished(ask, await ask.post("/customers:import", content=CUSTOMERS, headers=CSV))
    assert (again["result"]["added"], again["result"]["already_there"]) == (0, 2)


async def test_payments_are_imported_and_pay_the_oldest_first(ask: Asking) -> None:
    await finished(ask, await ask.post("/receivables:import", content=FILE, headers=CSV))
    text = "account_code,currency,payment_date,amount,payment_reference\nK1,EUR,2026-11-01,30,W-1\nNOBODY,EUR,2026-11-01,5,W-2\n"
    refused = await finished(ask, await ask.post("/payments:import", content=text, headers=CSV))
    assert (refused["state"], refused["errors"][0]["code"]) == ("REFUSED", "unknown_account")
    kept = await finished(ask, await ask.post("/payments:import?unidentified=true", content=text, headers=CSV))
    assert (kept["state"], kept["result"]["added"], kept["result"]["unidentified"]) == ("DONE", 1, 1)
    assert (await ask.get("/accounts/K1/balances/default")).json()["balance"] == "20.25"


async def test_the_template_of_customers_explains_its_columns(ask: Asking) -> None:
    answer = await ask.get("/customers:import-template?kind=individual")
    book = load_workbook(io.BytesIO(answer.content))
    columns = [cell.value for cell in book["Customers"][1]]
    assert "birth_date" in columns
    explained = {row[0].value: [cell.value for cell in row[1:4]] for row in book["Columns"].iter_rows(min_row=2)}
    assert set(explained) == set(columns)
    assert explained["last_name"][1] == "yes"
    assert "WIRETRANSFER" in str(explained["payment_method"][2])
    assert (await ask.get("/customers:import-template?format=csv")).text.startswith("kind,code,name,")


async def test_jobs_are_listed_and_their_refusals_paged(ask: Asking) -> None:
    bad = FILE.splitlines()[0] + "\n" + "".join(f"K1,EUR,F-{i},x,2026-11-04,5,\n" for i in range(5))
    job = await finished(ask, await ask.post("/receivables:import", content=bad, headers=CSV))
    assert (job["error_count"], job["file"]) == (5, "file")
    first = (await ask.get(f"/jobs/{job['id']}/errors?limit=3")).json()
    rest = (await ask.get(f"/jobs/{job['id']}/errors?limit=3&cursor={first['next']}")).json()
    assert [e["line"] for e in first["items"] + rest["items"]] == [2, 3, 4, 5, 6]
    assert rest["next"] is None
    listed = (await ask.get("/jobs?kind=import_receivables&state=REFUSED")).json()["items"]
    assert [one["id"] for one in listed] == [job["id"]]
    assert codes(await ask.post(f"/jobs/{job['id']}/cancel", json={})) == ["job_not_cancellable"]


async def test_a_dry_run_needs_no_key_and_leaves_the_key_free(ask: Asking) -> None:
    dry = await ask.post("/receivables:import?dry_run=true", content=FILE, headers=CSV, key=None)
    assert (await finished(ask, dry))["result"]["added"] == 2
    await finished(ask, await ask.post("/receivables:import?dry_run=true", content=FILE, headers=CSV, key="mine"))
    job = await finished(ask, await ask.post("/receivables:import", content=FILE, headers=CSV, key="mine"))
    assert (job["state"], job["result"]["added"], job["result"]["kept"]) == ("DONE", 2, True)
    assert codes(await ask.post("/receivables:import", content=FILE, headers=CSV, key=None)) == [
        "idempotency_key_missing"
    ]


@pytest.mark.parametrize("kind", ["receivables", "customers", "payments"])
async def test_a_workbook_with_a_far_cell_is_refused_by_its_job_at_once_and_the_server_lives_on(
    ask: Asking, kind: str
) -> None:
    book = Workbook()
    book.active.append(["customer_code", "currency"])  # type: ignore[union-attr]
    book.active["XFD1048576"] = "x"  # type: ignore[index]
    made = io.BytesIO()
    book.save(made)
    job = await finished(ask, await ask.post(f"/{kind}:import", content=made.getvalue(), headers=CSV))
    assert (job["state"], [error["code"] for error in job["errors"]]) == ("REFUSED", ["sheet_too_large"])
    assert (await ask.get("/jobs")).status_code == 200


async def test_a_file_that_kills_its_reader_is_refused_at_once(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLDE_FILE_MEMORY", str(80 << 20))
    job = await finished(ask, await ask.post("/receivables:import", content=FILE + "x" * 90_000_000, headers=CSV))
    assert job["state"] == "REFUSED"
    assert job["errors"][0]["code"] in ("file_too_large", "file_unreadable")


async def test_a_format_in_doubt_is_refused_by_its_job(ask: Asking) -> None:
    text = FILE.replace("100.00", '"1,250"').replace("50.25", '"2,000"')
    job = await finished(ask, await ask.post("/receivables:import?keep_good=true", content=text, headers=CSV))
    assert (job["state"], job["errors"][0]["code"]) == ("REFUSED", "amount_format_not_said")


async def test_the_job_names_customers_that_may_be_there_already(ask: Asking) -> None:
    await finished(ask, await ask.post("/customers:import", content=CUSTOMERS, headers=CSV))
    again = CUSTOMERS.replace("K7", "K17").replace("K8", "K18")
    dry = await finished(ask, await ask.post("/customers:import?dry_run=true", content=again, headers=CSV, key=None))
    assert [one["like"] for one in dry["result"]["possible_duplicates"]] == ["K7", "K8"]


@pytest.mark.parametrize("name", ["x" * 300 + ".csv", "Р" * 140 + ".csv", "gpj\u202eexe\u0007.csv"])
async def test_a_file_may_be_called_anything(ask: Asking, name: str) -> None:
    job = await finished(ask, await ask.post("/receivables:import", files={"file": (name, FILE.encode(), "text/csv")}))
    assert (job["state"], job["errors"]) == ("DONE", None)


async def test_two_files_in_one_form_are_refused(ask: Asking) -> None:
    twice = [("file", (f"{n}.csv", FILE.encode(), "text/csv")) for n in (1, 2)]
    answer = await ask.post("/receivables:import", files=twice)
    assert (answer.status_code, answer.json()["code"]) == (422, "import_several_files")
