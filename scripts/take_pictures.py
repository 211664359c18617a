"""Take the pictures of the README from a running demo: `make demo` in one window, this in another.

Needs Chromium. The pictures go to `docs/pictures`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file, the page, the theme, the screen, and what is pressed or clicked first."""

    name: str
    page: Literal["customers", "account"]
    scheme: Literal["light", "dark"] = "light"
    size: tuple[int, int] = (1440, 900)
    keys: str = ""
    click: str = ""


PICTURES = (
    Picture("customers", "customers"),
    Picture("customers-dark", "customers", "dark"),
    Picture("balance", "account", keys="jxjjx"),
    Picture("balance-dark", "account", "dark", keys="jxjjx"),
    Picture("balances", "account", click=".picker summary"),
    Picture("explanation", "account", keys="e"),
    Picture("phone", "account", size=(390, 844)),
)


def take(browser: Browser, address: str, picture: Picture) -> None:
    """Open the page, do what the picture wants, and keep it."""
    width, height = picture.size
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        color_scheme=picture.scheme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/?show=arrears&sort=-overdue" if picture.page == "account" else "/")
    if picture.page == "account":
        page.goto(busiest_account(page))
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")
    for key in picture.keys:
        page.keyboard.press(key)
    if picture.click:
        page.locator(picture.click).click()
    if "e" in picture.keys:
        page.locator("#drawer h1").wait_for()
    page.evaluate("document.fonts.ready")
    page.screenshot(path=TARGET / f"{picture.name}.png")
    context.close()


def busiest_account(page: Page) -> str:
    """The address of the account that is most overdue."""
    return page.locator("tbody .row-link").first.get_attribute("href") or "/"


def main() -> None:
    """Take every picture."""
    address = sys.argv[1] if len(sys.argv) > 1 else DEMO
    TARGET.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        program = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for picture in PICTURES:
            take(browser, address, picture)
            print(f"pictures: docs/pictures/{picture.name}.png")
        browser.close()


if __name__ == "__main__":
    main()
