"""The application with two bare routes beside it: the floors of the HTTP benchmarks, in the same process."""

from __future__ import annotations

import os

from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State

from solde.app.application import create_app
from solde.app.settings import ApiSettings

from . import floors

WRITE = floors.write("%(account)s").encode()
READ = b"select balance, version from floor_balance where account_id = %(account)s"


@post("/bare/{account:int}", media_type="application/json")
async def bare_post(account: int, request: Request[object, object, State], state: State) -> Response[bytes]:
    """Nothing but the statement of L1."""
    await request.body()
    async with state.services.pool.connection() as conn:
        await conn.execute(WRITE, {"account": account})
    return Response(b'{"number":1}', media_type="application/json")


@get("/bare/{account:int}", media_type="application/json")
async def bare_get(account: int, state: State) -> Response[bytes]:
    """Nothing but the statement of L4."""
    async with state.services.pool.connection() as conn:
        row = await (await conn.execute(READ, {"account": account})).fetchone()
    assert row is not None
    return Response(b'{"balance":"%s"}' % str(row[0]).encode(), media_type="application/json")


def application() -> Litestar:
    """What the benchmark's server serves."""
    return create_app(
        os.environ["SOLDE_BENCH_DSN"],
        ApiSettings(pool_min=8, pool_max=8),
        extra_routes=[bare_post, bare_get],
        with_web=bool(os.environ.get("SOLDE_BENCH_WEB")),
    )


if __name__ == "__main__":
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "bench.http_app:application", address="127.0.0.1", port=int(os.environ["SOLDE_BENCH_PORT"]), interface=Interfaces.ASGI,
        workers=1, factory=True, log_level=LogLevels.warning, websockets=False,
    ).serve()  # fmt: skip
