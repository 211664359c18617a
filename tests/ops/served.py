"""A real `solde serve` on a home of its own, a receiver of its webhooks, and the question whether work comes through."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg

from solde.access import create_token
from solde.db import Settings, ensure_database, open_pool, transaction, upgrade
from solde.db.embedded import running_dsn
from solde.db.embedded.processes import read_pid
from solde.db.embedded.server import known_place
from solde.kernel.dates import utc_now
from solde.outbox import EndpointDraft, create_endpoint

T = TypeVar("T")
PATIENCE = 60.0
QUICK = "fsync = off\nfull_page_writes = off\nshared_buffers = '32MB'\nmin_wal_size = '32MB'\nmax_wal_size = '64MB'\n"
HEADER = "customer_code,currency,invoice_number,invoice_date,due_date,amount\n"
FREE_PORT = ("127.0.0.1", 0)


def until(ask: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
    """Ask again and again until there is an answer."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        with contextlib.suppress(httpx.TransportError, psycopg.OperationalError):
            if (found := ask()) is not None:
                return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {patience:.0f} s")


class Receiver:
    """Takes webhooks on a port of its own."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        bodies = self.bodies

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(FREE_PORT, Taking)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()


@dataclass
class Served:
    """One installation: its home, its server, who may ask it."""

    home: Path
    receiver: Receiver
    port: int = 0
    token: str = ""
    main: subprocess.Popen[str] | None = None
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SOLDE_")}
        return kept | {"SOLDE_HOME": str(self.home), "SOLDE_WEBHOOKS_PRIVATE": "1"}

    def furnish(self) -> None:
        """Make the database, a token and a webhook."""
        options = dict(line.replace("'", "").split(" = ") for line in QUICK.splitlines())
        owner = ensure_database(Settings(home=self.home, server_options=options))
        (data_folder(self.settings) / "local.conf").write_text(QUICK)
        upgrade(owner)
        self.token = asyncio.run(_furnish(owner, self.receiver.url))
        with socket.socket() as probe:
            probe.bind(FREE_PORT)
            self.port = probe.getsockname()[1]

    def start(self, *more: str) -> None:
        command = [sys.executable, "-m", "solde.app.cli.main", "serve", "--port", str(self.port), *more]
        self.main = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.main.stdout is not None
        # It says so when it listens, so the first request is answered.
        assert any(line.startswith("Serving http://") for line in self.main.stdout)
        assert self.get("/livez").status_code == 200
        until(lambda: True if self.get("/readyz").status_code == 200 else None, "a ready server")

    def stop(self) -> None:
        if self.main is not None:
            self.main.send_signal(signal.SIGTERM)
            self.main.communicate(timeout=60)
            self.main = None

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=self._signed(), timeout=10)

    def _signed(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    def workers(self) -> list[int]:
        """The processes that answer."""
        assert self.main is not None
        children = Path(f"/proc/{self.main.pid}/task/{self.main.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def postmaster(self) -> int:
        pid = read_pid(data_folder(self.settings))
        assert pid is not None
        return pid

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database as its owner."""
        dsn = running_dsn(self.settings, "solde")
        if dsn is None:
            raise psycopg.OperationalError("it does not run")
        with psycopg.connect(dsn, autocommit=True, options="-c search_path=public,procrastinate") as owner:
            cursor = owner.execute(statement.encode(), values)
            return [] if cursor.description is None else cursor.fetchall()

    def send_file(self, number: str, rows: int = 1) -> int:
        """Ask for the import of invoices; gives the job."""
        lines = [f"K1,EUR,{number}-{row},2026-10-01,2026-10-31,1.00\n" for row in range(rows)]
        headers = self._signed() | {"idempotency-key": number, "content-type": "text/csv"}

        def ask() -> int | None:
            answer = httpx.post(
                f"http://127.0.0.1:{self.port}/api/v1/receivables:import",
                content=HEADER + "".join(lines), headers=headers, timeout=10,
            )  # fmt: skip
            return int(answer.json()["id"]) if answer.status_code == 202 else None

        return until(ask, "the acceptance of a file")

    def job_state(self, job: int) -> str | None:
        """How a job ended, if it has."""
        answer = self.get(f"/api/v1/jobs/{job}")
        state: str | None = answer.json()["state"] if answer.status_code == 200 else None
        return state if state not in {"WAITING", "RUNNING"} else None

    def all_comes_through(self) -> None:
        """A file is imported, its event reaches the receiver, and the audit trail is sealed up to it."""
        number = f"F{next(self.numbers)}"
        job = self.send_file(number)
        assert until(lambda: self.job_state(job), "the end of an import") == "DONE"
        ((newest,),) = until(
            lambda: self.query("select max(action_id) from audit_record where verb = 'import_receivables'"), "it"
        )
        told = f'"evt_{newest}_0"'.encode()
        until(lambda: any(told in body for body in self.receiver.bodies) or None, "a webhook")
        until(lambda: self.query(SEAL_NOW) == [] or None, "the wish for a seal")
        sealed = "select 1 from audit_block where through_id >= %s"
        until(lambda: self.query(sealed, newest) or None, "a seal")


SEAL_NOW = """
insert into procrastinate.procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
values ('default', 'seal_audit', 'seal_audit', 'seal_audit', '{"timestamp": 0}')
on conflict (queueing_lock) where status = 'todo' do nothing
"""
"""What the clock puts into the queue every minute."""


def data_folder(settings: Settings) -> Path:
    place = known_place(settings)
    assert place is not None
    return place.data_folder


async def _furnish(owner: str, url: str) -> str:
    now = utc_now()
    async with open_pool(owner) as pool:
        draft = EndpointDraft(url, kinds=("import.finished",))
        await transaction(pool, lambda conn: create_endpoint(conn, draft, actor="test", now=now))
        made = await transaction(
            pool,
            lambda conn: create_token(
                conn, name="test", role="admin", expires_at=None, sellers=[], actor="test", now=now
            ),
        )
    return made.secret
