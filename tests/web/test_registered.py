"""The page of registered payments: filters, order, pages, files, the way to the operation."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from html import unescape
from io import StringIO

import pytest
from web.company import Company
from web.desk import HTML, Client, own_books, read, signed_in
from web.test_list_files import heads_on, keys_on

PLACE = "/payments/registered"


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as opened:
        yield opened


async def file_of(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = await client.get(f"{PLACE}.csv{query}", headers=HTML)
    assert answer.status_code == 200, answer.text[:500]
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


async def test_a_payment_leads_to_its_operation_and_its_account(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "looks for money") as client:
        text = await read(client, PLACE)
        assert keys_on(text)
        link = re.search(r'href="(/accounts/[^/"]+/operations/\d+)"', text)
        assert link is not None
        assert "Payment" in await read(client, link.group(1))
        assert re.search(rf'href="{PLACE}"[^>]*aria-current', text) or "Registered payments" in text


async def test_filters_narrow_the_page_and_its_file_alike(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "narrows") as client:
        whole = await file_of(client)
        payments = [row for row in whole if row["Account"]]
        assert payments
        some = payments[0]
        for query, fits in (
            (f"?account={some['Account']}", [row for row in payments if row["Account"] == some["Account"]]),
            (f"?date_from={some['Date']}", [row for row in payments if row["Date"] >= some["Date"]]),
            (
                f"?amount_from={some['Amount']}",
                [row for row in payments if float(row["Amount"]) >= float(some["Amount"])],
            ),
            ("?unallocated=true", [row for row in payments if float(row["Unallocated"])]),
        ):
            listed = [row for row in await file_of(client, query) if row["Account"]]
            assert listed == fits, query
            text = await read(client, f"{PLACE}{query}")
            assert len(keys_on(text)) == min(len(fits), 50)
            assert "Take off the filter" in text


async def test_what_cannot_be_read_is_told_and_refused_for_the_file(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "mistypes") as client:
        text = await read(client, f"{PLACE}?date_from=soon&amount_from=much&sort=colour")
        assert text.count("this was left out") == 3
        assert keys_on(text)
        await read(client, f"{PLACE}.csv?date_from=soon", 422)


async def test_hidden_columns_are_not_in_the_file(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "hides") as client:
        client.cookies.set(
            "solde_likes", "%7B%22hidden%22%3A%7B%22payments%22%3A%5B%22registered_by%22%2C%22currency%22%5D%7D%7D"
        )
        text, rows = await read(client, PLACE), await file_of(client)
    assert list(rows[0]) == heads_on(text)
    assert {"Registered by", "Currency"}.isdisjoint(rows[0])


async def test_pages_follow_each_other_by_amount(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "pages") as client:
        keys, address = [], f"{PLACE}?sort=amount"
        while True:
            text = await read(client, address)
            keys += keys_on(text)
            following = re.search(r'data-next rel="next" href="([^"]+)"', text)
            if following is None:
                break
            address = following.group(1)
        rows = [row for row in await file_of(client, "?sort=amount") if row["Account"]]
    assert len(keys) == len(set(keys)) == len(rows)
    assert [float(row["Amount"]) for row in rows] == sorted(float(row["Amount"]) for row in rows)


async def test_another_seller_sees_none(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "agent", "elsewhere", seller="ELSE2") as client:
        assert keys_on(await read(client, PLACE)) == []


async def test_where_several_accounts_fit_each_is_shown_to_be_chosen(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "cashier", "names half") as client:
        answer = await client.get("/payments/register?account=CUST", headers=HTML)
        assert answer.status_code == 422
        links = re.findall(r'<li><a class="row-link" href="(/payments/register\?account=[^"]+)"', unescape(answer.text))
        assert len(links) > 1
        chosen = await client.get(links[0], headers=HTML, follow_redirects=False)
        assert chosen.status_code == 303
        assert chosen.headers["location"].endswith("/actions/pay")
