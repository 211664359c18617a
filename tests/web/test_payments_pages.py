"""Receipts of nobody on pages: recorded, found whose they are, assigned whole or in parts, sent back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from web.company import TODAY, Company
from web.desk import Client, guest, key_in, own_books, read, send, signed_in

from solde.customers import list_sellers
from solde.db import open_pool
from solde.operations import load_types
from solde.payments import ReceiptRequest, RecordedReceipt, record_unidentified

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


async def receive(
    dsn: str, amount: str = "100", *, payer: str = "Somebody", reference: str = "", currency: str = "EUR"
) -> int:
    """Money came in; gives the id of the receipt."""
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        seller = (await list_sellers(conn))[0]
        wish = ReceiptRequest(
            seller.seller_id, currency, Decimal(amount), TODAY - timedelta(days=2), "bank",
            payer_text=payer, reference=reference or None,
        )  # fmt: skip
        (made,) = await record_unidentified(conn, [wish], await load_types(conn), today=TODAY)
        assert isinstance(made, RecordedReceipt), made
        return made.receipt_id


async def test_a_receipt_is_recorded_and_listed(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "cashier", "Carlo 1") as carlo:
        key = key_in(await read(carlo, "/payments/receipts/new"))
        fields = {
            "key": key, "amount": "1 234,50", "currency": "eur", "date": "2026-11-20", "method": "WIRETRANSFER",
            "payer_text": f"Muster\n{HOSTILE}", "reference": "thanks",
        }  # fmt: skip
        for _ in range(2):
            assert await send(carlo, "/payments/receipts/new", **fields) == "/payments"
        raw = (await carlo.get("/payments?q=Muster", headers={"accept": "text/html"})).text
        assert HOSTILE not in raw
        assert raw.count("Muster &quot;") == 2, "once in the link and once in the name of its box"
        assert "1\u202f234.50" in raw


async def test_what_is_wrong_is_said_beside_its_field_and_kept(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "cashier", "Carlo 2") as carlo:
        text = await send(
            carlo, "/payments/receipts/new", 422, key="k", amount="-3", currency="XQX", date="", method="WIRETRANSFER",
            payer_text="Muster SA",
        )  # fmt: skip
        assert 'id="n-amount"' in text
        assert ">Muster SA</textarea>" in text
        text = await send(
            carlo, "/payments/receipts/new", 422, key="k", amount="3", currency="XQX", method="WIRETRANSFER"
        )
        assert 'id="n-currency"' in text


async def test_an_invoice_number_in_its_text_says_whose_it_is(books: tuple[str, Company]) -> None:
    number = await receive(books[0], "50", reference="re INV-2026-04151 thank you")
    async with signed_in(books[0], "cashier", "Carlo 3") as carlo:
        text = await read(carlo, f"/payments/receipts/{number}")
        assert "The text names INV-2026-04151" in text
        (assign,) = re.findall(r'href="(/payments/receipts/\d+/assign\?account=CUST-00412[^"]*)"', text)
        text = await read(carlo, assign)
        assert "What its text names: INV-2026-04151" in text
        fields = {"account": "CUST-00412", "amount": "20", "allocate": "named", "invoices": "1", "reason": ""}
        answer = await carlo.post(
            f"/payments/receipts/{number}/assign/preview", data=fields, headers={"sec-fetch-site": "same-origin"}
        )
        assert "INV-2026-04151" in answer.text
        assert "data-preview-place" in answer.text
        for _ in range(2):
            await send(carlo, f"/payments/receipts/{number}/assign", key="same", **fields)
        text = await read(carlo, f"/payments/receipts/{number}")
        assert "<b>30.00</b>" in text
        assert text.count('href="/accounts/CUST-00412/operations/') == 1


async def test_never_more_is_assigned_than_is_left(books: tuple[str, Company]) -> None:
    number = await receive(books[0], "10")
    async with signed_in(books[0], "cashier", "Carlo 4") as carlo:
        address = f"/payments/receipts/{number}/assign"
        text = await send(carlo, address, 422, key="a", account="CUST-00412", amount="10.01", allocate="oldest")
        assert 'value="10.01"' in text
        assert "Unknown" not in await send(carlo, address, 422, key="b", account="NOPE", amount="1")
        assert 'id="n-account"' in await send(carlo, address, 422, key="c", account="", amount="1")
        await send(carlo, address, key="d", account="CUST-00412", amount="", allocate="none")
        assert "Nothing of it is left." in await read(carlo, f"/payments/receipts/{number}")
        await send(carlo, address, 422, key="e", account="CUST-00412", amount="1")


async def test_what_is_left_is_sent_back_with_a_reason(books: tuple[str, Company]) -> None:
    number = await receive(books[0], "12.34")
    async with signed_in(books[0], "cashier", "Carlo 5") as carlo:
        address = f"/payments/receipts/{number}/return"
        assert 'id="n-reason"' in await send(carlo, address, 422, key="a", reason="", date="")
        assert 'id="n-date"' in await send(carlo, address, 422, key="b", reason="no", date="2020-01-01")
        await send(carlo, address, key="c", reason="sent to us by mistake", date="")
        assert "sent to us by mistake" in await read(carlo, f"/payments/receipts/{number}")


async def test_who_may_not_act_sees_no_buttons_and_is_refused(books: tuple[str, Company]) -> None:
    number = await receive(books[0])
    async with guest(books[0]) as client:
        await refused_everywhere(client, number)
    async with signed_in(books[0], "agent", "Amara") as amara:
        await refused_everywhere(amara, number)


async def refused_everywhere(client: Client, number: int) -> None:
    text = await read(client, f"/payments/receipts/{number}")
    assert f"/payments/receipts/{number}/" not in text
    assert "/payments/receipts/new" not in await read(client, "/payments")
    for address in (
        f"/payments/receipts/{number}/assign",
        f"/payments/receipts/{number}/return",
        "/payments/receipts/new",
    ):
        await read(client, address, 403)
        await send(client, address, 403, key="k")


async def test_another_sellers_receipts_do_not_exist(books: tuple[str, Company]) -> None:
    number = await receive(books[0], payer="Quite Unique")
    async with signed_in(books[0], "cashier", "Nobody", "OTHER") as other:
        await read(other, f"/payments/receipts/{number}", 404)
        await read(other, f"/payments/receipts/{number}/assign", 404)
        assert "Quite Unique" not in await read(other, "/payments")


async def test_accounts_are_found_by_name_for_the_field(books: tuple[str, Company]) -> None:
    async with guest(books[0]) as client:
        text = await read(client, "/payments/accounts?q=easycall&currency=EUR")
        assert '<option value="CUST-00412">EasyCall Ltd. · EUR</option>' in text
        assert "option" not in await read(client, "/payments/accounts?q=easycall&currency=USD")


@pytest.mark.parametrize("number", ["0", "999999", "99999999999999999999999"])
async def test_an_unknown_receipt_is_not_found(books: tuple[str, Company], number: str) -> None:
    async with guest(books[0]) as client:
        await read(client, f"/payments/receipts/{number}", 404)
