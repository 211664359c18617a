"""Is it alive, is it ready, how is it doing."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from prometheus_client import CONTENT_TYPE_LATEST
from psycopg import Error
from psycopg_pool import PoolTimeout

from solde.db import Pool, check_schema

from .metrics import Metrics

READY_WITHIN_SECONDS = 3.0


@get("/livez", include_in_schema=False, media_type=MediaType.TEXT)
async def livez() -> str:
    """The process answers."""
    return "alive\n"


@get("/readyz", include_in_schema=False)
async def readyz(request: Request[Any, Any, State]) -> Response[dict[str, str | None]]:
    """The database answers, and its schema is the one this version works on."""
    pool: Pool = request.app.state.pool
    try:
        async with pool.connection(timeout=READY_WITHIN_SECONDS) as conn:
            status = await check_schema(conn)
    except (Error, PoolTimeout):
        return Response({"status": "not ready", "reason": "the database does not answer"}, status_code=503)
    if not status.is_current:
        reason = f"the database is at schema {status.revision}, this version works on {status.newest}: solde db upgrade"
        return Response({"status": "not ready", "reason": reason}, status_code=503)
    return Response({"status": "ready", "schema": status.revision})


@get("/metrics", include_in_schema=False)
async def show_metrics(request: Request[Any, Any, State]) -> Response[bytes]:
    """Measurements in Prometheus form."""
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.text(request.app.state.pool), media_type=CONTENT_TYPE_LATEST)


route_handlers = [livez, readyz, show_metrics]
