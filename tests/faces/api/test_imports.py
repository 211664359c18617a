"""Files of receivables through the API."""

from __future__ import annotations

from typing import Any

import pytest
from faces.api.asking import Asking, codes, make_token

from solde.db import Pool
from solde.kernel.dates import Clock

FILE = """customer_code,currency,invoice_number,invoice_date,due_date,amount,paid_date
K1,EUR,F-1,2026-10-01,2026-10-31,100.00,2026-10-20
K1,EUR,F-2,2026-10-05,2026-11-04,50.25,
"""
MAPPING = 'separator = ";"\n[columns]\ninvoice_number = "No"\n'
CSV = {"content-type": "text/csv"}


async def finished(ask: Asking, answer: Any) -> dict[str, Any]:
    """The job an answer names, once it has ended."""
    assert answer.status_code == 202, answer.text
    while True:
        job: dict[str, Any] = (await ask.get(f"/jobs/{answer.json()['id']}")).json()
        if job["state"] not in {"WAITING", "RUNNING"}:
            return job


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
