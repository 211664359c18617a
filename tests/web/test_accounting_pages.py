"""Accounting on pages: entries are made, read, totalled; schemes are changed; files are asked for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date

import pytest
from web.company import Company
from web.desk import key_in, own_books, read, send, signed_in

from solde.accounting import generate
from solde.accounting.export_model import ExportRequest
from solde.accounting.exports import begin_export
from solde.db import Connection, open_pool, transaction
from solde.extracts.journal import make_file


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


async def taken(dsn: str) -> None:
    async with open_pool(dsn) as pool:
        await generate(pool, actor="test")


async def test_the_journal_shows_entries_totals_and_what_is_wrong(books: tuple[str, Company]) -> None:
    await taken(books[0])
    async with signed_in(books[0], "accountant", "Anna 1") as anna:
        text = await read(anna, "/accounting/journal?general_account=411")
        assert "Totals by account" in text
        assert "Customers" in text
        assert "Make entries" in text
        assert "this was left out" in await read(anna, "/accounting/journal?date_from=yesterday")
        assert "there is no account 'NOBODY'" in await read(anna, "/accounting/journal?account=NOBODY")
        balance = await read(anna, "/accounting/trial-balance?from=2020-01-01&until=2026-12-31")
        assert "agrees" in balance
        assert "differs" not in balance
        file = await anna.get("/accounting/trial-balance.xlsx?from=2020-01-01&until=2026-12-31")
        assert file.content[:2] == b"PK"


async def test_a_run_is_started_and_the_night_is_set(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "accountant", "Anna 2") as anna:
        key = key_in(await read(anna, "/accounting/generate"))
        place = await send(anna, "/accounting/generate", key=key, start="true", until="2026-10-31", days_ago="5")
        assert place.startswith("/jobs/")
        assert 'value="5"' in (await anna.get("/accounting/generate", headers={"accept": "text/html"})).text
        bad = await send(anna, "/accounting/generate", 422, key=key + "x", days_ago="many")
        assert "no number of days" in bad


async def test_a_scheme_is_tried_kept_and_followed(books: tuple[str, Company]) -> None:
    lines = {
        "amount-0": "WHOLE", "side-0": "same", "account-0": "TYPE", "customer": "0",
        "amount-1": "REST", "side-1": "opposite", "account-1": "FIXED", "fixed-1": "706",
    }  # fmt: skip
    async with signed_in(books[0], "accountant", "Anna 3") as anna:
        assert "706" in await send(anna, "/accounting/schemes/try", 200, **lines, types="INV_STD")
        key = key_in(await read(anna, "/accounting/schemes/new"))
        form = {**lines, "key": key, "code": "mine", "label": "Mine", "types": "INV_FEE"}
        assert await send(anna, "/accounting/schemes/new", **form) == "/accounting/schemes"
        assert "MINE" in await read(anna, "/accounting/schemes")
        unsound = await send(
            anna,
            "/accounting/schemes/MINE/edit",
            422,
            **{**form, "key": key + "2", "version": "1", "amount-1": "TAX"},
        )
        assert "differ" in unsound
        stale = await send(anna, "/accounting/schemes/MINE/edit", 422, **{**form, "key": key + "3", "version": "7"})
        assert "version" in stale


async def test_a_file_is_asked_for_listed_and_downloaded(books: tuple[str, Company]) -> None:
    await taken(books[0])
    async with signed_in(books[0], "accountant", "Anna 4") as anna:
        key = key_in(await read(anna, "/accounting/exports/new"))
        days = {"from": "2020-01-01", "until": "2026-12-31"}
        assert (await send(anna, "/accounting/exports/new", key=key, format="csv", **days)).startswith("/jobs/")
        refused = await send(anna, "/accounting/exports/new", 422, key=key + "x", format="fec", siren="1", **days)
        assert "SIREN" in refused
    asked = ExportRequest(form="csv", from_on=date(2020, 1, 1), until_on=date(2026, 12, 31))
    async with open_pool(books[0]) as pool:

        async def work(conn: Connection) -> int:
            return (await begin_export(conn, asked, actor="test")).export_id

        done = await make_file(pool, await transaction(pool, work), io.BytesIO())
    async with signed_in(books[0], "auditor", "Aude 1") as aude:
        listed = await read(aude, "/accounting/exports")
        assert (done.sha256 or "")[:16] in listed
        file = await aude.get(f"/accounting/exports/{done.export_id}/file")
        assert len(file.content) == done.bytes
        assert (await aude.get("/accounting/exports/new", headers={"accept": "text/html"})).status_code == 403


async def test_an_agent_sees_none_of_it(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "agent", "Agnes 1") as agnes:
        for path in ("journal", "trial-balance", "schemes", "exports", "generate"):
            assert (await agnes.get(f"/accounting/{path}", headers={"accept": "text/html"})).status_code == 403


async def test_a_journal_and_a_tax_are_labelled(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "accountant", "Anna 7") as anna:
        page = await read(anna, "/accounting/schemes")
        assert 'href="/accounting/schemes/taxes/VAT_20"' in page
        dialog = await read(anna, "/accounting/schemes/journals/SAL")
        given = {"key": key_in(dialog), "version": "1", "label": "Sales of the house"}
        assert await send(anna, "/accounting/schemes/journals/SAL", **given) == "/accounting/schemes"
        dialog = await read(anna, "/accounting/schemes/taxes/new")
        given = {"key": key_in(dialog), "code": "vat_02", "label": "VAT 2.1 %", "account": "445702"}
        wrong = await send(anna, "/accounting/schemes/taxes/new", 422, **given, rate="much")
        assert "is not an amount" in wrong
        taken = await send(anna, "/accounting/schemes/taxes/new", 422, **given, rate="20")
        assert "VAT_20 is the tax of 20 %" in taken
        assert await send(anna, "/accounting/schemes/taxes/new", **given, rate="2,1 %") == "/accounting/schemes"
        page = await read(anna, "/accounting/schemes")
        assert "Sales of the house" in page
        assert "2.1\u202f%" in page
        dialog = await read(anna, "/accounting/schemes/taxes/VAT_02")
        stale = {"key": key_in(dialog), "version": "9", "label": "x", "rate": "2.1", "account": "445702"}
        assert "changed meanwhile" in await send(anna, "/accounting/schemes/taxes/VAT_02", 422, **stale)
    async with signed_in(books[0], "auditor", "Udo 7") as udo:
        page = await read(udo, "/accounting/schemes")
        assert "VAT_20" in page
        assert "/accounting/schemes/taxes/" not in page
        assert (await udo.get("/accounting/schemes/taxes/VAT_20")).status_code == 403
        await send(udo, "/accounting/schemes/journals/SAL", 403, key="k", version="1", label="Mine")


async def test_how_long_files_are_kept_is_set(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "accountant", "Anna 8") as anna:
        assert 'href="/accounting/exports/keeping"' in await read(anna, "/accounting/exports")
        dialog = await read(anna, "/accounting/exports/keeping")
        assert 'value="10"' in dialog
        assert "is no number of years" in await send(anna, "/accounting/exports/keeping", 422, key="x", years="0")
        assert await send(anna, "/accounting/exports/keeping", key=key_in(dialog), years="6") == "/accounting/exports"
        assert 'value="6"' in await read(anna, "/accounting/exports/keeping")
