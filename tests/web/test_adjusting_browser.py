"""The ten transactions in a real browser, of a customer who pays before and of one who pays after; then the books prove."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from lengths import LONG
from playwright.sync_api import Browser, Page, expect
from web.company import NOW, Company
from web.conftest import PATIENCE, Watched, serve
from web.desk import own_books
from web.test_accessible import AXE, RUN
from web.test_work_browser import sign_in

from solde.access import create_token
from solde.app.application import create_app
from solde.app.settings import ApiSettings
from solde.cards.adapters.known_cards import TEST_CARDS
from solde.cards.adapters.sandbox import Sandbox
from solde.cards.stored_cards import begin_setup, finish_setup
from solde.customers import NewCustomer, create_customers, resolve_accounts
from solde.db import open_pool
from solde.verification import verify


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


async def _prepare(dsn: str) -> str:
    """A prepaid and a postpaid customer, each with a card that approves."""
    async with open_pool(dsn) as pool:
        async with pool.connection() as conn, conn.transaction():
            token = await create_token(conn, name="Alex", role="admin", sellers=["MAIN"], actor="test", now=NOW)
            new = [
                NewCustomer(
                    code=mode, name=f"{mode.title()} Customer", country="FR", currency="EUR", seller="MAIN",
                    payment_mode=mode,
                )
                for mode in ("PREPAID", "POSTPAID")
            ]  # fmt: skip
            await create_customers(conn, new, actor="test", now=NOW, allow_incomplete=True)
            refs = await resolve_accounts(conn, ["PREPAID", "POSTPAID"])
        gateway = Sandbox(pool, lambda: NOW, address="http://here")
        number = next(n for n, card in TEST_CARDS.items() if card.behaviour == "approve")
        for ref in refs.values():
            setup = await begin_setup(gateway, pool, ref.account_id, "http://back", actor="test", clock=lambda: NOW)
            assert setup.gateway_reference is not None
            await gateway.enter_card(setup.gateway_reference, number, 2029, 12)
            assert await finish_setup(gateway, pool, (ref.account_id, setup.setup_number), clock=lambda: NOW)
    return token.secret


@pytest.fixture(scope="module")
def desk(books: tuple[str, Company]) -> Iterator[tuple[str, str]]:
    secret = ThreadPoolExecutor(1).submit(lambda: asyncio.run(_prepare(books[0]))).result()
    with serve(create_app(books[0], ApiSettings(pool_min=1, pool_max=6), clock=lambda: NOW)) as address:
        yield address, secret


@pytest.fixture
def page(browser: Browser, desk: tuple[str, str]) -> Iterator[Page]:
    context = browser.new_context(base_url=desk[0], viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    watched = Watched(context.new_page(), desk[0])
    sign_in(watched.page, desk[1])
    yield watched.page
    context.close()


STEPS = [
    ("1", "manual_charge", "50", {"service": "CALLS"}, "50.00"),
    ("2", "manual_credit", "10", {"service": "CALLS"}, "40.00"),
    ("3", "promotional_credit", "5", {}, "35.00"),
    ("4", "manual_payment", "100", {"method": "CASH"}, "65.00"),
    ("5", "refund", "20", {}, "45.00"),
    ("6", "ecommerce_payment", "30", {}, "75.00"),
    ("7", "ecommerce_refund", "12", {}, "63.00"),
    ("8", "authorization_only", "40", {}, "63.00"),
    ("9", "capture_payment", "25", {}, "88.00"),
    ("8", "authorization_only", "15", {}, "88.00"),
    ("0", "void", "", {}, "88.00"),
]
"""The key, the transaction, how much, what is chosen, and the size of what is owed or of the funds afterwards."""


@pytest.mark.parametrize("mode", ["PREPAID", "POSTPAID"] if LONG else ["PREPAID"])
def test_the_ten_transactions_go_by_the_keyboard(page: Page, books: tuple[str, Company], mode: str) -> None:
    for digit, kind, amount, chosen, after in STEPS:
        page.goto(f"/accounts/{mode}/adjust")
        page.keyboard.press(digit)
        page.wait_for_url(f"**type={kind}")
        for name, value in chosen.items():
            page.locator(f"#f-{name}").select_option(value)
        last = page.locator("#f-amount") if amount else page.locator("[data-primary]")
        if amount:
            last.fill(amount)
        last.press("Enter")
        expect(page.locator(".effects tbody tr").first.locator("td").last).to_contain_text(after)
        page.keyboard.press("Enter")
        expect(page.locator("[data-toast]")).to_contain_text("done")
    page.goto(f"/customers/{mode}/unbilled")
    expect(page.locator(".set-table").last.locator("tbody tr")).to_have_count(10)
    expect(page.locator(".mark.green")).to_have_count(10)
    report = ThreadPoolExecutor(1).submit(lambda: asyncio.run(_verify(books[0]))).result()
    assert report == []


async def _verify(dsn: str) -> list[str]:
    async with open_pool(dsn) as pool:
        report = await verify(pool, now=datetime.now(UTC))
    return [f"{one.check}: {one.place}" for one in report.differences]


def test_escape_goes_back_and_keeps_what_was_typed(page: Page) -> None:
    page.goto("/accounts/POSTPAID/adjust?type=manual_charge")
    page.locator("#f-service").select_option("CALLS")
    page.locator("#f-visible").fill("one\ntwo")
    page.locator("#f-amount").fill("3")
    page.locator("#f-amount").press("Enter")
    expect(page.locator(".effects")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#f-amount")).to_have_value("3")
    expect(page.locator("#f-visible")).to_have_value("one\ntwo")
    page.keyboard.press("Escape")
    page.wait_for_url("**/adjust")


@pytest.mark.parametrize("width", [390, 1280])
def test_each_step_fits_and_is_accessible(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for address in (
        "/accounts/PREPAID/adjust",
        "/accounts/PREPAID/adjust?type=manual_charge",
        "/customers/PREPAID/unbilled",
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(AXE)
        assert page.evaluate(RUN) == []
