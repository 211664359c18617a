"""The application, made once a worker and used again: what it works on is said anew each time it starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from litestar import Litestar

from solde.app.application import create_app, place
from solde.app.settings import ApiSettings
from solde.kernel.dates import Clock

_IDLE: dict[tuple[bool, int], list[Litestar]] = {}


def app_on(dsn: str, settings: ApiSettings | None = None, *, clock: Clock, with_web: bool = False) -> Litestar:
    """An application on a database, to be started; nobody else gets it before it has stopped."""
    settings = settings or ApiSettings(pool_min=1)
    idle = _IDLE.setdefault((with_web, settings.largest_body), [])
    if idle:
        app = idle.pop()
        place(app, dsn, settings, clock=clock)
        return app
    app = create_app(dsn, settings, clock=clock, with_web=with_web)
    app.on_shutdown.append(lambda: idle.append(app))
    return app


def use(app: Litestar, **services: Any) -> None:
    """Give a running application other services than its own, for one test."""
    app.state.services = replace(app.state.services, **services)
