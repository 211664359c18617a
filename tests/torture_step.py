"""A process that does one step, a plan's activation or a payment by deposit, and says so when it is committed."""

from __future__ import annotations

import asyncio
import sys
from datetime import date

from solde.db import Connection, open_pool, transaction
from solde.deposits import DepositEffect, PayRequest, pay_with_deposits
from solde.instalments import Activated, ActivateRequest, activate
from solde.operations import load_types

TODAY = date(2026, 11, 22)


async def main(dsn: str, step: str, account: int) -> None:
    """Activate plan 1 of an account, or pay its newest operation with deposit 1."""

    async def work(conn: Connection) -> None:
        types = await load_types(conn)
        if step == "activate":
            (done,) = await activate(conn, [ActivateRequest(account, 1, "torture", 1)], types, today=TODAY)
            assert isinstance(done, Activated), done
            return
        (paid,) = await pay_with_deposits(conn, [PayRequest(account, 1, 4, "torture")], types, today=TODAY)
        assert isinstance(paid, DepositEffect), paid

    async with open_pool(dsn, min_size=1, max_size=1) as pool:
        await transaction(pool, work)
    print("committed")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
