"""The customer list: search, standing, filters, totals, files, what may be done from it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from web.company import NOW, Company
from web.desk import HTML, own_books, read, signed_in

from solde.app.web.pages.customers_asked import address_of, read_asked
from solde.customers import CreatedAccount, NewAccount, add_accounts, find_account, note_viewed, set_account_state
from solde.db import Connection, open_pool


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as opened:
        yield opened


async def account_id_of(conn: Connection, code: str) -> int:
    found = await find_account(conn, code, None)
    assert found is not None
    return found.account_id


@pytest.fixture
async def second_account(books: tuple[str, Company]) -> str:
    """EasyCall has a prepaid account in dollars besides; made once."""
    async with open_pool(books[0]) as pool, pool.connection() as conn, conn.transaction():
        if await find_account(conn, "EASY-USD", None) is None:
            asked = NewAccount(
                "CUST-00412", account_code="EASY-USD", currency="USD", payment_method="WIRETRANSFER",
                payment_terms="NET30", payment_mode="PREPAID", billing_cycle="MONTHLY", tax_category="STANDARD",
            )  # fmt: skip
            (made,) = await add_accounts(conn, [asked], actor="test", now=NOW)
            assert isinstance(made, CreatedAccount), made
    return "EASY-USD"


def accounts_in(text: str) -> list[str]:
    return re.findall(r'<tr data-key="([^"]+)"', text)


def test_an_address_is_read_and_nonsense_in_it_is_not_asked_for() -> None:
    asked = read_asked({"q": " a\0b ", "show": "nonsense", "sort": "colour", "country": " FR ", "kind": ""})
    assert (asked.q, asked.show, asked.by, asked.descending) == ("ab", "all", "balance", True)
    assert (asked.filters.country, asked.filters.kind, asked.count) == ("FR", None, 1)


def test_an_address_keeps_what_the_list_knows_and_forgets_the_page() -> None:
    address = address_of({"country": "FR", "cursor": "x", "next": "//evil.example"})
    assert str(address) == "/?country=FR"


async def test_a_filter_narrows_list_totals_and_counts_alike(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "filters the list") as client:
        everybody, germans = await read(client, "/?sort=name"), await read(client, "/?country=DE&sort=name")
    assert 0 < len(accounts_in(germans)) < len(accounts_in(everybody))
    assert f"All <span>{len(accounts_in(germans))}</span>" in germans
    assert "Country: Germany" in germans


async def test_filters_are_taken_off_one_by_one(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "takes filters off") as client:
        text = await read(client, "/?country=DE&kind=COMPANY&q=a")
    assert 'href="/?kind=COMPANY&q=a"' in text
    assert 'href="/?country=DE&q=a"' in text


async def test_a_search_keeps_the_filters_and_finds_only_accounts_that_fit(
    books: tuple[str, Company], second_account: str
) -> None:
    async with signed_in(books[0], "viewer", "searches") as client:
        assert accounts_in(await read(client, "/?q=easycall")) == [books[1].easycall, second_account]
        for narrowed in ("currency=USD", "payment_mode=PREPAID"):
            assert accounts_in(await read(client, f"/?q=easycall&{narrowed}")) == [second_account]
        assert accounts_in(await read(client, "/?q=easycall&country=DE")) == []


async def test_a_search_that_filters_leave_empty_offers_to_search_without_them(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "finds nothing") as client:
        text = await read(client, "/?q=easycall&country=DE")
    assert "Filters are on, too." in text
    assert 'href="/?q=easycall">Search without filters' in text


async def test_unknown_values_of_filters_show_nothing_and_say_so(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "asks for nonsense") as client:
        text = await read(client, "/?seller=NOPE&country=%3Cb%3E&currency='--")
    assert accounts_in(text) == []
    assert "No account is like that" in text


async def test_accounts_not_active_are_listed_with_their_state(books: tuple[str, Company], second_account: str) -> None:
    async with open_pool(books[0]) as pool, pool.connection() as conn, conn.transaction():
        account_id = await account_id_of(conn, second_account)
        await set_account_state(conn, account_id, "BLOCKED", "Fraud", actor="test", now=NOW)
    async with signed_in(books[0], "viewer", "looks for the blocked") as client:
        assert accounts_in(await read(client, "/?account_state=BLOCKED")) == [second_account]
        assert accounts_in(await read(client, "/?show=stopped")) == [second_account]
    async with open_pool(books[0]) as pool, pool.connection() as conn, conn.transaction():
        await set_account_state(conn, account_id, "ACTIVE", "Cleared", actor="test", now=NOW)


async def test_the_incomplete_say_in_words_what_they_lack(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "completes") as client:
        text = await read(client, "/?show=incomplete")
    assert len(accounts_in(text)) == 1
    assert "Missing: " in text
    assert "Customer category" in text


@pytest.mark.parametrize("query", ["", "?show=overpaid&sort=balance", "?country=DE&sort=name", "?q=easycall"])
async def test_a_file_holds_every_row_of_the_list_in_its_order(books: tuple[str, Company], query: str) -> None:
    async with signed_in(books[0], "viewer", "takes files") as client:
        listed = accounts_in(await read(client, f"/{query}"))
        book = await client.get(f"/customers.xlsx{query}", headers=HTML)
        plain = await client.get(f"/customers.csv{query}", headers=HTML)
    sheet = load_workbook(BytesIO(book.content)).active
    assert sheet is not None
    assert [row[2].value for row in sheet.iter_rows(min_row=2) if row[2].value] == listed
    rows = list(csv.reader(StringIO(plain.content.decode("utf-8-sig"))))
    assert [row[2] for row in rows[1:] if row[2]] == listed


async def test_the_totals_of_a_file_are_the_sums_of_its_rows(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "adds up") as client:
        answer = await client.get("/customers.xlsx", headers=HTML)
    assert 'filename="customers-2026-11-22.xlsx"' in answer.headers["content-disposition"]
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    rows: list[list[Any]] = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    totals = [row for row in rows if row[0] == "Total"]
    assert {row[7] for row in totals} >= {"EUR", "GBP"}
    for total in totals:
        listed = [row[4] for row in rows if row[0] != "Total" and row[7] == total[7]]
        assert round(sum(listed), 6) == round(total[4], 6)


async def test_pages_are_as_long_as_the_reader_likes(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "likes long pages") as client:
        client.cookies.set("solde_likes", "%7B%22rows%22%3A100%7D")
        assert "data-next" not in await read(client, "/")


@pytest.mark.parametrize(
    ("role", "adds", "imports"),
    [("viewer", False, False), ("agent", True, False), ("admin", True, True)],
)
async def test_who_may_add_or_import_finds_the_way_there(
    books: tuple[str, Company], role: str, adds: bool, imports: bool
) -> None:
    async with signed_in(books[0], role, f"may this as {role}") as client:
        text = await read(client, "/")
    assert ("/new/customer?kind=company" in text, "/new/customer?kind=individual" in text) == (adds, adds)
    assert ('href="/import/customers"' in text) == imports


async def test_customers_viewed_last_are_at_hand_for_who_viewed_them(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "looked before") as client:
        async with open_pool(books[0]) as pool, pool.connection() as conn, conn.transaction():
            account = await find_account(conn, books[1].long_name, None)
            assert account is not None
            await note_viewed(conn, "looked before", account.customer_id, now=NOW)
        text = await read(client, "/")
    assert "recent-menu" in text
    assert f'href="/accounts/{books[1].long_name}"' in text.split("recent-menu")[1].split("</details>")[0]


async def test_another_seller_sees_nobody_and_no_totals(books: tuple[str, Company]) -> None:
    async with open_pool(books[0]) as pool, pool.connection() as conn:
        await conn.execute(
            "insert into seller (code, name, country, currency, time_zone, language)"
            " values ('OTHER', 'Other', 'FR', 'EUR', 'Europe/Paris', 'fr') on conflict do nothing"
        )
    async with signed_in(books[0], "agent", "sells elsewhere", seller="OTHER") as client:
        text = await read(client, "/")
        found = await read(client, "/?q=easycall")
        plain = await client.get("/customers.csv", headers=HTML)
    assert accounts_in(text) == accounts_in(found) == []
    assert "No customers yet" in text
    assert "EasyCall" not in plain.text
