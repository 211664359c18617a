"""JSON routes of features."""

from __future__ import annotations

import msgspec
from litestar.handlers import HTTPRouteHandler

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.routing import route
from solde.db import Connection

from .actions import switch
from .model import Feature
from .store import list_features


class FeatureShape(msgspec.Struct, frozen=True):
    """A part of Solde that can be switched off."""

    code: str
    label: str
    description: str
    on: bool
    version: int


class FeatureList(msgspec.Struct, frozen=True):
    """Every feature."""

    items: list[FeatureShape]
    next: str | None = None


class SwitchBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On or off."""

    on: bool
    reason: str | None = None


_SWITCH = msgspec.json.Decoder(SwitchBody)


@route("GET", "/features", tag="Settings", gives=FeatureList)
async def list_all_features(ask: Ask) -> Answer:
    """List what can be switched off, and whether it is on."""
    async with ask.pool.connection() as conn:
        return ok(FeatureList([feature_shape(one) for one in await list_features(conn)]))


@route(
    "PUT",
    "/features/{code}",
    permission=Permission.SETTINGS,
    tag="Settings",
    versioned=True,
    body=SwitchBody,
    gives=FeatureShape,
    problems=(403, 404),
    example={"on": False, "reason": "not used here"},
)
async def put_feature(ask: Ask) -> Answer:
    """Switch a feature on or off; its routes are there or gone within seconds.

    If-Match names the `version` of the feature.
    """
    version, code, body = ask.version(), ask.path("code"), await ask.body(_SWITCH)
    features = ask.services.features

    async def work(conn: Connection) -> Answer:
        made = await switch(conn, code, body.on, ask.actor, version=version, reason=body.reason)
        return ok(feature_shape(made), etag=f'"{made.version}"')

    try:
        return await ask.change(work)
    finally:
        features.forget()


def feature_shape(feature: Feature) -> FeatureShape:
    """A feature as JSON shows it."""
    return FeatureShape(feature.code, feature.label, feature.description, feature.is_on, feature.version)


route_handlers: list[HTTPRouteHandler] = [list_all_features, put_feature]
__all__ = ["feature_shape", "route_handlers"]
