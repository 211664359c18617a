"""Each receiver has its own delivery: one that hangs delays no other."""

from __future__ import annotations

import asyncio

import pytest
from ledger import invoice, make_account, post_all, rows
from outbox.conftest import Outgoing, Receiver, open_receiver

from solde.app.jobs import work
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import utc_now


async def test_receivers_that_hang_delay_no_other(
    pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOLDE_WEBHOOKS_PRIVATE", "1")
    outgoing = Outgoing(pool, utc_now)

    async def post(conn: Connection) -> None:
        account = await make_account(conn)
        for _ in range(3):
            await post_all(conn, invoice(account, "1"))

    async with open_receiver() as hanging, open_receiver() as well, work(database_url, pool):
        hanging.gate = asyncio.Event()
        for receiver in (hanging, well):
            await outgoing.endpoint(receiver.url, kinds=("operation.posted",))
        for arrived in (3, 6):
            await transaction(pool, post)
            async with asyncio.timeout(30):
                await until_arrived(well, arrived)
            assert hanging.at_once > 0
        # Both runs took less than the ten seconds the other may hang.
        async with pool.connection() as conn:
            assert await rows(conn, "select count(*) from outbox_message where state = 'DEAD' or attempts > 1") == [
                (0,)
            ]
        hanging.gate.set()


async def until_arrived(receiver: Receiver, count: int) -> None:
    while len(receiver.bodies) < count:
        await asyncio.sleep(0.05)
