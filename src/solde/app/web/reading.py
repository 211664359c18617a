"""How a page reads: one connection, one moment, nothing written; so its figures and its list always agree."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from litestar import Request
from litestar.datastructures import State

from solde.customers import list_sellers
from solde.db import Connection
from solde.kernel.dates import today_in

_ONE_MOMENT = b"set transaction isolation level repeatable read, read only"


@asynccontextmanager
async def reading(request: Request[Any, Any, State]) -> AsyncIterator[Connection]:
    """A connection whose statements all see the same moment."""
    async with request.app.state.pool.connection() as conn, conn.transaction():
        await conn.execute(_ONE_MOMENT)
        yield conn


async def today_of(request: Request[Any, Any, State], conn: Connection, seller_id: int | None) -> date:
    """The day it is for a seller, or for the first one where a visitor sees all."""
    sellers = await list_sellers(conn)
    zone = next((s.time_zone for s in sellers if seller_id in {None, s.seller_id}), "UTC")
    return today_in(zone, request.app.state.clock())
