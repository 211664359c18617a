"""What every test may ask for: a fresh database, a pool, a connection, a clock of its own.

One embedded server serves the whole run and all its workers; `SOLDE_TEST_DATABASE_URL` names another.
"""

from __future__ import annotations

import fcntl
import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from kept_database import KeptDatabase
from psycopg import sql
from psycopg.conninfo import make_conninfo

from solde.db import Connection, Pool, Settings, ensure_database, open_pool, stop, upgrade
from solde.kernel import dates

RUN_FOLDER = "SOLDE_TEST_RUN"
ANOTHER_DAY = "SOLDE_TEST_TODAY"
PREFIX = "solde-test-"
SLOW_ROOT, MEMORY_ROOT = Path("/tmp"), Path("/dev/shm")
MEMORY_BYTES = 2_000_000_000
FAST_AND_UNSAFE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "min_wal_size": "80MB",
    "max_wal_size": "400MB",
    "autovacuum": "off",
    "deadlock_timeout": "100ms",
    "log_min_duration_statement": "-1",
}


def live_on(day: str) -> None:
    """Let Solde's one clock tell another day, at noon or the hour given; what is bound to it already follows."""
    then = datetime.fromisoformat(day if "T" in day else f"{day}T12:00").replace(tzinfo=UTC)
    vars(dates)["AHEAD"] = then - datetime.now(UTC)
    dates.utc_now.__code__ = (lambda: datetime.now(UTC) + AHEAD).__code__  # type: ignore[name-defined]  # noqa: F821


def pytest_configure(config: pytest.Config) -> None:
    """The first process of the run makes its folder; the workers find it in the environment."""
    if (day := os.environ.get(ANOTHER_DAY)) is not None:
        live_on(day)
    if hasattr(config, "workerinput") or RUN_FOLDER in os.environ:
        return
    _clear_dead_runs()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=quickest_root()))
    folder.chmod(0o711)
    os.environ[RUN_FOLDER] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that made the folder stops the server and removes it."""
    folder = Path(os.environ.get(RUN_FOLDER, "/nonexistent"))
    if not hasattr(config, "workerinput") and folder.name.startswith(f"{PREFIX}{os.getpid()}-"):
        del os.environ[RUN_FOLDER]
        _remove_run(folder)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected lives as long as the run: the collector of garbage need not look through it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def quickest_root() -> Path:
    """A folder in memory, where a database is copied ten times as fast, if there is room (in containers often not)."""
    usable = MEMORY_ROOT.is_dir() and os.access(MEMORY_ROOT, os.W_OK)
    return MEMORY_ROOT if usable and shutil.disk_usage(MEMORY_ROOT).free > MEMORY_BYTES else SLOW_ROOT


def _clear_dead_runs() -> None:
    """Stop servers of runs that were killed."""
    for folder in [*SLOW_ROOT.glob(f"{PREFIX}*"), *MEMORY_ROOT.glob(f"{PREFIX}*")]:
        pid = folder.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and folder.stat().st_uid == os.geteuid() and not _runs(int(pid)):
            _remove_run(folder)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _remove_run(folder: Path) -> None:
    if os.environ.get("SOLDE_TEST_DATABASE_URL"):
        _drop_template(folder)
    stop(_settings(folder))
    shutil.rmtree(folder, ignore_errors=True)


def _settings(folder: Path) -> Settings:
    return Settings(home=folder / "home", server_options=FAST_AND_UNSAFE)


def _drop_template(folder: Path) -> None:
    drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(_template_name(folder)))
    url = os.environ["SOLDE_TEST_DATABASE_URL"]
    with suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as connection:
        connection.execute(drop)


def _template_name(folder: Path) -> str:
    return f"template_{folder.name.replace('-', '_')}"


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "template.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def quick_root() -> Path:
    """Where a test that makes servers of its own puts them."""
    return quickest_root()


@pytest.fixture(scope="session")
def server_url() -> str:
    """An administrator's DSN of the run's server."""
    given = os.environ.get("SOLDE_TEST_DATABASE_URL")
    return given or make_conninfo(ensure_database(_settings(Path(os.environ[RUN_FOLDER]))), dbname="postgres")


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    """A migrated database that the tests' databases are copies of; made once a run."""
    folder = Path(os.environ[RUN_FOLDER])
    name, done = _template_name(folder), folder / "template.done"
    with _one_at_a_time(folder):
        if not done.exists():
            with psycopg.connect(server_url, autocommit=True) as connection:
                connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
            upgrade(make_conninfo(server_url, dbname=name))
            done.touch()
    return name


def strategy() -> str:
    """How a database is copied: by files needs a checkpoint, which costs nothing only on a server that never waits for its disk."""
    return "wal_log" if os.environ.get("SOLDE_TEST_DATABASE_URL") else "file_copy"


@contextmanager
def fresh_database(server_url: str, template: str) -> Iterator[str]:
    name = f"test_{secrets.token_hex(8)}"
    target, source = sql.Identifier(name), sql.Identifier(template)
    create = sql.SQL("create database {} template {} strategy {}").format(target, source, sql.SQL(strategy()))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(create)
        try:
            yield make_conninfo(server_url, dbname=name)
        finally:
            connection.execute(sql.SQL("drop database {} with (force)").format(target))


@pytest.fixture(scope="session")
def kept_database(server_url: str, template: str) -> Iterator[KeptDatabase]:
    """The worker's database."""
    kept = KeptDatabase(server_url, template, strategy())
    yield kept
    kept.drop()


@pytest.fixture
def new_database_url(server_url: str, template: str) -> Iterator[str]:
    """The owner's DSN of a migrated database that no test had before."""
    with fresh_database(server_url, template) as dsn:
        yield dsn


@pytest.fixture
def database_url(kept_database: KeptDatabase) -> Iterator[str]:
    """The owner's DSN of a migrated database, for this test alone and as good as new."""
    yield kept_database.ready()
    kept_database.clean()


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    """The owner's DSN of a fresh database without any schema."""
    with fresh_database(server_url, "template1") as dsn:
        yield dsn


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool on this test's database, acting as the application's role."""
    async with open_pool(database_url, min_size=1, max_size=10) as opened:
        yield opened


@pytest.fixture
async def conn(pool: Pool) -> AsyncIterator[Connection]:
    """A connection inside a transaction that is rolled back."""
    async with pool.connection() as connection, connection.transaction(force_rollback=True):
        yield connection


class TestClock:
    """A clock that stands still until it is moved."""

    __test__ = False

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **units: float) -> datetime:
        """Move on: `clock.advance(days=3)`."""
        self.now += timedelta(**units)
        return self.now


@pytest.fixture
def clock() -> TestClock:
    """2026-11-22T10:00:00Z, until `clock.advance(hours=1)`."""
    return TestClock(datetime(2026, 11, 22, 10, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real ledger, which lies outside the repository."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real ledger is not here ({folder} is missing)")
    return folder
