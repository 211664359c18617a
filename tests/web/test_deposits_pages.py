"""The pages of security deposits: the tab, a deposit, its dialogs, its settings; and who sees which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from web.company import Company
from web.desk import OWN, Client, key_in, own_books, read, send, signed_in

from solde.db import open_pool
from solde.features import switch

ACCOUNT = "/accounts/CUST-00412"
ACTIONS = f"{ACCOUNT}/actions"
TAB = "/customers/CUST-00412/deposits?account=CUST-00412"


@pytest.fixture
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as opened:
        yield opened


@pytest.fixture
def dsn(books: tuple[str, Company]) -> str:
    return books[0]


async def do(client: Client, action: str, status: int = 303, query: str = "", **fields: str) -> str:
    """Open a dialog and send its form."""
    key = key_in(await read(client, f"{ACTIONS}/{action}{query}"))
    return await send(client, f"{ACTIONS}/{action}", status, key=key, **fields)


async def preview(client: Client, action: str, **fields: str) -> str:
    answer = await client.post(
        f"{ACTIONS}/{action}/preview", data=fields, headers={**OWN, "solde-dialog": "1"}, follow_redirects=False
    )
    assert answer.status_code == 200, answer.text[:1500]
    return unescape(answer.text)


async def have_deposit(client: Client, amount: str = "100", funded: str = "100") -> None:
    """A deposit, number 1, with money."""
    assert (await do(client, "deposit-request", template="STANDARD", amount=amount)).startswith("/customers/CUST-00412")
    await do(client, "deposit-fund", query="?deposit=1", deposit="1", amount=funded, method="WIRETRANSFER")


def reasons(text: str) -> dict[str, str]:
    """The actions of a deposit's page that are not possible, and why."""
    return {
        re.sub(r"<.*?>", "", label).strip(): why
        for why, label in re.findall(r'aria-disabled="true"[^>]*title="([^"]*)"[^>]*>(?:<svg.*?</svg>)?([^<]*)', text)
    }


