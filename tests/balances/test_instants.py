"""An instant that has passed tells the same for ever: who asks for it while something is being recorded waits for that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from ledger import TODAY, D, invoice, make_account, payment, post_all, rows

from solde.balances import Moment, balances_of, definitions_at, definitions_now
from solde.balances.definitions import change_definition
from solde.db import Connection, Pool, transaction
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import MatchRequest, UnmatchRequest, match, unmatch
from solde.operations import load_types
from solde.unbilled import ItemKind, NewItem, add_items

JAN, FEB = date(2026, 1, 10), date(2026, 2, 10)


async def rename(conn: Connection, _account: int) -> None:
    first = (await definitions_now(conn))[0]
    draft = replace(first.draft, label="Renamed")
    await change_definition(conn, first.code, draft, version=first.version, actor="test")


async def post(conn: Connection, account: int) -> None:
    await post_all(conn, invoice(account, "7", JAN))


async def pair(conn: Connection, account: int) -> None:
    await match(conn, [MatchRequest(account, (1,), (3,), "test")], await load_types(conn), today=TODAY)


async def part(conn: Connection, account: int) -> None:
    await unmatch(conn, [UnmatchRequest(account, 1, "test")], today=TODAY)


async def argue(conn: Connection, account: int) -> None:
    await dispute(conn, [DisputeRequest(account, 1, DisputeVerb.ENTER, "test", D(5), reason="why")], today=TODAY)


async def charge(conn: Connection, account: int) -> None:
    await add_items(conn, [NewItem(account, ItemKind.MANUAL_CHARGE, "CALLS", D(5), TODAY, "test")], today=TODAY)


async def seen(pool: Pool, account: int, known_at: datetime) -> list[object]:
    async with pool.connection() as conn:
        moment = Moment(TODAY, None, known_at)
        known = await definitions_at(conn, moment)
        found: list[Any] = await balances_of(conn, account, known, moment)
        return [(one.definition.label, one.definition.version, one.figures) for one in found]


@pytest.mark.parametrize("record", [rename, post, pair, part, argue, charge])
async def test_what_is_being_recorded_is_waited_for(
    pool: Pool, record: Callable[[Connection, int], Awaitable[None]]
) -> None:
    async def prepare(conn: Connection) -> int:
        account = await make_account(conn)
        await post_all(conn, invoice(account, "30", JAN), invoice(account, "20", JAN), payment(account, "50", FEB))
        await match(conn, [MatchRequest(account, (2,), (3,), "test")], await load_types(conn), today=TODAY)
        return account

    account = await transaction(pool, prepare)
    async with pool.connection() as writer, writer.transaction():
        await record(writer, account)
        async with pool.connection() as other:
            ((instant,),) = await rows(other, "select clock_timestamp()")
        assert isinstance(instant, datetime)
        asking = asyncio.create_task(seen(pool, account, instant))
        await asyncio.wait([asking], timeout=0.2)
    first = await asking
    assert await seen(pool, account, instant) == first


async def test_readers_and_writers_at_once_never_see_an_instant_change(pool: Pool) -> None:
    account = await transaction(pool, make_account)
    answers: list[tuple[datetime, list[object]]] = []

    async def write() -> None:
        for _ in range(12):
            await transaction(pool, lambda conn: rename(conn, account))
            await transaction(pool, lambda conn: post(conn, account))

    async def read() -> None:
        for _ in range(15):
            async with pool.connection() as conn:
                ((instant,),) = await rows(conn, "select clock_timestamp()")
            assert isinstance(instant, datetime)
            answers.append((instant, await seen(pool, account, instant)))

    await asyncio.gather(write(), read(), read())
    assert [(instant, await seen(pool, account, instant)) for instant, _ in answers] == answers
