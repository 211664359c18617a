"""A year of accounting in a real browser: closed, repaired, taken to the books, exported; and what others may not."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from web.company import NOW
from web.conftest import PATIENCE, Watched, app_on, serve
from web.desk import do_jobs, own_books

from solde.access import create_token
from solde.accounting.fec import check_file
from solde.db import open_pool
from solde.verification import verify

ACCOUNT = "/accounts/CUST-00412"
ROLES = ("admin", "accountant", "agent", "viewer", "auditor")
OWN = {"sec-fetch-site": "same-origin", "accept": "text/html"}


def do(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Do something asynchronous while the browser's own loop runs here."""
    return ThreadPoolExecutor(1).submit(lambda: asyncio.run(work())).result()


async def tokens_of(dsn: str) -> dict[str, str]:
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        return {
            role: (
                await create_token(conn, name=f"By {role}", role=role, sellers=["MAIN"], actor="test", now=NOW)
            ).secret
            for role in ROLES
        }


async def prove(dsn: str) -> None:
    async with open_pool(dsn) as pool:
        assert (await verify(pool, now=NOW)).differences == ()


class Office:
    """A site on books of our own, and people in front of it."""

    def __init__(self, browser: Browser, address: str, dsn: str) -> None:
        self.browser, self.address, self.dsn = browser, address, dsn
        self.tokens = do(lambda: tokens_of(dsn))

    @contextmanager
    def sits(self, role: str, width: int = 1280) -> Iterator[Page]:
        """Somebody of a role; nothing may go wrong on their pages but what was refused."""
        context = self.browser.new_context(
            base_url=self.address, viewport={"width": width, "height": 844}, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE)
        watched = Watched(context.new_page(), self.address)
        watched.page.request.post("/sign-in", form={"token": self.tokens[role]}, headers=OWN)
        yield watched.page
        context.close()
        assert [fault for fault in watched.faults if not re.search(r"status of (403|422)", fault)] == []

    def work(self) -> None:
        """What a worker does."""
        do(lambda: do_jobs(self.dsn))


@pytest.fixture(scope="module")
def office(browser: Browser, server_url: str, template: str) -> Iterator[Office]:
    with own_books(server_url, template) as (dsn, _), serve(app_on(dsn, demo=False)) as address:
        yield Office(browser, address, dsn)
        do(lambda: prove(dsn))


def opened(page: Page, place: str) -> Page:
    """A page, loaded with its scripts."""
    page.goto(place)
    return page


def said(page: Page, text: str) -> None:
    expect(page.locator(".toast").last).to_contain_text(text)


def post_late(page: Page, amount: str, reference: str) -> None:
    """An agent enters a charge of May."""
    fields: dict[str, str | float | bool] = {
        "key": reference, "type": "ADJ_INV", "amount": amount, "date": "2026-05-07", "reason": "late",
        "reference": reference,
    }  # fmt: skip
    answer = page.request.post(f"{ACCOUNT}/actions/new", form=fields, headers=OWN)
    assert answer.ok, answer.text()[:1500]


def test_a_year_from_its_opening_to_its_file(office: Office) -> None:
    with office.sits("admin") as page:
        opened(page, "/accounting/periods")
        page.get_by_role("link", name="New year").click()
        dialog = page.locator("#act")
        dialog.get_by_label("Label", exact=False).first.fill("2026")
        dialog.get_by_role("button", name="Make the year").click()
        expect(page.get_by_role("heading", name="2026")).to_be_visible()

    with office.sits("accountant") as page:
        opened(page, "/accounting/periods")
        expect(page.get_by_role("link", name="New year")).to_have_count(0)
        page.get_by_role("link", name="Close period 5 of 2026").click()
        dialog = page.locator("#act")
        expect(dialog).to_contain_text("Operations dated there")
        dialog.get_by_label("Reason").fill("May is signed")
        dialog.get_by_role("button", name="Close it").click()
        expect(page.locator("tr", has_text="1 May 2026")).to_contain_text("May is signed")

    with office.sits("agent") as page:
        post_late(page, "31.5", "LATE-1")

    with office.sits("admin") as page:
        opened(page, "/accounting/periods").get_by_role("link", name="Policy of 2026").click()
        dialog = page.locator("#act")
        dialog.get_by_label("What is dated in a closed period").select_option("FORCE")
        dialog.get_by_role("button", name="Save").click()
        expect(page.locator("main")).to_contain_text("moves to day 1 of the next open one")

    with office.sits("agent") as page:
        post_late(page, "8", "LATE-2")

    with office.sits("accountant") as page:
        opened(page, "/accounting/rejected")
        rows = page.locator("tbody tr")
        expect(rows).to_have_count(1)
        expect(rows.first).to_contain_text("LATE-1")
        rows.first.locator("[data-pick]").check()
        page.keyboard.press("d")
        dialog = page.locator("#act")
        dialog.get_by_label("Accounting day", exact=False).first.fill("2026-07-15")
        dialog.get_by_label("Reason").fill("belongs to July")
        expect(dialog.locator("[data-preview-place]")).to_contain_text("15 Jul 2026")
        dialog.get_by_role("button", name="Repair").click()
        expect(page.locator("main")).to_contain_text("Nothing waits")
        for reference, day in (("LATE-1", "15 Jul 2026"), ("LATE-2", "1 Jun 2026")):
            opened(page, f"{ACCOUNT}?q={reference}")
            expect(page.locator("tbody tr")).to_have_count(1)
            page.locator("tbody tr a").first.click()
            expect(page.locator("#drawer")).to_contain_text(day)
        change_scheme(page)
        take_to_the_books(office, page)
        export(office, page)


