"""JSON routes of accounting: the journal, the trial balance, schemes, general accounts."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import DryRun, Query, day_of
from solde.access.routing import route
from solde.customers import list_sellers
from solde.db import Connection

from . import journal, schemes
from .model import GeneralAccount, Scheme, SchemeLine
from .shapes import (
    GeneralAccountList,
    GeneralAccountShape,
    SchemeList,
    SchemeShape,
    TrialBalance,
    TriedList,
    balanced_shape,
    general_shape,
    scheme_shape,
    tried_shape,
)

TAG = "Accounting"
FROM = Annotated[str | None, Meta(description="First accounting day.")]
UNTIL = Annotated[str | None, Meta(description="Last accounting day.")]


class TrialQuery(Query, frozen=True, kw_only=True):
    """The days of a trial balance."""

    from_: Annotated[
        str | None, Meta(description="First accounting day; that of the year of the last one unless given.")
    ] = msgspec.field(default=None, name="from")
    until: Annotated[str | None, Meta(description="Last accounting day; today unless given.")] = None


class SchemeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scheme: its label and lines; none for operations that give no entries."""

    label: str
    lines: list[SchemeLine]


class NewSchemeBody(SchemeBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new scheme."""

    code: str


class AssignBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Operation types that shall follow a scheme."""

    types: list[str]


class TryBody(SchemeBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scheme to be tried on the latest operations of some types."""

    types: list[str]


class GeneralAccountBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a general account is called."""

    label: str
    receivable: bool = False


class NewGeneralAccountBody(GeneralAccountBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new general account."""

    code: str


_SCHEME = msgspec.json.Decoder(SchemeBody)
_NEW_SCHEME = msgspec.json.Decoder(NewSchemeBody)
_ASSIGN = msgspec.json.Decoder(AssignBody)
_TRY = msgspec.json.Decoder(TryBody)
_GENERAL = msgspec.json.Decoder(GeneralAccountBody)
_NEW_GENERAL = msgspec.json.Decoder(NewGeneralAccountBody)
_LINES = [
    {"same_side": True, "account": "TYPE", "amount": "WHOLE", "customer": True},
    {"same_side": False, "account": "FIXED", "fixed_account": "706", "amount": "WHOLE"},
]


async def seller_of(ask: Ask, conn: Connection) -> int | None:
    """The seller a caller is kept to, if any."""
    if ask.caller.seller is None:
        return None
    return next(one.seller_id for one in await list_sellers(conn) if one.code == ask.caller.seller)


@route(
    "GET",
    "/trial-balance",
    permission=Permission.JOURNAL,
    tag=TAG,
    query=TrialQuery,
    gives=TrialBalance,
    problems=(403,),
)
async def read_trial_balance(ask: Ask) -> Answer:
    """Give each general account's balance before the first day, what moved until the last, and its balance then."""
    asked = ask.query(TrialQuery)
    last = day_of(asked.until, "until") or ask.now().date()
    first = day_of(asked.from_, "from") or last.replace(month=1, day=1)
    async with ask.pool.connection() as conn:
        found = await journal.trial_balance(conn, first, last, await seller_of(ask, conn))
    return ok(TrialBalance([balanced_shape(one) for one in found]))


@route("GET", "/accounting-schemes", permission=Permission.JOURNAL, tag=TAG, gives=SchemeList, problems=(403,))
async def read_schemes(ask: Ask) -> Answer:
    """List the schemes: which entries an operation gives, and which types follow each."""
    async with ask.pool.connection() as conn:
        return ok(SchemeList([scheme_shape(one) for one in await schemes.list_schemes(conn)]))


@route(
    "POST", "/accounting-schemes", permission=Permission.ACCOUNTING, tag=TAG, query=DryRun, keyed=True, status=201,
    body=NewSchemeBody, gives=SchemeShape, problems=(403, 409),
    example={"code": "SERVICES", "label": "Services", "lines": _LINES},
)  # fmt: skip
async def post_scheme(ask: Ask) -> Answer:
    """Make a scheme. Exactly one line is the customer's: the whole amount, on the side of the operation."""
    body = await ask.body(_NEW_SCHEME)

    async def work(conn: Connection) -> Answer:
        made = Scheme(body.code, body.label, tuple(body.lines))
        return ok(scheme_shape(await schemes.save_scheme(conn, made, known=None, actor=ask.actor)), 201)

    return await ask.act(work, dry_run=ask.query(DryRun).dry_run)


@route(
    "PUT", "/accounting-schemes/{code}", permission=Permission.ACCOUNTING, tag=TAG, query=DryRun, versioned=True,
    body=SchemeBody, gives=SchemeShape, problems=(403, 404, 409), example={"label": "Services", "lines": _LINES},
)  # fmt: skip
async def put_scheme(ask: Ask) -> Answer:
    """Change a scheme: its next version holds from now on, entries that were made keep theirs."""
    body, known = await ask.body(_SCHEME), ask.version()

    async def work(conn: Connection) -> Answer:
        changed = Scheme(ask.path("code"), body.label, tuple(body.lines))
        return ok(scheme_shape(await schemes.save_scheme(conn, changed, known=known, actor=ask.actor)))

    return await ask.change(work, dry_run=ask.query(DryRun).dry_run)


@route(
    "PUT", "/accounting-schemes/{code}/types", permission=Permission.ACCOUNTING, tag=TAG, versioned=True, body=AssignBody,
    gives=SchemeShape, problems=(403, 404), example={"types": ["INV_STD"]},
)  # fmt: skip
async def put_scheme_types(ask: Ask) -> Answer:
    """Let operation types follow a scheme from now on; the others that follow it stay.

    If-Match names the scheme's `types_version`.
    """
    body, version = await ask.body(_ASSIGN), ask.version()

    async def work(conn: Connection) -> Answer:
        made = scheme_shape(await schemes.assign(conn, ask.path("code"), body.types, actor=ask.actor, version=version))
        return ok(made, etag=f'"{made.types_version}"')

    return await ask.change(work)


@route(
    "POST", "/accounting-schemes:try", everywhere=False, permission=Permission.JOURNAL, tag=TAG, body=TryBody, gives=TriedList,
    problems=(403,), example={"label": "Services", "lines": _LINES, "types": ["INV_STD"]},
)  # fmt: skip
async def post_trial(ask: Ask) -> Answer:
    """Show the entries that the latest operations of some types would give; nothing is kept."""
    body = await ask.body(_TRY)
    async with ask.pool.connection() as conn:
        trial, seller_id = Scheme("TRIAL", body.label, tuple(body.lines)), await seller_of(ask, conn)
        found = await schemes.try_scheme(conn, trial, body.types, seller_id=seller_id)
    return ok(TriedList([tried_shape(one) for one in found]))


@route("GET", "/general-accounts", permission=Permission.JOURNAL, tag=TAG, gives=GeneralAccountList, problems=(403,))
async def read_general_accounts(ask: Ask) -> Answer:
    """List the general accounts that have a label."""
    async with ask.pool.connection() as conn:
        return ok(GeneralAccountList([general_shape(one) for one in await schemes.list_general_accounts(conn)]))


@route(
    "POST", "/general-accounts", permission=Permission.ACCOUNTING, tag=TAG, query=DryRun, keyed=True, status=201,
    body=NewGeneralAccountBody, gives=GeneralAccountShape, problems=(403, 409),
    example={"code": "706", "label": "Services"},
)  # fmt: skip
async def post_general_account(ask: Ask) -> Answer:
    """Label a general account."""
    body = await ask.body(_NEW_GENERAL)

    async def work(conn: Connection) -> Answer:
        new = GeneralAccount(body.code, body.label, body.receivable, 0)
        return ok(general_shape(await schemes.save_general_account(conn, new, known=None, actor=ask.actor)), 201)

    return await ask.act(work, dry_run=ask.query(DryRun).dry_run)


@route(
    "PUT", "/general-accounts/{code}", permission=Permission.ACCOUNTING, tag=TAG, versioned=True,
    body=GeneralAccountBody, gives=GeneralAccountShape, problems=(403, 404, 409), example={"label": "Services sold"},
)  # fmt: skip
async def put_general_account(ask: Ask) -> Answer:
    """Label a general account otherwise."""
    body, known = await ask.body(_GENERAL), ask.version()

    async def work(conn: Connection) -> Answer:
        changed = GeneralAccount(ask.path("code"), body.label, body.receivable, known)
        return ok(general_shape(await schemes.save_general_account(conn, changed, known=known, actor=ask.actor)))

    return await ask.change(work)


route_handlers: list[HTTPRouteHandler] = [
    read_trial_balance, read_schemes, post_scheme, put_scheme, put_scheme_types, post_trial,
    read_general_accounts, post_general_account, put_general_account,
]  # fmt: skip
