"""The application: the JSON routes and the pages over one pool, from start to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import Any

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler, ExceptionHandler

from solde.app.jobs import WorkerLoop, at_work, work
from solde.cards.settings import GatewaySettings
from solde.db import Disk, Pool, data_disk, open_pool
from solde.db.embedded import keep_running
from solde.kernel.dates import Clock, utc_now

from .api import health
from .api.disk_guard import check_disk
from .api.docs import docs_routes
from .api.envelope import Envelope
from .api.logs import configure_logs
from .api.problems import EXCEPTION_HANDLERS
from .api.routes import api_routes
from .services import Surroundings, make_services
from .settings import ApiSettings

DEFAULTS = ApiSettings()


def create_app(
    dsn: str,
    settings: ApiSettings = DEFAULTS,
    *,
    clock: Clock = utc_now,
    extra_routes: Sequence[ControllerRouterHandler] = (),
    with_web: bool = True,
    gateway: GatewaySettings | None = None,
) -> Litestar:
    """The application on the database of a DSN; it opens its pool when it starts and closes it when it stops.

    While it runs, `app.state.services` is what it works with. `gateway` None: as the environment says.
    """
    configure_logs()
    pages, handlers = _pages() if with_web else ((), EXCEPTION_HANDLERS)
    app = Litestar(
        [*api_routes(), *docs_routes(), *health.route_handlers, *pages, *extra_routes],
        lifespan=[_open],
        exception_handlers=handlers,
        openapi_config=None,
        guards=[check_disk],
        request_max_body_size=settings.largest_body,
        logging_config=None,
        debug=False,
    )
    app.asgi_handler = Envelope(app.asgi_handler, app.state)
    place(app, dsn, settings, clock=clock, gateway=gateway)
    return app


def place(
    app: Litestar,
    dsn: str,
    settings: ApiSettings = DEFAULTS,
    *,
    clock: Clock = utc_now,
    gateway: GatewaySettings | None = None,
) -> None:
    """Say what an application that stands still works on when it starts next: making its routes is the slow part.

    The limit of a body's size stays as it was made with.
    """
    app.state.placed = Surroundings(dsn, settings, clock, gateway)


@asynccontextmanager
async def _open(app: Litestar) -> AsyncIterator[None]:
    """From start to stop: the pool and what reads through it, all of it new."""
    placed: Surroundings = app.state.placed
    settings = placed.settings
    async with open_pool(
        placed.dsn,
        min_size=settings.pool_min,
        max_size=settings.pool_max,
        lock_timeout_ms=settings.lock_timeout_ms,
        statement_timeout_ms=settings.statement_timeout_ms,
        wait_seconds=settings.wait_seconds,
        wait_open=False,
        name="solde serve",
    ) as pool:
        watch = [] if settings.embedded is None else [WorkerLoop("database", partial(keep_running, settings.embedded))]
        disk = None if settings.embedded is None else data_disk(settings.embedded)
        async with at_work(watch), _jobs(placed, pool, disk) as hands:
            services = app.state.services = make_services(placed, pool, [*watch, *hands], disk)
            yield
        for task in services.files:
            task.cancel()
        await asyncio.gather(*services.files, return_exceptions=True)


def _jobs(placed: Surroundings, pool: Pool, disk: Disk | None) -> AbstractAsyncContextManager[list[WorkerLoop]]:
    """The workers for jobs, where they are wanted."""
    return work(placed.dsn, pool, disk) if placed.settings.with_jobs else nullcontext([])


def _pages() -> tuple[Sequence[ControllerRouterHandler], dict[int | type[Exception], ExceptionHandler[Any]]]:
    """The web pages; with them, an address that is not there is answered to a person with a page."""
    # A server of the API alone loads none of them.
    from .web import errors, route_handlers

    return route_handlers, {**EXCEPTION_HANDLERS, HTTPException: errors.for_people(EXCEPTION_HANDLERS[HTTPException])}
