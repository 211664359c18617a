"""Take the pictures of the pages from a running demo: `make demo` in one window, `make pictures` in another.

Needs Chromium. The pictures go to `docs/pictures`; with `--check FOLDER` every page is taken in every light and size instead, to be
gone through with `docs/reference/visual-checklist.md`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Error, Page, sync_playwright

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
A_DEBIT = ".grid tr[data-kinds~='debit'] [data-pick]"
PAY = "a[data-href$='/pay']"
"""What is clicked: a row by what it is, not by its place, which is another every day."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file, the address, who looks, the light, the screen, and what is pressed or clicked first."""

    name: str
    address: str
    role: str = "admin"
    scheme: Literal["light", "dark"] = "light"
    size: tuple[int, int] = WIDE
    keys: str = ""
    click: tuple[str, ...] = ()


PICTURES = (
    Picture("customers", "/"),
    Picture("customers-dark", "/", scheme="dark"),
    Picture("overview", CUSTOMER),
    Picture("balance", ACCOUNT, click=(A_DEBIT,)),
    Picture("balance-dark", ACCOUNT, scheme="dark", click=(A_DEBIT,)),
    Picture("balances", ACCOUNT, click=(".picker summary",)),
    Picture("explanation", ACCOUNT, keys="e"),
    Picture("pay", ACCOUNT, role="cashier", click=(A_DEBIT, PAY)),
    Picture("lab", "/settings/balances/dunning/edit"),
    Picture("phone", ACCOUNT, size=NARROW),
)
"""What README and guides show."""

ROW = ".grid tbody tr:nth-child({}) [data-pick]"
UNPAID = f"{ACCOUNT}?class=I&matching_status=O&sort=-amount"
PAGES = (
    Picture("sign-in", "/sign-in", role=""),
    Picture("customers", "/"),
    Picture("customers-empty", "/?q=nobodyiscalledthis"),
    Picture("customers-filters", "/", click=(".filters summary",)),
    Picture("customers-columns", "/", click=("summary[aria-label=Columns]",)),
    Picture("new-company", "/new/customer?kind=company"),
    Picture("new-individual", "/new/customer?kind=individual"),
    Picture("customer-edit", f"{CUSTOMER}/edit"),
    Picture("customers-import", "/import/customers"),
    Picture("receivables-import", "/import/receivables"),
    Picture("payments-import", "/import/payments"),
    Picture("overview", CUSTOMER),
    Picture("accounts", f"{CUSTOMER}/accounts"),
    Picture("new-account", f"{CUSTOMER}/accounts/new"),
    Picture("activity", f"{CUSTOMER}/activity"),
    Picture("deposits", f"{CUSTOMER}/deposits"),
    Picture("deposits-none", "/customers/DEMO-00011/deposits"),
    Picture("deposit", f"{ACCOUNT}/deposits/1"),
    Picture("deposit-request", f"{ACCOUNT}/actions/deposit-request"),
    Picture("deposit-refund", f"{ACCOUNT}/actions/deposit-refund?deposit=1"),
    Picture("plans", "/customers/{plans}/plans"),
    Picture("unbilled", "/customers/DEMO-00001/unbilled"),
    Picture("unbilled-none", "/customers/DEMO-00003/unbilled"),
    Picture("cards", "/customers/DEMO-00002/cards"),
    Picture("cards-none", "/customers/DEMO-00006/cards"),
    Picture("card-add", "/accounts/DEMO-00002/cards/add"),
    Picture("card-charge", "/accounts/DEMO-00002/cards/ask/charge"),
    Picture("card-transaction", "/accounts/DEMO-00002/cards/transactions/1"),
    Picture("card-transactions", "/payments/cards"),
    Picture("sandbox", "/sandbox"),
    Picture("wizard", "/accounts/DEMO-00002/adjust"),
    Picture("wizard-details", "/accounts/DEMO-00002/adjust?type=manual_charge"),
    Picture("wizard-refund", "/accounts/DEMO-00002/adjust?type=ecommerce_refund"),
    Picture("plans-none", f"{CUSTOMER}/plans"),
    Picture("plan", "/accounts/{plans}/plans/1"),
    Picture("balance", ACCOUNT),
    Picture("balance-selected", ACCOUNT, keys="jxjjjjjjjx"),
    Picture("balance-past", f"{ACCOUNT}?as_of=2026-06-30"),
    Picture("balance-empty", f"{ACCOUNT}?reference=NOTHINGLIKETHIS"),
    Picture("balance-filters", ACCOUNT, click=(".filters summary",)),
    Picture("balances", ACCOUNT, click=(".picker summary",)),
    Picture("new-operation-menu", ACCOUNT, click=(".new-menu summary",)),
    Picture("suggestions", ACCOUNT, keys="s"),
    Picture("statement", f"{ACCOUNT}/statement"),
    Picture("operation", ACCOUNT, keys="j\n"),
    Picture("explanation", ACCOUNT, keys="e"),
    Picture("pay", ACCOUNT, click=(A_DEBIT, PAY)),
    Picture("new-operation", f"{ACCOUNT}/actions/new?type=MISC_DEB"),
    Picture("plan-wizard", UNPAID, click=(ROW.format(1), ROW.format(2), "a[data-href$='/plan']")),
    Picture("dispute", UNPAID, click=(ROW.format(1), "a[data-href$='/enter-litigation']")),
    Picture("palette", "/", keys="^"),
    Picture("help", "/", keys="?"),
    Picture("payments", "/payments"),
    Picture("receipt", "/payments/receipts/1"),
    Picture("receipt-assign", "/payments/receipts/1/assign"),
    Picture("receipt-new", "/payments/receipts/new"),
    Picture("registered", "/payments/registered"),
    Picture("small-balances", "/payments/small-balances"),
    Picture("litigation", "/litigation"),
    Picture("litigation-selected", "/litigation", keys="jxjx"),
    Picture("litigation-empty", "/litigation?q=nothinglikethis"),
    Picture("periods", "/accounting/periods"),
    Picture("new-year", "/accounting/years/new"),
    Picture("generate", "/accounting/generate"),
    Picture("rejected", "/accounting/rejected"),
    Picture("schemes", "/accounting/schemes"),
    Picture("scheme-new", "/accounting/schemes/new"),
    Picture("journal-label", "/accounting/schemes/journals/SAL"),
    Picture("tax", "/accounting/schemes/taxes/VAT_20"),
    Picture("general-account", "/accounting/schemes/accounts/411"),
    Picture("journal", "/accounting/journal"),
    Picture("trial-balance", "/accounting/trial-balance"),
    Picture("exports", "/accounting/exports"),
    Picture("export-new", "/accounting/exports/new"),
    Picture("approvals", "/approvals"),
    Picture("approval", "/approvals/1"),
    Picture("approval-decide", "/approvals/1/approve"),
    Picture("jobs", "/jobs"),
    Picture("settings", "/settings"),
    Picture("settings-balances", "/settings/balances"),
    Picture("lab", "/settings/balances/dunning/edit"),
    Picture("settings-types", "/settings/types"),
    Picture("settings-type", "/settings/types/INV_STD"),
    Picture("settings-methods", "/settings/methods"),
    Picture("settings-users", "/settings/users"),
    Picture("settings-roles", "/settings/roles"),
    Picture("settings-limits", "/settings/limits"),
    Picture("settings-services", "/settings/services"),
    Picture("settings-deposits", "/settings/deposits"),
    Picture("settings-deposit-template", "/settings/deposit-templates/OFFICE"),
    Picture("settings-plans", "/settings/plans"),
    Picture("settings-plan-rule", "/settings/plans/rules/MAIN"),
    Picture("settings-holidays", "/settings/plans/holidays/MAIN"),
    Picture("settings-reasons", "/settings/litigation-reasons"),
    Picture("settings-reason", "/settings/litigation-reasons/PRICE"),
    Picture("settings-sellers", "/settings/sellers"),
    Picture("settings-seller", "/settings/sellers/MAIN"),
    Picture("settings-features", "/settings/features"),
    Picture("settings-mail", "/settings/mail"),
    Picture("settings-tokens", "/settings/tokens"),
    Picture("settings-webhooks", "/settings/webhooks"),
    Picture("me", "/me"),
    Picture("not-found", "/accounts/NOBODY"),
    Picture("forbidden", "/settings/tokens", role="viewer"),
)
"""Every page, for the checklist; `{plans}` is a customer with an instalment plan."""


