"""The 360° view of a customer: overview, accounts, activity, and the dialogs that add a level."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import pytest
from web.company import Company
from web.desk import Client, key_in, own_books, read, send, signed_in


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as opened:
        yield opened


@pytest.fixture
async def admin(books: tuple[str, Company]) -> AsyncIterator[Client]:
    async with signed_in(books[0], "admin", "chief at the desk") as client:
        yield client


async def test_the_overview_says_what_is_owed_since_when_and_what_happened_last(
    admin: Client, books: tuple[str, Company]
) -> None:
    text = await read(admin, f"/customers/{books[1].easycall}")
    for words in ("EasyCall Ltd.", "Default balance", "Balance over twelve months", "Age of what is open", "1–30 days"):
        assert words in text
    assert f"/accounts/{books[1].easycall}" in text
    assert "<svg" in text


async def test_an_empty_customer_has_an_overview_too(admin: Client, books: tuple[str, Company]) -> None:
    text = await read(admin, f"/customers/{books[1].empty}")
    assert "No operations yet." in text
    assert "Nothing was owed or overpaid in this time." in text


async def test_the_general_area_holds_the_facts_of_the_customer(admin: Client, books: tuple[str, Company]) -> None:
    text = await read(admin, f"/customers/{books[1].easycall}")
    assert '<details class="general">' in text
    assert "Paying account" in text


async def test_an_account_is_added_once_however_often_its_form_is_sent(
    admin: Client, books: tuple[str, Company]
) -> None:
    place = f"/customers/{books[1].easycall}/accounts"
    form = await read(admin, f"{place}/new")
    fields = {
        "key": key_in(form), "account_code": "SECOND-ONE", "currency": "USD", "payment_mode": "POSTPAID",
        "payment_method": "WIRETRANSFER", "payment_terms": "NET30", "billing_cycle": "MONTHLY",
        "tax_category": "STANDARD",
    }  # fmt: skip
    for _ in range(2):
        assert await send(admin, f"{place}/new", **fields) == place
    text = await read(admin, place)
    assert text.count(">SECOND-ONE</a></h2>") + text.count(">SECOND-ONE</a> <small") == 1
    assert "USD" in await read(admin, "/accounts/SECOND-ONE")


async def test_what_is_wrong_with_an_account_is_said_beside_its_field(
    admin: Client, books: tuple[str, Company]
) -> None:
    place = f"/customers/{books[1].easycall}/accounts/new"
    text = await send(admin, place, 422, key="k-1", account_code="X-9", currency="ZZZ", payer="<b>nobody</b>")
    assert 'id="n-currency"' in text
    assert 'value="X-9"' in text
    assert "There is no account" in text


async def test_billing_and_user_accounts_are_added_below_an_account(admin: Client, books: tuple[str, Company]) -> None:
    account = books[1].easycall
    for level, code in (("billing-accounts", "BA-NEW"), ("user-accounts", "UA-NEW")):
        form = await read(admin, f"/accounts/{account}/{level}/new")
        fields = {"key": key_in(form), "code": code, "description": "one more"}
        if level == "billing-accounts":
            fields |= {"billing_cycle": "MONTHLY", "tax_category": "STANDARD"}
        await send(admin, f"/accounts/{account}/{level}/new", **fields)
    text = await read(admin, f"/customers/{account}/accounts")
    assert "BA-NEW" in text
    assert "UA-NEW" in text
    await read(admin, f"/accounts/{account}/nonsense/new", 404)


async def test_the_overview_tells_what_is_asked_first(admin: Client, books: tuple[str, Company]) -> None:
    text = await read(admin, f"/customers/{books[1].easycall}")
    for words in ("At a glance", "Last payment", "Unallocated credits", "Wrong price", "anne.durand@example.com"):
        assert words in text, words
    assert "115.89" in text
    assert "Wrong price" not in await read(admin, f"/customers/{books[1].empty}")


async def test_the_general_area_says_codes_in_words(admin: Client, books: tuple[str, Company]) -> None:
    text = await read(admin, f"/customers/{books[1].easycall}")
    area = text[text.index('class="general-body"') : text.index('class="strip"')]
    for words in ("France", "Euro", "Every month", "30 days", "this account", "unlimited"):
        assert words in area, words
    for code in ("WIRETRANSFER", "POSTPAID", "MONTHLY"):
        assert code not in area, code


async def test_a_mandatory_field_that_is_missing_is_marked(admin: Client, books: tuple[str, Company]) -> None:
    listed = (await read(admin, "/?show=incomplete")).split("<tbody")[1]
    code = re.search(r'href="/accounts/(CUST-\d+)"', listed)
    assert code is not None
    text = await read(admin, f"/customers/{code[1]}")
    missing = re.search(r"Missing: ([A-Z][^<]+)", text)
    assert missing is not None
    assert text.count('<span class="mark amber">missing</span>') == len(missing[1].split(", "))


async def test_every_tab_keeps_the_account_that_is_looked_at(admin: Client, books: tuple[str, Company]) -> None:
    customer = books[1].long_name
    form = await read(admin, f"/customers/{customer}/accounts/new")
    fields = {
        "key": key_in(form), "account_code": "OTHER-ONE", "currency": "CHF", "payment_mode": "PREPAID",
        "payment_method": "WIRETRANSFER", "payment_terms": "NET30", "billing_cycle": "MONTHLY",
        "tax_category": "STANDARD",
    }  # fmt: skip
    await send(admin, f"/customers/{customer}/accounts/new", **fields)
    text = await read(admin, "/accounts/OTHER-ONE")
    for tab in ("", "/accounts", "/activity"):
        assert f'href="/customers/{customer}{tab}?account=OTHER-ONE"' in text, tab
    text = await read(admin, f"/customers/{customer}?account=OTHER-ONE")
    assert 'href="/accounts/OTHER-ONE"' in text
    assert "CHF" in text
    assert "account=" not in await read(admin, f"/customers/{customer}/activity")


async def test_each_level_leads_to_its_own_change(admin: Client, books: tuple[str, Company]) -> None:
    code = books[1].easycall
    text = await read(admin, f"/customers/{code}/accounts")
    found = re.search(rf'href="(/customers/{code}/edit\?account={code}&billing=[^&"]+&user=([^&"]+))"', text)
    assert found is not None
    assert f"User account {found[2]}" in await read(admin, found[1])


async def test_the_activity_is_narrowed_to_a_person_and_a_kind(admin: Client, books: tuple[str, Company]) -> None:
    place = f"/customers/{books[1].easycall}/activity"
    disputed = "Put 115.89"
    text = await read(admin, f"{place}?kind=litigation")
    assert disputed in text
    assert "Created the customer" not in text
    assert disputed not in await read(admin, f"{place}?kind=customer&by=test")
    assert "Nothing fits" in await read(admin, f"{place}?by=<b>nobody</b>")
    text = await read(admin, f"{place}?kind=nonsense&by=")
    assert disputed in text
    assert "Created the customer" in text
    await read(admin, f"{place}?cursor=nonsense", 422)


async def test_a_blocked_account_says_why_on_every_tab(admin: Client, books: tuple[str, Company]) -> None:
    account = books[1].empty
    form = await read(admin, f"/accounts/{account}/state")
    await send(admin, f"/accounts/{account}/state", key=key_in(form), state="BLOCKED", reason="The card was stolen",
               back=f"/customers/{account}")  # fmt: skip
    for place in (f"/customers/{account}", f"/accounts/{account}", f"/customers/{account}/accounts"):
        assert "The card was stolen" in await read(admin, place), place


async def test_the_activity_says_who_did_what(admin: Client, books: tuple[str, Company]) -> None:
    text = await read(admin, f"/customers/{books[1].long_name}/activity")
    assert "test" in text
    assert "Before and after" in text


async def test_an_agent_of_reading_sees_no_way_to_add(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "looker at the desk") as client:
        assert "Add an account" not in await read(client, f"/customers/{books[1].easycall}/accounts")
        await read(client, f"/customers/{books[1].easycall}/accounts/new", 403)
