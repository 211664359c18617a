"""A running application on a company's books, and a real browser in front of it."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import applications
import psycopg
import pytest
from conftest import strategy
from granian.constants import Interfaces
from granian.server.embed import Server
from lengths import LONG
from litestar import Litestar
from litestar.testing import AsyncTestClient
from playwright.sync_api import Browser, Page, expect, sync_playwright
from psycopg import sql
from psycopg.conninfo import make_conninfo
from web.company import NOW, Company, make_company
from web.payloads import PAYLOADS

from solde.app.settings import ApiSettings

CHROMIUM = next(filter(Path.exists, map(Path, ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium"))), None)
"""The shell has no windows of its own to draw: it starts in half the time."""
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


PATIENCE = 30_000
"""Milliseconds until a page is given up that does not show what it should; on a busy machine eight seconds are few."""
expect.set_options(timeout=PATIENCE)


@pytest.fixture(params=[1280, 390], ids=["wide", "narrow"])
def screen(request: pytest.FixtureRequest) -> int:
    """How wide the screen is on which a journey is walked."""
    return int(request.param)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A journey is walked on one screen, the next one on the other; on a long run each is walked on both."""
    journeys: dict[str, list[pytest.Item]] = {}
    for item in items:
        if "screen" in getattr(item, "fixturenames", ()):
            journeys.setdefault(item.nodeid.split("[")[0], []).append(item)
    left = [item for turn, kept in enumerate(journeys.values()) for item in kept if item is not kept[turn % len(kept)]]
    if left and not LONG:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


@contextmanager
def copy_of(server_url: str, template: str) -> Iterator[str]:
    """A database of our own for as long as the worker runs."""
    name = f"web_{secrets.token_hex(8)}"
    target, source = sql.Identifier(name), sql.Identifier(template)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {} strategy {}").format(target, source, sql.SQL(strategy()))
        )
        try:
            yield make_conninfo(server_url, dbname=name)
        finally:
            connection.execute(sql.SQL("drop database {} with (force)").format(target))


@pytest.fixture(scope="session")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    """The DSN of a database with a company's books, and what to know of them."""
    with copy_of(server_url, template) as dsn:
        # In a thread of its own: the browser's library may already run a loop in this one.
        yield dsn, ThreadPoolExecutor(1).submit(lambda: asyncio.run(make_company(dsn, PAYLOADS))).result()


@pytest.fixture(scope="session")
def company(books: tuple[str, Company]) -> Company:
    return books[1]


def app_on(dsn: str, *, demo: bool) -> Litestar:
    return applications.app_on(dsn, ApiSettings(pool_min=1, pool_max=4, demo=demo), clock=lambda: NOW, with_web=True)


@pytest.fixture(scope="session")
def site(books: tuple[str, Company]) -> Iterator[str]:
    """The address of a running demo."""
    with serve(app_on(books[0], demo=True)) as address:
        yield address


@pytest.fixture(scope="session")
def strict_site(books: tuple[str, Company]) -> Iterator[str]:
    """The address of the same, where everybody signs in."""
    with serve(app_on(books[0], demo=False)) as address:
        yield address


@contextmanager
def serve(app: Litestar) -> Iterator[str]:
    """Run an application on a free port of the loopback, in a thread with a loop of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()), daemon=True)
    thread.start()
    wait_for(port, thread)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(timeout=60)
        loop.close()


def wait_for(port: int, thread: threading.Thread) -> None:
    """Wait until the server answers."""
    for _ in range(1200):
        assert thread.is_alive(), "the server did not start"
        with socket.socket() as probe:
            probe.settimeout(0.05)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        thread.join(timeout=0.05)
    raise AssertionError("the server does not answer")


@pytest.fixture
async def client(books: tuple[str, Company]) -> AsyncIterator[AsyncTestClient[Litestar]]:
    """Asks the pages without a browser, as the demo's guest."""
    async with AsyncTestClient(app_on(books[0], demo=True)) as opened:
        yield opened


@pytest.fixture
async def strict_client(books: tuple[str, Company]) -> AsyncIterator[AsyncTestClient[Litestar]]:
    """The same where everybody signs in."""
    async with AsyncTestClient(app_on(books[0], demo=False)) as opened:
        yield opened


# While it is open its library runs a loop in this thread, so it is closed before other modules' asynchronous tests.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium in /usr/bin; install it by `make browser`")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


class Watched:
    """A page that keeps what went wrong on it: console errors, exceptions, requests that leave the origin."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin = page, origin
        self.faults: list[str] = []
        page.on(
            "console", lambda m: self.faults.append(f"console: {m.text}") if m.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda e: self.faults.append(f"exception: {e}"))
        page.on("request", lambda r: self.faults.append(f"left the origin: {r.url}") if self._leaves(r.url) else None)

    def _leaves(self, url: str) -> bool:
        return not url.startswith((self.origin, "data:"))


@pytest.fixture
def watched(browser: Browser, site: str) -> Iterator[Watched]:
    """A page of the demo, 1440 wide and light; at the end nothing may have gone wrong on it."""
    context = browser.new_context(base_url=site, viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.set_default_timeout(PATIENCE)
    kept = Watched(context.new_page(), site)
    yield kept
    context.close()
    assert kept.faults == []


@pytest.fixture
def page(watched: Watched) -> Page:
    return watched.page
