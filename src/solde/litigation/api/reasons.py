"""JSON routes of the reasons of litigation."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import DryRun
from solde.access.routing import route
from solde.db import Connection
from solde.features import needs_feature

from .. import store
from ..model import Reason
from ..reasons import change_reason, create_reason
from .shapes import ReasonShape, reason_shape

Position = Annotated[int | None, Meta(description="Its place in the list; the last unless given.")]


class ReasonList(msgspec.Struct, frozen=True):
    """The reasons in their order."""

    items: list[ReasonShape]
    next: str | None = None


class ReasonBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reason to add."""

    code: Annotated[str, Meta(examples=["DAMAGED"])]
    label: str
    position: Position = None


class ReasonChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a reason; what is left out stays."""

    label: str | None = None
    position: Annotated[int | None, Meta(description="Its place in the list.")] = None
    active: Annotated[bool | None, Meta(description="May it still be chosen?")] = None


_NEW = msgspec.json.Decoder(ReasonBody)
_CHANGE = msgspec.json.Decoder(ReasonChange)


@route("GET", "/litigation-reasons", tag="Litigation", gives=ReasonList)
@needs_feature("litigation")
async def list_litigation_reasons(ask: Ask) -> Answer:
    """List the reasons of litigation in their order, those no longer used too."""
    async with ask.pool.connection() as conn:
        found = await store.list_reasons(conn)
    return ok(ReasonList([reason_shape(one) for one in found]))


@route(
    "POST", "/litigation-reasons", permission=Permission.SETTINGS, tag="Litigation", query=DryRun, keyed=True, status=201,
    body=ReasonBody, gives=ReasonShape, problems=(403, 404, 409),
    example={"code": "DAMAGED", "label": "Damaged on the way"},
)  # fmt: skip
@needs_feature("litigation")
async def post_litigation_reason(ask: Ask) -> Answer:
    """Add a reason of litigation; its code never changes afterwards."""
    body = await ask.body(_NEW)

    async def work(conn: Connection) -> Answer:
        made = await create_reason(conn, body.code, body.label, actor=ask.actor, position=body.position)
        return _answer(made, 201)

    return await ask.act(work, dry_run=ask.query(DryRun).dry_run)


@route(
    "PATCH", "/litigation-reasons/{code}", permission=Permission.SETTINGS, tag="Litigation", query=DryRun, versioned=True,
    body=ReasonChange, gives=ReasonShape, problems=(403, 404), example={"active": False},
)  # fmt: skip
@needs_feature("litigation")
async def patch_litigation_reason(ask: Ask) -> Answer:
    """Change a reason of litigation, or take it out of use; litigations it was given for keep it."""
    body, code, version = await ask.body(_CHANGE), ask.path("code"), ask.version()

    async def work(conn: Connection) -> Answer:
        made = await change_reason(
            conn,
            code,
            actor=ask.actor,
            label=body.label,
            position=body.position,
            is_active=body.active,
            version=version,
        )
        return _answer(made)

    return await ask.change(work, dry_run=ask.query(DryRun).dry_run)


def _answer(made: Reason, status: int = 200) -> Answer:
    shown = reason_shape(made)
    return ok(shown, status, etag=f'"{shown.version}"')


route_handlers: list[HTTPRouteHandler] = [list_litigation_reasons, post_litigation_reason, patch_litigation_reason]
