"""JSON routes of templates and settings of security deposits."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Meta, UnsetType

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import DryRun
from solde.access.routing import route
from solde.db import Connection
from solde.features import needs_feature
from solde.kernel.refusals import Refused, refuse

from .. import store
from ..model import Limit, Template, TemplateState, ValidityUnit
from ..rules import NO_TEMPLATE
from ..settings import TemplateChange, change_settings, change_template, create_template
from ..shapes import SettingsShape, TemplateShape, settings_shape, template_shape

TAG, FEATURE = "Security deposits", "security_deposits"
Amount = Annotated[Decimal | None, Meta(examples=["100.00"])]


class TemplateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new template."""

    code: str
    label: str
    currency: str
    min: Amount = None
    max: Amount = None
    validity: Annotated[int | None, Meta(description="For how long a deposit holds; null: for ever.")] = None
    validity_unit: ValidityUnit | None = None
    state: TemplateState = TemplateState.DRAFT


class TemplatePatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall change of a template; what is not given stays."""

    label: str | UnsetType = UNSET
    min: Amount | UnsetType = UNSET
    max: Amount | UnsetType = UNSET
    validity: int | UnsetType | None = UNSET
    validity_unit: ValidityUnit | UnsetType | None = UNSET
    state: TemplateState | UnsetType = UNSET


class LimitBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most in a currency; null: no limit."""

    currency: str
    max_per_deposit: Amount = None
    max_per_customer: Amount = None


class SettingsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for all deposits, in place of what held."""

    auto_refund: bool
    limits: list[LimitBody]


class TemplateList(msgspec.Struct, frozen=True):
    """Every template, by code."""

    items: list[TemplateShape]
    next: str | None = None


_TEMPLATE = msgspec.json.Decoder(TemplateBody)
_PATCH = msgspec.json.Decoder(TemplatePatch)
_SETTINGS = msgspec.json.Decoder(SettingsBody)


@route("GET", "/deposit-templates", tag=TAG, gives=TemplateList, problems=(404,))
@needs_feature(FEATURE)
async def list_deposit_templates(ask: Ask) -> Answer:
    """List the templates that deposits are made from."""
    async with ask.pool.connection() as conn:
        return ok(TemplateList([template_shape(one) for one in await store.list_templates(conn)]))


@route(
    "POST", "/deposit-templates", location="/deposit-templates/{code}", permission=Permission.SETTINGS, tag=TAG, query=DryRun, keyed=True, status=201,
    body=TemplateBody, gives=TemplateShape, problems=(403, 404, 409),
    example={
        "code": "OFFICE", "label": "Deposit for an office", "currency": "EUR", "min": "100.00", "max": "5000.00",
        "validity": 12, "validity_unit": "MONTHS", "state": "ACTIVE",
    },
)  # fmt: skip
@needs_feature(FEATURE)
async def post_deposit_template(ask: Ask) -> Answer:
    """Make a template. Its code and currency never change."""
    body, dry_run = await ask.body(_TEMPLATE), ask.query(DryRun).dry_run
    new = Template(
        body.code, body.label.strip(), body.currency, body.min, body.max, body.validity, body.validity_unit, body.state
    )

    async def work(conn: Connection) -> Answer:
        made = await create_template(conn, new, actor=ask.actor)
        return ok(template_shape(made, dry_run=dry_run), 201, etag=f'"{made.version}"')

    return await ask.act(work, dry_run=dry_run)


@route("GET", "/deposit-templates/{code}", tag=TAG, gives=TemplateShape, problems=(404,))
@needs_feature(FEATURE)
async def get_deposit_template(ask: Ask) -> Answer:
    """Read a template; its ETag is the version to send as If-Match."""
    code = ask.path("code").replace("\0", "")
    async with ask.pool.connection() as conn:
        found = (await store.get_templates(conn, [code])).get(code)
    if found is None:
        raise Refused(refuse(NO_TEMPLATE, "there is no template {code!r}", code=code))
    return ok(template_shape(found), etag=f'"{found.version}"')


@route(
    "PATCH", "/deposit-templates/{code}", permission=Permission.SETTINGS, tag=TAG, versioned=True, body=TemplatePatch,
    gives=TemplateShape, problems=(403, 404, 409), example={"state": "ACTIVE", "max": "2000.00"},
)  # fmt: skip
@needs_feature(FEATURE)
async def patch_deposit_template(ask: Ask) -> Answer:
    """Change a template; DRAFT, ACTIVE, ARCHIVED, never back. Deposits made from it stay as they are."""
    version, code, body = ask.version(), ask.path("code").replace("\0", ""), await ask.body(_PATCH)
    change = TemplateChange(
        label=body.label.strip() if isinstance(body.label, str) else UNSET, least=body.min, most=body.max,
        validity=body.validity, validity_unit=body.validity_unit, state=body.state,
    )  # fmt: skip

    async def work(conn: Connection) -> Answer:
        made = await change_template(conn, code, change, version, actor=ask.actor)
        return ok(template_shape(made), etag=f'"{made.version}"')

    return await ask.change(work)


@route("GET", "/deposit-settings", tag=TAG, gives=SettingsShape, problems=(404,))
@needs_feature(FEATURE)
async def get_deposit_settings(ask: Ask) -> Answer:
    """Read what holds for all deposits; its ETag is the version to send as If-Match."""
    async with ask.pool.connection() as conn:
        found = await store.get_settings(conn)
    return ok(settings_shape(found), etag=f'"{found.version}"')


@route(
    "PUT", "/deposit-settings", permission=Permission.SETTINGS, tag=TAG, versioned=True, body=SettingsBody,
    gives=SettingsShape, problems=(403, 404, 409),
    example={
        "auto_refund": True,
        "limits": [{"currency": "EUR", "max_per_deposit": "5000.00", "max_per_customer": "10000.00"}],
    },
)  # fmt: skip
@needs_feature(FEATURE)
async def put_deposit_settings(ask: Ask) -> Answer:
    """Set what holds for all deposits; those that stand stay as they are."""
    version, body = ask.version(), await ask.body(_SETTINGS)
    limits = [Limit(one.currency, one.max_per_deposit, one.max_per_customer) for one in body.limits]

    async def work(conn: Connection) -> Answer:
        made = await change_settings(
            conn, auto_refund=body.auto_refund, limits=limits, version=version, actor=ask.actor
        )
        return ok(settings_shape(made), etag=f'"{made.version}"')

    return await ask.change(work)


route_handlers: list[HTTPRouteHandler] = [
    list_deposit_templates,
    post_deposit_template,
    get_deposit_template,
    patch_deposit_template,
    get_deposit_settings,
    put_deposit_settings,
]
__all__ = ["FEATURE", "TAG", "route_handlers"]
