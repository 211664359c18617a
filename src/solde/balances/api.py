"""JSON routes of balances: figures, explanations, definitions, the lab."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, Money, encode, ok
from solde.access.reading import Cursor, DryRun, Limit, Query, day_of, instant_of
from solde.access.routing import route
from solde.customers import AccountRef
from solde.db import Connection
from solde.kernel.money import plain
from solde.kernel.refusals import NOT_FOUND, Refused, refuse

from .activity import api as activity_api
from .definitions import change_definition, create_definition, delete_definition
from .explain import explain
from .figures import balances_of, check_moment, definitions_at, pick
from .lab import preview
from .model import SOURCE_WORDS, Definition, Draft, Moment
from .rules import in_words
from .shapes import (
    BalanceShape,
    ChoiceShape,
    DefinitionShape,
    ExplainedShape,
    FiguresShape,
    balance_shape,
    choice_of,
    definition_shape,
    explained_shape,
    figures_shape,
)
from .statement import api as statement_api
from .store import definition_versions, definitions_now


class MomentQuery(Query, frozen=True, kw_only=True):
    """Which past is asked for."""

    as_of: Annotated[
        str | None, Meta(description="Date: what is effective on or before it.", extra_json_schema={"format": "date"})
    ] = None
    known_at: Annotated[
        str | None, Meta(description="Instant: what was recorded by then.", extra_json_schema={"format": "date-time"})
    ] = None


class BalanceQuery(MomentQuery, frozen=True, kw_only=True):
    """One balance, explained if asked."""

    limit: Limit = None
    cursor: Cursor = None

    explain: Annotated[bool, Meta(description="Every operation in or out, why, and the sum so far.")] = False


class BalanceList(msgspec.Struct, frozen=True):
    """The balances of an account."""

    items: list[BalanceShape]
    next: str | None = None


class ExplainedBalance(msgspec.Struct, frozen=True):
    """A balance with what it consists of."""

    balance: BalanceShape
    words: list[str]
    items: list[ExplainedShape]
    next: str | None


class DefinitionList(msgspec.Struct, frozen=True):
    """Balance definitions."""

    items: list[DefinitionShape]
    next: str | None = None


class DefinitionChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A balance definition as an administrator writes it."""

    label: str
    debit: ChoiceShape = ChoiceShape()
    credit: ChoiceShape = ChoiceShape()
    expression: Annotated[
        str, Meta(description="Chooses operations; blank takes all.", examples=["#{ accountOperation.amount > 100 }"])
    ] = ""
    measure: Annotated[str, Meta(description="`amount`, `open`, or a numeric expression.")] = "amount"
    counts_unbilled: bool = False
    order: int = 0
    is_default: bool = False
    reason: str | None = None


class DefinitionBody(DefinitionChange, frozen=True, kw_only=True):
    """A new balance definition."""

    code: str


class DefinitionPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a balance definition shall change."""

    label: str | None = None
    debit: ChoiceShape | None = None
    credit: ChoiceShape | None = None
    expression: str | None = None
    measure: str | None = None
    counts_unbilled: bool | None = None
    order: int | None = None
    is_default: bool | None = None
    reason: str | None = None


class MoverShape(msgspec.Struct, frozen=True):
    """An account whose balance the draft would change."""

    account: str
    customer: str
    currency: str
    old: Money
    new: Money
    difference: Money


class PreviewShape(msgspec.Struct, frozen=True):
    """What a draft would give on the real data."""

    operations: int
    accounts: int
    old: list[FiguresShape]
    new: list[FiguresShape]
    movers: list[MoverShape]
    source: str
    words: list[str]


_BODY = msgspec.json.Decoder(DefinitionBody)
_CHANGE = msgspec.json.Decoder(DefinitionChange)
_PATCH = msgspec.json.Decoder(DefinitionPatch)


async def _account(ask: Ask) -> AccountRef:
    directory = ask.services.directory
    return await directory.get(ask.path("account"), ask.caller.seller)


def _moment(ask: Ask, zone: str, asked: MomentQuery) -> Moment:
    moment = Moment(ask.today(zone), day_of(asked.as_of, "as_of"), instant_of(asked.known_at, "known_at"))
    if not moment.is_now:
        check_moment(moment, ask.now())
    return moment


@route("GET", "/accounts/{account}/balances", tag="Balances", query=MomentQuery, gives=BalanceList, problems=(404,))
async def list_balances(ask: Ask) -> Answer:
    """Read every balance of an account.

    Now, or as of a past date, or as it was known at a past instant, or both.
    """
    account = await _account(ask)
    moment = _moment(ask, account.time_zone, ask.query(MomentQuery))
    reader = ask.services.balances
    found = await reader.balances(account.account_id, moment)
    return Answer(encode(BalanceList([balance_shape(one, account.currency, moment) for one in found])))


@route(
    "GET",
    "/accounts/{account}/balances/{definition}",
    tag="Balances",
    query=BalanceQuery,
    gives=BalanceShape | ExplainedBalance,
    problems=(404,),
)
async def get_balance(ask: Ask) -> Answer:
    """Read one balance of an account; with `explain=true`, why it is what it is.

    The explanation names every operation in or out, by which rule, with the running sum; the last one of the last
    page is the balance.
    """
    account, asked = await _account(ask), ask.query(BalanceQuery)
    moment = _moment(ask, account.time_zone, asked)
    async with ask.pool.connection() as conn, conn.transaction():
        definition = pick(await definitions_at(conn, moment), ask.path("definition"))
        (found,) = await balances_of(conn, account.account_id, [definition], moment)
        balance = balance_shape(found, account.currency, moment)
        if not asked.explain:
            return ok(balance)
        page = await explain(conn, account.account_id, definition, moment, limit=asked.limit, cursor=asked.cursor)
    words = list(in_words(definition.draft))
    return ok(ExplainedBalance(balance, words, [explained_shape(one) for one in page.items], page.next))


@route("GET", "/balance-definitions", tag="Balance definitions", gives=DefinitionList)
async def list_definitions(ask: Ask) -> Answer:
    """List the balance definitions in force."""
    async with ask.pool.connection() as conn:
        return ok(DefinitionList([_shape(one) for one in await definitions_now(conn)]))


@route("GET", "/balance-definitions/{code}", tag="Balance definitions", gives=DefinitionShape, problems=(404,))
async def get_definition(ask: Ask) -> Answer:
    """Read a balance definition; its ETag is the version to send as If-Match."""
    async with ask.pool.connection() as conn:
        return _answer(pick(await definitions_now(conn), ask.path("code")))


@route("GET", "/balance-definitions/{code}/versions", tag="Balance definitions", gives=DefinitionList, problems=(404,))
async def list_definition_versions(ask: Ask) -> Answer:
    """List every version of a balance definition, newest first."""
    code = ask.path("code")
    async with ask.pool.connection() as conn:
        versions = await definition_versions(conn, code)
    if not versions:
        raise Refused(refuse(NOT_FOUND, "there never was a balance {code!r}", code=code))
    return ok(DefinitionList([_shape(one) for one in versions]))


@route(
    "POST",
    "/balance-definitions",
    location="/balance-definitions/{code}",
    permission=Permission.SETTINGS,
    tag="Balance definitions",
    query=DryRun,
    keyed=True,
    status=201,
    body=DefinitionBody,
    gives=DefinitionShape,
    problems=(403, 409),
    example={
        "code": "invoices",
        "label": "Invoices",
        "credit": {"choice": "none"},
        "expression": "#{ accountOperation.type == 'I' }",
    },
)
async def post_definition(ask: Ask) -> Answer:
    """Make a balance definition."""
    body = await ask.body(_BODY)

    async def work(conn: Connection) -> Answer:
        return _answer(await create_definition(conn, _draft(body.code, body), actor=ask.actor, reason=body.reason), 201)

    return await ask.act(work, dry_run=ask.query(DryRun).dry_run)


@route(
    "PUT",
    "/balance-definitions/{code}",
    permission=Permission.SETTINGS,
    tag="Balance definitions",
    versioned=True,
    body=DefinitionChange,
    gives=DefinitionShape,
    problems=(403, 404, 409),
)
async def put_definition(ask: Ask) -> Answer:
    """Change a balance definition: a new version of it."""
    version, code, body = ask.version(), ask.path("code"), await ask.body(_CHANGE)

    async def work(conn: Connection) -> Answer:
        draft = _draft(code, body)
        return _answer(await change_definition(conn, code, draft, version=version, actor=ask.actor, reason=body.reason))

    return await ask.change(work)


@route(
    "PATCH",
    "/balance-definitions/{code}",
    permission=Permission.SETTINGS,
    tag="Balance definitions",
    versioned=True,
    body=DefinitionPatch,
    gives=DefinitionShape,
    problems=(403, 404, 409),
)
async def patch_definition(ask: Ask) -> Answer:
    """Change parts of a balance definition: a new version of it."""
    version, code, body = ask.version(), ask.path("code"), await ask.body(_PATCH)

    async def work(conn: Connection) -> Answer:
        draft = _patched(pick(await definitions_now(conn), code), body)
        return _answer(await change_definition(conn, code, draft, version=version, actor=ask.actor, reason=body.reason))

    return await ask.change(work)


@route(
    "DELETE",
    "/balance-definitions/{code}",
    permission=Permission.SETTINGS,
    tag="Balance definitions",
    versioned=True,
    status=204,
    problems=(403, 404, 409),
)
async def remove_definition(ask: Ask) -> Answer:
    """Take a balance definition out of force; past figures keep its versions."""
    version, code = ask.version(), ask.path("code")

    async def work(conn: Connection) -> Answer:
        await delete_definition(conn, code, version=version, actor=ask.actor)
        return Answer(status=204)

    return await ask.change(work)


@route(
    "POST",
    "/balance-definitions:preview",
    everywhere=False,
    permission=Permission.SETTINGS,
    tag="Balance definitions",
    query=MomentQuery,
    body=DefinitionBody,
    gives=PreviewShape,
    problems=(403,),
)
async def preview_definition(ask: Ask) -> Answer:
    """Run a draft on the real data before it is saved: totals old and new, and the accounts that move most."""
    body = await ask.body(_BODY)
    moment = _moment(ask, "UTC", ask.query(MomentQuery))
    draft, seller = _draft(body.code, body), ask.caller.seller
    seller_id = None if seller is None else await ask.services.directory.seller_id(seller)
    async with ask.pool.connection() as conn, conn.transaction():
        found = await preview(conn, draft, moment, seller_id=seller_id)
    movers = [
        MoverShape(m.account, m.customer, m.currency, plain(m.old), plain(m.new), plain(m.difference))
        for m in found.movers
    ]
    old, new = ([figures_shape(currency, f) for currency, f in side.items()] for side in (found.old, found.new))
    words = list(in_words(draft))
    return ok(PreviewShape(found.operations, found.accounts, old, new, movers, SOURCE_WORDS[found.source], words))


def _shape(definition: Definition) -> DefinitionShape:
    return definition_shape(definition, list(in_words(definition.draft)))


def _answer(definition: Definition, status: int = 200) -> Answer:
    return ok(_shape(definition), status, etag=f'"{definition.version}"')


def _draft(code: str, body: DefinitionChange) -> Draft:
    return Draft(
        code=code,
        label=body.label,
        debit=choice_of(body.debit),
        credit=choice_of(body.credit),
        expression=body.expression,
        measure=body.measure,
        counts_unbilled=body.counts_unbilled,
        position=body.order,
        is_default=body.is_default,
    )


def _patched(definition: Definition, patch: DefinitionPatch) -> Draft:
    before = _shape(definition)
    names = ("label", "debit", "credit", "expression", "measure", "counts_unbilled", "order", "is_default")
    merged = {n: getattr(before, n) if getattr(patch, n) is None else getattr(patch, n) for n in names}
    return _draft(definition.code, DefinitionChange(**merged))


route_handlers: list[HTTPRouteHandler] = [
    list_balances,
    get_balance,
    list_definitions,
    get_definition,
    list_definition_versions,
    post_definition,
    put_definition,
    patch_definition,
    remove_definition,
    preview_definition,
    *statement_api.route_handlers,
    *activity_api.route_handlers,
]
__all__ = ["route_handlers"]
