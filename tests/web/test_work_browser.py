"""Approvals, receipts and imports in a real browser: dialogs over the page, live preview and progress; and WCAG."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from web.company import NOW, Company
from web.conftest import PATIENCE, Watched, serve
from web.desk import own_books
from web.test_approvals import propose
from web.test_payments_pages import receive

from solde.access import create_token
from solde.app.application import create_app
from solde.app.settings import ApiSettings
from solde.db import open_pool

ROWS = "customer_code,currency,invoice_number,invoice_date,due_date,amount\n" + "\n".join(
    f"W-{i % 50},EUR,WX-{i},{'2026-10-01' if i else 'soon'},2026-10-31,10.00" for i in range(3000)
)


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


async def _prepare(dsn: str) -> tuple[str, int, int]:
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        token = await create_token(conn, name="Alex", role="admin", sellers=["MAIN"], actor="test", now=NOW)
    return token.secret, await propose(dsn), await receive(dsn, "40", reference="for INV-2026-04151")


@pytest.fixture(scope="module")
def desk(books: tuple[str, Company]) -> Iterator[tuple[str, str, int, int]]:
    """The address of a site whose jobs are done, a token, an approval and a receipt."""
    made = ThreadPoolExecutor(1).submit(lambda: asyncio.run(_prepare(books[0]))).result()
    with serve(create_app(books[0], ApiSettings(pool_min=1, pool_max=6, with_jobs=True), clock=lambda: NOW)) as address:
        yield (address, *made)


def sign_in(page: Page, secret: str) -> None:
    page.goto("/sign-in")
    page.locator("input[name=token]").evaluate("field => field.closest('details')?.setAttribute('open', '')")
    page.locator("input[name=token]").fill(secret)
    page.locator("input[name=token]").press("Enter")
    page.locator(".side").wait_for()


@pytest.fixture
def page(browser: Browser, desk: tuple[str, str, int, int]) -> Iterator[Page]:
    context = browser.new_context(base_url=desk[0], viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    watched = Watched(context.new_page(), desk[0])
    sign_in(watched.page, desk[1])
    yield watched.page
    context.close()
    assert [fault for fault in watched.faults if "422" not in fault] == []


def test_a_proposal_is_rejected_in_a_dialog_and_the_page_shows_it(page: Page, desk: tuple[str, str, int, int]) -> None:
    page.goto(f"/approvals/{desk[2]}")
    page.get_by_role("link", name="Reject").click()
    page.locator("#act [data-primary]").click()
    expect(page.locator("#act .wrong")).to_contain_text("No reason")
    page.locator("#act textarea").fill("ask first")
    page.locator("#act [data-primary]").click()
    expect(page.locator(".said")).to_have_text("ask first")
    expect(page.locator("[data-toast]")).to_contain_text("Rejected")
    expect(page.locator(".nav-count")).to_have_count(1)


def test_an_account_is_found_by_name_and_what_would_be_paid_is_shown(
    page: Page, desk: tuple[str, str, int, int]
) -> None:
    page.goto(f"/payments/receipts/{desk[3]}")
    page.locator(".detail-top").get_by_role("link", name="Assign").click()
    field = page.locator("#f-account")
    field.press_sequentially("easyc", delay=20)
    expect(page.locator("#found-accounts option[value='CUST-00412']")).to_have_count(1)
    field.fill("CUST-00412")
    expect(page.locator("#act [data-preview-place]")).to_contain_text("A payment of 40.00 EUR")
    page.locator("#f-amount").fill("15")
    expect(page.locator("#act [data-preview-place]")).to_contain_text("A payment of 15.00 EUR")
    page.locator("#act [data-primary]").click()
    expect(page.locator(".detail-parts")).to_contain_text("25.00")


def test_a_file_is_brought_judged_and_imported_while_the_page_tells_how_far_it_is(page: Page) -> None:
    page.goto("/import/receivables")
    page.locator("input[type=file]").set_input_files(
        FilePayload(name="rows.csv", mimeType="text/csv", buffer=ROWS.encode())
    )
    expect(page.locator("[data-file-name]")).to_contain_text("rows.csv")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("h2[data-state]")).to_contain_text("2\u202f999 of 3\u202f000 rows are good")
    page.get_by_role("button", name="Import all good rows").click()
    expect(page.locator(".detail [data-state]")).to_have_text("Done")
    expect(page.locator(".results")).to_contain_text("2\u202f999")
