"""Accounting over HTTP: entries, schemes, files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from faces.api.asking import Asking, codes, make_token

from solde.app.jobs.kinds import KINDS
from solde.app.jobs.progress import Progress
from solde.db import Pool
from solde.kernel.dates import Clock

LINES = [
    {"same_side": True, "account": "TYPE", "amount": "WHOLE", "customer": True},
    {"same_side": False, "account": "FIXED", "fixed_account": "706", "amount": "WHOLE"},
]


async def run_job(ask: Asking, pool: Pool, job: dict[str, object], folder: Path) -> object:
    """Do what a worker would do with the job just started."""
    async with pool.connection() as conn:
        cursor = await conn.execute("select kind, arguments from job where job_id = %s", (job["id"],))
        row = await cursor.fetchone()
    assert row is not None
    return (await KINDS[row[0]](pool, row[1], folder / "file", Progress())).result


@pytest.fixture
async def ledger(ask: Asking, account: str) -> str:
    made = [("INV_STD", "120.00", "F-1"), ("PAY_WIRE", "50.00", "T-1")]
    for code, amount, reference in made:
        body = {"type": code, "amount": amount, "date": "2026-04-01", "reference": reference}
        answer = await ask.post(f"/accounts/{account}/operations", body)
        assert answer.status_code == 201, answer.text
    return account


async def test_entries_are_made_by_a_job_and_listed(ask: Asking, pool: Pool, ledger: str, tmp_path: Path) -> None:
    started = await ask.post("/journal-entries:generate", {})
    assert started.status_code == 202
    assert await run_job(ask, pool, started.json(), tmp_path) == {"taken": 2, "entries": 4, "failed": 0}
    page = (await ask.get("/journal-entries", params={"limit": 3})).json()
    assert [(e["general_account"], e["auxiliary"], e["debit"], e["credit"]) for e in page["items"]] == [
        ("411", ledger, "120", "0"), ("701", None, "0", "120"), ("411", ledger, "0", "50"),
    ]  # fmt: skip
    rest = (await ask.get("/journal-entries", params={"cursor": page["next"]})).json()
    assert [e["entry"] for e in rest["items"]] == ["BAN-2026-1"]
    assert rest["next"] is None
    found = (await ask.get("/journal-entries", params={"account": ledger, "journal": "SAL", "q": "f-1"})).json()
    assert len(found["items"]) == 2
    balance = (await ask.get("/trial-balance", params={"from": "2026-04-01", "until": "2026-04-30"})).json()
    assert {b["general_account"]: b["closing"] for b in balance["items"]} == {"411": "70", "512": "50", "701": "-120"}


async def test_a_file_is_asked_for_written_repeated_and_downloaded(
    ask: Asking, pool: Pool, ledger: str, tmp_path: Path
) -> None:
    await run_job(ask, pool, (await ask.post("/journal-entries:generate", {})).json(), tmp_path)
    body = {"from": "2026-01-01", "until": "2026-12-31", "seller": "MAIN", "currency": "EUR", "siren": "732 829 320"}
    asked = await ask.post("/accounting-exports", body)
    assert asked.status_code == 202, asked.text
    number = asked.json()["id"]
    assert codes(await ask.get(f"/accounting-exports/{number}/file")) == ["accounting_export_not_written"]
    await run_job(ask, pool, {"id": asked.json()["job"]}, tmp_path)
    seen = (await ask.get(f"/accounting-exports/{number}")).json()
    file = await ask.get(f"/accounting-exports/{number}/file")
    assert (seen["rows"], seen["debit"], seen["sha256"]) == (4, "170", hashlib.sha256(file.content).hexdigest())
    assert file.headers["content-disposition"] == 'attachment; filename="732829320FEC20261231.txt"'
    again = await ask.post(f"/accounting-exports/{number}/repeat")
    assert again.status_code == 202, again.text
    await run_job(ask, pool, again.json(), tmp_path)
    assert [one["id"] for one in (await ask.get("/accounting-exports")).json()["items"]] == [number]
    assert codes(await ask.post("/accounting-exports", body | {"seller": "NOBODY"})) == ["unknown_seller"]
    assert (await ask.get("/accounting-exports/99")).status_code == 404


async def test_schemes_are_made_tried_changed_and_followed(ask: Asking, ledger: str) -> None:
    tried = await ask.post("/accounting-schemes:try", {"label": "x", "lines": LINES, "types": ["INV_STD"]}, key=None)
    assert [e["general_account"] for e in tried.json()["items"][0]["entries"]] == ["411", "706"]
    made = await ask.post("/accounting-schemes", {"code": "MINE", "label": "Mine", "lines": LINES})
    assert (made.status_code, made.json()["version"]) == (201, 1)
    bad = await ask.post("/accounting-schemes", {"code": "BAD", "label": "Bad", "lines": LINES[:1]})
    assert codes(bad) == ["scheme_lines_invalid", "scheme_unbalanced"]
    headers = {"if-match": '"1"'}
    changed = await ask.send("PUT", "/accounting-schemes/MINE", json={"label": "Ours", "lines": LINES}, headers=headers)
    assert (changed.json()["version"], changed.json()["label"]) == (2, "Ours")
    stale = await ask.send("PUT", "/accounting-schemes/MINE", json={"label": "Ours", "lines": LINES}, headers=headers)
    assert stale.status_code in {409, 412}
    followed = await ask.send(
        "PUT", "/accounting-schemes/MINE/types", json={"types": ["INV_STD"]},
        headers={"if-match": f'"{made.json()["types_version"]}"'},
    )  # fmt: skip
    assert followed.json()["types"] == ["INV_STD"]
    listed = {one["code"]: one["types"] for one in (await ask.get("/accounting-schemes")).json()["items"]}
    assert listed["MINE"] == ["INV_STD"]
    assert "INV_STD" not in listed["INVOICE"]


async def test_general_accounts_are_labelled(ask: Asking) -> None:
    made = await ask.post("/general-accounts", {"code": "706", "label": "Services"})
    assert (made.status_code, made.json()["version"]) == (201, 1)
    changed = await ask.send("PUT", "/general-accounts/706", json={"label": "Other"}, headers={"if-match": '"1"'})
    assert changed.json()["label"] == "Other"
    missing = await ask.send("PUT", "/general-accounts/999", json={"label": "Other"}, headers={"if-match": '"1"'})
    assert missing.status_code == 404


async def test_journals_and_taxes_are_labelled(ask: Asking) -> None:
    made = await ask.post("/accounting-journals", {"code": "PUR", "label": "Purchases"})
    assert (made.status_code, made.json()["version"]) == (201, 1)
    headers = {"if-match": '"1"'}
    body: dict[str, str | None] = {"label": "Achats"}
    changed = await ask.send("PUT", "/accounting-journals/PUR", json=body, headers=headers)
    assert (changed.status_code, changed.json()["label"]) == (200, "Achats")
    assert (await ask.send("PUT", "/accounting-journals/PUR", json=body, headers=headers)).status_code in {409, 412}
    listed = {one["code"]: one["label"] for one in (await ask.get("/accounting-journals")).json()["items"]}
    assert listed["PUR"] == "Achats"
    made = await ask.post("/accounting-taxes", {"code": "VAT_02", "label": "Low", "rate": "2.1", "account": "445702"})
    assert (made.status_code, made.json()["rate"]) == (201, "2.1")
    body = {"label": "Low", "rate": "2.2", "account": None}
    changed = await ask.send("PUT", "/accounting-taxes/VAT_02", json=body, headers=headers)
    assert (changed.json()["rate"], changed.json()["account"], changed.json()["version"]) == ("2.2", None, 2)
    taken = await ask.post("/accounting-taxes", {"code": "VAT_X", "label": "X", "rate": "20", "account": None})
    assert (taken.status_code, taken.json()["code"]) == (409, "tax_rate_taken")
    assert (await ask.get("/accounting-taxes")).json()["items"][-1]["rate"] is None


@pytest.mark.parametrize(
    ("role", "reads", "writes"), [("accountant", 200, 202), ("auditor", 200, 403), ("agent", 403, 403)]
)
async def test_who_may(ask: Asking, pool: Pool, clock: Clock, role: str, reads: int, writes: int) -> None:
    other = Asking(ask.client, await make_token(pool, clock, role))
    assert (await other.get("/journal-entries")).status_code == reads
    assert (await other.get("/accounting-exports")).status_code == reads
    assert (await other.post("/journal-entries:generate", {})).status_code == writes
    assert (await other.get("/accounting-taxes")).status_code == reads
    may = (await other.post("/accounting-journals", {"code": "PUR", "label": "Purchases"})).status_code
    assert may == (201 if writes == 202 else writes)
