"""/readyz and /metrics tell what is not well; a full disk refuses what would write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from applications import use
from faces.api.asking import Asking, make_token
from litestar import Litestar
from litestar.testing import AsyncTestClient

from solde.app.application import create_app
from solde.db import Disk, Pool
from solde.db.disk import GIBIBYTE, Usage
from solde.kernel.dates import Clock

CSV = {"content-type": "text/csv"}
FILE = "customer_code,currency,invoice_number,invoice_date,due_date,amount\nK1,EUR,F-1,2026-10-01,2026-10-31,1.00\n"
NEW = {"name": "test", "role": "viewer"}


class Filled:
    """A disk of a hundred gigabytes, filled as far as the test says."""

    def __init__(self) -> None:
        self.percent = 10

    def __call__(self, _folder: Path) -> Usage:
        return Usage(self.percent * GIBIBYTE, (100 - self.percent) * GIBIBYTE)


@pytest.fixture
async def client(database_url: str, clock: Clock) -> AsyncIterator[AsyncTestClient[Litestar]]:
    app = create_app(database_url, clock=clock)
    async with AsyncTestClient(app, base_url="http://testserver.local") as opened:
        yield opened


@pytest.fixture
def filled(client: AsyncTestClient[Litestar]) -> Filled:
    filled = Filled()
    use(client.app, disk=Disk(Path("/"), measure=filled))
    return filled


@pytest.fixture
async def ask(client: AsyncTestClient[Litestar], pool: Pool, clock: Clock) -> Asking:
    return Asking(client, await make_token(pool, clock, "admin"))


async def test_a_quiet_installation_is_ready_and_tells_its_ages(
    client: AsyncTestClient[Litestar], filled: Filled
) -> None:
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["disk"] == "10% used, 92,160 MB free"
    measured = (await client.get("/metrics")).text
    for line in (
        'solde_waiting_seconds{work="job"} 0.0',
        'solde_waiting_seconds{work="seal"} 0.0',
        'solde_waiting_seconds{work="delivery"} 0.0',
        "solde_database_reachable 1.0",
        'solde_disk_bytes{part="free"}',
    ):
        assert line in measured
    assert filled.percent == 10


async def test_a_job_that_nobody_does_makes_it_unready(client: AsyncTestClient[Litestar], pool: Pool) -> None:
    async with pool.connection() as conn:
        await conn.execute(
            "insert into job (kind, queued, created_by, created_at) "
            "values ('import_receivables', true, 't', clock_timestamp() - interval '10 minutes')"
        )
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (
        503,
        "a job has waited for 10 minutes and nobody works on any",
    )


async def test_imports_are_refused_from_ninety_percent_on(ask: Asking, filled: Filled) -> None:
    filled.percent = 91
    refused = await ask.post("/receivables:import", content=FILE, headers=CSV)
    assert (refused.status_code, refused.json()["code"]) == (503, "disk_filling")
    page = await ask.client.post(
        "/import/receivables", headers={"accept": "text/html", "sec-fetch-site": "same-origin"}
    )
    assert (page.status_code, "the database is filling" in page.text) == (503, True)
    assert (await ask.post("/tokens", NEW)).status_code == 201
    assert (await ask.client.get("/readyz")).status_code == 200


async def test_all_that_writes_is_refused_from_ninety_five_percent_on_and_taken_when_space_is_free(
    ask: Asking, filled: Filled
) -> None:
    filled.percent = 96
    refused = await ask.post("/tokens", NEW)
    assert (refused.status_code, refused.json()["code"]) == (503, "disk_full")
    assert (await ask.get("/customers")).status_code == 200
    ready = await ask.client.get("/readyz")
    assert (ready.status_code, "the disk of the database is full" in ready.json()["reason"]) == (503, True)
    page = await ask.client.post(
        "/sign-in", data={"login": "x", "password": "y"}, headers={"sec-fetch-site": "same-origin"}
    )
    assert page.status_code != 503
    filled.percent = 80
    assert (await ask.post("/tokens", NEW)).status_code == 201
