"""Make the application: routes, pool, caches, problem documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from importlib import import_module
from importlib.util import find_spec

from litestar import Litestar
from litestar.types import ControllerRouterHandler

from solde.accounting import api as accounting_api
from solde.accounting import labels_api
from solde.adjustments import api as adjustments_api
from solde.app.actions import ACTIONS
from solde.app.jobs import Hand, at_work, work
from solde.app.services import Place, make_services
from solde.app.settings import ApiSettings
from solde.approvals import api as approvals_api
from solde.balances import api as balances_api
from solde.balances import api_ranking as ranking_api
from solde.cards import api as cards_api
from solde.cards.settings import GatewaySettings
from solde.closing import api as closing_api
from solde.customers import api as customers_api
from solde.db import Disk, Pool, data_disk, open_pool
from solde.db.embedded import keep_running
from solde.deposits import api as deposits_api
from solde.features import api as features_api
from solde.instalments import api as instalments_api
from solde.kernel.dates import Clock, utc_now
from solde.litigation import api as litigation_api
from solde.matching import api as matching_api
from solde.operations import api as operations_api
from solde.operations.across import api as across_api
from solde.operations.rejected import api as rejected_api
from solde.outbox import api as outbox_api
from solde.payments import api as payments_api
from solde.periods import api as periods_api
from solde.unbilled import api as unbilled_api

from . import accounting_exports, accounts, administration, exports, health, imports, jobs, verifying
from .described import routes_of
from .disk_guard import check_disk
from .docs import docs_routes
from .envelope import Envelope
from .logs import configure_logs
from .problems import EXCEPTION_HANDLERS

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
    routes = api_routes()
    app = Litestar(
        [
            *routes,
            *docs_routes(),
            *health.route_handlers,
            *(web_routes() if with_web else ()),
            *extra_routes,
        ],
        lifespan=[_open],
        exception_handlers=EXCEPTION_HANDLERS,
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
    app.state.placed = Place(dsn, settings, clock, gateway)


@asynccontextmanager
async def _open(app: Litestar) -> AsyncIterator[None]:
    """From start to stop: the pool and what reads through it, all of it new."""
    placed: Place = app.state.placed
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
        watch = [] if settings.embedded is None else [Hand("database", partial(keep_running, settings.embedded))]
        disk = None if settings.embedded is None else data_disk(settings.embedded)
        async with at_work(watch), _jobs(placed, pool, disk) as hands:
            services = app.state.services = make_services(placed, pool, [*watch, *hands], disk)
            yield
        for task in services.files:
            task.cancel()
        await asyncio.gather(*services.files, return_exceptions=True)


def _jobs(placed: Place, pool: Pool, disk: Disk | None) -> AbstractAsyncContextManager[list[Hand]]:
    """The workers for jobs, where they are wanted."""
    return work(placed.dsn, pool, disk) if placed.settings.with_jobs else nullcontext([])


def api_routes() -> list[ControllerRouterHandler]:
    """Every JSON route."""
    features = (
        customers_api,
        closing_api,
        operations_api,
        across_api,
        periods_api,
        rejected_api,
        accounts,
        exports,
        litigation_api,
        matching_api,
        balances_api,
        ranking_api,
        unbilled_api,
        payments_api,
        deposits_api,
        instalments_api,
        accounting_api,
        labels_api,
        accounting_exports,
        cards_api,
        adjustments_api,
        approvals_api,
        features_api,
        outbox_api,
        imports,
        jobs,
        administration,
        verifying,
    )
    by_hand = [handler for feature in features for handler in feature.route_handlers]
    return [*by_hand, *routes_of(ACTIONS)]


def web_routes() -> list[ControllerRouterHandler]:
    """The web pages, where they are installed."""
    if find_spec("solde.app.web.routes") is None and find_spec("solde.app.web") is None:
        return []
    return list(getattr(import_module("solde.app.web"), "route_handlers", ()))
