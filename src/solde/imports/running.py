"""What every import does: one connection, all or nothing, or a transaction for each chunk of good rows."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar, cast

from solde.db import Connection, Pool, transaction

from . import store
from .model import ImportOptions


class Counted(Protocol):
    """What every outcome counts."""

    refused: int
    kept: bool


C = TypeVar("C")
Post = Callable[[Connection, C], Awaitable[None]]
Chunks = Iterable[C] | AsyncIterable[C]


class Withdrawn(Exception):
    """Rolls back what an import wrote before a bad row came up."""


@asynccontextmanager
async def one_connection(pool: Pool) -> AsyncIterator[tuple[Pool, Connection]]:
    """A pool of one connection, for `transaction`, and that connection."""
    async with pool.connection() as conn:
        yield cast("Pool", _Single(conn)), conn


class _Single:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        yield self._conn


async def post_chunks(
    single: Pool,
    options: ImportOptions,
    outcome: Counted,
    chunks: Chunks[C],
    post: Post[C],
    *,
    lock: Callable[[Connection], Awaitable[None]] | None = None,
) -> None:
    """Post chunk by chunk, counting in the outcome: in a transaction each where good rows are kept, else all in one.

    In one transaction `lock` comes first, and a bad row withdraws it all, after every other row was judged too.
    """
    if options.keep_good and not options.dry_run:
        await _post_each(single, chunks, post)
    else:
        await _post_together(single, options, outcome, chunks, post, lock)


async def _each(chunks: Chunks[C]) -> AsyncIterator[C]:
    if isinstance(chunks, AsyncIterable):
        async for chunk in chunks:
            yield chunk
    else:
        for chunk in chunks:
            yield chunk


async def _post_each(single: Pool, chunks: Chunks[C], post: Post[C]) -> None:
    async for chunk in _each(chunks):

        async def work(conn: Connection, chunk: C = chunk) -> None:
            await store.take_time(conn)
            await post(conn, chunk)

        # Told refusals must not be told again, so a chunk that meets a rival is not repeated.
        await transaction(single, work, retries=0)


async def _post_together(
    single: Pool, options: ImportOptions, outcome: Counted, chunks: Chunks[C], post: Post[C],
    lock: Callable[[Connection], Awaitable[None]] | None,
) -> None:  # fmt: skip
    async def work(conn: Connection) -> None:
        await store.take_time(conn)
        if lock is not None:
            await lock(conn)
        async for chunk in _each(chunks):
            await post(conn, chunk)
        if outcome.refused and not options.keep_good:
            raise Withdrawn

    try:
        await transaction(single, work, dry_run=options.dry_run, retries=0)
    except Withdrawn:
        outcome.kept = False
    outcome.kept = outcome.kept and not options.dry_run
