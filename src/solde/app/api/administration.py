"""JSON routes of those who run Solde: users, tokens, the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import PERMISSIONS, Permission, Role, Token, create_token, list_tokens, revoke_token
from solde.access.http import Answer, Ask, Instant, ok
from solde.access.reading import Paged, instant_of
from solde.access.routing import route
from solde.customers import list_sellers
from solde.db import Connection
from solde.kernel.dates import format_instant
from solde.kernel.paging import BAD_CURSOR, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse

from . import store, users
from .jobs import key_of


class TokenShape(msgspec.Struct, frozen=True):
    """A token: never the secret, only its beginning."""

    id: int
    name: str
    prefix: str
    role: Annotated[str | None, Meta(description="None where the permissions are a list of its own.")]
    permissions: Annotated[list[str], Meta(description="What it may do: those of its role, or its own list.")]
    seller: str | None
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None
    revoked_at: Instant | None


class TokenList(msgspec.Struct, frozen=True):
    """Every token, newest first."""

    items: list[TokenShape]
    next: str | None = None


class TokenBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new token."""

    name: Annotated[str, Meta(description="The person or program that will use it.")]
    role: Annotated[
        str | None,
        Meta(
            description="What it may do, by a role; or give permissions.",
            extra_json_schema={"enum": [*(role.value for role in Role), None]},
        ),
    ] = None
    permissions: Annotated[
        list[Annotated[str, Meta(extra_json_schema={"enum": [one.value for one in Permission]})]] | None,
        Meta(
            description="What it may do beside reading, in the place of a role. Limits are those of the role program."
        ),
    ] = None
    seller: Annotated[str | None, Meta(description="Keeps the token to one seller's accounts.")] = None
    expires_at: str | None = None


class CreatedTokenShape(msgspec.Struct, frozen=True):
    """A token just made; its secret is shown this once."""

    token: TokenShape
    secret: str


class AuditQuery(Paged, frozen=True, kw_only=True):
    """What the audit trail is narrowed to."""

    account: Annotated[str | None, Meta(description="Code of a customer account.")] = None
    actor: str | None = None
    verb: str | None = None


class AuditShape(msgspec.Struct, frozen=True):
    """Who did what, when and why."""

    action: int
    account: str | None
    recorded_at: Instant
    actor: str
    verb: str
    reason: str | None
    before: Any
    after: Any


class AuditList(msgspec.Struct, frozen=True):
    """A page of the audit trail, newest first."""

    items: list[AuditShape]
    next: str | None


_TOKEN = msgspec.json.Decoder(TokenBody)


@route("GET", "/tokens", permission=Permission.TOKENS, tag="Administration", gives=TokenList, problems=(403,))
async def read_tokens(ask: Ask) -> Answer:
    """List the API tokens, without their secrets."""
    async with ask.pool.connection() as conn:
        return ok(TokenList([shape_of(token) for token in await list_tokens(conn, ask.caller.seller)]))


@route(
    "POST",
    "/tokens",
    everywhere=False,
    permission=Permission.TOKENS,
    tag="Administration",
    status=201,
    body=TokenBody,
    gives=CreatedTokenShape,
    keyed=True,
    problems=(403,),
    example={"name": "billing system", "role": "program"},
)
async def post_token(ask: Ask) -> Answer:
    """Make an API token, with a role or with a list of permissions.

    Nobody gives a token more than they may do themselves, nor another seller than their own.
    Its secret is in this answer and nowhere else. The answer to a repeated key names the token without its secret.
    """
    body = await ask.body(_TOKEN)
    secrets: list[str] = []

    async def work(conn: Connection) -> Answer:
        sellers = [seller.code for seller in await list_sellers(conn)]
        made = await create_token(
            conn,
            name=body.name,
            role=body.role,
            permissions=body.permissions,
            seller=body.seller,
            expires_at=instant_of(body.expires_at, "expires_at"),
            sellers=sellers,
            actor=ask.actor,
            now=ask.now(),
            within=ask.caller.seller,
            giver=ask.caller.permissions,
            in_application=True,
        )
        secrets[:] = [made.secret]
        return ok(CreatedTokenShape(shape_of(made.token), HIDDEN), 201)

    answer = await ask.act(work)
    replayed = any(name == b"idempotency-replayed" for name, _ in answer.headers)
    if replayed or not secrets:
        return answer
    return Answer(answer.body.replace(HIDDEN.encode(), secrets[0].encode()), 201)


