"""The wizard on pages: each step, what it says, what it makes; without scripts."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from web.company import NOW, Company
from web.desk import OWN, Client, key_in, own_books, read, send, signed_in

from solde.cards import list_transactions
from solde.cards.adapters.known_cards import TEST_CARDS, THREE_D_SECURE
from solde.cards.adapters.sandbox import Sandbox
from solde.cards.stored_cards import begin_setup, finish_setup
from solde.customers import NewCustomer, create_customers, resolve_accounts
from solde.db import open_pool
from solde.verification import verify

PLAIN = {"country": "FR", "currency": "EUR", "seller": "MAIN"}


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


@pytest.fixture
async def cash(books: tuple[str, Company]) -> AsyncIterator[Client]:
    """An administrator at the wizard."""
    async with signed_in(books[0], "admin", "Ada") as ada:
        yield ada


async def customer(dsn: str, code: str, mode: str = "POSTPAID") -> str:
    """A customer without any operation."""
    new = NewCustomer(**PLAIN, code=code, name=f"Customer {code}", payment_mode=mode)
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        (made,) = await create_customers(conn, [new], actor="test", now=NOW, allow_incomplete=True)
        assert not isinstance(made, tuple), made
    return f"/accounts/{code}/adjust"


def bare(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


async def adjust(client: Client, path: str, **fields: str) -> str:
    """Go through the three steps; gives the summary in words."""
    form = await read(client, f"{path}?type={fields['type']}")
    summary = await send(client, f"{path}/summary", 200, key=key_in(form), **fields)
    await send(client, path, 303, key=key_in(summary), **fields)
    return bare(summary)


@pytest.mark.parametrize("mode", ["POSTPAID", "PREPAID"])
async def test_the_transactions_without_a_card_go_through_three_steps(
    books: tuple[str, Company], cash: Client, mode: str
) -> None:
    path = await customer(books[0], f"W-{mode}", mode)
    first = bare(await read(cash, path))
    assert "No payment is unallocated." in first
    assert "The account has no card." in first
    label = "Funds" if mode == "PREPAID" else "Current balance"
    said = await adjust(cash, path, type="manual_payment", amount="100", method="CASH", visible="thanks", internal="")
    assert re.search(rf"{label} EUR 0.00 (→ )?{'100.00' if mode == 'PREPAID' else '100.00 CR, overpaid'}", said), said
    said = await adjust(cash, path, type="manual_charge", amount="12", service="CALLS", visible="calls", internal="")
    assert "10.00 EUR net, 2.00 EUR tax" in said
    assert re.search("100.00 88.00" if mode == "PREPAID" else "100.00 CR, overpaid 88.00 CR, overpaid", said), said
    said = await adjust(cash, path, type="manual_credit", amount="2", service="CALLS", visible="", internal="sorry")
    said = await adjust(cash, path, type="promotional_credit", amount="1", visible="welcome", internal="")
    said = await adjust(cash, path, type="refund", amount="30", method="", visible="", internal="")
    assert re.search(r"91.00( CR, overpaid)? 61.00", said), said
    assert re.search(r"Unallocated payments EUR 100.00 70.00", said), said
    code = f"W-{mode}"
    tab = bare(await read(cash, f"/customers/{code}/unbilled"))
    assert "Gross 9.00 EUR to be charged" in tab
    assert "Manual charge" in tab
    assert "welcome" in tab
    balance = bare(await read(cash, f"/accounts/{code}?definition=current"))
    assert "61.00" in balance
    async with open_pool(books[0]) as pool:
        report = await verify(pool, now=datetime.now(UTC))
    assert [one for one in report.differences if one.check in {"unbilled", "adjustments", "totals", "open_items"}] == []


async def test_what_is_wrong_is_said_beside_its_field_and_the_typed_is_kept(
    books: tuple[str, Company], cash: Client
) -> None:
    path = await customer(books[0], "W-WRONG")
    form = await read(cash, f"{path}?type=manual_charge")
    wrong = await send(
        cash, f"{path}/summary", 422, key=key_in(form), type="manual_charge", amount="-4", service="", visible="kept",
        internal="",
    )  # fmt: skip
    assert "The amount is -4; it must be above zero." in wrong
    assert "This is needed." in wrong
    assert ">kept</textarea>" in wrong
    again = await send(
        cash, f"{path}/details", 200, type="manual_charge", amount="4", service="CALLS", visible="kept", internal=""
    )
    assert 'value="4"' in again
    assert re.search(r'<option value="CALLS" selected', again)


async def test_a_form_sent_twice_is_done_once(books: tuple[str, Company], cash: Client) -> None:
    path = await customer(books[0], "W-TWICE")
    fields = {"type": "promotional_credit", "amount": "5", "visible": "", "internal": "", "key": "once-and-for-all"}
    for _ in range(2):
        await send(cash, path, 303, **fields)
    assert bare(await read(cash, "/customers/W-TWICE/unbilled")).count("Credits/Promotions") == 1


async def test_above_the_limit_it_waits_for_a_second_person(books: tuple[str, Company]) -> None:
    path = await customer(books[0], "W-LIMIT")
    async with signed_in(books[0], "agent", "Agnes") as agnes:
        fields = {"type": "manual_credit", "amount": "60", "service": "CALLS", "visible": "", "internal": "outage"}
        form = await read(agnes, f"{path}?type=manual_credit")
        summary = await send(agnes, f"{path}/summary", 200, key=key_in(form), **fields)
        assert "A second person has to approve it" in summary
        await send(agnes, path, 303, key=key_in(summary), **fields)
        assert "Nothing is unbilled." in await read(agnes, "/customers/W-LIMIT/unbilled")
        first = await read(agnes, path)
        assert "Your role may not" in first
        assert "type=manual_payment" not in first
    async with signed_in(books[0], "admin", "Adam") as adam:
        waiting = await read(adam, "/approvals")
        assert "Manual credit" in waiting


async def test_an_item_is_taken_back_from_the_tab(books: tuple[str, Company], cash: Client) -> None:
    path = await customer(books[0], "W-BACK")
    await adjust(cash, path, type="manual_charge", amount="12", service="CALLS", visible="oops", internal="")
    dialog = await read(cash, "/accounts/W-BACK/unbilled/1/take-back")
    assert "12.00 EUR DR" in bare(dialog)
    back = {"key": key_in(dialog), "comment": "wrong customer"}
    assert (
        await send(cash, "/accounts/W-BACK/unbilled/1/take-back", 303, **back)
        == "/customers/W-BACK/unbilled?account=W-BACK"
    )
    tab = bare(await read(cash, "/customers/W-BACK/unbilled"))
    assert "taken back by 2" in tab
    assert "takes back 1" in tab
    assert (await cash.get("/accounts/W-BACK/unbilled.csv")).text.count("\n") >= 3
    again = await send(cash, "/accounts/W-BACK/unbilled/1/take-back", 422, key="other", comment="")
    assert "Item 2 took item 1 back." in again


async def test_services_are_made_and_edited_in_the_settings(cash: Client) -> None:
    dialog = await read(cash, "/settings/new-service")
    fields = {"key": key_in(dialog), "code": "ROAMING", "label": "Roaming", "tax_rate": "5,5"}
    assert await send(cash, "/settings/new-service", 303, **fields) == "/settings/services"
    listed = bare(await read(cash, "/settings/services"))
    assert "Roaming ROAMING 5.5 % Active" in listed
    dialog = await read(cash, "/settings/services/ROAMING")
    fields = {"key": key_in(dialog), "label": "Roaming abroad", "tax_rate": "10", "version": "1"}
    assert await send(cash, "/settings/services/ROAMING", 303, **fields) == "/settings/services"
    assert "Roaming abroad ROAMING 10 % Not active" in bare(await read(cash, "/settings/services"))
    wrong = await send(cash, "/settings/new-service", 422, key="k", code="x", label="", tax_rate="120")
    assert "120 % is no tax rate." in wrong


async def test_switched_off_there_is_no_button_no_tab_and_no_page(books: tuple[str, Company], cash: Client) -> None:
    await customer(books[0], "W-OFF")
    assert "Adjust balance" in await read(cash, "/customers/W-OFF")
    async with open_pool(books[0]) as pool, pool.connection() as conn, conn.transaction():
        await conn.execute("update feature set is_on = false where code = 'adjustments'")
    try:
        async with signed_in(books[0], "admin", "Otto") as otto:
            text = await read(otto, "/customers/W-OFF")
            assert "Adjust balance" not in text
            assert "/customers/W-OFF/unbilled" not in text
            await read(otto, "/accounts/W-OFF/adjust", 404)
            await read(otto, "/customers/W-OFF/unbilled", 404)
    finally:
        async with open_pool(books[0]) as pool, pool.connection() as conn, conn.transaction():
            await conn.execute("update feature set is_on = true where code = 'adjustments'")


async def test_who_confirms_a_card_payment_of_the_wizard_comes_back_to_the_account(
    books: tuple[str, Company], cash: Client
) -> None:
    path = await customer(books[0], "CONFIRMS")
    async with open_pool(books[0]) as pool:
        async with pool.connection() as conn:
            account = (await resolve_accounts(conn, ["CONFIRMS"]))["CONFIRMS"].account_id
        gateway = Sandbox(pool, lambda: NOW)
        number = next(n for n, card in TEST_CARDS.items() if card.behaviour == THREE_D_SECURE)
        setup = await begin_setup(gateway, pool, account, "/", actor="test", clock=lambda: NOW)
        assert setup.gateway_reference is not None
        await gateway.enter_card(setup.gateway_reference, number, 2029, 12)
        assert await finish_setup(gateway, pool, (account, setup.setup_number), clock=lambda: NOW)
        fields = {"type": "ecommerce_payment", "amount": "30", "card": "1", "visible": "", "internal": ""}
        form = await read(cash, f"{path}?type=ecommerce_payment")
        summary = await send(cash, f"{path}/summary", 200, key=key_in(form), **fields)
        await send(cash, path, 303, key=key_in(summary), **fields)
        async with pool.connection() as conn:
            (asked,) = await list_transactions(conn, account)
        assert asked.gateway_reference is not None
        back = await cash.post(
            f"/sandbox/confirm/{asked.gateway_reference}", data={"answer": "yes"}, headers=OWN, follow_redirects=False
        )
        assert back.headers["location"].endswith("/accounts/CONFIRMS")
        assert "30.00 CR" in bare(await read(cash, "/accounts/CONFIRMS"))
