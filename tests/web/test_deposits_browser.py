"""The life of a security deposit through the screens, in a real browser."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from web.company import NOW
from web.conftest import PATIENCE, Watched, app_on, serve
from web.desk import own_books

from solde.access import create_token
from solde.db import open_pool

TAB = "/customers/CUST-00412/deposits?account=CUST-00412"


async def token_of(dsn: str) -> str:
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        return (await create_token(conn, name="Ada", role="admin", sellers=["MAIN"], actor="test", now=NOW)).secret


@pytest.fixture
def page(screen: int, browser: Browser, server_url: str, template: str) -> Iterator[Page]:
    """A page of somebody signed in, on books of its own; at the end nothing may have gone wrong on it."""
    with own_books(server_url, template) as (dsn, _), serve(app_on(dsn, demo=False)) as address:
        token = ThreadPoolExecutor(1).submit(lambda: asyncio.run(token_of(dsn))).result()
        size = {"width": screen, "height": 800}
        context = browser.new_context(base_url=address, viewport=size, color_scheme="light")  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        watched = Watched(context.new_page(), address)
        watched.page.request.post("/sign-in", form={"token": token}, headers={"sec-fetch-site": "same-origin"})
        yield watched.page
        context.close()
        assert watched.faults == []


def confirm(page: Page, button: str) -> None:
    """Wait for the preview of a dialog, then do it."""
    expect(page.locator("[data-preview-place]")).to_contain_text("Will be posted")
    page.get_by_role("button", name=button, exact=True).click()


def row_of(page: Page) -> Locator:
    """The deposit in the list of the tab."""
    return page.locator("main .set-table tr", has_text="Office")


def open_deposit(page: Page) -> None:
    page.goto(TAB)
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")
    page.get_by_role("link", name="Office").click()
    expect(page.locator("#drawer-body h1")).to_have_text("Office")


def test_a_deposit_is_asked_for_funded_used_and_given_back(page: Page) -> None:
    page.goto(TAB)
    expect(page.get_by_text("No security deposit", exact=True)).to_be_visible()
    page.get_by_role("link", name="Request a deposit").click()
    page.get_by_label("Template").select_option("STANDARD")
    page.get_by_label("Amount").fill("100")
    page.get_by_label("Name").fill("Office")
    confirm(page, "Request the deposit")
    expect(row_of(page)).to_contain_text("Requested")

    open_deposit(page)
    drawer = page.locator("#drawer-body")
    expect(drawer.locator("[aria-disabled=true]", has_text="Refund")).to_have_attribute("title", "Nothing is held")
    drawer.get_by_role("link", name="Register money for it").click()
    expect(page.get_by_label("Amount")).to_have_value("100.00")
    page.get_by_label("Payment method").select_option("WIRETRANSFER")
    confirm(page, "Register the money")
    expect(row_of(page)).to_contain_text("Funded")

    open_deposit(page)
    drawer.get_by_role("link", name="Pay an invoice").click()
    page.get_by_label("Amount").fill("80")
    expect(page.locator("[data-preview-place]")).to_contain_text("Payment by security deposit")
    expect(page.locator("[data-preview-place]")).to_contain_text("20.00 CR")
    confirm(page, "Pay with the deposit")
    expect(row_of(page)).to_contain_text("In use")

    open_deposit(page)
    drawer.get_by_role("link", name="Refund", exact=True).click()
    expect(page.get_by_label("Amount")).to_have_value("20.00")
    confirm(page, "Refund the deposit")
    expect(row_of(page)).to_contain_text("Refunded")
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, "the page is wider than its window"


def test_an_invoice_is_paid_with_a_deposit_from_the_balance_tab(page: Page) -> None:
    page.goto("/accounts/CUST-00412/actions/deposit-request")
    page.get_by_label("Template").select_option("STANDARD")
    page.get_by_label("Amount").fill("50")
    page.get_by_label("Name").fill("Office")
    confirm(page, "Request the deposit")
    page.goto("/accounts/CUST-00412/actions/deposit-fund?deposit=1")
    page.get_by_label("Payment method").select_option("CASH")
    confirm(page, "Register the money")
    expect(row_of(page)).to_contain_text("Funded")
    page.goto("/accounts/CUST-00412?side=debit&matching_status=O")
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")
    row = page.locator('tr[data-kinds*="debit"]:not([data-kinds*="shut"]):not([data-kinds*="disputed"])').first
    number = row.get_attribute("data-key")
    page.goto(f"/accounts/CUST-00412/operations/{number}")
    page.get_by_role("link", name="Pay with security deposit").click()
    page.get_by_label("Amount").fill("40")
    confirm(page, "Pay with the deposit")
    expect(page.get_by_text("Paid with the deposit")).to_be_visible()
    page.goto(TAB)
    expect(row_of(page)).to_contain_text("10.00")
