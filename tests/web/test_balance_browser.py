"""The Balance tab worked with in a real browser: keys, dialogs over the list, what is refreshed in place."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from web.company import NOW
from web.conftest import PATIENCE, Watched, app_on, serve
from web.desk import own_books

from solde.access import create_token
from solde.db import open_pool

ACCOUNT = "/accounts/CUST-00412"


async def token_of(dsn: str, role: str) -> str:
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        return (await create_token(conn, name=f"By {role}", role=role, sellers=["MAIN"], actor="test", now=NOW)).secret


@pytest.fixture(scope="module")
def desk(server_url: str, template: str) -> Iterator[tuple[str, str]]:
    """The address of a site on books of our own, and the token of an administrator."""
    with own_books(server_url, template) as (dsn, _), serve(app_on(dsn, demo=False)) as address:
        yield address, ThreadPoolExecutor(1).submit(lambda: asyncio.run(token_of(dsn, "admin"))).result()


@pytest.fixture
def page(browser: Browser, desk: tuple[str, str]) -> Iterator[Page]:
    """A page 1280 wide of somebody signed in; at the end nothing may have gone wrong on it but what was refused."""
    address, token = desk
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800}, color_scheme="light")
    context.set_default_timeout(PATIENCE)
    watched = Watched(context.new_page(), address)
    watched.page.request.post("/sign-in", form={"token": token}, headers={"sec-fetch-site": "same-origin"})
    yield watched.page
    context.close()
    assert [fault for fault in watched.faults if "status of 422" not in fault] == []


def visit(page: Page, query: str = "") -> None:
    page.goto(f"{ACCOUNT}{query}")
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")


def choose(page: Page, kind: str) -> str:
    """Select the first row of a kind that has something available; gives its number."""
    row = page.locator(f'tr[data-kinds*="{kind}"]:not([data-kinds*="shut"]):not([data-kinds*="disputed"])').first
    row.locator("[data-pick]").check()
    return str(row.get_attribute("data-key"))


def test_a_payment_is_registered_by_keys_and_the_list_follows(page: Page) -> None:
    visit(page, "?side=debit&matching_status=O")
    page.keyboard.press("j")
    page.keyboard.press("x")
    number = page.locator("tr.chosen").get_attribute("data-key")
    page.keyboard.press("p")
    dialog = page.locator("#act")
    expect(dialog).to_contain_text("Will be posted")
    dialog.get_by_label("Payment method").select_option("WIRETRANSFER")
    dialog.get_by_label("Amount").first.fill("1,5")
    expect(dialog.locator(".previewed")).to_contain_text("1.50 CR")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Payment registered")
    expect(dialog).not_to_be_visible()
    expect(page.locator(f'tr[data-key="{number}"]')).to_have_count(0)
    expect(page).to_have_url(re.compile(r"matching_status=O"))


def test_an_action_that_does_not_fit_says_why(page: Page) -> None:
    visit(page, "?matching_status=O")
    choose(page, "debit")
    button = page.locator("[data-actions]").get_by_text("Match", exact=True)
    expect(button).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("m")
    expect(page.locator(".toast")).to_contain_text("Choose at least one credit")
    expect(page.locator("#act")).not_to_be_visible()


def test_what_is_refused_is_said_in_the_dialog_and_what_was_typed_stays(page: Page) -> None:
    visit(page, "?side=debit&matching_status=O")
    choose(page, "debit")
    page.keyboard.press("w")
    dialog = page.locator("#act")
    dialog.get_by_text("More", exact=True).click()
    dialog.get_by_label("Comment").fill("kept")
    dialog.get_by_role("button", name="Write off").click()
    expect(dialog.locator("#n-reason")).to_contain_text("This is needed")
    expect(dialog.get_by_label("Comment")).to_be_visible()
    expect(dialog.get_by_label("Comment")).to_have_value("kept")
    expect(dialog).to_contain_text("Will be posted")


def test_a_form_that_was_sent_asks_for_no_preview_afterwards(page: Page) -> None:
    page.clock.install(time=NOW)
    visit(page, "?side=debit&matching_status=O")
    choose(page, "debit")
    page.keyboard.press("w")
    dialog = page.locator("#act")
    expect(dialog).to_contain_text("Will be posted")
    # Time stands still, so that the form is sent before the page asks what the comment changes, however slow the machine.
    page.clock.pause_at(NOW + timedelta(hours=1))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/preview") else None)
    dialog.get_by_text("More", exact=True).click()
    dialog.get_by_label("Comment").fill("kept")
    dialog.get_by_role("button", name="Write off").click()
    expect(dialog.locator("#n-reason")).to_contain_text("This is needed")
    expect(dialog).to_contain_text("Will be posted")
    page.clock.run_for(1000)
    assert len(asked) == 1


def test_what_is_typed_while_a_form_is_sent_asks_for_no_preview(page: Page) -> None:
    page.clock.install(time=NOW)
    visit(page, "?side=debit&matching_status=O")
    choose(page, "debit")
    page.keyboard.press("w")
    dialog = page.locator("#act")
    expect(dialog).to_contain_text("Will be posted")
    dialog.get_by_text("More", exact=True).click()
    page.clock.pause_at(NOW + timedelta(hours=1))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/preview") else None)
    held: list[Route] = []
    page.route("**/actions/write-off", lambda route: held.append(route))  # noqa: PLW0108 - the library marks what it calls
    with page.expect_request("**/actions/write-off"):
        dialog.get_by_role("button", name="Write off").click()
    dialog.get_by_label("Comment").fill("late")
    page.clock.run_for(1000)
    assert asked == []
    dialog.get_by_label("Comment").fill("later")
    held[0].continue_()
    expect(dialog.locator("#n-reason")).to_contain_text("This is needed")
    expect(dialog).to_contain_text("Will be posted")
    page.clock.run_for(1000)
    assert len(asked) == 1


def test_a_detail_stays_open_and_follows_an_unmatch(page: Page) -> None:
    visit(page, "?matching_status=O")
    choose(page, "debit")
    choose(page, "credit")
    page.keyboard.press("m")
    dialog = page.locator("#act")
    expect(dialog).to_contain_text("No balance changes.")
    dialog.get_by_role("button", name="Match", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Matched")
    page.locator(".toast a").click()
    page.get_by_role("link", name=re.compile("^Unmatch .+")).first.click()
    visit(page, "?matching_status=L&matching_status=P")
    page.locator(".row-link").first.click()
    drawer = page.locator("#drawer")
    drawer.get_by_role("link", name=re.compile("^Unmatch .+")).click()
    expect(dialog).to_contain_text("undone")
    dialog.get_by_role("button", name="Unmatch", exact=True).click()
    expect(drawer.locator(".undone")).to_have_count(1)
    expect(drawer).to_contain_text("History")


def test_the_menu_of_types_is_searched_and_leads_to_its_form(page: Page) -> None:
    visit(page)
    page.keyboard.press("+")
    expect(page.locator("[data-menu-search]")).to_be_focused()
    page.keyboard.type("late fee")
    expect(page.locator("[data-menu-list] a:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#act").get_by_label("Type")).to_have_value("INV_FEE")


def test_a_suggestion_selects_its_rows(page: Page) -> None:
    visit(page, "?matching_status=O&matching_status=P")
    page.keyboard.press("s")
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text("Suggested matches")
    numbers = str(drawer.locator("[data-choose]").first.get_attribute("data-choose")).split()
    drawer.locator("[data-choose]").first.click()
    expect(page.locator("tr.chosen, #act input[name=n]")).to_have_count(len(numbers))


def test_all_columns_fit_and_the_help_names_the_keys(page: Page) -> None:
    visit(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    expect(page.locator(".grid-scroll.wide")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.locator("#help")).to_contain_text("match the selection")


def test_on_a_phone_actions_are_reached(browser: Browser, desk: tuple[str, str]) -> None:
    address, token = desk
    context = browser.new_context(base_url=address, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.request.post("/sign-in", form={"token": token}, headers={"sec-fetch-site": "same-origin"})
    visit(page, "?side=debit&matching_status=O")
    choose(page, "debit")
    page.get_by_role("button", name="Register payment").or_(
        page.locator("[data-actions]").get_by_text("Register payment")
    ).first.click()
    expect(page.locator("#act")).to_contain_text("Will be posted")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    context.close()
