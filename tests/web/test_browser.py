"""The pages in a real browser, by mouse and keyboard. `watched` fails a test on any console error."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from web.company import Company
from web.conftest import Watched
from web.payloads import MARK


def visit(page: Page, path: str) -> None:
    """Open a page and wait until its links are wired; before, they lead to whole pages, as without scripts."""
    page.goto(path)
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")


def open_balance(page: Page, company: Company, query: str = "") -> None:
    visit(page, f"/accounts/{company.easycall}{query}")


def test_the_first_page_says_who_owes_what(page: Page) -> None:
    visit(page, "/")
    expect(page.locator("tbody tr").first).to_contain_text("EasyCall Ltd.")
    expect(page.locator("tbody tr").first).to_contain_text("DR")
    expect(page.locator(".demo-note")).to_contain_text("guest")


def test_search_answers_while_typing_and_keeps_the_cursor_in_its_box(page: Page) -> None:
    visit(page, "/")
    page.keyboard.press("/")
    page.keyboard.type("north", delay=30)
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("Northwind Telecom")
    expect(page).to_have_url(re.compile(r"\?q=north"))
    page.keyboard.type("wind", delay=30)
    expect(page.locator("#q")).to_have_value("northwind")
    expect(page.locator("#q")).to_be_focused()


def test_back_returns_to_the_list_before(page: Page) -> None:
    visit(page, "/")
    page.get_by_role("link", name="Overpaid").first.click()
    expect(page).to_have_url(re.compile("show=overpaid"))
    page.go_back()
    expect(page.locator("tbody tr").first).to_contain_text("EasyCall Ltd.")


def test_picking_a_balance_changes_figures_and_list(page: Page, company: Company) -> None:
    open_balance(page, company)
    page.locator(".picker summary").click()
    page.locator(".option", has_text="Dunning balance").click()
    expect(page).to_have_url(re.compile("definition=dunning"))
    expect(page.locator(".picker summary")).to_contain_text("Dunning balance")
    expect(page.locator("tbody")).not_to_contain_text("PAY-2026")


def test_filters_are_set_shown_and_taken_off(page: Page, company: Company) -> None:
    open_balance(page, company)
    page.locator(".filters summary").click()
    page.get_by_label("Side").select_option("credit")
    page.get_by_label("Amount from").fill("3000")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".on-now")).to_contain_text("Side: Credit")
    assert page.locator("tbody tr").count() > 0
    page.get_by_role("link", name="Take off the filter Side: Credit").click()
    expect(page.locator(".on-now")).not_to_contain_text("Side")
    expect(page).to_have_url(re.compile("amount_from=3000"))


def test_a_day_picked_shows_the_balance_of_that_day(page: Page, company: Company) -> None:
    open_balance(page, company)
    page.locator("#as_of").fill("2026-03-01")
    page.keyboard.press("Tab")
    expect(page.locator(".banner")).to_contain_text("1 Mar 2026")
    page.get_by_role("link", name="Back to now").click()
    expect(page.locator(".banner")).to_have_count(0)


def test_a_column_head_sorts(page: Page, company: Company) -> None:
    open_balance(page, company)
    page.get_by_role("link", name="Open", exact=True).click()
    expect(page.locator("th[data-col=open]")).to_have_attribute("aria-sort", "descending")


def test_the_explanation_opens_beside_the_list_and_closes_by_escape(page: Page, company: Company) -> None:
    open_balance(page, company)
    page.keyboard.press("e")
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text("Every operation, as recorded")
    drawer.get_by_role("link", name="Next page").click()
    expect(drawer).to_contain_text("INV-2026-04210")
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()


def test_rows_are_walked_selected_added_up_and_opened_by_keys(page: Page, company: Company) -> None:
    open_balance(page, company)
    for key in "jxjx":
        page.keyboard.press(key)
    bar = page.locator("[data-selection]")
    expect(bar).to_contain_text("2 selected")
    expect(bar).to_contain_text("debit 872.21 EUR")
    expect(bar).to_contain_text("credit 793.02 EUR")
    expect(bar).to_contain_text("open 79.19 DR EUR")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer h1")).to_have_text("INV-2026-04210")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(bar).not_to_be_visible()


def test_help_opens_by_a_question_mark(page: Page) -> None:
    visit(page, "/")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()


def test_columns_and_density_are_remembered(page: Page, company: Company) -> None:
    open_balance(page, company)
    page.locator("details:has([data-columns]) > summary").click()
    with page.expect_response("**/preferences"):
        page.get_by_label("Billing account", exact=True).last.uncheck()
    page.keyboard.press("Escape")
    page.locator(".user").click()
    with page.expect_response("**/preferences"):
        page.get_by_label("Density").select_option("compact")
    page.reload()
    expect(page.locator("th[data-col=billing]")).to_be_hidden()
    expect(page.locator("html")).to_have_attribute("data-density", "compact")


def test_dark_follows_the_system_until_a_person_chooses(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    visit(page, "/")
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    page.locator(".user").click()
    with page.expect_response("**/preferences"):
        page.get_by_label("Theme").select_option("light")
    page.reload()
    expect(page.locator("html")).not_to_have_class(re.compile("dark"))


def test_pages_speak_the_language_a_person_chooses(page: Page) -> None:
    visit(page, "/")
    page.locator(".user").click()
    page.get_by_label("Language").select_option("fr")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator(".nav")).to_contain_text("Clients")


def test_anything_is_found_by_ctrl_k(page: Page) -> None:
    visit(page, "/")
    page.keyboard.press("Control+k")
    page.keyboard.type("northw", delay=30)
    expect(page.locator("#palette-found")).to_contain_text("Northwind Telecom")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Northwind Telecom")


@pytest.mark.parametrize("width", [390, 768, 1024, 1440])
def test_no_page_is_wider_than_the_screen(page: Page, company: Company, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    paths = [
        "/",
        f"/accounts/{company.easycall}",
        f"/accounts/{company.long_name}",
        f"/accounts/{company.empty}",
        "/sign-in",
    ]
    for path in [*paths, f"/accounts/{company.easycall}/operations/20", f"/accounts/{company.easycall}/explanation"]:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (path, width)


def test_on_a_phone_every_amount_of_a_list_says_debit_or_credit_in_words(page: Page, company: Company) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    said = {"debit": set[str](), "credit": set[str]()}
    for address in ("/operations", f"/accounts/{company.easycall}"):
        page.goto(address)
        for side, words in said.items():
            words |= set(
                page.eval_on_selector_all(
                    f'.grid tbody td[data-col="{side}"]:not(.blank)',
                    "cells => cells.map(cell => getComputedStyle(cell, '::after').content.replaceAll('\"', '').trim())",
                )
            )
    assert said == {"debit": {"DR"}, "credit": {"CR"}}


def test_hostile_texts_are_shown_and_do_nothing(watched: Watched, company: Company) -> None:
    page = watched.page
    for path in ("/?sort=name", f"/accounts/{company.hostile}", f"/accounts/{company.hostile}/explanation"):
        page.goto(path)
        assert page.evaluate(f"window.{MARK}") is None
    visit(page, f"/accounts/{company.hostile}")
    page.locator(".row-link").first.click()
    expect(page.locator("#drawer h1")).to_be_visible()
    assert page.evaluate(f"window.{MARK}") is None


def test_pages_can_be_read_without_scripts(browser: Browser, site: str, company: Company) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="EasyCall Ltd.").click()
    page.get_by_role("link", name="INV-2026-04210").click()
    expect(page.locator("h1")).to_have_text("INV-2026-04210")
    context.close()


def test_a_person_signs_in_by_a_token_and_out_again(browser: Browser, strict_site: str, company: Company) -> None:
    context = browser.new_context(base_url=strict_site)
    page = context.new_page()
    page.goto(f"/accounts/{company.easycall}")
    page.get_by_text("Sign in with an API token").click()
    page.get_by_label("Token").fill(company.token)
    page.get_by_role("button", name="Sign in with the token").click()
    expect(page.locator("h1")).to_have_text("EasyCall Ltd.")
    page.locator(".user").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("Sign in")
    context.close()