def change_scheme(page: Page) -> None:
    """A third line is added wrongly, shown to be wrong, and taken away; a label is kept as the next version."""
    opened(page, "/accounting/schemes").get_by_role("link", name="DUAL", exact=True).click()
    dialog = page.locator("#act")
    dialog.locator("[name=amount-2]").select_option("WHOLE")
    preview = dialog.locator("[data-preview-place]")
    expect(preview).to_contain_text("differ")
    dialog.locator("[name=amount-2]").select_option("")
    dialog.locator("[name=label-1]").fill("{type} of {account}")
    expect(preview).to_contain_text("of CUST-00412")
    dialog.get_by_role("button", name="Save").click()
    said(page, "Scheme DUAL holds from now on")
    expect(page.locator("tr", has_text="DUAL").first).to_contain_text("version 2")


def take_to_the_books(office: Office, page: Page) -> None:
    """A run is started and seen to end; the journal and the trial balance agree."""
    opened(page, "/accounting/journal").get_by_role("link", name="Make entries").click()
    dialog = page.locator("#act")
    dialog.get_by_label("Make entries now").check()
    dialog.locator("footer button[type=submit], .act-foot button[type=submit]").last.click()
    page.wait_for_url(re.compile("/jobs/"))
    office.work()
    expect(page.locator("main")).to_contain_text("What came of it")
    opened(page, "/accounting/journal?from=2026-01-01&until=2026-12-31")
    total = (
        page.get_by_role("region", name="Totals by account").locator("tbody tr", has_text="411").filter(has_text="EUR")
    )
    journal = [total.locator("td.k-money").nth(n).inner_text() for n in (0, 1)]
    opened(page, "/accounting/trial-balance?from=2026-01-01&until=2026-12-31")
    line = page.locator("main section").first.locator("tbody tr", has_text="411").filter(has_text="EUR")
    assert [line.locator("td.k-money").nth(n).inner_text() for n in (1, 2)] == journal
    expect(page.locator("main")).to_contain_text("Customers in the books are the operations that were taken there")
    expect(page.locator("main")).not_to_contain_text("differs")


def export(office: Office, page: Page) -> None:
    """A FEC of the year is asked for, downloaded, and held against the rules."""
    opened(page, "/accounting/exports").get_by_role("link", name="Export entries").click()
    dialog = page.locator("#act")
    dialog.get_by_label("Until").fill("2026-12-31")
    dialog.get_by_label("Format").select_option("fec")
    dialog.get_by_label("SIREN").fill("732829321")
    dialog.locator("footer button[type=submit], .act-foot button[type=submit]").last.click()
    expect(dialog).to_contain_text("is no SIREN")
    dialog.get_by_label("SIREN").fill("732829320")
    dialog.locator("footer button[type=submit], .act-foot button[type=submit]").last.click()
    page.wait_for_url(re.compile("/jobs/"))
    office.work()
    expect(page.locator("main")).to_contain_text("What came of it")
    opened(page, "/accounting/exports")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="732829320FEC20261231.txt").click()
    content = waiting.value.path().read_bytes()
    checked = check_file(waiting.value.suggested_filename, content.splitlines(keepends=True))
    assert checked.faults == []
    late = [line.split("\t") for line in content.decode().splitlines() if "LATE-" in line]
    assert {(line[8], line[3], line[9]) for line in late} == {
        ("LATE-1", "20260715", "20260507"),
        ("LATE-2", "20260601", "20260507"),
    }
    shown = (
        page.locator("tbody tr").first.locator("td").filter(has_text=re.compile(r"^[\d\u202f]+$")).first.inner_text()
    )
    assert int(re.sub(r"\D", "", shown)) == checked.rows


def test_who_may_not_act_sees_no_buttons_and_is_refused_by_hand(office: Office) -> None:
    forms = (
        "/accounting/periods/2026/6/close", "/accounting/rejected/repair", "/accounting/schemes/DUAL/edit",
        "/accounting/schemes/journals/SAL", "/accounting/schemes/taxes/VAT_20", "/accounting/generate",
        "/accounting/exports/new", "/accounting/years/new",
    )  # fmt: skip
    tabs = {
        "viewer": ("/accounting/periods", "/accounting/rejected"),
        "auditor": ("/accounting/periods", "/accounting/rejected", "/accounting/journal", "/accounting/schemes"),
    }
    for role, places in tabs.items():
        with office.sits(role) as page:
            for place in places:
                opened(page, place)
                expect(page.locator("main a[data-dialog], main [data-action]")).to_have_count(0)
            for form in forms:
                assert page.request.get(form, headers=OWN).status == 403, form
                assert page.request.post(form, form={"key": "k"}, headers=OWN).status == 403, form
    with office.sits("viewer") as page:
        for place in ("/accounting/journal", "/accounting/trial-balance", "/accounting/exports"):
            assert page.request.get(place, headers=OWN).status == 403
