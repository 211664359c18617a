"""Is it alive, is it ready, how is it doing."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from prometheus_client import CONTENT_TYPE_LATEST
from psycopg import Error
from psycopg_pool import PoolTimeout

from solde.access.http import services_of
from solde.app.health import Condition, faults_of, look, look_here
from solde.app.services import Services
from solde.db import SchemaStatus, check_schema

READY_WITHIN_SECONDS = 3.0

AWAY = "the database does not answer"


@get("/livez", include_in_schema=False, media_type=MediaType.TEXT)
async def livez() -> str:
    """The process answers."""
    return "alive\n"


@get("/readyz", include_in_schema=False)
async def readyz(request: Request[Any, Any, State]) -> Response[dict[str, object]]:
    """The database answers with the schema this version works on, work does not wait, and the disk has room."""
    try:
        status, condition = await _look(services_of(request))
    except (Error, PoolTimeout):
        return _answer([AWAY], {})
    told: dict[str, object] = {"schema": status.revision}
    if condition is None:
        reason = f"the database is at schema {status.revision}, this version works on {status.newest}: solde db upgrade"
        return _answer([reason], told)
    return _answer(faults_of(condition), told | _told(condition))


async def _look(services: Services) -> tuple[SchemaStatus, Condition | None]:
    """How all is; nothing but the schema where that is of another version."""
    async with services.pool.connection(timeout=READY_WITHIN_SECONDS) as conn:
        status = await check_schema(conn)
        return status, await look(conn, services.hands, services.disk) if status.is_current else None


def _answer(faults: list[str], told: dict[str, object]) -> Response[dict[str, object]]:
    if faults:
        return Response({"status": "not ready", "reason": "; ".join(faults), **told}, status_code=503)
    return Response({"status": "ready", **told})


def _told(condition: Condition) -> dict[str, object]:
    ages = condition.ages
    told: dict[str, object] = {
        "waiting_job_seconds": round(ages.job, 1),
        "unsealed_seconds": round(ages.unsealed, 1),
        "undelivered_seconds": round(ages.undelivered, 1),
    }
    return told if condition.disk is None else {**told, "disk": str(condition.disk)}


@get("/metrics", include_in_schema=False)
async def show_metrics(request: Request[Any, Any, State]) -> Response[bytes]:
    """Measurements in Prometheus form."""
    services = services_of(request)
    try:
        _, condition = await _look(services)
    except (Error, PoolTimeout):
        condition = None
    ages = None if condition is None else condition.ages
    services.metrics.note(ages, *look_here(services.hands, services.disk))
    return Response(services.metrics.text(services.pool), media_type=CONTENT_TYPE_LATEST)


route_handlers = [livez, readyz, show_metrics]
