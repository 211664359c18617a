"""A process of several callers that post, pay, match and unmatch on a few accounts until a deadline or a kill.

Every acknowledged posting is written to a file before the next action: key, account, number.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import psycopg
from psycopg_pool import PoolTimeout

from solde.db import CommitUnknown, Pool, open_pool, transaction
from solde.kernel.refusals import Refused
from solde.matching import MatchRequest, UnmatchRequest, match, match_oldest, unmatch
from solde.operations import NewOperation, PostingMerger, PostRequest, TypeCatalogue
from solde.payments import PaymentMerger, PaymentRequest

TODAY = date(2026, 11, 22)
EXPECTED = {
    "already_matched", "already_unmatched", "unknown_match", "unknown_operation", "in_litigation", "both_sides_needed", "over_matching",
    "effective_too_early", "named_twice", "wrong_side",
}  # fmt: skip


class Caller:
    """One caller: chooses at random, remembers what was acknowledged."""

    def __init__(
        self, pool: Pool, poster: PostingMerger, cashier: PaymentMerger, catalogue: TypeCatalogue, seed: int, told: Path
    ):
        self.pool, self.poster, self.cashier, self.catalogue = pool, poster, cashier, catalogue
        self.random, self.told, self.done = Random(seed), told.open("a"), Counter[str]()
        self.seed, self.sent = seed, 0

    async def act(self, accounts: list[int]) -> None:
        account = self.random.choice(accounts)
        action = self.random.choice([self.post, self.post, self.pay, self.match, self.oldest, self.unmatch])
        try:
            await action(account)
            self.done[action.__name__] += 1
        except Refused as refused:
            codes = {r.code for r in refused.refusals}
            assert codes <= EXPECTED, codes
            self.done["refused"] += 1

    def key(self) -> str:
        self.sent += 1
        return f"{self.seed}-{time.time_ns()}-{self.sent}"

    def tell(self, key: str, account: int, number: int) -> None:
        self.told.write(json.dumps([key, account, number]) + "\n")
        self.told.flush()

    async def post(self, account: int) -> None:
        kind = self.random.choice(["INV_STD", "INV_STD", "INV_CRN", "REF_CRD"])
        new = NewOperation(account, kind, Decimal(self.random.randint(1, 10000)) / 100, TODAY, source="torture")
        key = self.key()
        posted = await self.poster.post(
            PostRequest((new,), "torture", key=key, key_account_id=account, fingerprint=key.encode())
        )
        self.tell(key, account, posted.numbers[0])

    async def pay(self, account: int) -> None:
        new = NewOperation(account, "PAY_WIRE", Decimal(self.random.randint(1, 20000)) / 100, TODAY, source="torture")
        key = self.key()
        paid = await self.cashier.register(
            PaymentRequest(new, "torture", key=key, fingerprint=key.encode()), today=TODAY
        )
        self.tell(key, account, paid.number)

    async def match(self, account: int) -> None:
        async with self.pool.connection() as conn:
            rows = await (
                await conn.execute("select side, number from open_item where account_id = %s limit 60", (account,))
            ).fetchall()
        debits = [n for side, n in rows if side == 1]
        credits = [n for side, n in rows if side == -1]
        if debits and credits:
            chosen = MatchRequest(
                account,
                tuple(self.random.sample(debits, min(3, len(debits)))),
                tuple(self.random.sample(credits, min(2, len(credits)))),
                "torture",
            )
            types = await self.catalogue.get()
            (answer,) = await transaction(self.pool, lambda conn: match(conn, [chosen], types, today=TODAY))
            if isinstance(answer, tuple):
                raise Refused(answer)

    async def oldest(self, account: int) -> None:
        types = await self.catalogue.get()
        await transaction(
            self.pool, lambda conn: match_oldest(conn, [account], types, today=TODAY, actor="torture", most=50)
        )

    async def unmatch(self, account: int) -> None:
        async with self.pool.connection() as conn:
            row = await (
                await conn.execute("select last_group from account where account_id = %s", (account,))
            ).fetchone()
        assert row is not None
        if row[0]:
            wish = UnmatchRequest(account, self.random.randint(1, row[0]), "torture")
            (answer,) = await transaction(self.pool, lambda conn: unmatch(conn, [wish], today=TODAY))
            if isinstance(answer, tuple):
                raise Refused(answer)


async def run(dsn: str, seed: int, seconds: float, told: Path, accounts: list[int], callers: int) -> Counter[str]:
    done: Counter[str] = Counter()
    async with open_pool(dsn, min_size=4, max_size=callers + 2, lock_timeout_ms=20_000) as pool:
        catalogue = TypeCatalogue(pool)
        poster, cashier = PostingMerger(pool, catalogue), PaymentMerger(pool, catalogue)
        team = [Caller(pool, poster, cashier, catalogue, seed * 100 + n, told) for n in range(callers)]
        stop = time.monotonic() + seconds

        async def work(caller: Caller) -> None:
            while time.monotonic() < stop:
                await caller.act(accounts)

        await asyncio.gather(*(work(c) for c in team))
        for caller in team:
            done += caller.done
    return done


if __name__ == "__main__":
    dsn, seed, seconds, told, accounts, callers = sys.argv[1:]
    try:
        print(
            json.dumps(asyncio.run(run(dsn, int(seed), float(seconds), Path(told), json.loads(accounts), int(callers))))
        )
    except (psycopg.OperationalError, psycopg.InterfaceError, CommitUnknown, PoolTimeout):
        # The server was killed under us, which is the point.
        sys.exit(3)
    except Refused as refused:
        # It was killed before this process came to it.
        if {r.code for r in refused.refusals} != {"database_unreachable"}:
            raise
        sys.exit(3)
