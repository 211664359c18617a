"""Files of lists: the columns a person sees, in their order, under the same heads; the same rows as on the screen."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from html import unescape
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from openpyxl import load_workbook
from web.company import Company
from web.desk import HTML, OWN, Client, bring, own_books, read, send, signed_in

from solde.app.web.i18n import catalogue
from solde.app.web.list_files import Listing
from solde.app.web.pages import (
    customers,
    customers_file,
    files,
    jobs,
    operations_list,
    small_balances,
    work_files,
)
from solde.app.web.preferences import Preferences
from solde.app.web.preferences import read as read_preferences

OPERATIONS = "/accounts/CUST-00412/operations"
RECEIVABLES = (
    b"customer_code,customer_name,currency,invoice_number,invoice_date,due_date,amount\n"
    b"FILE-1,First,EUR,F-1,2026-10-01,2026-10-31,100.00\n"
)
SMALL = {"currency": "EUR", "most": "9999999", "due_before": "2026-11-22", "reason": "all of it"}
GRIDS = [
    (customers.COLUMNS, customers_file.FIELDS),
    (operations_list.COLUMNS, files.FIELDS),
    (jobs.ERROR_COLUMNS, work_files.ERROR_FIELDS),
    (small_balances.COLUMNS, small_balances.FIELDS),
]


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as opened:
        yield opened


async def like(client: Client, **choice: str) -> None:
    answer = await client.post("/preferences", data={**choice, "back": "/"}, headers=OWN, follow_redirects=False)
    assert answer.status_code == 303


def heads_on(text: str) -> list[str]:
    """The heads of the columns that a page shows."""
    found = re.findall(r"<th scope=\"col\"([^>]*data-col=[^>]*)>(.*?)</th>", text, re.DOTALL)
    return [
        unescape(re.sub(r"<[^>]+>", "", inner)).strip()
        for attributes, inner in found
        if not re.search(r"\shidden(\s|$)", attributes)
    ]


def keys_on(text: str) -> list[str]:
    return re.findall(r'<tr data-key="([^"]+)"', text)


async def csv_of(client: Client, address: str) -> list[list[str]]:
    answer = await client.get(address, headers=HTML)
    assert answer.status_code == 200, answer.text[:1000]
    return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))


async def sheet_of(client: Client, address: str) -> list[tuple[Any, ...]]:
    answer = await client.get(address, headers=HTML)
    assert answer.status_code == 200, answer.text[:1000]
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


def without(heads: Sequence[str], *parts: str) -> list[str]:
    return [head for head in heads if head not in parts]


@pytest.mark.parametrize(("columns", "fields"), GRIDS)
def test_every_column_of_a_list_stands_in_its_file_under_the_same_head(columns: Any, fields: Any) -> None:
    assert [(key, held[0].header) for key, held in fields.items()] == [(one.key, one.label) for one in columns]


@pytest.mark.parametrize("fields", [fields for _, fields in GRIDS])
def test_heads_of_files_are_in_the_catalogue_of_every_language(fields: Any) -> None:
    heads = {one.header for held in fields.values() for one in held}
    assert heads - {*catalogue("fr")} == set()


def test_a_person_who_placed_nothing_gets_every_column() -> None:
    listing = Listing("operations", "", operations_list.COLUMNS, files.FIELDS)
    assert [one.header for one in listing.shown(Preferences())] == [
        one.label for one in operations_list.COLUMNS if not one.aside
    ]
    assert len(listing.shown(Preferences(hidden={"operations": ["due", "date"]}))) == len(operations_list.COLUMNS) - 1


async def test_operations_hidden_and_reordered_on_the_screen_are_so_in_both_files(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "moves columns") as client:
        await like(client, grid="operations", hidden="billing posting date")
        await like(client, grid="operations", order="open reference type matching debit credit due litigation date")
        screen = await read(client, "/accounts/CUST-00412?class=P")
        rows, book = (
            await csv_of(client, f"{OPERATIONS}.csv?class=P"),
            await sheet_of(client, f"{OPERATIONS}.xlsx?class=P"),
        )
    assert heads_on(screen)[:4] == ["Open", "Reference", "Type", "Matching"]
    assert {"Billing account", "Posting"}.isdisjoint(heads_on(screen))
    assert "Date" in heads_on(screen), "a fixed column cannot be hidden"
    assert rows[0] == list(book[0]) == heads_on(screen)
    assert len(rows) - 2 == len(book) - 2 == len(keys_on(screen))
    assert [row[1] for row in rows[1:-1]] == [row[1] for row in book[1:-1]]
    assert all(row[1] in screen for row in rows[1:-1])


async def test_the_totals_stay_the_figures_whatever_columns_are_shown(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "hides much") as client:
        whole = await csv_of(client, f"{OPERATIONS}.csv")
        await like(client, grid="operations", hidden="open due matching litigation posting billing")
        part = await csv_of(client, f"{OPERATIONS}.csv")
    for name in ("Debit", "Credit"):
        assert part[-1][part[0].index(name)] == whole[-1][whole[0].index(name)] != ""
    assert part[-1][0] == "Total EUR"


async def test_customers_hidden_and_reordered_in_french_are_so_in_both_files(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "place les colonnes") as client:
        await like(client, language="fr")
        await like(client, grid="customers", hidden="country state account")
        await like(client, grid="customers", order="balance currency customer overdue")
        screen = await read(client, "/")
        rows, book = await csv_of(client, "/customers.csv"), await sheet_of(client, "/customers.xlsx")
    assert heads_on(screen) == ["Solde", "Devise", "Client", "Échu"]
    assert without(rows[0], "DR/CR", "Code client") == heads_on(screen)
    assert list(book[0]) == rows[0]
    totals = [row for row in rows if row[3] == "Total"]
    assert len(rows) - 1 - len(totals) == len(keys_on(screen))
    assert {"EUR", "GBP"} <= {row[2] for row in totals}


@pytest.mark.parametrize(
    ("page", "file"),
    [
        ("/payments?show=all", "/payments/receipts"),
        ("/approvals?show=all", "/approvals"),
        ("/jobs", "/jobs"),
        (f"/payments/small-balances?{urlencode(SMALL)}", "/payments/small-balances"),
        ("/customers/CUST-00412/activity", "/customers/CUST-00412/activity"),
    ],
)
async def test_every_list_leads_to_its_files_and_both_can_be_read(
    books: tuple[str, Company], page: str, file: str
) -> None:
    async with signed_in(books[0], "cashier", f"receives for {file}") as client:
        received = {
            "amount": "12.5",
            "currency": "EUR",
            "date": "2026-11-20",
            "method": "WIRETRANSFER",
            "payer_text": "X",
        }
        await send(client, "/payments/receipts/new", key="received", **received)
    async with signed_in(books[0], "accountant", f"proposes for {file}") as client:
        await bring(client, "receivables", RECEIVABLES)
        await send(
            client, "/payments/small-balances/write-off", key="proposed", **SMALL | {"reason": f"all of it, for {file}"}
        )
    async with signed_in(books[0], "admin", f"takes {file}") as client:
        text = await read(client, page)
        links = re.findall(rf'href="({re.escape(file)}\.(?:xlsx|csv)[^"]*)"', text)
        assert len(links) == 2, text
        rows, book = await csv_of(client, links[1]), await sheet_of(client, links[0])
    assert rows[0] == list(book[0])
    if "activity" not in page:
        assert without(rows[0], "DR/CR", "No.", "File") == heads_on(text)
    assert len(rows) == len(book)


async def test_the_file_of_the_activity_holds_every_deed_the_page_shows(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "reads deeds") as client:
        text = await read(client, "/customers/CUST-00412/activity")
        rows = await csv_of(client, "/customers/CUST-00412/activity.csv")
    said = [unescape(one) for one in re.findall(r'<p class="deed-what">([^<]+)', text)]
    assert said
    assert [row[2] for row in rows[1 : len(said) + 1]] == [one.strip() for one in said]


def test_the_cookie_of_a_preference_is_what_the_file_reads() -> None:
    kept = read_preferences(msgspec.json.encode(Preferences(hidden={"operations": ["due"]})).decode())
    assert kept.hidden == {"operations": ["due"]}
