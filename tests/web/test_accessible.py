"""Every page against WCAG 2.2 AA as far as axe-core can judge it, in both themes and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from lengths import LONG
from playwright.sync_api import Browser, expect
from web.company import Company
from web.conftest import PATIENCE, app_on, serve
from web.every_page import addresses
from web.marked_books import full_books

AXE = (Path(__file__).parent / "vendor/axe/axe.min.js").read_text(encoding="utf-8")
RUN = """async () => {
  // What has just changed is drawn first.
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const rules = {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"], preload: false};
  // Rows of a list are alike.
  const found = await axe.run({exclude: [[".grid tbody tr:nth-child(n+16)"]]}, rules);
  return found.violations
    .filter((v) => ["serious", "critical"].includes(v.impact))
    .flatMap((v) => v.nodes.slice(0, 3).map((n) => `${v.id}: ${n.target.join(" ")} ${n.any.map((a) => a.message).join("; ")}`));
}"""

RUN_NARROW = RUN.replace(
    "runOnly: [",
    'runOnly: {type: "rule", values: ["target-size", "scrollable-region-focusable", "button-name", '
    '"link-name", "label", "select-name", "summary-name", "aria-hidden-focus"]}, _: [',
)
"""What a narrow screen may change: what is hidden there, how large things are, what scrolls; colours are the same."""
RUN_CONTRAST = RUN.replace(
    "runOnly: [", 'runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}, _: ['
)
PARTS = 4
FRAME = "header.side"


def but_the_frame(run: str) -> str:
    """What stands around every page alike is looked at on the first page alone."""
    return run.replace("{exclude: [", f'{{exclude: [["{FRAME}"], ')


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
    page.set_default_timeout(PATIENCE)
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
    with full_books(server_url, template) as (dsn, named), serve(app_on(dsn, demo=False)) as address:
        yield address, named


LOOKS: tuple[tuple[Literal["light", "dark"], int, str], ...] = (
    ("light", 1280, RUN),
    ("dark", 1280, RUN_CONTRAST),
    ("light", 390, RUN_NARROW),
)
"""Each light and width, and what is looked for: what the light changes are colours alone, the same at every width."""
RUN_SEEN = RUN.replace("preload: false", 'preload: false, rules: {"color-contrast": {enabled: false}}')
"""What is looked for where all that styles hang on was seen before, colours with it."""
SEEN = ((*LOOKS[0][:2], RUN_SEEN),)
SIGNS = "() => [...new Set([...document.querySelectorAll('*')].flatMap((one) => [one.tagName, ...one.classList]))]"
"""What the styles of a page hang on. Where all of it was seen before, colours and the other looks say nothing new."""


@pytest.fixture(scope="module")
def known() -> set[str]:
    """The signs of the pages looked at so far, in whatever part."""
    return set()


@pytest.mark.parametrize("part", range(PARTS))
def test_no_serious_fault_is_found_on_any_page_there_is_and_none_is_wider_than_the_screen(
    browser: Browser, everywhere: tuple[str, dict[str, str]], known: set[str], part: int
) -> None:
    site, named = everywhere
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.route("**/*.woff2", lambda route: route.abort())
    context.add_init_script(AXE)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto("/sign-in")
    page.get_by_text("Sign in with an API token").click()
    page.locator("input[name=token]").fill(named["token"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    faults, seen = [], 0
    for address in pages_of(named)[part::PARTS]:
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(address)
        expect(page.locator(".is-checking, .is-stale, .htmx-request")).to_have_count(0)
        signs = set(page.evaluate(SIGNS))
        looks = LOOKS if LONG or not signs <= known else SEEN
        known |= signs
        for scheme, width, run in looks:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            faults += [
                f"{address} {scheme} {width} {fault}" for fault in page.evaluate(but_the_frame(run) if seen else run)
            ]
            if (beyond := page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
                faults.append(f"{address} is {beyond} wider than {width}")
        seen += 1
    assert page.locator(FRAME).count() == 1, "the frame is called otherwise"
    context.close()
    assert seen > 80 // PARTS
    assert faults == []


def pages_of(named: dict[str, str]) -> list[str]:
    """Every page that stands alone, for who is signed in."""
    parts = ("/payments/accounts", "/sign-in")
    return [one for one in addresses(named) if not one.endswith("/progress") and not one.startswith(parts)]


def test_the_look_of_a_page_follows_the_light_and_the_width_without_being_opened_again(
    browser: Browser, site: str, company: Company
) -> None:
    """What the test above relies on."""
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900}, color_scheme="light")
    page = context.new_page()
    page.goto(f"/accounts/{company.easycall}")
    head, body = page.locator(".grid thead th").nth(1), page.locator("body")
    light = body.evaluate("one => getComputedStyle(one).backgroundColor")
    expect(head).to_be_in_viewport()
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 900})
    assert body.evaluate("one => getComputedStyle(one).backgroundColor") != light
    assert page.locator(".grid thead").evaluate("one => one.offsetWidth") <= 1
    context.close()