HIDDEN = "(shown once)"


@route(
    "DELETE",
    "/tokens/{id}",
    everywhere=False,
    permission=Permission.TOKENS,
    tag="Administration",
    status=204,
    problems=(403, 404),
)
async def remove_token(ask: Ask) -> Answer:
    """Revoke an API token; it stops working within seconds."""
    token_id = key_of(ask.path("id"), "token")

    async def work(conn: Connection) -> Answer:
        await revoke_token(conn, token_id, actor=ask.actor, now=ask.now(), within=ask.caller.seller)
        return Answer(status=204)

    return await ask.change(work)


@route(
    "GET",
    "/audit",
    permission=Permission.AUDIT,
    tag="Administration",
    query=AuditQuery,
    gives=AuditList,
    problems=(403, 404),
)
async def read_audit(ask: Ask) -> Answer:
    """Read the audit trail, newest first: who did what, when and why."""
    asked = ask.query(AuditQuery)
    size = check_limit(asked.limit)
    directory = ask.services.directory
    account = None if asked.account is None else await directory.get(asked.account, ask.caller.seller)
    seller_id = None if ask.caller.seller is None else await directory.seller_id(ask.caller.seller)
    narrowed = {
        "account_id": None if account is None else account.account_id,
        "actor": asked.actor,
        "verb": asked.verb,
        "seller_id": seller_id,
    }
    async with ask.pool.connection() as conn:
        rows = await _audit_rows(conn, narrowed, asked.cursor, size + 1)
    items = [AuditShape(r[0], r[2], format_instant(r[3]), *r[4:]) for r in rows[:size]]
    following = encode_cursor([rows[size - 1][0], rows[size - 1][1]]) if len(rows) > size else None
    return ok(AuditList(items, following))


STRETCH = 2000
"""How many action numbers are looked through first: the trail is kept in their order, a stretch is read fast."""


async def _audit_rows(
    conn: Connection, narrowed: Mapping[str, Any], cursor: str | None, limit: int
) -> list[tuple[Any, ...]]:
    """The newest records before a cursor: from a stretch of the trail that grows until it holds enough."""
    before, before_account = (await store.newest_action(conn) + 1, 0) if cursor is None else _audit_place(cursor)
    stretch = STRETCH if narrowed["account_id"] is None else before
    while True:
        after = max(before - stretch, 0)
        rows = await store.list_audit(
            conn, **narrowed, before=before, before_account=before_account, after=after, limit=limit
        )
        if len(rows) == limit or after == 0:
            return rows
        stretch *= 16


def _audit_place(cursor: str) -> tuple[int, int]:
    action, account = decode_cursor(cursor, 2)
    if not isinstance(action, int) or not isinstance(account, int):
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return action, account


def _instant(value: Any) -> str | None:
    return None if value is None else format_instant(value)


def permissions_of(token: Token) -> list[str]:
    """What a token may do, in the order of the permissions."""
    allowed = PERMISSIONS[token.role] if token.listed is None else token.listed
    return [one.value for one in Permission if one in allowed]


def shape_of(token: Token) -> TokenShape:
    """A token as the API tells it."""
    return TokenShape(
        token.token_id,
        token.name,
        token.prefix,
        token.role.value if token.listed is None else None,
        permissions_of(token),
        token.seller,
        format_instant(token.created_at),
        _instant(token.expires_at),
        _instant(token.last_used_at),
        _instant(token.revoked_at),
    )


route_handlers: list[HTTPRouteHandler] = [
    *users.route_handlers,
    read_tokens,
    post_token,
    remove_token,
    read_audit,
]