async def test_the_life_of_a_deposit_on_its_pages(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Ada") as client:
        assert "No security deposit" in await read(client, TAB)
        told = await preview(client, "deposit-request", template="STANDARD", amount="100")
        assert "Security deposit request" in told
        assert "Security deposit balance" in told
        assert "Default balance" not in told
        await do(client, "deposit-request", template="STANDARD", amount="100", name="Office")
        text = await read(client, TAB)
        assert "Office" in text
        assert "Requested" in text
        page = await read(client, f"{ACCOUNT}/deposits/1")
        assert reasons(page) == {"Pay an invoice": "Nothing is held", "Refund": "Nothing is held"}
        await do(client, "deposit-fund", query="?deposit=1", deposit="1", amount="100", method="WIRETRANSFER")
        page = await read(client, f"{ACCOUNT}/deposits/1")
        assert "Funded" in page
        assert reasons(page) == {
            "Register money for it": "Nothing more is asked for",
            "Cancel": "Only what nobody paid is cancelled",
        }
        form = await read(client, f"{ACTIONS}/deposit-pay?deposit=1")
        operation = re.search(r'<option value="(\d+)" selected>', form)
        assert operation is not None
        told = await preview(client, "deposit-pay", deposit="1", operation=operation[1], amount="30")
        assert "Payment by security deposit" in told
        assert "Default balance" in told
        await do(client, "deposit-pay", query="?deposit=1", deposit="1", operation=operation[1], amount="30")
        assert "In use" in await read(client, TAB)
        await do(client, "deposit-refund", query="?deposit=1", deposit="1", amount="70", method="WIRETRANSFER")
        page = await read(client, f"{ACCOUNT}/deposits/1")
        assert len(reasons(page)) == 4
        steps = re.findall(r'<th scope="row">([A-Za-z ]+?) <', page)
        assert steps == ["Given back", "Paid", "Money received", "Asked for"]
        activity = await read(client, "/customers/CUST-00412/activity?kind=deposits")
        for words in ("Asked for the deposit Office", "Received 100.00", "Paid 30.00", "Gave back 70.00"):
            assert words in activity


async def test_a_debit_is_paid_with_a_deposit_from_the_balance_tab(dsn: str) -> None:
    async with signed_in(dsn, "cashier", "Carlo") as client:
        text = await read(client, f"{ACCOUNT}?side=debit&matching_status=O")
        assert f'data-href="{ACTIONS}/pay-by-deposit"' in text
        number = re.findall(r'<tr data-key="(\d+)"[^>]*?data-kinds="debit[^"]*"', text)[0]
        assert "No security deposit of this account holds money" in await read(
            client, f"{ACTIONS}/pay-by-deposit?n={number}"
        )
        await have_deposit(client)
        form = await read(client, f"{ACTIONS}/pay-by-deposit?n={number}")
        assert "STANDARD-1: 100.00 EUR held" in form
        await send(client, f"{ACTIONS}/pay-by-deposit", key=key_in(form), n=number, deposit="1", amount="1")
        assert "99.00" in await read(client, TAB)
        over = await do(client, "pay-by-deposit", 422, f"?n={number}", n=number, deposit="1", amount="99.01")
        assert "99 is held" in over


async def test_a_rejected_funding_is_booked_from_the_history(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Ada") as client:
        await have_deposit(client)
        page = await read(client, f"{ACCOUNT}/deposits/1")
        href = re.search(r'href="([^"]*deposit-reject[^"]*)"', page)
        assert href is not None
        payment = href[1].rpartition("payment=")[2]
        assert "asked for again" in await read(client, href[1])
        query = f"?deposit=1&payment={payment}"
        assert "needed" in await do(client, "deposit-reject", 422, query, deposit="1", payment=payment)
        await do(client, "deposit-reject", query=query, deposit="1", payment=payment, reason="no money")
        page = await read(client, f"{ACCOUNT}/deposits/1")
        assert "deposit-reject" not in page
        assert "Requested" in page
        await do(client, "deposit-cancel", query="?deposit=1", deposit="1", reason="no money")
        assert "Cancelled" in await read(client, TAB)


async def test_each_role_is_offered_what_it_may_do(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Ada") as client:
        await have_deposit(client)
    seen = {}
    for role in ("viewer", "agent", "cashier", "controller", "accountant"):
        async with signed_in(dsn, role, f"Roles {role}") as client:
            tab, page = await read(client, TAB), await read(client, f"{ACCOUNT}/deposits/1")
            seen[role] = set(re.findall(r"/actions/(deposit-[a-z]+)", tab + page))
            for action in ("deposit-request", "deposit-pay?deposit=1", "deposit-refund?deposit=1"):
                name = action.partition("?")[0]
                await read(client, f"{ACTIONS}/{action}", 200 if name in seen[role] else 403)
    assert seen["viewer"] == seen["agent"] == set()
    assert seen["cashier"] == {"deposit-request", "deposit-pay", "deposit-refund", "deposit-reject"}
    assert seen["controller"] == seen["accountant"] == seen["cashier"] - {"deposit-refund"}


async def test_another_sellers_deposit_is_not_there(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Ada") as client:
        await have_deposit(client)
        await read(client, f"{ACCOUNT}/deposits/2", 404)
    async with signed_in(dsn, "admin", "Olga", seller="OTHER") as client:
        await read(client, f"{ACCOUNT}/deposits/1", 404)
        await read(client, TAB, 404)


async def test_a_refund_above_the_limit_is_approved_by_another(dsn: str) -> None:
    async with signed_in(dsn, "cashier", "Carlo") as client:
        await have_deposit(client, "900", "900")
        await do(client, "deposit-refund", query="?deposit=1", deposit="1", amount="900")
        assert "900.00" in await read(client, TAB)
    async with signed_in(dsn, "admin", "Ada") as client:
        listed = await read(client, "/approvals")
        assert "Refund of a security deposit" in listed
        href = re.search(r'href="(/approvals/\d+)"', listed)
        assert href is not None
        said = await read(client, href[1])
        assert "Security deposit refunded" in said
        key = key_in(await read(client, f"{href[1]}/approve"))
        await send(client, f"{href[1]}/approve", key=key)
        assert "Refunded" in await read(client, TAB)


async def test_switched_off_there_is_none_of_it(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Ada") as client:
        await have_deposit(client)
        async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
            await switch(conn, "security_deposits", False, "test")
    async with signed_in(dsn, "admin", "Bea") as client:
        for address in (TAB, f"{ACCOUNT}/deposits/1", "/settings/deposits", f"{ACTIONS}/deposit-request"):
            await read(client, address, 404)
        text = await read(client, ACCOUNT)
        assert "pay-by-deposit" not in text
        assert "/deposits" not in text
        assert "/settings/deposits" not in await read(client, "/settings")


async def test_templates_are_made_and_changed(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Ada") as client:
        form = await read(client, "/settings/new-deposit-template")
        fields = {
            "code": "office",
            "label": "Office",
            "currency": "eur",
            "min": "50",
            "max": "1 000,50",
            "state": "ACTIVE",
        }
        more = {"validity": "12", "validity_unit": "MONTHS"}
        assert (
            await send(client, "/settings/new-deposit-template", key=key_in(form), **fields, **more)
            == "/settings/deposits"
        )
        text = await read(client, "/settings/deposits")
        assert "OFFICE" in text
        assert "12 months" in text
        assert "1\u202f000.50" in text
        form = await read(client, "/settings/deposit-templates/OFFICE")
        assert '<option value="DRAFT"' not in form
        kept = {"version": "1", "label": "Office", "state": "ARCHIVED", "min": "", "max": "", "validity": ""}
        await send(client, "/settings/deposit-templates/OFFICE", key=key_in(form), **kept)
        text = await read(client, "/settings/deposits")
        assert "Archived" in text
        late = await send(client, "/settings/deposit-templates/OFFICE", 422, key="other", **kept)
        assert "version" in late
        wrong = await send(
            client,
            "/settings/new-deposit-template",
            422,
            key="x",
            code="1",
            label="",
            currency="EURO",
            min="x",
            state="ACTIVE",
        )
        assert "not an amount" in wrong


async def test_limits_and_the_automatic_refund_are_set(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Ada") as client:
        form = await read(client, "/settings/deposit-limits")
        fields = {"version": "1", "auto_refund": "true", "currency-0": "eur", "deposit-0": "500", "customer-0": "600"}
        await send(client, "/settings/deposit-limits", key=key_in(form), **fields)
        text = await read(client, "/settings/deposits")
        assert "500.00" in text
        assert "600.00" in text
        assert "within the hour after" in text
        over = await do(client, "deposit-request", 422, template="STANDARD", amount="501")
        assert "at most 500" in over
        twice = {"version": "2", "currency-0": "EUR", "deposit-0": "1", "currency-1": "EUR"}
        wrong = await send(client, "/settings/deposit-limits", 422, key="x", **twice)
        assert "named twice" in wrong
    async with signed_in(dsn, "accountant", "Ann") as client:
        assert "new-deposit-template" not in await read(client, "/settings/deposits")
        await read(client, "/settings/deposit-limits", 403)
