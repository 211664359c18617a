"""Take the pictures of the pages from a running demo: `make demo` in one window, `make pictures` in another.

Needs Chromium. The pictures go to `docs/pictures`; with `--check FOLDER` every page is taken in every light and size instead, to be
gone through with `docs/reference/visual-checklist.md`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

TARGET = Path(__file__).parents[1] / "docs/pictures"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DEMO = "http://127.0.0.1:8000"
PASSWORD = "solde-demo"  # noqa: S105 - of made-up people
WIDE, NARROW = (1280, 800), (390, 844)
ACCOUNT = "/accounts/DEMO-00001"
CUSTOMER = "/customers/DEMO-00001"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file, the address, who looks, the light, the screen, and what is pressed or clicked first."""

    name: str
    address: str
    role: str = "admin"
    scheme: Literal["light", "dark"] = "light"
    size: tuple[int, int] = WIDE
    keys: str = ""
    click: str = ""


PICTURES = (
    Picture("customers", "/"),
    Picture("customers-dark", "/", scheme="dark"),
    Picture("overview", CUSTOMER),
    Picture("balance", ACCOUNT, keys="jxjjjjjjjx"),
    Picture("balance-dark", ACCOUNT, scheme="dark", keys="jxjjjjjjjx"),
    Picture("balances", ACCOUNT, click=".picker summary"),
    Picture("explanation", ACCOUNT, keys="e"),
    Picture("pay", ACCOUNT, role="cashier", keys="jjjjjjjxp"),
    Picture("lab", "/settings/balances/dunning/edit"),
    Picture("phone", ACCOUNT, size=NARROW),
)
"""What README and guides show."""

PAGES = (
    Picture("sign-in", "/sign-in", role=""),
    Picture("customers", "/"),
    Picture("customers-empty", "/?q=nobodyiscalledthis"),
    Picture("new-company", "/new/customer?kind=company"),
    Picture("new-individual", "/new/customer?kind=individual"),
    Picture("customer-edit", f"{CUSTOMER}/edit"),
    Picture("customers-import", "/import/customers"),
    Picture("overview", CUSTOMER),
    Picture("accounts", f"{CUSTOMER}/accounts"),
    Picture("activity", f"{CUSTOMER}/activity"),
    Picture("balance", ACCOUNT),
    Picture("balance-selected", ACCOUNT, keys="jxjjjjjjjx"),
    Picture("balance-past", f"{ACCOUNT}?as_of=2026-06-30"),
    Picture("balance-empty", f"{ACCOUNT}?reference=NOTHINGLIKETHIS"),
    Picture("operation", ACCOUNT, keys="j\n"),
    Picture("explanation", ACCOUNT, keys="e"),
    Picture("pay", ACCOUNT, keys="jjjjjjjxp"),
    Picture("palette", "/", keys="^"),
    Picture("payments", "/payments"),
    Picture("small-balances", "/payments/small-balances"),
    Picture("approvals", "/approvals"),
    Picture("jobs", "/jobs"),
    Picture("settings", "/settings"),
    Picture("settings-balances", "/settings/balances"),
    Picture("lab", "/settings/balances/dunning/edit"),
    Picture("settings-types", "/settings/types"),
    Picture("settings-users", "/settings/users"),
    Picture("settings-roles", "/settings/roles"),
    Picture("settings-limits", "/settings/limits"),
    Picture("settings-webhooks", "/settings/webhooks"),
    Picture("me", "/me"),
    Picture("not-found", "/accounts/NOBODY"),
    Picture("forbidden", "/settings/tokens", role="viewer"),
)
"""Every page, for the checklist."""


def every() -> Iterator[Picture]:
    """Each page in both lights and both sizes."""
    lights: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for picture, scheme, size in product(PAGES, lights, (WIDE, NARROW)):
        yield replace(picture, name=f"{picture.name}-{scheme}-{size[0]}", scheme=scheme, size=size)


def take(browser: Browser, address: str, picture: Picture, folder: Path) -> None:
    """Sign in, open the page, do what the picture wants, and keep it."""
    width, height = picture.size
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        color_scheme=picture.scheme,
        reduced_motion="reduce",
        locale="en-GB",
    )
    page = context.new_page()
    if picture.role:
        _sign_in(page, picture.role)
    page.goto(picture.address)
    page.wait_for_load_state("networkidle")
    for key in picture.keys:
        page.keyboard.press({"\n": "Enter", "^": "Control+k"}.get(key, key))
    if picture.click:
        page.locator(picture.click).click()
    page.wait_for_load_state("networkidle")
    if "p" in picture.keys:
        page.locator("#act [data-preview-place] > :not(input)").first.wait_for()
    page.evaluate("document.fonts.ready")
    page.screenshot(path=folder / f"{picture.name}.png")
    context.close()


def _sign_in(page: Page, role: str) -> None:
    page.goto("/sign-in")
    form = page.locator("form", has=page.locator("input[name=login][required]")).first
    form.locator("input[name=login]").fill(role)
    form.locator("input[name=password]").fill(PASSWORD)
    form.locator("button[type=submit]").click()
    page.wait_for_load_state()


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("address", nargs="?", default=DEMO)
    parser.add_argument("--check", type=Path, metavar="FOLDER", help="take every page, in both lights and sizes")
    chosen = parser.parse_args()
    folder = chosen.check or TARGET
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        program = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for picture in every() if chosen.check else PICTURES:
            take(browser, chosen.address, picture, folder)
            print(f"pictures: {folder / picture.name}.png")
        browser.close()


if __name__ == "__main__":
    main()
