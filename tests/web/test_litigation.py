"""Litigation, credit notes and write-offs on pages: the work list, the dialogs, the reasons; rights, sellers and features."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from web.company import NOW, Company
from web.desk import Client, guest, key_in, own_books, read, send, signed_in

from solde.db import Connection, open_pool, transaction
from solde.features import switch
from solde.verification import verify

ACCOUNT = "/accounts/CUST-00412"
ACTIONS = f"{ACCOUNT}/actions"
FROM_LIST: Any = {"from": "litigation"}


@pytest.fixture
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


async def rows_of(client: Client, query: str = "") -> dict[str, list[str]]:
    """The rows of the balance tab by number, with their kinds."""
    text = await read(client, f"{ACCOUNT}?{query}")
    return {n: kinds.split() for n, kinds in re.findall(r'<tr data-key="(\d+)"[^>]*?data-kinds="([^"]*)"', text)}


async def open_invoices(client: Client) -> list[str]:
    rows = await rows_of(client, "class=I&side=debit&matching_status=O")
    return [n for n, kinds in rows.items() if "not_invoice" not in kinds and "unargued" in kinds]


async def act(client: Client, action: str, *numbers: str, status: int = 303, **fields: str) -> str:
    """Open an action's dialog, fill it in and send it."""
    query = "&".join(f"n={n}" for n in numbers)
    text = await read(client, f"{ACTIONS}/{action}?{query}")
    shown = dict(re.findall(r'<input class="input" id="f-\w+" type="\w+" name="(\w+)" value="([^"]*)"', text))
    chosen = {f"n{i}": n for i, n in enumerate(numbers)}
    body = [("n", n) for n in chosen.values()] + [*(shown | fields | {"key": key_in(text)}).items()]
    answer = await client.post(
        f"{ACTIONS}/{action}", content="&".join(f"{k}={v}" for k, v in body).encode(), follow_redirects=False,
        headers={"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin", "accept": "text/html"},
    )  # fmt: skip
    assert answer.status_code == status, answer.text[:2000]
    return answer.headers["location"] if status == 303 else answer.text


async def proven(dsn: str) -> None:
    async with open_pool(dsn) as pool:
        assert (await verify(pool, now=NOW)).differences == ()


async def test_a_litigation_is_entered_updated_and_removed(books: tuple[str, Company]) -> None:
    dsn, _ = books
    async with signed_in(dsn, "controller", "Kim 1") as kim:
        number, *_ = await open_invoices(kim)
        await act(kim, "enter-litigation", number, amount="1", reason_code="PRICE", review_date="2026-11-01")
        listed = await read(kim, "/litigation?show=overdue")
        assert f'data-key="CUST-00412/{number}"' in listed
        assert "Wrong price" in listed
        again = await act(kim, "enter-litigation", number, status=422, amount="1", reason_code="PRICE")
        assert "is in litigation with 1" in again
        place = await act(kim, "update-litigation", number, amount="2", owner="ben", reason_code="PRICE", **FROM_LIST)
        assert place == "/litigation"
        detail = await read(kim, f"{ACCOUNT}/operations/{number}")
        assert re.search(r"Changed</strong> 22 Nov 2026 · <span[^>]*>2.00</span> · Wrong price · ben", detail)
        assert await act(kim, "remove-litigation", number, reason="settled") == ACCOUNT
        assert f"CUST-00412/{number}" not in await read(kim, "/litigation")
    await proven(dsn)


@pytest.mark.parametrize("action", ["update-litigation", "remove-litigation"])
async def test_what_somebody_else_saved_since_the_dialog_was_drawn_is_not_overwritten(
    books: tuple[str, Company], action: str
) -> None:
    dsn, _ = books
    async with signed_in(dsn, "controller", "Kim 9") as kim, signed_in(dsn, "agent", "Amara 9") as amara:
        number, *_ = await open_invoices(kim)
        await act(kim, "enter-litigation", number, amount="1", reason_code="PRICE")
        drawn = await read(kim, f"{ACTIONS}/{action}?n={number}")
        (version,) = re.findall(rf'name="version-{number}" value="(\d+)"', drawn)
        old = {f"version-{number}": version, "reason": "old"}
        await act(
            amara, "update-litigation", number, amount="2", reason_code="QUALITY", **{f"version-{number}": version}
        )
        refused = await act(kim, action, number, status=422, **old)
        assert f"The litigation of operation {number} was changed meanwhile" in refused
        assert "2.00" in await read(kim, f"{ACCOUNT}/operations/{number}")
    await proven(dsn)


