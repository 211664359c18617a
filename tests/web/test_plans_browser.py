"""The life of an instalment plan in a real browser: wizard, draft, activation, payment, breaking."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, expect
from web.company import NOW
from web.conftest import PATIENCE, Watched, app_on, serve
from web.desk import own_books

from solde.access import create_token
from solde.db import open_pool
from solde.verification import verify

ACCOUNT, PLANS = "/accounts/CUST-00412", "/customers/CUST-00412/plans"


async def token_of(dsn: str) -> str:
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        return (await create_token(conn, name="By admin", role="admin", sellers=["MAIN"], actor="test", now=NOW)).secret


async def prove(dsn: str) -> None:
    async with open_pool(dsn) as pool:
        assert (await verify(pool, now=NOW)).differences == ()


@pytest.fixture(scope="module")
def desk(server_url: str, template: str) -> Iterator[tuple[str, str]]:
    """The address of a site on books of our own, and the token of an administrator."""
    with own_books(server_url, template) as (dsn, _), serve(app_on(dsn, demo=False)) as address:
        yield address, ThreadPoolExecutor(1).submit(lambda: asyncio.run(token_of(dsn))).result()
        ThreadPoolExecutor(1).submit(lambda: asyncio.run(prove(dsn))).result()


@pytest.fixture
def page(browser: Browser, desk: tuple[str, str], screen: int) -> Iterator[Page]:
    """A page of somebody signed in; at the end nothing may have gone wrong on it but what was refused."""
    address, token = desk
    context = browser.new_context(
        base_url=address,
        viewport={"width": screen, "height": 844},
        color_scheme="light" if screen > 1000 else "dark",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    watched = Watched(context.new_page(), address)
    watched.page.request.post("/sign-in", form={"token": token}, headers={"sec-fetch-site": "same-origin"})
    yield watched.page
    context.close()
    assert [fault for fault in watched.faults if "status of 422" not in fault] == []


def open_wizard(page: Page) -> None:
    """The wizard over the first open invoice, by keys."""
    page.goto(f"{ACCOUNT}?side=debit&matching_status=O&type=INV_STD")
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")
    row = page.locator('tr[data-kinds*="debit"]:not([data-kinds*="instalment"]):not([data-kinds*="disputed"])').first
    row.locator("[data-pick]").check()
    page.keyboard.press("i")
    expect(page.locator("#act")).to_contain_text("Will be posted")


def test_a_plan_is_drafted_changed_activated_and_broken(page: Page) -> None:
    open_wizard(page)
    dialog = page.locator("#act")
    dialog.get_by_label("Instalments", exact=False).first.fill("2")
    expect(dialog.locator("input[name=due]")).to_have_count(2)
    amounts = dialog.locator("input[name=amount]")
    whole = amounts.nth(0).input_value()
    amounts.nth(0).fill("0,01")
    expect(dialog.locator(".plan-sum")).to_have_class(re.compile("off"))
    expect(amounts.nth(0)).to_have_value("0,01")
    amounts.nth(0).fill(whole)
    expect(dialog.locator(".plan-sum.off")).to_have_count(0)
    expect(dialog).to_contain_text("Will be posted")
    dialog.get_by_role("button", name="Save as draft").click()
    expect(page.locator(".toast").last).to_contain_text("Instalment plan drafted")

    page.goto(PLANS)
    expect(page.locator(".plan-row").first).to_contain_text("Draft")
    page.locator(".plan-row a").first.click()
    drawer = page.locator("#drawer")
    drawer.get_by_role("link", name="Change the draft").click()
    dialog.locator("input[name=due]").nth(1).fill("2027-06-15")
    dialog.get_by_role("button", name="Save the draft").click()
    expect(page.locator(".toast").last).to_contain_text("The draft is changed")
    expect(drawer).to_contain_text("15 Jun 2027")

    drawer.get_by_role("link", name="Activate the plan").click()
    expect(dialog).to_contain_text("Will be posted")
    dialog.get_by_role("button", name="Activate the plan").click()
    expect(page.locator(".toast").last).to_contain_text("Instalment plan activated")
    expect(drawer).to_contain_text("To pay")
    expect(page.locator(".plan-row").first).to_contain_text("Active")

    drawer.get_by_role("link", name="Break the plan").click()
    expect(dialog).to_contain_text("undone")
    dialog.get_by_role("button", name="Break the plan").click()
    expect(dialog).to_contain_text("This is needed")
    dialog.get_by_label("Reason").fill("does not pay")
    dialog.get_by_role("button", name="Break the plan").click()
    expect(page.locator(".toast").last).to_contain_text("The plan is broken")
    expect(drawer).to_contain_text("does not pay")
    expect(page.locator(".plan-row").first).to_contain_text("Broken")


def test_a_plan_is_activated_at_once_and_paid(page: Page) -> None:
    open_wizard(page)
    dialog = page.locator("#act")
    dialog.get_by_label("Instalments", exact=False).first.fill("1")
    expect(dialog.locator("input[name=due]")).to_have_count(1)
    expect(dialog).to_contain_text("Will be posted")
    dialog.get_by_role("button", name="Activate the plan").click()
    expect(page.locator(".toast").last).to_contain_text("Instalment plan activated")
    page.locator(".toast a").last.click()
    expect(page.locator("#detail")).to_contain_text("To pay")
    page.locator("#detail .row-link").first.click()
    page.get_by_role("link", name="Register payment").click()
    expect(dialog).to_contain_text("Will be posted")
    dialog.get_by_label("Payment method").select_option("WIRETRANSFER")
    dialog.get_by_role("button", name="Register payment").click()
    expect(page.locator(".toast").last).to_contain_text("Payment registered")
    page.goto(PLANS)
    expect(page.locator(".plan-row").first).to_contain_text("Paid")
