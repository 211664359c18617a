"""What every described list keeps to, on its page, its files, its route and its command: one contract, tried on each of them."""

from __future__ import annotations

import asyncio
import csv
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from commands import Solde, run_solde
from httpx import Response
from web.company import NOW, TODAY
from web.desk import HTML, Client, read, signed_in
from web.marked_books import full_books
from web.test_list_files import heads_on, keys_on

from solde.access import Permission, create_token
from solde.access.rules.permissions import PERMISSIONS
from solde.accounting import generate
from solde.accounting.export_model import ExportRequest as ExportAsked
from solde.accounting.exports import begin_export
from solde.app.cli.commands import lists
from solde.app.listings import LISTINGS
from solde.app.web.i18n import catalogue
from solde.app.web.pages.list_pages import PAGES
from solde.db import open_pool, transaction
from solde.listings.listing import Listing
from solde.listings.reading import asked_fields, is_of_sellers

by_list = pytest.mark.parametrize("listing", LISTINGS, ids=lambda one: one.name)
guarded = pytest.mark.parametrize(
    "listing", [one for one in LISTINGS if one.permission is not Permission.READ], ids=lambda one: one.name
)
optional = pytest.mark.parametrize("listing", [one for one in LISTINGS if one.feature], ids=lambda one: one.name)
AnyListing = Listing[Any, Any]


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[str]:
    with full_books(server_url, template) as (dsn, _):
        ThreadPoolExecutor(1).submit(lambda: asyncio.run(_take_to_accounting(dsn))).result()
        yield dsn


async def _take_to_accounting(dsn: str) -> None:
    """Entries of the journal, a file of them, and an operation that accounting rejected."""
    async with open_pool(dsn) as pool:
        await generate(pool, actor="test")
        days = ExportAsked(form="csv", from_on=TODAY.replace(month=1, day=1), until_on=TODAY)
        await transaction(pool, lambda conn: begin_export(conn, days, actor="test"))
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute(
            "insert into posting_exception (account_id, number, status, reason, recorded_at)"
            " select account_id, max(number), 'REJECTED', 'CLOSED_PERIOD', now() from operation group by account_id limit 3"
            " on conflict do nothing"
        )


@pytest.fixture
def solde(books: str, tmp_path: Path) -> Solde:
    environment = {"SOLDE_DATABASE_URL": books, "SOLDE_HOME": str(tmp_path), "COLUMNS": "200"}
    return lambda *arguments: run_solde(list(arguments), environment)


