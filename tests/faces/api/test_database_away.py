"""While the database is away every request is told so soon, and the application starts all the same."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from solde.access.model import Role
from solde.access.rules.tokens import make_secret
from solde.app.application import create_app
from solde.app.settings import ApiSettings

WAIT = 0.3
TOKEN = {"authorization": "Bearer " + make_secret(Role.ADMIN, b"x" * 24), "idempotency-key": "k"}
PAGE = {"accept": "text/html", "cookie": "solde_session=" + "a" * 43, "sec-fetch-site": "same-origin"}
ASKED = [
    ("GET", "/api/v1/customers", TOKEN),
    ("GET", "/api/v1/accounts/A1/balances/default", TOKEN),
    ("POST", "/api/v1/operations", TOKEN),
    ("POST", "/api/v1/receivables:import", TOKEN | {"content-type": "text/csv"}),
    ("GET", "/", PAGE),
    ("GET", "/payments", PAGE),
    ("GET", "/sign-in", PAGE),
]


@pytest.fixture(scope="module")
def nowhere() -> Iterator[str]:
    """The DSN of a server that takes no connection."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"host=127.0.0.1 port={taken.getsockname()[1]} dbname=solde user=solde"


@pytest.fixture(scope="module")
def app(nowhere: str) -> Litestar:
    return create_app(nowhere, ApiSettings(with_jobs=True, wait_seconds=WAIT))


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[AsyncTestClient[Litestar]]:
    async with AsyncTestClient(app, base_url="http://testserver.local") as opened:
        yield opened


def test_a_request_waits_three_seconds_at_most_unless_told_otherwise() -> None:
    assert ApiSettings().wait_seconds == 3.0


@pytest.mark.parametrize(("method", "path", "headers"), ASKED, ids=[f"{m} {p}" for m, p, _ in ASKED])
async def test_every_face_answers_503_soon(
    client: AsyncTestClient[Litestar], method: str, path: str, headers: dict[str, str]
) -> None:
    begun = time.monotonic()
    answer = await client.request(method, path, headers=headers, follow_redirects=False)
    assert answer.status_code == 503, answer.text
    assert time.monotonic() - begun < WAIT + 1.5


async def test_many_at_once_do_not_wait_for_each_other(client: AsyncTestClient[Litestar]) -> None:
    begun = time.monotonic()
    # The client of the tests asks one after the other.
    async with httpx.AsyncClient(transport=httpx.ASGITransport(client.app), base_url="http://testserver.local") as many:
        answers = await asyncio.gather(*(many.get("/api/v1/customers", headers=TOKEN) for _ in range(60)))
    assert {answer.status_code for answer in answers} == {503}
    assert time.monotonic() - begun < WAIT + 3


async def test_the_process_is_alive_all_the_while(client: AsyncTestClient[Litestar]) -> None:
    assert (await client.get("/livez")).status_code == 200