def every(plans: str) -> Iterator[Picture]:
    """Each page in both lights and both sizes."""
    lights: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme, size, picture in product(lights, (WIDE, NARROW), PAGES):
        address = picture.address.replace("{plans}", plans)
        yield replace(picture, name=f"{picture.name}-{scheme}-{size[0]}", address=address, scheme=scheme, size=size)


class Cameras:
    """A window of a browser for each person, light and size; everybody signs in once."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self._address = browser, address
        self._pages: dict[tuple[str, str, tuple[int, int]], Page] = {}

    def of(self, picture: Picture) -> Page:
        """The window to take a picture in."""
        key = (picture.role, picture.scheme, picture.size)
        if key not in self._pages:
            self._pages[key] = self._open(picture)
        return self._pages[key]

    def _open(self, picture: Picture) -> Page:
        width, height = picture.size
        page = self._browser.new_context(
            base_url=self._address,
            viewport={"width": width, "height": height},
            color_scheme=picture.scheme,
            reduced_motion="reduce",
            locale="en-GB",
        ).new_page()
        if picture.role:
            _sign_in(page, picture.role)
        return page


def take(page: Page, picture: Picture, folder: Path) -> None:
    """Open the page, do what the picture wants, and keep it."""
    page.goto(picture.address)
    page.wait_for_load_state("networkidle")
    for key in picture.keys:
        page.keyboard.press({"\n": "Enter", "^": "Control+k"}.get(key, key))
    for place in picture.click:
        page.locator(place).first.click()
    page.wait_for_load_state("networkidle")
    # What was opened by a key or a click is asked for then, and shown a moment later.
    page.wait_for_timeout(400 if picture.keys or picture.click else 0)
    page.locator(".is-busy, .is-stale, .htmx-request").wait_for(state="detached")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=folder / f"{picture.name}.png")


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
    parser.add_argument("--plans", default="DEMO-00001", metavar="CODE", help="a customer with an instalment plan")
    parser.add_argument("--only", default="", metavar="TEXT", help="only pictures with this in their name")
    chosen = parser.parse_args()
    folder = chosen.check or TARGET
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    with sync_playwright() as playwright:
        program = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        cameras = Cameras(browser, chosen.address)
        for picture in every(chosen.plans) if chosen.check else PICTURES:
            if chosen.only not in picture.name:
                continue
            try:
                take(cameras.of(picture), picture, folder)
            except Error as fault:
                failed += 1
                print(f"pictures: no {picture.name}: {fault.message.splitlines()[0]}", file=sys.stderr)
        browser.close()
    print(f"pictures: in {folder}; {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
