"""Requests of many callers, written together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from psycopg_pool import PoolTimeout

from solde.db import Merger


async def test_requests_that_arrive_while_others_run_are_run_together() -> None:
    batches: list[int] = []

    async def run(requests: Sequence[int]) -> Sequence[int]:
        batches.append(len(requests))
        await asyncio.sleep(0)
        return [r * 2 for r in requests]

    merger = Merger(run, workers=1)
    assert await asyncio.gather(*(merger.ask(n) for n in range(20))) == [n * 2 for n in range(20)]
    assert batches == [20]


async def test_no_request_is_left_waiting_when_a_worker_has_just_stopped() -> None:
    async def run(requests: Sequence[int]) -> Sequence[int]:
        return requests

    merger = Merger(run, workers=1)

    async def caller() -> None:
        for n in range(200):
            assert await merger.ask(n) == n

    await asyncio.wait_for(asyncio.gather(*(caller() for _ in range(5))), 10)


async def test_each_caller_gets_its_own_failure() -> None:
    async def run(requests: Sequence[int]) -> Sequence[int | BaseException]:
        return [ValueError(str(r)) if r % 2 else r for r in requests]

    merger = Merger(run)
    answers = await asyncio.gather(*(merger.ask(n) for n in range(4)), return_exceptions=True)
    assert [a if isinstance(a, int) else str(a) for a in answers] == [0, "1", 2, "3"]


async def test_a_failed_batch_fails_every_caller_of_it_and_no_other() -> None:
    async def run(requests: Sequence[int]) -> Sequence[int]:
        if 3 in requests:
            raise RuntimeError("broken")
        return requests

    merger = Merger(run, most=2)
    answers = await asyncio.gather(*(merger.ask(n) for n in range(4)), return_exceptions=True)
    assert [type(a) for a in answers] == [int, int, RuntimeError, RuntimeError]


async def test_requests_of_one_identity_never_share_a_batch() -> None:
    seen: list[Sequence[str]] = []

    async def run(requests: Sequence[str]) -> Sequence[str]:
        seen.append(requests)
        return requests

    merger = Merger(run, workers=1, identity=lambda r: r)
    await asyncio.gather(*(merger.ask(r) for r in ("a", "b", "a", "a")))
    assert all(len(set(batch)) == len(batch) for batch in seen)


async def test_a_caller_that_gave_up_does_not_disturb_the_others() -> None:
    gate = asyncio.Event()

    async def run(requests: Sequence[int]) -> Sequence[int]:
        await gate.wait()
        return requests

    merger = Merger(run, workers=1)
    first, second = asyncio.create_task(merger.ask(1)), asyncio.create_task(merger.ask(2))
    await asyncio.sleep(0)
    first.cancel()
    gate.set()
    assert await second == 2
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_who_queued_behind_a_batch_that_found_no_database_does_not_wait_for_it_again() -> None:
    tried = 0
    begun, over = asyncio.Event(), asyncio.Event()

    async def run(_requests: Sequence[int]) -> Sequence[int]:
        nonlocal tried
        tried += 1
        begun.set()
        await over.wait()
        raise PoolTimeout("no connection")

    merger = Merger[int, int](run, workers=1)
    first = asyncio.create_task(merger.ask(1))
    await begun.wait()
    later = [asyncio.create_task(merger.ask(number)) for number in range(5)]
    await asyncio.sleep(0)
    over.set()
    answers = await asyncio.gather(first, *later, return_exceptions=True)
    assert ([type(answer) for answer in answers], tried) == ([PoolTimeout] * 6, 1)
