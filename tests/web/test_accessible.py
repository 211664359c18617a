"""Every page against WCAG 2.2 AA as far as axe-core can judge it, in both themes and on a phone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect
from web.company import Company
from web.conftest import app_on, serve
from web.desk import own_books
from web.every_page import addresses, fill

AXE = (Path(__file__).parent / "vendor/axe/axe.min.js").read_text(encoding="utf-8")
RUN = """async () => {
  const found = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]});
  return found.violations
    .filter((v) => ["serious", "critical"].includes(v.impact))
    .flatMap((v) => v.nodes.slice(0, 3).map((n) => `${v.id}: ${n.target.join(" ")} ${n.any.map((a) => a.message).join("; ")}`));
}"""


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 390)])
def test_no_serious_fault_is_found(browser: Browser, site: str, company: Company, scheme: str, width: int) -> None:
    account = f"/accounts/{company.easycall}"
    steps = {
        "/": "",
        "/?q=zzzz": "",
        account: "jx",
        f"{account}?as_of=2026-03-01&due_before=soon&side=credit": "",
        f"{account}?definition=dunning": "e",
        f"{account}/operations/20": "",
        "/sign-in": "",
        "/accounts/NOPE": "",
    }
    context = browser.new_context(
        base_url=site,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(8000)
    faults = []
    for path, keys in steps.items():
        page.goto(path)
        if keys:
            page.locator("[data-htmx-powered]").first.wait_for(state="attached")
        for key in keys:
            page.keyboard.press(key)
        if "e" in keys:
            page.locator("#drawer h1").wait_for()
        page.evaluate(AXE)
        faults += [f"{path} {fault}" for fault in page.evaluate(RUN)]
    context.close()
    assert faults == []


@pytest.fixture(scope="module")
def everywhere(server_url: str, template: str) -> Iterator[tuple[str, dict[str, str]]]:
    """A running server on books with something on every page, and what their addresses name."""
    with own_books(server_url, template) as (dsn, _):
        named = ThreadPoolExecutor(1).submit(lambda: asyncio.run(fill(dsn))).result()
        with serve(app_on(dsn, demo=False)) as address:
            yield address, named


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault_is_found_on_any_page_there_is(
    browser: Browser, everywhere: tuple[str, dict[str, str]], scheme: Literal["light", "dark"], width: int
) -> None:
    site, named = everywhere
    context = browser.new_context(
        base_url=site, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(8000)
    page.goto("/sign-in")
    page.get_by_text("Sign in with an API token").click()
    page.locator("input[name=token]").fill(named["token"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    faults, seen = [], 0
    for address in addresses(named):
        if address.endswith("/progress") or address.startswith(("/payments/accounts", "/sign-in")):
            # Parts of a page that never stand alone, and the page of who is not signed in.
            continue
        page.goto(address)
        expect(page.locator(".is-checking, .is-stale, .htmx-request")).to_have_count(0)
        page.evaluate(AXE)
        faults += [f"{address} {fault}" for fault in page.evaluate(RUN)]
        seen += 1
    context.close()
    assert seen > 80
    assert faults == []
