"""The HTTP routes against bare ones of the same process."""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from solde.access import Role, create_token
from solde.db import open_pool, transaction
from solde.kernel.dates import utc_now

from .ledger import ACCOUNTS
from .report import Report
from .server import SECONDS


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PORT = _free_port()
OPERATION = {
    "type": "INV_STD",
    "amount": "12.34",
    "date": "2026-11-22",
    "due_date": "2026-12-22",
    "reference": "INV-2026-1234",
    "description": "monthly invoice of the service",
}
_keys = iter(range(time.time_ns(), 10**19))


async def routes(dsn: str, report: Report) -> None:
    """POST one operation, GET balances, POST a thousand."""
    async with open_pool(dsn, min_size=1, max_size=1) as pool:
        created = await transaction(
            pool,
            lambda conn: create_token(
                conn, name="bench", role=Role.PROGRAM, sellers=["MAIN"], actor="bench", now=utc_now()
            ),
        )
    token = created.secret
    async with server(dsn):
        floor = await _rate(64, lambda: _post(f"/bare/{random.randint(1, ACCOUNTS)}", token, json.dumps(_operation())))
        report.floor("POST doing only the statement of L1, 64 callers", floor, "/s")
        got = await _rate(
            64,
            lambda: _post(
                f"/api/v1/accounts/B-{random.randint(1, ACCOUNTS)}/operations", token, json.dumps(_operation())
            ),
        )
        report.ratio("HTTP: POST one operation, 64 callers", got, "/s", got / floor, 1.0, 1.4, "")
        floor = await _rate(64, lambda: _get(f"/bare/{random.randint(1, ACCOUNTS)}", token))
        report.floor("GET doing only the statement of L4, 64 callers", floor, "/s")
        got = await _rate(64, lambda: _get(f"/api/v1/accounts/B-{random.randint(1, ACCOUNTS)}/balances", token))
        report.ratio("HTTP: GET balances, 64 callers", got, "/s", got / floor, 0.85, 0.95, "")
        got = 1000 * await _rate(
            2, lambda: _post(f"/api/v1/accounts/B-{random.randint(1, ACCOUNTS)}/operations", token, _thousand_of_one())
        )
        report.rate("HTTP: POST of 1,000 operations of an account, 2 callers", got, "op/s", 30_000, 45_000)
        got = 1000 * await _rate(2, lambda: _post("/api/v1/operations", token, _thousand()))
        report.note("HTTP: POST of 1,000 operations of random accounts, 2 callers", got, "op/s")


def _operation() -> dict[str, str]:
    """An invoice of a number of its own: an account has each once."""
    return OPERATION | {"reference": f"INV-{next(_keys)}"}


def _thousand_of_one() -> str:
    return json.dumps({"operations": [_operation() for _ in range(1000)]})


def _thousand() -> str:
    return json.dumps(
        {"operations": [_operation() | {"account": f"B-{random.randint(1, ACCOUNTS)}"} for _ in range(1000)]}
    )


def _post(path: str, token: str, body: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nIdempotency-Key: h-{next(_keys)}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body.encode()


def _get(path: str, token: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


@asynccontextmanager
async def server(dsn: str, *, with_web: bool = False) -> AsyncIterator[None]:
    """The application in a process of its own."""
    environment = os.environ | {
        "SOLDE_BENCH_DSN": dsn, "SOLDE_BENCH_PORT": str(PORT), "SOLDE_BENCH_WEB": "1" if with_web else "",
    }  # fmt: skip
    server = subprocess.Popen([sys.executable, "-m", "bench.http_app"], env=environment)
    try:
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", PORT)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                break
        yield
    finally:
        server.terminate()
        server.wait()


class _Connection(asyncio.Protocol):
    """One keep-alive connection that sends the next request when the answer of the last is whole."""

    def __init__(self, make: Callable[[], bytes], stop: float, counted: list[int], ended: asyncio.Future[None]):
        self.make, self.stop, self.counted, self.ended = make, stop, counted, ended
        self.buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.make())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.buffer[:end]).lower()
        place = head.find(b"content-length:")
        length = int(head[place + 15 :].split(b"\r\n", 1)[0])
        if len(self.buffer) < end + 4 + length:
            return
        if not head.startswith((b"http/1.1 200", b"http/1.1 201")):
            self.ended.set_exception(RuntimeError(bytes(self.buffer[:600]).decode()))
            self.transport.close()
            return
        self.buffer.clear()
        self.counted[0] += 1
        if time.perf_counter() < self.stop:
            self.transport.write(self.make())
        else:
            self.transport.close()
            self.ended.set_result(None)


async def _rate(connections: int, make: Callable[[], bytes]) -> float:
    loop, counted, began = asyncio.get_running_loop(), [0], time.perf_counter()
    stop = began + SECONDS
    endings = []
    for _ in range(connections):
        ended: asyncio.Future[None] = loop.create_future()
        endings.append(ended)
        await loop.create_connection(lambda ended=ended: _Connection(make, stop, counted, ended), "127.0.0.1", PORT)  # type: ignore[misc]
    await asyncio.gather(*endings)
    return counted[0] / (time.perf_counter() - began)
