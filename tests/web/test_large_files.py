"""Large files of lists: written as a job with its progress, stopped, kept for who asked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import psycopg
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect
from web.company import NOW, Company
from web.conftest import PATIENCE, Watched, app_on, serve
from web.desk import HTML, OWN, Client, own_books, read, send, signed_in

from solde.access import create_token
from solde.app.jobs import list_files
from solde.app.jobs.list_files import drop_list_files
from solde.db import open_pool

LIST = "/accounts/CUST-00412/operations"


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as opened:
        yield opened


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows than this are many; the books of the tests are small."""
    monkeypatch.setattr(list_files, "AT_ONCE_MOST", 20)
    monkeypatch.setattr("solde.extracts.actions.TOLD_ROWS", 5)
    monkeypatch.setattr("solde.app.web.list_files.TOLD_ROWS", 5)
    monkeypatch.setattr(list_files, "TOLD_EVERY_SECONDS", 0.02)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Files that are written wait here once they have many rows, until this is set."""
    let_go = asyncio.Event()
    move = list_files.Pace.move

    async def slowly(pace: list_files.Pace, rows: int) -> None:
        await move(pace, rows)
        while pace.many.is_set() and not let_go.is_set() and not pace.is_stopped:
            await asyncio.sleep(0.01)

    monkeypatch.setattr(list_files.Pace, "move", slowly)
    return let_go


async def begin(client: Client, address: str = f"{LIST}.xlsx") -> str:
    """Ask for a large file; gives the page of its progress."""
    answer = await client.get(address, headers=HTML, follow_redirects=False)
    assert answer.status_code == 303, answer.text[:500]
    return str(answer.headers["location"])


async def ended(client: Client, page: str) -> str:
    """The page of the file when nothing is written any longer."""
    for _ in range(400):
        text = await read(client, page)
        if 'data-progress="/jobs/' not in text:
            return text
        await asyncio.sleep(0.01)
    raise AssertionError("the file is not done")


async def test_a_file_of_few_rows_is_answered_at_once(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "takes few") as client:
        answer = await client.get(f"{LIST}.csv?class=P&amount_from=999999", headers=HTML, follow_redirects=False)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]


async def test_a_file_of_many_rows_is_written_as_a_job_and_holds_every_row(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "takes many") as client:
        page = await begin(client)
        text = await ended(client, page)
        answer = await client.get(f"{page}/file")
        shown = await read(client, "/accounts/CUST-00412")
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    rows = int(re.search(r"(\d+) rows,", text).group(1))  # type: ignore[union-attr]
    assert rows == sheet.max_row - 2 > 20
    assert f"All <span>{rows}</span>" in shown
    assert answer.headers["content-disposition"].startswith('attachment; filename="CUST-00412-')


async def test_the_progress_of_a_file_is_told_while_it_is_written(
    books: tuple[str, Company], held: asyncio.Event
) -> None:
    async with signed_in(books[0], "viewer", "watches") as client:
        page = await begin(client)
        text = await read(client, page)
        for _ in range(200):
            text = await read(client, page)
            if "Writing the file" in text:
                break
            await asyncio.sleep(0.01)
        held.set()
        await ended(client, page)
    assert re.search(r"25 of \d+", text), text
    assert "<progress" in text


async def test_a_stopped_file_is_not_kept(books: tuple[str, Company], held: asyncio.Event) -> None:
    async with signed_in(books[0], "viewer", "stops") as client:
        page = await begin(client)
        await send(client, f"{page}/cancel", key="stop")
        text = await ended(client, page)
        answer = await client.get(f"{page}/file", headers=HTML)
    assert "There is no file" in text
    assert answer.status_code == 404


@pytest.mark.parametrize("address", ["{page}", "{page}/file"])
async def test_a_file_is_only_for_who_asked(books: tuple[str, Company], address: str) -> None:
    async with signed_in(books[0], "viewer", f"asks {address}") as client:
        page = await begin(client)
        await ended(client, page)
    async with signed_in(books[0], "admin", f"is curious {address}") as client:
        await read(client, address.format(page=page), 404)
        answer = await client.post(f"{page}/cancel", data={"key": "x"}, headers=OWN, follow_redirects=False)
    assert answer.status_code == 404


async def test_a_file_is_gone_after_an_hour(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "comes late") as client:
        page = await begin(client)
        await ended(client, page)
        async with open_pool(books[0]) as pool:
            assert await drop_list_files(pool) == 0
            with psycopg.connect(books[0], autocommit=True) as connection:
                connection.execute(
                    "update job set ended_at = ended_at - interval '61 minutes' where kind = 'list_file'"
                )
            assert await drop_list_files(pool) >= 1
        answer = await client.get(f"{page}/file", headers=HTML)
        late = await read(client, page)
    assert answer.status_code == 404
    assert "kept for an hour" in answer.text
    assert "There is no file" in late


async def test_no_more_files_are_written_at_once_than_a_server_can_bear(
    books: tuple[str, Company], held: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_files, "WRITTEN_MOST", 1)
    async with signed_in(books[0], "viewer", "wants all") as client:
        page = await begin(client)
        answer = await client.get(f"{LIST}.csv", headers=HTML, follow_redirects=False)
        held.set()
        await ended(client, page)
    assert answer.status_code == 409


@pytest.fixture(scope="module")
def place(books: tuple[str, Company]) -> Iterator[tuple[str, str]]:
    """The address of a site on the books, and a token."""

    async def make() -> str:
        async with open_pool(books[0]) as pool, pool.connection() as conn, conn.transaction():
            made = await create_token(conn, name="Sam", role="viewer", sellers=["MAIN"], actor="test", now=NOW)
        return made.secret

    secret = ThreadPoolExecutor(1).submit(lambda: asyncio.run(make())).result()
    with serve(app_on(books[0], demo=False)) as address:
        yield address, secret


@pytest.fixture
def account_page(browser: Browser, place: tuple[str, str]) -> Iterator[Page]:
    context = browser.new_context(base_url=place[0], viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    watched = Watched(context.new_page(), place[0])
    watched.page.goto("/sign-in")
    watched.page.get_by_text("Sign in with an API token").click()
    watched.page.locator("input[name=token]").fill(place[1])
    watched.page.keyboard.press("Enter")
    watched.page.wait_for_url("**/")
    watched.page.goto("/accounts/CUST-00412")
    yield watched.page
    context.close()
    assert [fault for fault in watched.faults if "blob:" not in fault] == []


def ask(page: Page) -> None:
    page.get_by_label("Download this list").click()
    page.get_by_role("link", name="Excel").click()


def test_a_large_file_shows_how_far_it_is_and_is_saved_when_it_is_done(account_page: Page, held: asyncio.Event) -> None:
    with account_page.expect_download() as saving:
        ask(account_page)
        expect(account_page.locator("#act progress")).to_be_visible()
        expect(account_page.locator("#act")).to_contain_text("Writing the file")
        held.set()
    assert saving.value.suggested_filename.endswith(".xlsx")
    expect(account_page.locator("#act").get_by_role("link", name="Download")).to_be_focused()
    account_page.keyboard.press("Escape")
    expect(account_page.get_by_label("Download this list")).to_be_focused()


def test_a_large_file_is_stopped_from_its_dialog_and_the_list_stays(account_page: Page, held: asyncio.Event) -> None:
    ask(account_page)
    account_page.locator("#act").get_by_role("button", name="Stop").click()
    expect(account_page.locator("#act")).to_be_hidden()
    expect(account_page.locator("[data-toast]")).to_contain_text("not written any further")
    expect(account_page).to_have_url(re.compile("/accounts/CUST-00412$"))
    held.set()


def test_a_short_file_is_saved_at_once(account_page: Page) -> None:
    account_page.goto("/accounts/CUST-00412?amount_from=999999")
    account_page.get_by_label("Download this list").click()
    with account_page.expect_download() as saving:
        account_page.get_by_role("link", name="CSV").click()
    assert saving.value.suggested_filename.endswith(".csv")
    expect(account_page.locator("#act")).to_be_hidden()