async def test_several_invoices_are_disputed_wholly_and_changed_together(books: tuple[str, Company]) -> None:
    dsn, _ = books
    async with signed_in(dsn, "agent", "Amara 1") as amara:
        first, second, *_ = await open_invoices(amara)
        await act(amara, "enter-litigation", first, second, reason_code="QUALITY", owner="amara")
        assert (await rows_of(amara))[first].count("disputed") == 1
        await act(amara, "update-litigation", first, second, reason="line was down", owner="")
        text = await read(amara, "/litigation?owner=amara&reason=QUALITY")
        assert text.count('data-key="CUST-00412/') == 2
        await act(amara, "remove-litigation", first, second)
    await proven(dsn)


async def test_an_invoice_is_credited_and_the_credit_note_taken_back(books: tuple[str, Company]) -> None:
    dsn, _ = books
    async with signed_in(dsn, "controller", "Kim 2") as kim:
        number, *_ = await open_invoices(kim)
        await act(kim, "credit-note", number, amount="5", reference="CN-77", reason="price")
        rows = await rows_of(kim, "reference=CN-77")
        ((note, kinds),) = rows.items()
        assert {"crn", "credit"} <= set(kinds)
        assert "5.00 EUR is credited already" in await read(kim, f"{ACTIONS}/credit-note?n={number}")
        await act(kim, "credit-note-reversal", note, reason="it was right")
        refused = await act(kim, "credit-note-reversal", note, status=422, reason="again")
        assert "was taken back before" in refused
        assert "Credit note taken back" in await read(kim, ACCOUNT)
    await proven(dsn)


async def test_several_debits_are_written_off_for_one_reason_and_one_is_taken_back(books: tuple[str, Company]) -> None:
    dsn, _ = books
    async with signed_in(dsn, "admin", "Alex 1") as alex:
        first, second, *_ = await open_invoices(alex)
        await act(alex, "write-off", first, second, reason="hopeless")
        rows = await rows_of(alex)
        assert "shut" in rows[first]
        assert "shut" in rows[second]
        (one, _other) = [n for n, kinds in rows.items() if "given_up" in kinds][:2]
        await act(alex, "write-off-reversal", one, reason="paid after all")
        rows = await rows_of(alex)
        assert [("shut" in rows[n]) for n in (first, second)].count(True) == 1
    await proven(dsn)


async def test_several_write_offs_above_a_limit_wait_together(books: tuple[str, Company]) -> None:
    dsn, _ = books
    async with signed_in(dsn, "controller", "Kim 3") as kim, signed_in(dsn, "admin", "Alex 2") as alex:
        chosen = await open_invoices(kim)
        await act(kim, "write-off", *chosen, reason="hopeless")
        assert "shut" not in (await rows_of(kim))[chosen[0]]
        text = await read(alex, "/approvals")
        (waiting,) = set(re.findall(r'href="(/approvals/\d+)"', text))
        assert "How much of each" in await read(alex, waiting)
        key = key_in(await read(alex, f"{waiting}/approve"))
        await send(alex, f"{waiting}/approve", key=key, reason="")
        assert not set(chosen) & set(await open_invoices(kim))
    await proven(dsn)


async def test_who_may_not_is_offered_nothing_and_refused(books: tuple[str, Company]) -> None:
    dsn, company = books
    async with signed_in(dsn, "viewer", "Vera 1") as vera:
        assert "data-href" not in await read(vera, "/litigation")
        for action in ("enter-litigation", "credit-note", "write-off", "credit-note-reversal"):
            await read(vera, f"{ACTIONS}/{action}?n=1", 403)
        await read(vera, "/litigation/actions/update-litigation?n=CUST-00412/20", 403)
        await read(vera, "/settings/new-litigation-reason", 403)
    async with signed_in(dsn, "agent", "Amara 2") as amara:
        await read(amara, f"{ACTIONS}/credit-note?n=1", 403)
        await read(amara, f"{ACTIONS}/write-off-reversal?n=1", 403)
    async with signed_in(dsn, "controller", "Kim 4", "OTHER") as kim:
        assert "Nothing is in litigation" in await read(kim, "/litigation")
        assert "CUST-00412" not in await read(kim, "/litigation.csv")
        await read(kim, f"{ACTIONS}/enter-litigation?n=1", 404)
    async with guest(dsn) as visitor:
        assert company.easycall in await read(visitor, "/litigation")