class Seen:
    """A list as one person sees it on the page and in the API."""

    def __init__(self, client: Client, secret: str) -> None:
        self.client, self.signed = client, {"authorization": f"Bearer {secret}"}

    async def api(self, listing: AnyListing, query: str = "", suffix: str = "") -> Response:
        return await self.client.get(f"/api/v1{listing.api}{suffix}{query}", headers=self.signed)

    async def rows(self, listing: AnyListing, query: str = "") -> list[dict[str, Any]]:
        answer = await self.api(listing, query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


@asynccontextmanager
async def seeing(
    dsn: str, role: str = "admin", seller: str | None = None, permissions: Sequence[str] | None = None
) -> AsyncIterator[Seen]:
    sellers = ["MAIN", *([seller] if seller else [])]
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        made = await create_token(
            conn,
            name="asks",
            role=None if permissions else role,
            permissions=permissions,
            sellers=sellers,
            seller=seller,
            actor="test",
            now=NOW,
        )
    async with signed_in(dsn, role, "looks", seller) as client:
        yield Seen(client, made.secret)


def code_of(answer: Response) -> str:
    return str(answer.json()["code"])


def page_of(listing: AnyListing) -> str:
    return next(one.path for one in PAGES if one.listing is listing)


def file_of(listing: AnyListing) -> str:
    return next(f"{one.file or one.path}.csv" for one in PAGES if one.listing is listing)


OF_THE_DAY = ("age_days", "review_overdue", "seconds")
"""What is told by the clock: that of the application in a test stands, that of a command does not."""


def timeless(text: str) -> list[dict[str, Any]]:
    """The rows of a JSON answer, or of JSON Lines, without what the clock tells."""
    rows = (
        json.loads(text)["items"]
        if text.startswith('{"items"') or "\n  " in text
        else map(json.loads, text.splitlines())
    )
    return [{name: value for name, value in row.items() if name not in OF_THE_DAY} for row in rows]


@by_list
async def test_there_is_something_in_the_list(books: str, listing: AnyListing) -> None:
    async with seeing(books) as seen:
        assert await seen.rows(listing)
        assert keys_on(await read(seen.client, page_of(listing)))


@by_list
async def test_a_filter_that_is_not_there_is_refused_alike(books: str, solde: Solde, listing: AnyListing) -> None:
    async with seeing(books) as seen:
        asked = await seen.api(listing, "?colour=red")
        assert (asked.status_code, code_of(asked)) == (422, "unknown_filter")
        assert code_of(await seen.api(listing, "?colour=red", ":export")) == "unknown_filter"
        assert "'colour' is no filter of this list; this was left out" in await read(
            seen.client, f"{page_of(listing)}?colour=red"
        )
        assert "'colour' is no filter of this list" in await read(seen.client, f"{file_of(listing)}?colour=red", 422)
    assert solde(*listing.command.split(), "--colour", "red").returncode == 2


@by_list
async def test_an_order_or_seller_that_is_not_there_is_refused_alike(
    books: str, solde: Solde, listing: AnyListing
) -> None:
    wrong = [("sort", "colour", "unknown_sort")] if listing.sorts else []
    wrong += [("seller", "NOBODY", "unknown_seller")] if is_of_sellers(listing.filters) else []
    async with seeing(books) as seen:
        for name, value, code in wrong:
            query = f"?{name}={value}"
            assert code_of(await seen.api(listing, query)) == code
            assert "this was left out" in await read(seen.client, f"{page_of(listing)}{query}")
            await read(seen.client, f"{file_of(listing)}{query}", 422)
            done = solde(*listing.command.split(), f"--{name}", value)
            assert (done.returncode, done.stderr.partition(":")[0]) == (1, code)


@by_list
async def test_every_face_has_the_same_filters(books: str, solde: Solde, listing: AnyListing) -> None:
    names = {one.name for one in asked_fields(listing.filters)}
    names |= {"seller"} if is_of_sellers(listing.filters) else set()
    async with seeing(books) as seen:
        document = (await seen.client.get("/api/v1/openapi.json")).json()
        text = await read(seen.client, page_of(listing))
    asked = {one["name"] for one in document["paths"][f"/api/v1{listing.api}"]["get"]["parameters"]}
    assert asked - {"limit", "cursor", "sort"} == names
    beside = {one.name for one in asked_fields(listing.filters) if one.filter.beside}
    assert names - beside - {"seller"} <= {*re.findall(r'<(?:input|select)[^>]* name="(\w+)"', text)}
    told = solde(*listing.command.split(), "--help").stdout
    assert all(re.search(rf"--{name.replace('_', '-')}\b", told) for name in names)


@guarded
async def test_who_may_not_is_refused(books: str, listing: AnyListing) -> None:
    async with seeing(books, permissions=[Permission.READ]) as seen:
        answer = await seen.api(listing)
        assert (answer.status_code, code_of(answer)) == (403, "forbidden")
    role = next(one for one, held in PERMISSIONS.items() if listing.permission not in held)
    async with seeing(books, role) as seen:
        await read(seen.client, page_of(listing), 403)
        await read(seen.client, file_of(listing), 403)


@by_list
async def test_who_is_kept_to_another_seller_sees_nothing(books: str, listing: AnyListing) -> None:
    if not is_of_sellers(listing.filters):
        pytest.skip("the list is of no seller")
    async with seeing(books, seller="ELSE2") as seen:
        assert await seen.rows(listing) == []
        assert keys_on(await read(seen.client, page_of(listing))) == []
        assert code_of(await seen.api(listing, "?seller=MAIN")) == "unknown_seller"


@optional
async def test_while_its_feature_is_off_it_is_not_there(books: str, solde: Solde, listing: AnyListing) -> None:
    with psycopg.connect(books, autocommit=True) as owner:
        owner.execute("update feature set is_on = false where code = %s", (listing.feature,))
        try:
            async with seeing(books) as seen:
                answer = await seen.api(listing)
                assert (answer.status_code, code_of(answer)) == (404, "feature_off")
                await read(seen.client, page_of(listing), 404)
                await read(seen.client, file_of(listing), 404)
            assert solde(*listing.command.split()).stderr.startswith("feature_off")
        finally:
            owner.execute("update feature set is_on = true where code = %s", (listing.feature,))


@by_list
async def test_pages_of_one_hold_each_row_once(books: str, listing: AnyListing) -> None:
    async with seeing(books) as seen:
        whole = await seen.rows(listing, "?limit=200")
        found: list[dict[str, Any]] = []
        cursor = ""
        while len(found) < min(len(whole), 30):
            answer = (await seen.api(listing, f"?limit=1{cursor}")).json()
            found += answer["items"]
            cursor = f"&cursor={answer['next']}"
            if answer["next"] is None:
                break
    assert found == whole[: len(found)]
    assert len(found) == min(len(whole), 30)


@by_list
async def test_the_file_of_the_page_is_what_the_page_shows(books: str, listing: AnyListing) -> None:
    async with seeing(books) as seen:
        text = await read(seen.client, page_of(listing))
        answer = await seen.client.get(file_of(listing), headers=HTML)
    assert answer.status_code == 200, answer.text[:500]
    heads, *rows = csv.reader(StringIO(answer.content.decode("utf-8-sig")))
    balances = sum(1 for one in listing.columns if one.kind == "balance")
    assert [head for head in heads if head != "DR/CR"] == heads_on(text)
    assert len(heads) == len(heads_on(text)) + balances
    assert len(keys_on(text)) == min(50, len([row for row in rows if not row[0].startswith("Total")])) or len(rows) > 50


@by_list
async def test_the_file_of_the_api_has_the_columns_and_rows_of_its_list(books: str, listing: AnyListing) -> None:
    async with seeing(books) as seen:
        rows = await seen.rows(listing, "?limit=200")
        written = (await seen.api(listing, "?format=jsonl", ":export")).text.splitlines()
        found = [row for row in map(json.loads, written) if "total" not in row]
        picked = await seen.api(listing, f"?format=csv&columns={listing.columns[0].name}", ":export")
    names = [one.name for one in listing.columns]
    assert [[row[name] for name in names] for row in found[:200]] == [[row[name] for name in names] for row in rows]
    assert picked.text.splitlines()[0].lstrip("\ufeff") == listing.columns[0].name


@by_list
async def test_the_command_prints_what_the_api_answers(books: str, solde: Solde, listing: AnyListing) -> None:
    async with seeing(books) as seen:
        answer = (await seen.api(listing, "?limit=3")).text
        whole = (await seen.api(listing, "?format=jsonl", ":export")).text
    done = solde(*listing.command.split(), "--limit", "3", "--json")
    assert done.returncode == 0, done.stderr
    assert timeless(done.stdout) == timeless(answer)
    table = solde(*listing.command.split(), "--limit", "3").stdout.splitlines()
    assert all(one.label in table[0] for one in listing.columns if not one.aside)
    assert len([line for line in table[2:] if line and not line.startswith("More")]) == len(timeless(answer)) + len(
        json.loads(answer).get("totals", [])
    )
    assert timeless(solde(*listing.command.split(), "-o", "-", "--format", "jsonl").stdout) == timeless(whole)


@by_list
def test_its_words_are_in_the_catalogue_of_every_language(listing: AnyListing) -> None:
    known = {*catalogue("fr")}
    assert {one.label for one in listing.columns} - known == set()


def test_every_command_of_a_list_is_found_without_importing_it() -> None:
    assert lists() == {one.command: one.help for one in LISTINGS}


@by_list
def test_a_list_has_a_page_and_names_of_its_own(listing: AnyListing) -> None:
    assert [one.path for one in PAGES if one.listing is listing]
    names = [one.name for one in listing.columns]
    assert len(names) == len({*names})
    assert listing.sort is None or listing.sort.removeprefix("-") in listing.sorts
