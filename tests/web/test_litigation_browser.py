"""The life of a litigation, a credit note and a write-off, walked in a real browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, expect
from web.conftest import PATIENCE, Watched, app_on, serve
from web.desk import own_books
from web.test_balance_browser import ACCOUNT, choose, token_of, visit


@pytest.fixture(scope="module")
def desk(server_url: str, template: str) -> Iterator[tuple[str, str]]:
    """The address of a site on books of our own, and the token of an administrator."""
    with own_books(server_url, template) as (dsn, _), serve(app_on(dsn, demo=False)) as address:
        yield address, ThreadPoolExecutor(1).submit(lambda: asyncio.run(token_of(dsn, "admin"))).result()


@pytest.fixture
def page(browser: Browser, desk: tuple[str, str], screen: int) -> Iterator[Page]:
    """A page of somebody signed in, wide and narrow; nothing may go wrong on it."""
    address, token = desk
    context = browser.new_context(base_url=address, viewport={"width": screen, "height": 900})
    context.set_default_timeout(PATIENCE)
    watched = Watched(context.new_page(), address)
    watched.page.request.post("/sign-in", form={"token": token}, headers={"sec-fetch-site": "same-origin"})
    yield watched.page
    context.close()
    assert watched.faults == []


def press(page: Page, action: str) -> None:
    page.locator(f"[data-actions] [data-href$='/{action}']").click()
    expect(page.locator("#act form")).to_be_visible()


def confirm(page: Page, said: str) -> None:
    page.locator("#act [data-primary]").click()
    expect(page.locator("[data-toast]").last).to_contain_text(said)
    expect(page.locator("#act")).not_to_be_visible()


def pick(page: Page, number: str) -> None:
    page.locator(f'tr[data-key="{number}"] [data-pick]').check()


def test_a_litigation_from_the_balance_to_the_work_list_and_to_its_end(page: Page) -> None:
    visit(page, "?class=I&side=debit&matching_status=O")
    number = choose(page, "debit")
    press(page, "enter-litigation")
    dialog = page.locator("#act")
    dialog.get_by_label("Disputed amount").fill("1.00")
    dialog.get_by_label("Reason", exact=True).select_option("PRICE")
    dialog.get_by_label("Look at it again on").fill("2026-11-20")
    expect(dialog.locator(".previewed")).to_contain_text("Available, to be matched")
    expect(dialog.locator(".previewed")).to_contain_text("Default balance")
    confirm(page, "Put in litigation")
    page.goto("/litigation?show=overdue")
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")
    pick(page, f"CUST-00412/{number}")
    press(page, "update-litigation")
    expect(dialog.get_by_label("Disputed amount")).to_have_value("1.00")
    dialog.get_by_label("Owner").fill("controller")
    dialog.get_by_label("Look at it again on").fill("2026-11-19")
    confirm(page, "Litigation updated")
    expect(page.locator("#content")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/litigation\?show=overdue$"))
    row = page.locator(f'tr[data-key="CUST-00412/{number}"]')
    expect(row).to_contain_text("controller")
    row.get_by_role("link").nth(1).click()
    expect(page.locator("#drawer-body, #detail").first).to_contain_text("Wrong price")
    page.goto("/litigation")
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")
    pick(page, f"CUST-00412/{number}")
    press(page, "remove-litigation")
    dialog.get_by_label("How it ended").fill("The price was right")
    confirm(page, "Taken out of litigation")
    expect(page.locator(f'tr[data-key="CUST-00412/{number}"]')).to_have_count(0)


def test_a_credit_note_and_a_write_off_are_made_and_taken_back(page: Page) -> None:
    visit(page, "?class=I&side=debit&matching_status=O")
    number = choose(page, "debit")
    press(page, "credit-note")
    dialog = page.locator("#act")
    dialog.get_by_label("Amount").fill("2.00")
    dialog.get_by_label("Reference").fill(f"CN-{number}")
    dialog.get_by_label("Reason").fill("wrong price")
    expect(dialog.locator(".previewed")).to_contain_text("Credit note")
    confirm(page, "Credited")
    page.goto(f"{ACCOUNT}/operations/{number}")
    expect(page.locator("#detail .detail-amount .mark")).to_have_text("Partial")
    expect(page.locator("#detail .detail-parts")).to_contain_text("matched 2.00")
    visit(page, f"?reference=CN-{number}")
    page.locator("tr[data-kinds*='crn'] [data-pick]").first.check()
    press(page, "credit-note-reversal")
    dialog.get_by_label("Reason").fill("the price was right")
    expect(dialog.locator(".previewed")).to_contain_text("Credit note taken back")
    confirm(page, "Credit note reversed")
    visit(page, "?class=I&side=debit&matching_status=O")
    pick(page, number)
    press(page, "write-off")
    dialog.get_by_label("Reason").fill("hopeless")
    expect(dialog.locator(".previewed")).to_contain_text("Write-off")
    confirm(page, "Written off")
    visit(page, "?class=W&side=credit")
    page.locator("tr[data-kinds*='given_up'] [data-pick]").first.check()
    press(page, "write-off-reversal")
    dialog.get_by_label("Reason").fill("paid after all")
    confirm(page, "Write-off reversed")
    page.goto(f"{ACCOUNT}/operations/{number}")
    expect(page.locator("#detail")).to_contain_text("open")
