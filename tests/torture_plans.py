"""A process that activates the first plan of each account named, a transaction each, until it is done and then waits to be killed."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import date

from solde.db import Connection, open_pool, transaction
from solde.instalments import Activated, ActivateRequest, activate
from solde.operations import load_types

TODAY = date(2026, 11, 22)


async def main(dsn: str, accounts: list[int]) -> None:
    """Activate plan 1 of every account."""
    async with open_pool(dsn, min_size=1, max_size=2) as pool:
        for account in accounts:

            async def work(conn: Connection, account: int = account) -> None:
                request = ActivateRequest(account, 1, "torture", 1)
                (answer,) = await activate(conn, [request], await load_types(conn), today=TODAY)
                assert isinstance(answer, Activated), answer

            await transaction(pool, work)
    signal.pause()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], [int(one) for one in sys.argv[2:]]))
