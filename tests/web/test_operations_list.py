"""The page of all operations: what it shows, filters, order, files; the search of the palette; what is noted as viewed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from html import unescape
from io import StringIO

import pytest
from web.company import Company
from web.desk import HTML, Client, own_books, read, signed_in
from web.test_list_files import keys_on

from solde.operations.across.listings import OPERATIONS

PLACE = "/operations"


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as opened:
        yield opened


async def file_of(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = await client.get(f"{PLACE}.csv{query}", headers=HTML)
    assert answer.status_code == 200, answer.text[:500]
    rows = csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))
    return [row for row in rows if row["Account"] or row["Reference"]]


async def test_an_operation_leads_to_its_detail_and_its_account(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "looks at all") as client:
        text = await read(client, PLACE)
        assert keys_on(text)
        assert re.search(rf'href="{PLACE}"[^>]*aria-current', text)
        link = re.search(r'href="(/accounts/[^/"]+/operations/\d+)"', text)
        assert link is not None
        await read(client, link.group(1))


@pytest.mark.parametrize("show", [one.name for one in OPERATIONS.shows])
async def test_what_is_shown_is_what_its_file_says(books: tuple[str, Company], show: str) -> None:
    async with signed_in(books[0], "viewer", "narrows all") as client:
        lines = await file_of(client, f"?show={show}")
        assert len(keys_on(await read(client, f"{PLACE}?show={show}"))) == min(len(lines), 50)
        if show == "payments":
            assert lines
            assert not any(line["Debit"] for line in lines)


async def test_an_order_that_the_filters_do_not_allow_is_left_out_and_said(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "sorts wrongly") as client:
        text = await read(client, f"{PLACE}?sort=amount&date_from=nonsense")
        assert "too many to be sorted by amount" in text
        assert "nonsense" in text
        assert keys_on(text)


async def test_a_number_finds_its_operation_in_the_palette_and_on_the_page(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "looks for numbers") as client:
        some = next(line for line in await file_of(client) if re.search(r"\d{2,}", line["Reference"]))
        found = await read(client, f"/search?q={some['Reference']}")
        assert some["Account"] in found
        assert some["Reference"] in await read(client, f"{PLACE}?q={some['Reference']}")


async def test_whichever_page_of_a_customer_is_opened_it_is_viewed(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "opens pages") as client:
        text = await read(client, "/")
        assert "Recently viewed" in text
        assert "Customers whose pages you open are listed here." in text
        link = re.search(r'href="(/accounts/[^/"?]+)"', text)
        assert link is not None
        await read(client, link.group(1))
        menu = (await read(client, "/")).partition("recent-menu")[2].partition("</details>")[0]
        assert link.group(1) in menu


@pytest.mark.parametrize(
    ("typed", "role", "leads_to"),
    [
        ("users", "admin", "/settings/users"),
        ("balances", "viewer", "/settings/balances"),
        ("new customer", "agent", "/new/customer?kind=company"),
        ("import", "accountant", "/import/payments"),
        ("register pay", "cashier", "/payments/register"),
        ("journal", "accountant", "/accounting/journal"),
        ("TRIAL bal", "auditor", "/accounting/trial-balance"),
        ("second person", "viewer", "/settings/limits"),
    ],
)
async def test_a_page_is_found_by_its_name_or_what_it_is_for(
    books: tuple[str, Company], typed: str, role: str, leads_to: str
) -> None:
    async with signed_in(books[0], role, f"types {typed}") as client:
        assert f'href="{leads_to}"' in await read(client, f"/search?q={typed}")


async def test_no_page_is_found_that_one_may_not_open(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "may little") as client:
        for typed in ("users", "new", "import", "register", "tokens", "journal", "a", "s"):
            for href in re.findall(r'href="([^"]+)" data-option', await read(client, f"/search?q={typed}")):
                assert (await client.get(unescape(href))).status_code == 200, (typed, href)
