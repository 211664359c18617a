"""The form of a customer in a real browser: checked as fields are left, made by keys alone; and WCAG."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from web.company import Company
from web.conftest import PATIENCE, Watched, app_on, serve
from web.desk import own_books
from web.test_accessible import AXE, RUN
from web.test_work_browser import sign_in


@pytest.fixture(scope="module")
def own(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    """A site whose books this module changes, and what to know of them."""
    with own_books(server_url, template) as (dsn, made), serve(app_on(dsn, demo=False)) as address:
        yield address, made


@pytest.fixture
def page(browser: Browser, own: tuple[str, Company]) -> Iterator[Page]:
    context = browser.new_context(base_url=own[0], viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    watched = Watched(context.new_page(), own[0])
    sign_in(watched.page, own[1].token)
    yield watched.page
    context.close()
    assert [fault for fault in watched.faults if not re.search(r"status of (422|404)", fault)] == []


def test_a_field_is_checked_as_it_is_left_and_counted_on_its_tab(page: Page) -> None:
    page.goto("/new/customer")
    page.locator("#f-vat_number").fill("FR12")
    page.locator("#f-vat_number").press("Tab")
    expect(page.locator("#n-vat_number")).to_have_text("'FR12' is no VAT number of FR.")
    expect(page.locator("#to-general [data-count]")).to_contain_text("1")
    page.locator("#f-vat_number").fill("FR40303265045")
    page.locator("#f-vat_number").press("Tab")
    expect(page.locator("#to-general [data-count]")).to_be_hidden()
    page.locator("#f-country").fill("Germany")
    page.locator("#f-country").press("Tab")
    expect(page.locator("#f-country")).to_have_value("DE")


def test_a_company_is_made_by_keys_alone_and_what_is_missing_is_reached(page: Page) -> None:
    page.goto("/new/customer")
    expect(page.locator("#f-name")).to_be_focused()
    page.keyboard.type("Keys Ltd.")
    page.keyboard.press("Enter")
    expect(page.locator("#f-last_name")).to_be_focused()
    for text in ("Martin", "Léa", "lea@example.com"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.get_by_role("link", name="Paying account · Payment method").click()
    expect(page.locator("#f-payment_method")).to_be_focused()
    page.locator("#f-payment_method").select_option("CARD")
    page.get_by_role("button", name="Create customer").click()
    page.wait_for_url(re.compile(r"/customers/CUST-\d+$"))


def test_another_kind_keeps_what_is_typed_and_the_next_button_leads_on(page: Page) -> None:
    page.goto("/new/customer")
    page.locator("#f-city").fill("Ulm")
    page.get_by_role("link", name="Individual").click()
    expect(page.locator("h1")).to_have_text("New individual")
    expect(page.locator("#f-city")).to_have_value("Ulm")
    page.get_by_role("button", name="Next: Billing").click()
    expect(page.locator("#f-billing_cycle")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault_is_found(browser: Browser, own: tuple[str, Company], scheme: str) -> None:
    code = own[1].easycall
    context = browser.new_context(
        base_url=own[0], color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
    )
    page = context.new_page()
    sign_in(page, own[1].token)
    faults = []
    for path in ("/new/customer", f"/customers/{code}/edit", f"/accounts/{code}/state?state=CLOSED"):
        page.goto(path)
        if path.endswith("new"):
            page.locator("[data-primary]").click()
            page.locator(".to-correct").wait_for()
        page.evaluate(AXE)
        faults += [f"{path} {fault}" for fault in page.evaluate(RUN)]
    context.close()
    assert faults == []
