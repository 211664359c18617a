"""Which account a code names, kept in memory: codes never change, and accounts never disappear.

An account's state and currency are judged by the actions, under its lock; here they are as last read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from solde.access.http import Ask
from solde.db import Connection, Merger, Pool
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refused, refuse

from . import store
from .model import AccountRef

REMEMBERED_MOST = 100_000


class Directory:
    """Accounts by code, and sellers; what is not known yet is read."""

    def __init__(self, pool: Pool, *, most: int = REMEMBERED_MOST):
        self._pool = pool
        self._most = most
        self._accounts: dict[str, AccountRef] = {}
        self._merger: Merger[list[str], None] = Merger(self._read, workers=1)
        self._sellers: dict[str, int] = {}
        self._zones: dict[int, str] = {}

    async def get(self, code: str, seller: str | None = None) -> AccountRef:
        """The account of a code; refuses unknown_account, also where another seller has it."""
        found = self._accounts.get(code)
        if found is None or seller is not None:
            found = (await self.find([code], seller)).get(code)
        if found is None:
            raise Refused(refuse(UNKNOWN_ACCOUNT, "there is no account {code!r}", code=code, field="account"))
        return found

    async def find(self, codes: Iterable[str], seller: str | None = None) -> dict[str, AccountRef]:
        """The accounts of these codes, where the seller has them; an unknown code is absent."""
        wanted = set(codes)
        missing = [code for code in wanted if code not in self._accounts]
        if missing:
            await self._merger.ask(missing)
        found = {code: self._accounts[code] for code in wanted if code in self._accounts}
        if seller is None:
            return found
        seller_id = await self.seller_id(seller)
        return {code: account for code, account in found.items() if account.seller_id == seller_id}

    async def seller_id(self, code: str) -> int:
        """The key of a seller; 0, which no seller has, where there is none of that code."""
        if code not in self._sellers:
            await self._read_sellers()
        return self._sellers.get(code, 0)

    async def time_zone(self, seller_id: int | None) -> str:
        """The clock of a seller, or of the first one where none is meant."""
        if not self._zones:
            await self._read_sellers()
        first = next(iter(self._zones.values()), "UTC")
        return first if seller_id is None else self._zones.get(seller_id, first)

    async def _read_sellers(self) -> None:
        async with self._pool.connection() as conn:
            sellers = await store.list_sellers(conn)
        self._sellers = {seller.code: seller.seller_id for seller in sellers}
        self._zones = {seller.seller_id: seller.time_zone for seller in sellers}

    async def _read(self, asked: Sequence[list[str]]) -> Sequence[None]:
        # A text that no code can be is not asked for: the database does not take it.
        codes = {code for wanted in asked for code in wanted if "\0" not in code}
        async with self._pool.connection() as conn:
            found = await store.resolve_accounts(conn, sorted(codes))
        if len(self._accounts) + len(found) > self._most:
            self._accounts.clear()
        self._accounts |= found
        return [None] * len(asked)


async def seller_scope(ask: Ask) -> int | None:
    """The key of the seller the caller is kept to; None may see every seller's."""
    directory = ask.services.directory
    return None if ask.caller.seller is None else await directory.seller_id(ask.caller.seller)


async def find_billing_accounts(conn: Connection, wanted: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Keys of billing accounts by (account, code); one that the account does not have is absent."""
    values = {"account_ids": [account for account, _ in wanted], "codes": [code for _, code in wanted]}
    rows = await (await conn.execute(store.sql.find_billing_accounts, values)).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}
