"""Lives that need more than one person or day: walked through the screens in a real browser, each person in a window of their own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from web.company import NOW
from web.conftest import PATIENCE, Watched, app_on, serve
from web.desk import own_books
from web.test_balance_browser import ACCOUNT, choose, token_of, visit

from solde.app.jobs.deposits import expire_by_itself
from solde.db import open_pool
from solde.verification import verify

CUSTOMER = "/customers/CUST-00412"
Enter = Callable[[str], Page]


@pytest.fixture(scope="module")
def desk(server_url: str, template: str) -> Iterator[tuple[str, str]]:
    """The address of a site on books of our own, and where the books are."""
    with own_books(server_url, template) as (dsn, _), serve(app_on(dsn, demo=False)) as address:
        yield address, dsn


def apart(work: Callable[[], object]) -> object:
    """Do something that needs a loop of its own."""
    return ThreadPoolExecutor(1).submit(work).result()


@pytest.fixture
def enter(browser: Browser, desk: tuple[str, str], screen: int) -> Iterator[Enter]:
    """A window of somebody of a role, signed in; at the end nothing may have gone wrong in any."""
    address, dsn = desk
    opened = []

    def enter_as(role: str) -> Page:
        token = apart(lambda: asyncio.run(token_of(dsn, role)))
        context = browser.new_context(base_url=address, viewport={"width": screen, "height": 844})
        context.set_default_timeout(PATIENCE)
        watched = Watched(context.new_page(), address)
        opened.append((context, watched))
        watched.page.request.post("/sign-in", form={"token": str(token)}, headers={"sec-fetch-site": "same-origin"})
        return watched.page

    yield enter_as
    for context, watched in opened:
        context.close()
        assert watched.faults == []

    async def prove() -> None:
        async with open_pool(dsn) as pool:
            # Deposits end days later here: the books are looked at when all of it is over.
            assert (await verify(pool, now=NOW + timedelta(days=60))).differences == ()

    apart(lambda: asyncio.run(prove()))


def confirm(page: Page, button: str, said: str) -> None:
    """Wait for the preview of a dialog, do it, and read what is said then."""
    expect(page.locator("[data-preview-place]")).to_contain_text(re.compile("Will be posted|undone|changes"))
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("[data-toast]").last).to_contain_text(said)


def deposits_of(page: Page, name: str) -> Locator:
    """A deposit in the list of the tab."""
    page.goto(f"{CUSTOMER}/deposits?account=CUST-00412")
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")
    return page.locator("main .set-table tr", has_text=name)


def ask_for(page: Page, name: str, amount: str, until: str = "") -> None:
    page.goto(f"{ACCOUNT}/actions/deposit-request")
    page.get_by_label("Template").select_option("STANDARD")
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Valid until").fill(until)
    confirm(page, "Request the deposit", "Deposit requested")


def open_one(page: Page, name: str) -> Locator:
    """The drawer of a deposit."""
    deposits_of(page, name).get_by_role("link", name=name).click()
    expect(page.locator("#drawer-body h1")).to_have_text(name)
    return page.locator("#drawer-body")


def test_a_deposit_is_funded_in_parts_another_is_cancelled(enter: Enter, request: pytest.FixtureRequest) -> None:
    page = enter("cashier")
    parts, idle = (f"{word} {request.node.name[-5:]}" for word in ("Parts", "Idle"))
    ask_for(page, parts, "100")
    for amount, left, state in (("40", "60.00", "Partly funded"), ("60", "", "Funded")):
        open_one(page, parts).get_by_role("link", name="Register money for it").click()
        page.get_by_label("Amount").fill(amount)
        page.get_by_label("Payment method").select_option("WIRETRANSFER")
        confirm(page, "Register the money", "Deposit funded")
        expect(deposits_of(page, parts)).to_contain_text(state)
        expect(deposits_of(page, parts)).to_contain_text(left)
    drawer = open_one(page, parts)
    expect(drawer.locator("[aria-disabled=true]", has_text="Cancel")).to_have_attribute(
        "title", "Only what nobody paid is cancelled"
    )
    ask_for(page, idle, "30")
    open_one(page, idle).get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_label("Reason").fill("moved away")
    confirm(page, "Cancel the deposit", "Deposit cancelled")
    expect(deposits_of(page, idle)).to_contain_text("Cancelled")


def test_what_a_deposit_holds_goes_back_by_itself_when_it_is_over(
    enter: Enter, desk: tuple[str, str], request: pytest.FixtureRequest
) -> None:
    page, name = enter("admin"), f"Ends {request.node.name[-5:]}"
    page.goto("/settings/deposit-limits")
    page.locator("input[name=auto_refund]").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/settings/deposits")
    ask_for(page, name, "70", (NOW + timedelta(days=3)).date().isoformat())
    open_one(page, name).get_by_role("link", name="Register money for it").click()
    page.get_by_label("Payment method").select_option("WIRETRANSFER")
    confirm(page, "Register the money", "Deposit funded")

    async def run(days: int) -> int:
        async with open_pool(desk[1]) as pool:
            return await expire_by_itself(pool, clock=lambda: NOW + timedelta(days=days))

    assert apart(lambda: asyncio.run(run(3))) == 0
    expect(deposits_of(page, name)).to_contain_text("Funded")
    assert apart(lambda: asyncio.run(run(4))) == 1
    row = deposits_of(page, name)
    expect(row).to_contain_text("Refunded")
    drawer = open_one(page, name)
    expect(drawer).to_contain_text("its time is over")
    expect(drawer.locator("[aria-disabled=true]")).to_have_count(4)


def test_a_completed_plan_is_active_again_when_its_payment_is_unmatched(enter: Enter) -> None:
    page = enter("admin")
    visit(page, "?side=debit&matching_status=O&type=INV_STD")
    choose(page, "debit")
    page.keyboard.press("i")
    dialog = page.locator("#act")
    dialog.get_by_label("Instalments", exact=False).first.fill("1")
    expect(dialog.locator("input[name=due]")).to_have_count(1)
    confirm(page, "Activate the plan", "Instalment plan activated")
    page.locator(".toast a").last.click()
    plan = re.sub(r"[?#].*", "", page.url)
    instalment = page.locator("#detail .row-link").first.get_attribute("href") or ""
    page.goto(instalment)
    page.get_by_role("link", name="Register payment").click()
    page.get_by_label("Payment method").select_option("WIRETRANSFER")
    confirm(page, "Register payment", "Payment registered")
    page.goto(plan)
    expect(page.locator("#detail .detail-amount .mark")).to_have_text("Paid")
    page.goto(instalment)
    page.get_by_role("link", name=re.compile("^Unmatch .+")).click()
    confirm(page, "Unmatch", "Unmatched")
    page.goto(plan)
    expect(page.locator("#detail .detail-amount .mark")).to_have_text("Active")
    page.get_by_role("link", name="Break the plan").click()
    page.get_by_label("Reason").fill("the bank took it back")
    confirm(page, "Break the plan", "The plan is broken")


def test_a_write_off_above_a_limit_is_done_when_another_approves_and_taken_back(enter: Enter) -> None:
    admin = enter("admin")
    admin.goto(f"{ACCOUNT}/actions/new?type=INV_FEE")
    admin.get_by_label("Amount").fill("1200")
    admin.get_by_label("Reference").fill(f"BIG {admin.viewport_size}")
    confirm(admin, "Post operation", "Late payment fee posted")
    visit(admin, "?type=INV_FEE&matching_status=O")
    number = choose(admin, "debit")

    page = enter("accountant")
    page.goto(f"{ACCOUNT}/operations/{number}")
    page.get_by_role("link", name="Write off").click()
    page.get_by_label("Reason").fill("insolvent")
    confirm(page, "Write off", "Waits for approval")
    page.goto(f"{ACCOUNT}/operations/{number}")
    expect(page.locator("#detail .detail-amount .mark")).to_have_text("Open")

    admin.goto("/approvals")
    admin.locator("main tbody a", has_text="Write").first.click()
    expect(admin.locator("main")).to_contain_text("insolvent")
    admin.get_by_role("link", name="Approve").click()
    admin.locator("#act [data-primary]").click()
    expect(admin.locator("[data-toast]").last).to_contain_text("Approved and done")
    admin.goto(f"{ACCOUNT}/operations/{number}")
    expect(admin.locator("#detail .detail-amount .mark")).to_have_text("Matched")

    admin.locator("#detail .plain .row-link").first.click()
    admin.get_by_role("link", name="Reverse").click()
    admin.get_by_label("Reason").fill("paid after all")
    confirm(admin, "Reverse", "Write-off reversed")
    admin.goto(f"{ACCOUNT}/operations/{number}")
    expect(admin.locator("#detail .detail-amount .mark")).to_have_text("Open")
