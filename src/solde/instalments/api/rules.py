"""JSON routes of what sellers allow: rules of plans, and calendars."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import DryRun, Query
from solde.access.routing import route
from solde.customers import list_customer_categories, list_sellers
from solde.customers.directory import seller_scope
from solde.customers.rules.creation import UNKNOWN_SELLER
from solde.db import Connection
from solde.features import needs_feature
from solde.kernel.refusals import Refused, refuse

from ..model import EVERY_SELLER, Holiday, Limits, Remainder, Rule, Shift, Start, Unit
from ..settings import load_holidays, load_rules, put_holidays, put_rule
from ..shapes import CalendarList, CalendarShape, RuleList, RuleShape, calendar_shape, rule_shape
from .plans import FEATURE, TAG


class LimitsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What plans of one currency keep to."""

    currency: Annotated[str, Meta(description="`*`: every currency without limits of its own.")] = "*"
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    min_instalment: Decimal | None = None
    fee: Decimal = Decimal(0)


class RuleBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule, whole."""

    default_count: int
    max_count: int
    start: Start
    unit: Unit
    remainder: Remainder
    shift: Shift = Shift.NONE
    categories: list[str] = []
    grace_days: int | None = None
    interest: Decimal = Decimal(0)
    limits: list[LimitsBody] = []
    seller: Annotated[str | None, Meta(description="Null: every seller without a rule of its own.")] = None
    reason: str | None = None


class HolidayBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day on which nobody pays."""

    date: datetime.date
    label: str


class CalendarBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The calendar of a seller, whole."""

    seller: str
    holidays: list[HolidayBody]
    reason: str | None = None


class CalendarQuery(Query, frozen=True, kw_only=True):
    """Whose calendar."""

    seller: str | None = None


_RULE = msgspec.json.Decoder(RuleBody)
_CALENDAR = msgspec.json.Decoder(CalendarBody)


@route("GET", "/instalment-rules", tag=TAG, gives=RuleList)
@needs_feature(FEATURE)
async def list_instalment_rules(ask: Ask) -> Answer:
    """List what plans keep to: the rule of every seller, and those of sellers that have their own."""
    mine = await seller_scope(ask)
    async with ask.pool.connection() as conn:
        rules, codes = await load_rules(conn), {one.seller_id: one.code for one in await list_sellers(conn)}
    seen = [rule for seller, rule in rules.items() if mine is None or seller in (EVERY_SELLER, mine)]
    return ok(RuleList([rule_shape(rule, codes.get(rule.seller_id)) for rule in seen]))


@route(
    "PUT", "/instalment-rules", everywhere=False, permission=Permission.SETTINGS, tag=TAG, query=DryRun, versioned=True, body=RuleBody,
    gives=RuleShape, problems=(403, 404),
    example={
        "default_count": 3, "max_count": 12, "start": "FIRST_DAY_OF_NEXT_MONTH", "unit": "MONTH", "remainder": "FIRST",
        "shift": "NEXT", "grace_days": 15, "limits": [{"currency": "*"}, {"currency": "EUR", "min_instalment": "20"}],
    },
)  # fmt: skip
@needs_feature(FEATURE)
async def put_instalment_rule(ask: Ask) -> Answer:
    """Write a rule whole: of every seller, or of one.

    If-Match names its `version`; `"0"` where the seller has no rule of its own yet.
    """
    body, version, dry_run = await ask.body(_RULE), ask.version(), ask.query(DryRun).dry_run
    seller_id = await _seller_id(ask, body.seller)

    async def work(conn: Connection) -> Answer:
        categories = [one.code for one in await list_customer_categories(conn)]
        rule = await put_rule(
            conn, rule_of(body, seller_id), categories, ask.actor, version=version, reason=body.reason
        )
        return ok(rule_shape(rule, body.seller), etag=f'"{rule.version}"')

    return await ask.change(work, dry_run=dry_run)


def rule_of(body: RuleBody, seller_id: int) -> Rule:
    """A rule as it was sent."""
    limits = {one.currency: Limits(one.min_amount, one.max_amount, one.min_instalment, one.fee) for one in body.limits}
    return Rule(
        seller_id, body.default_count, body.max_count, body.start, body.unit, body.remainder, body.shift,
        tuple(dict.fromkeys(body.categories)), body.grace_days, body.interest, limits=limits,
    )  # fmt: skip


async def _seller_id(ask: Ask, seller: str | None) -> int:
    """The key of the seller whose settings are changed; a caller kept to one seller changes that one's only."""
    directory = ask.services.directory
    mine = await seller_scope(ask)
    if seller is None and mine is None:
        return EVERY_SELLER
    found = 0 if seller is None else await directory.seller_id(seller)
    if found == 0 or (mine is not None and mine != found):
        raise Refused(refuse(UNKNOWN_SELLER, "there is no seller {seller!r} of yours", seller=seller, field="seller"))
    return found


@route("GET", "/holidays", tag=TAG, query=CalendarQuery, gives=CalendarList)
@needs_feature(FEATURE)
async def list_holidays(ask: Ask) -> Answer:
    """List the calendars of sellers: days, besides weekends, on which no instalment is due."""
    asked, mine = ask.query(CalendarQuery), await seller_scope(ask)
    async with ask.pool.connection() as conn:
        sellers = {one.seller_id: one.code for one in await list_sellers(conn)}
        chosen = [
            seller for seller, code in sellers.items()
            if mine in (None, seller) and asked.seller in (None, code)
        ]  # fmt: skip
        found = await load_holidays(conn, chosen)
    shown = [calendar_shape(sellers[seller], found.get(seller, ())) for seller in chosen]
    if len(shown) == 1:
        return ok(CalendarList(shown), etag=f'"{shown[0].version}"')
    return ok(CalendarList(shown))


@route(
    "PUT", "/holidays", everywhere=False, permission=Permission.SETTINGS, tag=TAG, query=DryRun, versioned=True, body=CalendarBody, gives=CalendarShape,
    problems=(403, 404), example={"seller": "SOLDE-FR", "holidays": [{"date": "2030-05-01", "label": "Labour Day"}]},
)  # fmt: skip
@needs_feature(FEATURE)
async def put_seller_holidays(ask: Ask) -> Answer:
    """Write the calendar of a seller whole. Plans made before keep their days; If-Match names its `version`."""
    body, version, dry_run = await ask.body(_CALENDAR), ask.version(), ask.query(DryRun).dry_run
    seller_id = await _seller_id(ask, body.seller)
    days = [Holiday(one.date, one.label) for one in body.holidays]

    async def work(conn: Connection) -> Answer:
        made = await put_holidays(conn, seller_id, days, ask.actor, reason=body.reason, version=version)
        shown = calendar_shape(body.seller, made)
        return ok(shown, etag=f'"{shown.version}"')

    return await ask.change(work, dry_run=dry_run)


route_handlers: list[HTTPRouteHandler] = [
    list_instalment_rules,
    put_instalment_rule,
    list_holidays,
    put_seller_holidays,
]
__all__ = ["RuleBody", "route_handlers", "rule_of"]
