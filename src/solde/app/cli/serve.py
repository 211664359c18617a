"""solde serve: the API and the web pages over HTTP."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

import typer

from solde.app.opening import ready_dsn
from solde.app.opening import settings as database_settings
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

if TYPE_CHECKING:
    from litestar import Litestar

ADDRESS_TAKEN = declare(
    "address_taken", Kind.CONFLICT, "Stop the program that listens there, or choose another --port."
)

HOST, PORT = "127.0.0.1", 8000
# The workers are processes of their own; the environment tells them what they serve.
DSN_VARIABLE, DEMO_VARIABLE, MAIN_VARIABLE = "SOLDE_SERVE_DSN", "SOLDE_SERVE_DEMO", "SOLDE_SERVE_MAIN"
PROXY_VARIABLE = "SOLDE_BEHIND_PROXY"
PATIENCE_SECONDS = 3.0
"""How long an address may still be taken by workers that are ending."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    host: str = typer.Option(HOST, help="Address to listen on; the machine itself alone unless given."),
    port: int = typer.Option(PORT, help="Port to listen on."),
    workers: int = typer.Option(1, min=1, help="Processes that answer."),
) -> None:
    """Serve the API and the web pages until told to stop."""
    dsn = ready_dsn()
    _tell_if_nobody_administers(dsn)
    run_server(dsn, host, port, workers)


def _tell_if_nobody_administers(dsn: str) -> None:
    """A new database has no user: say how the first is made."""
    import asyncio

    from solde.access import has_chief
    from solde.db import open_pool

    async def ask() -> bool:
        async with open_pool(dsn) as pool, pool.connection() as conn:
            return await has_chief(conn)

    if not asyncio.run(ask()):
        print(
            "Nobody can administer this database yet. Make the first user: solde user add NAME --role admin", flush=True
        )


def run_server(dsn: str, host: str, port: int, workers: int, *, demo: bool = False) -> None:
    """Answer requests until SIGTERM or SIGINT; requests under way are finished."""
    from .serving import make_server, tell_when_it_listens

    _check_address(host, port)
    os.environ[DSN_VARIABLE] = dsn
    os.environ[DEMO_VARIABLE] = "1" if demo else ""
    os.environ[MAIN_VARIABLE] = str(os.getpid())
    tell_when_it_listens(host, port, lambda: print(f"Serving http://{host}:{port}", flush=True))
    make_server(f"{__name__}:application", host, port, workers).serve()


def _check_address(host: str, port: int) -> None:
    """Refuse an address that another program answers on: the server itself would share it without a word.

    Workers of a server that was killed free it within a second or two.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while (taken := _bind(host, port)) is not None:
        if time.monotonic() > end:
            said = say("{host}:{port}: {strerror}", host=host, port=port, strerror=taken.strerror)
            raise Refused(refuse(ADDRESS_TAKEN, said, field="port")) from taken
        time.sleep(0.1)


def _bind(host: str, port: int) -> OSError | None:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        return error
    return None


def application() -> Litestar:
    """The application a worker answers with."""
    from solde.app.application import create_app
    from solde.app.settings import ApiSettings

    from .serving import end_with

    end_with(int(os.environ[MAIN_VARIABLE]))
    place = database_settings()
    settings = ApiSettings(
        demo=bool(os.environ.get(DEMO_VARIABLE)), behind_proxy=os.environ.get(PROXY_VARIABLE) == "1", with_jobs=True,
        embedded=place if place.dsn is None else None,
    )  # fmt: skip
    return create_app(os.environ[DSN_VARIABLE], settings)