async def test_the_list_is_filtered_sorted_and_a_file(books: tuple[str, Company]) -> None:
    dsn, _ = books
    async with signed_in(dsn, "controller", "Kim 5") as kim:
        for query, there in (
            ("", True), ("q=easycall", True), ("q=nobody", False), ("show=mine", False), ("show=unowned", True),
            ("reason_code=PRICE", False), ("age_from=30", False), ("sort=-amount", True), ("currency=EUR", True), ("currency=CHF", False),
        ):  # fmt: skip
            assert ("CUST-00412" in await read(kim, f"/litigation?{query}")) is there, query
        assert "115.89" in await read(kim, "/litigation.csv?q=easycall")
        assert (await kim.get("/litigation.xlsx")).content[:2] == b"PK"
        assert "this was left out" in await read(kim, "/litigation?sort=colour")
        await read(kim, "/litigation.csv?sort=colour", 422)
        await read(kim, "/litigation?cursor=nonsense", 422)
        await read(kim, "/litigation/actions/update-litigation", 422)


async def test_reasons_are_made_and_changed_in_the_settings(books: tuple[str, Company]) -> None:
    dsn, _ = books
    place = "/settings/litigation-reasons"
    async with signed_in(dsn, "admin", "Alex 3") as alex:
        key = key_in(await read(alex, "/settings/new-litigation-reason"))
        refused = await send(
            alex, "/settings/new-litigation-reason", 422, key=key, code="x", label="Damaged", position=""
        )
        assert 'id="n-code"' in refused
        assert (
            await send(alex, "/settings/new-litigation-reason", key=key, code="DAMAGED", label="Damaged", position="")
            == place
        )
        text = await read(alex, f"{place}/DAMAGED")
        seen = {"seen_label": "Damaged", "seen_position": "8", "seen_active": "true"}
        await send(alex, f"{place}/DAMAGED", key=key_in(text), label="Damaged", position="8", **seen)
        assert "No longer used" in await read(alex, place)
        late = await send(
            alex, f"{place}/DAMAGED", 422, key="other", label="Broken", position="8", is_active="true", **seen
        )
        assert "changed by somebody else" in late
        number, *_ = await open_invoices(alex)
        assert "DAMAGED" not in await read(alex, f"{ACTIONS}/enter-litigation?n={number}")
        await read(alex, f"{place}/NOPE", 404)


@pytest.mark.parametrize(
    ("feature", "gone", "actions"),
    [
        (
            "litigation",
            ("/litigation", "/litigation.csv", "/settings/litigation-reasons", f"{ACTIONS}/enter-litigation?n=1"),
            ("enter-litigation", "update-litigation", "remove-litigation"),
        ),
        ("credit_notes", (f"{ACTIONS}/credit-note?n=1",), ("credit-note", "credit-note-reversal")),
        (
            "write_offs",
            ("/payments/small-balances", f"{ACTIONS}/write-off?n=1"),
            ("write-off", "write-off-reversal"),
        ),
    ],
)
async def test_what_is_switched_off_is_gone(
    books: tuple[str, Company], feature: str, gone: tuple[str, ...], actions: tuple[str, ...]
) -> None:
    dsn, _ = books

    async def off(conn: Connection) -> None:
        await switch(conn, feature, False, "test")

    async with open_pool(dsn) as pool:
        await transaction(pool, off)
    async with signed_in(dsn, "admin", "Alex 4") as alex:
        for path in gone:
            await read(alex, path, 404)
        text = await read(alex, ACCOUNT)
        assert not set(actions) & set(re.findall(r"/actions/([a-z-]+)", text))
        if feature == "litigation":
            assert 'href="/litigation"' not in text
            assert "115.89" in text, "the data is kept"
            assert "/settings/litigation-reasons" not in await read(alex, "/settings")
        if feature == "write_offs":
            assert "/payments/small-balances" not in await read(alex, "/payments")
