"""A day at the desk, from the sign-in page on, in a real browser, with no knowledge but what the screens say."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Locator, Page, expect
from web.company import NOW
from web.conftest import PATIENCE, app_on, copy_of, serve

from solde.app.demo import load_company
from solde.db import open_pool
from solde.verification import verify

CLICKS_MOST = 60


@pytest.fixture(scope="module")
def demo(server_url: str, template: str) -> Iterator[tuple[str, str]]:
    """The address of a small demo company, and its database."""
    with copy_of(server_url, template) as dsn:

        async def load() -> None:
            async with open_pool(dsn) as pool:
                await load_company(pool, now=NOW, today=NOW.date(), customers=90)

        ThreadPoolExecutor(1).submit(lambda: asyncio.run(load())).result()
        with serve(app_on(dsn, demo=True)) as address:
            yield address, dsn


class Desk:
    """Somebody at a browser who only clicks and types; clicks are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1

    def button(self, name: str | re.Pattern[str], within: Locator | None = None) -> Locator:
        place = within or self.page.locator("body")
        found = place.get_by_role("button", name=name).or_(place.get_by_role("link", name=name))
        return found.locator("visible=true").first

    @property
    def dialog(self) -> Locator:
        return self.page.locator("#act")

    def confirm(self) -> None:
        """Press the one primary button of the dialog, and read what was done."""
        self.click(self.dialog.locator("[data-primary]"))
        expect(self.dialog).not_to_be_visible()
        expect(self.page.locator("[data-toast]").last).to_be_visible()

    def pick_row(self, row: Locator) -> None:
        self.click(row.locator("[data-pick]"))


def amount_of(text: str) -> Decimal:
    """A figure as written: thin spaces between thousands."""
    found = re.search(r"[\d\u202f ]+(?:\.\d+)?", text)
    assert found is not None, text
    return Decimal(re.sub(r"[\u202f\s]", "", found[0]))


@pytest.fixture
def desk(browser: Browser, demo: tuple[str, str]) -> Iterator[Desk]:
    context = browser.new_context(base_url=demo[0], viewport={"width": 1280, "height": 800}, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/sign-in")
    yield Desk(page)
    context.close()
    assert faults == []


def test_from_the_sign_in_page_to_the_balance_in_excel(desk: Desk, demo: tuple[str, str], tmp_path: Path) -> None:
    page = desk.page
    desk.click(desk.button("Administrator"))

    # Who owes most: the list is in that order.
    expect(page.locator("h1")).to_have_text("Customers")
    desk.click(page.locator("tbody tr .row-link").first)
    name = page.locator("h1").inner_text()
    owed = amount_of(page.locator(".card-box.main .figure").inner_text())
    assert owed > 0

    # Why: the figure explains itself, and comes to the same sum.
    desk.click(page.locator(".card-box.main").get_by_role("link", name=re.compile("Explain")))
    expect(page.locator("#drawer")).to_be_visible()
    expect(page.locator("#drawer")).to_contain_text("DR")
    desk.click(page.locator("#drawer").get_by_role("button", name="Close"))

    # A part payment of an open invoice.
    desk.click(page.locator(".chips").get_by_role("link", name=re.compile("Invoice")).first)
    expect(page.locator("[aria-current=true].chip")).to_contain_text("Invoice")
    invoice = page.locator("tbody tr", has=page.locator(".mark", has_text=re.compile("^Open$"))).first
    key = invoice.get_attribute("data-key")
    half = (amount_of(invoice.locator("[data-col=debit]").inner_text()) / 2).quantize(Decimal("0.01"))
    desk.pick_row(invoice)
    desk.click(desk.button("Register payment"))
    desk.dialog.get_by_label("Amount").first.fill(str(half))
    expect(desk.dialog.locator("[data-preview-place]")).to_contain_text("Partial")
    desk.confirm()
    paid = page.locator(f"tbody tr[data-key='{key}']")
    expect(paid).to_contain_text("Partial")
    expect(page.locator(".card-box.main .figure")).not_to_contain_text(str(owed))
    assert amount_of(page.locator(".card-box.main .figure").inner_text()) == owed - half

    # Unmatch it, and match it again with a suggestion.
    desk.pick_row(paid)
    desk.click(desk.button("Unmatch"))
    desk.dialog.get_by_label(re.compile("Reason")).first.fill("paid another invoice")
    desk.confirm()
    expect(paid).to_contain_text("Open")
    desk.click(desk.button("Suggested matches"))
    expect(page.locator("#drawer")).to_be_visible()
    desk.click(page.locator("#drawer").get_by_role("link", name=re.compile("^Match")).first)
    desk.confirm()

    desk.click(page.locator("#drawer").get_by_role("button", name="Close"))

    # What counts as arrears: the lab shows the effect before it is saved.
    desk.click(page.locator(".nav").get_by_role("link", name="Settings"))
    desk.click(page.locator("main").get_by_role("link", name=re.compile("Customer balances")).first)
    desk.click(page.get_by_role("link", name="Dunning balance (arrears)"))
    page.locator("#f-expression").fill(
        "#{ accountOperation.type == 'I' && accountOperation.dueDate < currentDate && accountOperation.amount > 100 }"
    )
    expect(page.locator("[data-lab] ")).to_contain_text(re.compile(r"accounts? change"))
    desk.click(page.get_by_role("button", name=re.compile("^Save")).first)
    desk.confirm()

    # Back at the customer: the balance by the new definition, as an Excel file with the same total.
    page.keyboard.press("Control+k")
    page.locator("#palette input").fill(name)
    expect(page.locator("#palette-found [role=option]").first).to_contain_text(name)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(name)
    desk.click(page.locator(".picker summary"))
    desk.click(page.locator(".option", has_text="Dunning balance"))
    expect(page.locator(".picker summary")).to_contain_text("Dunning balance")
    shown = amount_of(page.locator(".card-box.main .figure").inner_text())
    desk.click(page.locator("summary", has_text="Download"))
    with page.expect_download() as download:
        desk.click(page.get_by_role("link", name="Excel"))
    sheet = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    last = [cell.value for cell in sheet[sheet.max_row]]
    debit, credit = (Decimal(str(last[heads.index(column)] or 0)) for column in ("Debit", "Credit"))
    assert abs(debit - credit) == shown
    assert desk.clicks <= CLICKS_MOST

    async def proved() -> bool:
        async with open_pool(demo[1]) as pool:
            return (await verify(pool, now=NOW)).differences == ()

    assert ThreadPoolExecutor(1).submit(lambda: asyncio.run(proved())).result()
