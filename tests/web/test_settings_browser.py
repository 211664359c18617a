"""The definition lab in a real browser: colours, offers, a try while typing, and saving from a dialog."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, expect
from web.company import NOW
from web.conftest import PATIENCE, app_on, serve
from web.desk import own_books

from solde.access import create_token
from solde.db import open_pool

EDITOR = "/settings/balances/dunning/edit"


@pytest.fixture(scope="module")
def place(server_url: str, template: str) -> Iterator[tuple[str, str]]:
    """A running Solde whose settings may be changed, and the token of an administrator."""
    with own_books(server_url, template) as (dsn, _), serve(app_on(dsn, demo=False)) as address:
        yield address, ThreadPoolExecutor(1).submit(lambda: asyncio.run(make_admin(dsn))).result()


async def make_admin(dsn: str) -> str:
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        made = await create_token(conn, name="Alex", role="admin", sellers=["MAIN"], actor="test", now=NOW)
        return made.secret


@pytest.fixture
def lab(browser: Browser, place: tuple[str, str]) -> Iterator[Page]:
    """A page of an administrator, on which nothing may go wrong."""
    address, token = place
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" and "422" not in m.text else None)
    page.goto("/sign-in")
    page.get_by_text("Sign in with an API token").click()
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in with the token").click()
    yield page
    context.close()
    assert faults == []


def test_a_fault_is_marked_while_typing_and_corrected_by_its_suggestion(lab: Page) -> None:
    lab.goto(EDITOR)
    expect(lab.locator("[data-lab-result]")).to_contain_text("accounts change")
    lab.locator("#f-expression").fill("#{ accountOperation.amnt > 100 }")
    expect(lab.locator(".code-layer mark")).to_have_text("accountOperation.amnt")
    expect(lab.locator("[data-lab-result]")).to_contain_text("correct what is marked")
    lab.get_by_role("button", name="Use accountOperation.amount").click()
    expect(lab.locator("#f-expression")).to_have_value("#{ accountOperation.amount > 100 }")
    expect(lab.locator("[data-lab-result]")).to_contain_text("Accounts that move most")
    expect(lab.locator(".code-layer mark")).to_have_count(0)


def test_properties_and_values_are_offered_and_taken_by_keys(lab: Page) -> None:
    lab.goto(EDITOR)
    field = lab.locator("#f-expression")
    field.fill("#{ ")
    field.press("End")
    lab.keyboard.type("matchingSt")
    expect(lab.locator(".code-offers [aria-selected=true]")).to_contain_text("accountOperation.matchingStatus")
    lab.keyboard.press("Enter")
    lab.keyboard.type(" == 'P")
    expect(lab.locator(".code-offers:visible li")).to_have_text(["P"])
    lab.keyboard.press("Tab")
    lab.keyboard.type(" }")
    expect(field).to_have_value("#{ accountOperation.matchingStatus == 'P' }")
    lab.keyboard.press("Control+Space")
    lab.keyboard.press("Escape")
    expect(lab.locator(".code-offers:visible")).to_have_count(0)


def test_types_are_searched_chosen_and_counted(lab: Page) -> None:
    lab.goto(EDITOR)
    side = lab.locator("[data-side]").first
    expect(side.locator(".lab-types")).to_be_hidden()
    side.get_by_role("radio", name="Only").check()
    side.get_by_role("searchbox").fill("inv_std")
    expect(side.locator(".lab-type-list li:visible")).to_have_count(1)
    side.locator(".lab-type-list li:visible input").check()
    expect(side.locator("[data-type-count]")).to_have_text("1 chosen")


def test_saving_shows_the_difference_asks_and_says_so(lab: Page) -> None:
    lab.goto(EDITOR)
    lab.locator("#f-label").fill("Arrears <b>")
    lab.get_by_role("button", name="Save …").click()
    dialog = lab.locator("#act")
    expect(dialog.locator("ins")).to_have_text("Arrears <b>")
    dialog.get_by_label("Reason").fill("shorter")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(lab).to_have_url(re.compile("/settings/balances$"))
    expect(lab.locator("[data-toast]")).to_contain_text("Version 2 of Arrears <b> is in force")
    lab.goto("/settings/balances/dunning/versions")
    expect(lab.locator(".version").first).to_contain_text("shorter")


def test_the_secret_of_a_token_is_shown_in_the_dialog_that_made_it(lab: Page) -> None:
    lab.goto("/settings/tokens")
    lab.get_by_role("link", name="New token").click()
    lab.locator("#act").get_by_label("Name").fill("Rating engine")
    lab.locator("#act").get_by_role("button", name="Make the token").click()
    expect(lab.locator("#act [data-secret]")).to_have_value(re.compile("^solde_program_"))
    lab.locator("#act").get_by_role("link", name="Done").click()
    expect(lab.locator("tbody")).to_contain_text("Rating engine")
