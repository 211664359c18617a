"""The frame of every page in a real browser: search from anywhere, columns, messages, narrow screens."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from web.company import Company
from web.conftest import PATIENCE
from web.test_accessible import AXE, RUN

OPENED = {
    "palette": ("/", "[data-palette]", "#palette-found [role=option]"),
    "person": ("/", ".user", ".user-menu .menu-body"),
    "columns": ("/", "details:has([data-columns]) > summary", "[data-columns]"),
    "search": ("/search?q=e", "", "#found"),
    "not found": ("/accounts/NOPE", "", "[data-error]"),
}
"""What is opened on top of a page: the page, what is pressed, what is there then."""


def visit(page: Page, path: str) -> None:
    page.goto(path)
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")


def test_a_customer_is_found_and_opened_from_any_page_by_keys_alone(page: Page, company: Company) -> None:
    visit(page, f"/accounts/{company.empty}")
    page.keyboard.press("Control+k")
    page.keyboard.type("easy")
    palette = page.locator("#palette")
    expect(palette.get_by_role("option", selected=True)).to_contain_text("EasyCall Ltd.")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("EasyCall Ltd.")


def test_enter_opens_what_was_typed_not_what_fewer_letters_found(page: Page, company: Company) -> None:
    visit(page, "/")
    page.keyboard.press("Control+k")
    page.keyboard.type("nor")
    expect(page.locator("#palette").get_by_role("option").first).not_to_contain_text("Northwind")
    page.keyboard.type("thw")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Northwind Telecom")


def test_a_palette_closed_before_its_answer_opens_nothing(page: Page) -> None:
    visit(page, "/")
    page.keyboard.press("Control+k")
    page.evaluate("""() => {
        const field = document.querySelector("#palette input");
        field.value = "easy";
        field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
        document.querySelector("#palette").close();
    }""")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#palette")).not_to_be_visible()
    expect(page.locator("h1")).to_have_text("Customers")


def test_the_palette_walks_through_what_it_found_and_closes_by_escape(page: Page) -> None:
    visit(page, "/")
    page.keyboard.press("Control+k")
    options = page.locator("#palette").get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).not_to_be_visible()


def test_a_column_moved_stays_where_it_was_put(page: Page) -> None:
    visit(page, "/")
    heads = page.locator("thead th[data-col]:not([hidden])")
    second = heads.nth(1).get_attribute("data-col")
    page.locator("details:has([data-columns]) summary").click()
    with page.expect_response("**/preferences"):
        page.locator(f"[data-column={second}] [data-move='1']").click()
    expect(heads.nth(2)).to_have_attribute("data-col", str(second))
    cells = page.locator("tbody tr").first.locator("td[data-col]:not([hidden])")
    expect(cells.nth(2)).to_have_attribute("data-col", str(second))
    page.reload()
    expect(heads.nth(2)).to_have_attribute("data-col", str(second))


def test_a_list_fits_a_screen_of_1280_without_sideways_scroll(page: Page, company: Company) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    for path in (
        "/",
        f"/accounts/{company.easycall}",
        f"/accounts/{company.long_name}",
        f"/accounts/{company.hostile}",
    ):
        visit(page, path)
        assert page.evaluate("document.querySelector('.grid-scroll').classList.contains('wide')") is False, path
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


def test_no_amount_is_clipped_or_broken_over_two_lines(page: Page, company: Company) -> None:
    broken = """() => [...document.querySelectorAll('.amount, .figure')].filter((one) => one.offsetParent
        && (one.getClientRects().length > 1 || one.parentElement.scrollWidth > one.parentElement.clientWidth + 1))
        .map((one) => one.textContent)"""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        for path in ("/", f"/accounts/{company.easycall}"):
            visit(page, path)
            assert page.evaluate(broken) == [], (path, width)


def test_being_offline_is_said_and_taken_back(page: Page) -> None:
    visit(page, "/")
    page.context.set_offline(True)
    expect(page.locator("[data-toasts]")).to_contain_text("You are offline")
    page.context.set_offline(False)
    expect(page.locator("[data-toasts]")).to_contain_text("online again")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("[data-toast]")).to_have_count(0)


def test_the_navigation_is_in_a_menu_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, "/")
    expect(page.locator("nav.nav")).not_to_be_visible()
    page.locator(".user").click()
    expect(page.locator(".nav-narrow").get_by_role("link", name="Customers")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_skip_link_leads_to_the_content(page: Page) -> None:
    visit(page, "/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


@pytest.mark.parametrize("path", ["/search?q=easy", "/search?q=zzzz"])
def test_search_is_a_page_without_scripts(browser: Browser, site: str, path: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto(path)
    expect(page.locator("#found")).to_contain_text(re.compile("EasyCall Ltd.|Nothing found for “zzzz”"))
    context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("dark", 390)])
def test_what_opens_over_a_page_has_no_serious_fault(browser: Browser, site: str, scheme: str, width: int) -> None:
    context = browser.new_context(
        base_url=site,
        viewport={"width": width, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    faults = []
    for name, (path, pressed, there) in OPENED.items():
        page.goto(path)
        if pressed:
            page.locator("[data-htmx-powered]").first.wait_for(state="attached")
            page.locator(pressed).first.click()
        page.locator(there).first.wait_for()
        page.evaluate(AXE)
        faults += [f"{name}: {fault}" for fault in page.evaluate(RUN)]
    context.close()
    assert faults == []
