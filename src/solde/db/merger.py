"""Merging: requests that arrive while others are being written are written together.

One commit costs about the same for one row as for a hundred. So callers put their requests in a
queue, and a few workers each take what has gathered and run it as one batch; every caller gets its
own answer. Nobody waits for company: an idle worker takes a lone request at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from psycopg_pool import PoolTimeout

R = TypeVar("R")
A = TypeVar("A")


class Merger(Generic[R, A]):
    """Runs requests in batches: `answer = await merger.ask(request)`.

    `run` gives one answer a request, in order; an answer that is an exception is raised to its caller.
    Two requests with the same `identity` never share a batch.
    """

    def __init__(
        self,
        run: Callable[[Sequence[R]], Awaitable[Sequence[A | BaseException]]],
        *,
        workers: int = 2,
        most: int = 256,
        identity: Callable[[R], Hashable | None] = lambda _request: None,
    ):
        self._run = run
        self._workers = workers
        self._most = most
        self._identity = identity
        self._queue: deque[tuple[R, asyncio.Future[A]]] = deque()
        # Counted apart from the tasks: a worker that found the queue empty must not count as working
        # for a single turn of the loop more, or a request queued in that turn would wait for ever.
        self._working = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, request: R) -> A:
        """Queue a request and wait for its own answer."""
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._queue.append((request, future))
        if self._working < self._workers:
            self._working += 1
            task = asyncio.create_task(self._drain())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    async def _drain(self) -> None:
        try:
            # Let every caller that is ready in this turn of the loop queue first.
            await asyncio.sleep(0)
            while batch := self._take():
                await self._answer(batch)
        finally:
            self._working -= 1

    async def _answer(self, batch: list[tuple[R, asyncio.Future[A]]]) -> None:
        answers: Sequence[A | BaseException]
        try:
            answers = await self._run([request for request, _ in batch])
        except asyncio.CancelledError:
            for _, future in batch:
                future.cancel()
            raise
        except PoolTimeout as error:
            # Who queued meanwhile has waited long enough for a database that is away.
            batch = [*batch, *self._queue]
            self._queue.clear()
            answers = [error] * len(batch)
        except Exception as error:  # noqa: BLE001 - every caller must hear of it, whatever it is
            answers = [error] * len(batch)
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.cancelled():
                continue
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    def _take(self) -> list[tuple[R, asyncio.Future[A]]]:
        batch: list[tuple[R, asyncio.Future[A]]] = []
        later: list[tuple[R, asyncio.Future[A]]] = []
        seen: set[Hashable] = set()
        while self._queue and len(batch) < self._most:
            entry = self._queue.popleft()
            identity = self._identity(entry[0])
            if identity is not None and identity in seen:
                later.append(entry)
                continue
            seen.add(identity)
            batch.append(entry)
        self._queue.extendleft(reversed(later))
        return batch
