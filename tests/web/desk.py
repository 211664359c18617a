"""Books of our own to act on, and people of each role in front of them."""

from __future__ import annotations

import asyncio
import atexit
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from functools import cache
from html import unescape
from typing import TypeVar

from litestar import Litestar
from litestar.testing import AsyncTestClient
from psycopg import OperationalError
from psycopg.conninfo import conninfo_to_dict
from web.company import NOW, Company, make_company
from web.conftest import app_on, copy_of

from solde.access import create_token
from solde.app.jobs import JobFilter, Runner, list_jobs
from solde.db import open_pool

T = TypeVar("T")
Client = AsyncTestClient[Litestar]
HTML = {"accept": "text/html"}
OWN = {"sec-fetch-site": "same-origin", "accept": "text/html"}


@contextmanager
def own_books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    """A database with a company's books that a test may change."""
    name, company = books_to_copy(server_url, template)
    with copy_of(server_url, name) as dsn:
        yield dsn, company


@cache
def books_to_copy(server_url: str, template: str) -> tuple[str, Company]:
    """A database with a company's books that is copied and not changed; made once a worker."""
    return kept_copy(server_url, template, make_company)


def kept_copy(server_url: str, template: str, make: Callable[[str], Coroutine[object, object, T]]) -> tuple[str, T]:
    """The name of a filled database that lasts as long as the worker, and what its filling gave."""
    stack = ExitStack()
    atexit.register(lambda: _let_go(stack))
    dsn = stack.enter_context(copy_of(server_url, template))
    made = ThreadPoolExecutor(1).submit(lambda: asyncio.run(make(dsn))).result()
    return str(conninfo_to_dict(dsn)["dbname"]), made


def _let_go(stack: ExitStack) -> None:
    # The run's own server may have stopped before; then nothing is left to drop.
    with suppress(OperationalError):
        stack.close()


@asynccontextmanager
async def signed_in(dsn: str, role: str, name: str, seller: str | None = None) -> AsyncIterator[Client]:
    """Somebody of a role, signed in by a token that carries their name."""
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        sellers = ["MAIN", *([seller] if seller else [])]
        token = await create_token(conn, name=name, role=role, sellers=sellers, seller=seller, actor="test", now=NOW)
    async with AsyncTestClient(app_on(dsn, demo=False)) as client:
        answer = await client.post("/sign-in", data={"token": token.secret}, headers=OWN, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        yield client


@asynccontextmanager
async def guest(dsn: str) -> AsyncIterator[Client]:
    """The guest of a demo."""
    async with AsyncTestClient(app_on(dsn, demo=True)) as client:
        yield client


async def read(client: Client, address: str, status: int = 200) -> str:
    """The text of a page."""
    answer = await client.get(address, headers=HTML)
    assert answer.status_code == status, answer.text[:1500]
    return unescape(answer.text)


async def send(client: Client, address: str, status: int = 303, /, **fields: str) -> str:
    """Send a form; gives where it leads, or the page it answers with."""
    answer = await client.post(address, data=fields, headers=OWN, follow_redirects=False)
    assert answer.status_code == status, answer.text[:1500]
    return answer.headers["location"] if status == 303 else unescape(answer.text)


def key_in(text: str) -> str:
    """The one-time key of the form on a page."""
    found = re.search(r'name="key" value="([^"]+)"', text)
    assert found is not None, text[:1500]
    return found.group(1)


async def do_jobs(dsn: str) -> None:
    """Do every job that waits, as a worker would."""
    async with open_pool(dsn) as pool:
        async with pool.connection() as conn:
            waiting = [job.job_id for job in await list_jobs(conn, JobFilter(state="WAITING"))]
        for job_id in sorted(waiting):
            await Runner(dsn, pool, told_every=0.02).run(job_id)


async def bring(
    client: Client, what: str, content: bytes, status: int = 303, name: str = "file.csv", **fields: str
) -> str:
    """Send a file to the import of something; gives where it leads, or the page."""
    answer = await client.post(
        f"/import/{what}", files={"file": (name, content)}, data=fields, headers=OWN, follow_redirects=False
    )
    assert answer.status_code == status, answer.text[:1500]
    return answer.headers["location"] if status == 303 else unescape(answer.text)
