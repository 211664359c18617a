"""The customer list worked with in a real browser: filters that stay while typing, the menu that adds, files."""

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


async def token_of(dsn: str) -> str:
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        return (
            await create_token(conn, name="Agent", role="agent", sellers=["MAIN"], actor="test", now=NOW)
        ).secret  # fmt: skip


@pytest.fixture(scope="module")
def desk(server_url: str, template: str) -> Iterator[tuple[str, str]]:
    """The address of a site on books of our own, and the token of an agent."""
    with own_books(server_url, template) as (dsn, _), serve(app_on(dsn, demo=False)) as address:
        yield address, ThreadPoolExecutor(1).submit(lambda: asyncio.run(token_of(dsn))).result()


@pytest.fixture
def page(browser: Browser, desk: tuple[str, str]) -> Iterator[Page]:
    """The list before somebody signed in, on a screen 1280 wide; at the end nothing may have gone wrong on it."""
    address, token = desk
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    watched = Watched(context.new_page(), address)
    watched.page.request.post("/sign-in", form={"token": token}, headers={"sec-fetch-site": "same-origin"})
    watched.page.goto("/")
    watched.page.locator("[data-htmx-powered]").first.wait_for(state="attached")
    yield watched.page
    context.close()
    assert watched.faults == []


def test_a_filter_is_set_stays_while_typing_and_is_taken_off(page: Page) -> None:
    page.locator(".filters summary").click()
    page.locator("select[name='country']").select_option("DE")
    page.locator(".filters").get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="Take off the filter Country: Germany")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("blue", delay=30)
    expect(page).to_have_url(re.compile("country=DE.*q=blue"))
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Take off the filter Country: Germany").click()
    expect(page).to_have_url(re.compile(r"/\?q=blue$"))


def test_a_customer_is_added_by_keys(page: Page) -> None:
    page.keyboard.press("+")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/new/customer.kind=individual"))


def test_the_bar_stays_on_one_line_and_nothing_is_wider_than_the_screen(page: Page) -> None:
    bar = page.locator("[data-panel='customers'] .bar")
    assert bar.evaluate("one => one.clientHeight") < 60
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_shown_is_downloaded(page: Page) -> None:
    page.locator(".chips").get_by_role("link", name="Overpaid").click()
    expect(page).to_have_url(re.compile("show=overpaid"))
    page.get_by_label("Download this list").click()
    with page.expect_download() as awaited:
        page.get_by_role("link", name="CSV").click()
    text = awaited.value.path().read_text(encoding="utf-8-sig")
    assert "DR" not in re.sub("DR/CR", "", text)
    assert text.count("CR") > 1
