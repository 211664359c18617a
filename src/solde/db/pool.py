"""The connection pool: psycopg's, with the session settings every connection of Solde has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, OperationalError, ProgrammingError, adapters
from psycopg.adapt import AdaptersMap
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.array import ListBinaryDumper
from psycopg_pool import AsyncConnectionPool

from solde.kernel.refusals import Kind, Refused, declare, refuse

Connection = AsyncConnection[tuple[Any, ...]]

APP_ROLE = "solde_app"
WEB_STATEMENT_TIMEOUT_MS = 15_000
PREPARE_AFTER = 2
RECONNECT_SECONDS = 2.0
"""How long one try to connect is repeated. The library doubles its pauses: a long try would sleep on when the database is back."""
NETWORK = {
    "connect_timeout": 5, "keepalives_idle": 30, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000,
}  # fmt: skip
"""When a silent network counts as lost, as libpq says it; the DSN may say otherwise. A local socket needs none of it."""

DATABASE_UNREACHABLE = declare(
    "database_unreachable",
    Kind.CONFLICT,
    "Check SOLDE_DATABASE_URL or SOLDE_HOME, whether the server runs, and whether `solde db upgrade` was run.",
)


def describe(dsn: str) -> str:
    """The DSN for a message: host, port and database, no user and no secret."""
    try:
        parts = conninfo_to_dict(dsn)
    except ProgrammingError:
        return "the given DSN"
    place = ":".join(str(parts[key]) for key in ("host", "port") if parts.get(key))
    return f"{parts.get('dbname') or 'the default database'} on {place or 'the local server'}"


def session_options(
    *,
    role: str | None = APP_ROLE,
    lock_timeout_ms: int = 3_000,
    statement_timeout_ms: int = 0,
    idle_in_transaction_ms: int = 30_000,
) -> dict[str, str]:
    """The settings a session starts with; they travel with the connection request, so they cost no round trip.

    Units: milliseconds; 0 is without limit.
    """
    options = {
        "TimeZone": "UTC",
        "lock_timeout": str(lock_timeout_ms),
        "statement_timeout": str(statement_timeout_ms),
        "idle_in_transaction_session_timeout": str(idle_in_transaction_ms),
        "default_transaction_isolation": "read\\ committed",
    }
    return options | ({"role": role} if role else {})


def with_options(dsn: str, options: dict[str, str], *, application_name: str = "solde") -> str:
    """The DSN with session settings added after those it already names."""
    given = conninfo_to_dict(dsn)
    network = {name: value for name, value in NETWORK.items() if name not in given}
    ours = " ".join(f"-c {name}={value}" for name, value in options.items())
    joined = f"{given.get('options') or ''} {ours}".strip()
    name = given.get("application_name") or application_name
    return make_conninfo(dsn, options=joined, application_name=name, **network)


class Pool(AsyncConnectionPool[Connection]):
    """A pool that looks at all its idle connections when one came back broken: the others may be as dead.

    `before_writing` may refuse every transaction that is to last.
    """

    before_writing: Callable[[], None] | None = None
    _look: asyncio.Task[None] | None = None

    async def putconn(self, conn: Connection) -> None:
        """Take a connection back."""
        broken = conn.closed
        await super().putconn(conn)
        if broken and not self.closed and (self._look is None or self._look.done()):
            self._look = asyncio.create_task(self.check())


def list_adapters() -> AdaptersMap:
    """Psycopg's adapters, with lists sent in binary: arrays of numbers are the bulk of what a batch sends.

    Empty lists and lists of nulls alone still travel as text, which psycopg does by itself.
    """
    ours = AdaptersMap(adapters)
    ours.register_dumper(list, ListBinaryDumper)
    return ours


@asynccontextmanager
async def open_pool(
    dsn: str,
    *,
    min_size: int = 1,
    max_size: int = 10,
    role: str | None = APP_ROLE,
    lock_timeout_ms: int = 3_000,
    statement_timeout_ms: int = 0,
    wait_seconds: float = 30.0,
    wait_open: bool = True,
    name: str = "solde",
) -> AsyncIterator[Pool]:
    """A pool of connections that act as the application's role; closed on leaving.

    Units: milliseconds, 0 without limit; web faces pass WEB_STATEMENT_TIMEOUT_MS. `wait_seconds` is how long somebody waits
    for a connection. `name` is what the server calls the sessions. With `wait_open` False it opens also while the database is away, and refuses nothing.
    Refuses: database_unreachable.
    """
    options = session_options(role=role, lock_timeout_ms=lock_timeout_ms, statement_timeout_ms=statement_timeout_ms)
    conninfo = with_options(dsn, options, application_name=name)
    if wait_open:
        await _try(conninfo)
    pool = Pool(
        conninfo,
        connection_class=AsyncConnection[tuple[Any, ...]],
        kwargs={"autocommit": True, "prepare_threshold": PREPARE_AFTER, "context": list_adapters()},
        min_size=min_size,
        max_size=max_size,
        timeout=wait_seconds,
        reconnect_timeout=RECONNECT_SECONDS,
        open=False,
        name=name,
    )
    await pool.open(wait=wait_open, timeout=wait_seconds)
    try:
        yield pool
    finally:
        await pool.close()


async def _try(conninfo: str) -> None:
    """Connect once: a pool alone would repeat a refused connection for its whole waiting time before it tells why."""
    try:
        connection = await AsyncConnection.connect(conninfo, connect_timeout=10)
    except OperationalError as error:
        raise Refused(
            refuse(DATABASE_UNREACHABLE, "{conninfo}: {error}", conninfo=describe(conninfo), error=str(error).strip())
        ) from error
    await connection.close()
