"""The 360° view of a customer: overview, accounts, activity, and the dialogs that add a level."""

from __future__ import annotations

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


async def test_the_activity_says_who_did_what(admin: Client, books: tuple[str, Company]) -> None:
    text = await read(admin, f"/customers/{books[1].long_name}/activity")
    assert "test" in text
    assert "Before and after" in text


async def test_an_agent_of_reading_sees_no_way_to_add(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "looker at the desk") as client:
        assert "Add an account" not in await read(client, f"/customers/{books[1].easycall}/accounts")
        await read(client, f"/customers/{books[1].easycall}/accounts/new", 403)
