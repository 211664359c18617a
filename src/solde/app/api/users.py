"""JSON routes of the people who sign in, and of who asks."""

from __future__ import annotations

import hashlib
from typing import Annotated, TypeVar

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Meta, UnsetType

from solde.access import (
    PEOPLE,
    NewUser,
    Permission,
    User,
    UserChange,
    add_user,
    change_user,
    get_user,
    list_users,
    set_password,
)
from solde.access.http import Answer, Ask, Instant, ok
from solde.access.routing import route
from solde.customers import list_sellers
from solde.db import Connection
from solde.kernel.dates import format_instant

T = TypeVar("T")
RoleCode = Annotated[str, Meta(extra_json_schema={"enum": [role.value for role in PEOPLE]})]
SellerCode = Annotated[
    str | None, Meta(description="Keeps the person to one seller's customers; null for every seller.")
]
MustChange = Annotated[bool, Meta(description="Must it be changed at the next sign-in?")]


class UserShape(msgspec.Struct, frozen=True):
    """A person who signs in."""

    login: str
    name: str
    role: str
    seller: str | None
    active: bool
    must_change_password: bool
    created_at: Instant
    password_changed_at: Instant
    last_sign_in_at: Instant | None
    version: int


class UserList(msgspec.Struct, frozen=True):
    """Every person who signs in, by login."""

    items: list[UserShape]
    next: str | None = None


class UserBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new person."""

    login: Annotated[str, Meta(description="An e-mail address or a short name; small letters. It never changes.")]
    name: str
    role: RoleCode
    password: str
    seller: SellerCode = None
    must_change_password: MustChange = True


class UserPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall change of a person."""

    name: str | UnsetType = UNSET
    role: RoleCode | UnsetType = UNSET
    seller: str | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class PasswordBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new password."""

    password: str
    must_change_password: MustChange = True


class CallerShape(msgspec.Struct, frozen=True):
    """Who asks, and what they may do."""

    actor: str
    name: str
    role: Annotated[str | None, Meta(description="None for a token that has a list of permissions.")]
    seller: str | None
    permissions: list[str]
    expires_at: Instant | None


_USER = msgspec.json.Decoder(UserBody)
_PATCH = msgspec.json.Decoder(UserPatch)
_PASSWORD = msgspec.json.Decoder(PasswordBody)


@route("GET", "/me", tag="Administration", gives=CallerShape)
async def read_me(ask: Ask) -> Answer:
    """Read who asks, by the token sent, and what it may do."""
    caller = ask.caller
    permissions = [permission.value for permission in Permission if caller.may(permission)]
    ends = None if caller.expires_at is None else format_instant(caller.expires_at)
    role = None if caller.is_listed else caller.role.value
    return ok(CallerShape(caller.actor, caller.name, role, caller.seller, permissions, ends))


@route("GET", "/users", permission=Permission.USERS, tag="Administration", gives=UserList, problems=(403,))
async def read_users(ask: Ask) -> Answer:
    """List the people who sign in; a caller kept to one seller sees those kept to it."""
    async with ask.pool.connection() as conn:
        return ok(UserList([shape_of(user) for user in await list_users(conn, ask.caller.seller)]))


@route(
    "POST",
    "/users",
    location="/users/{login}",
    everywhere=False,
    permission=Permission.USERS,
    tag="Administration",
    status=201,
    body=UserBody,
    gives=UserShape,
    keyed=True,
    problems=(403, 409),
    example={"login": "anna", "name": "Anna Keller", "role": "accountant", "password": "three words suffice"},
)
async def post_user(ask: Ask) -> Answer:
    """Add a person who signs in, with a first password.

    A repeated key is told by everything but the password.
    """
    body = await ask.body(_USER)

    async def work(conn: Connection) -> Answer:
        user = await add_user(
            conn,
            NewUser(body.login, body.name, body.role, body.seller),
            password=body.password,
            passwords=ask.services.passwords,
            sellers=[seller.code for seller in await list_sellers(conn)],
            actor=ask.actor,
            now=ask.now(),
            must_change=body.must_change_password,
            within=ask.caller.seller,
            giver=ask.caller.permissions,
        )
        return _answer(user, 201)

    told = msgspec.structs.replace(body, password="")
    return await ask.act(work, fingerprint=_fingerprint(ask, told))


@route("GET", "/users/{login}", permission=Permission.USERS, tag="Administration", gives=UserShape, problems=(403, 404))
async def read_user(ask: Ask) -> Answer:
    """Read a person who signs in."""
    async with ask.pool.connection() as conn:
        return _answer(await get_user(conn, ask.path("login"), ask.caller.seller))


@route(
    "PATCH",
    "/users/{login}",
    everywhere=False,
    permission=Permission.USERS,
    tag="Administration",
    body=UserPatch,
    gives=UserShape,
    versioned=True,
    problems=(403, 404, 409, 412),
    example={"role": "controller"},
)
async def patch_user(ask: Ask) -> Answer:
    """Change a person's name, role or seller, deactivate or activate them.

    Who is deactivated is signed out everywhere. The last administrator of every seller stays one.
    """
    body = await ask.body(_PATCH)
    # An empty seller stands for every seller, which null says here.
    seller = None if isinstance(body.seller, UnsetType) else body.seller or ""
    change = UserChange(_given(body.name), _given(body.role), seller, _given(body.active))
    version = ask.version()

    async def work(conn: Connection) -> Answer:
        user = await change_user(
            conn,
            ask.path("login"),
            change,
            sellers=[seller.code for seller in await list_sellers(conn)],
            actor=ask.actor,
            version=version,
            within=ask.caller.seller,
            giver=ask.caller.permissions,
        )
        return _answer(user)

    return await ask.change(work)


@route(
    "POST",
    "/users/{login}/password",
    everywhere=False,
    permission=Permission.USERS,
    tag="Administration",
    body=PasswordBody,
    gives=UserShape,
    keyed=True,
    problems=(403, 404),
    example={"password": "three words suffice"},
)
async def post_password(ask: Ask) -> Answer:
    """Give a person a new password; they are signed out everywhere.

    A repeated key is told by everything but the password.
    """
    body = await ask.body(_PASSWORD)

    async def work(conn: Connection) -> Answer:
        user = await set_password(
            conn,
            ask.path("login"),
            body.password,
            passwords=ask.services.passwords,
            actor=ask.actor,
            now=ask.now(),
            must_change=body.must_change_password,
            within=ask.caller.seller,
            giver=ask.caller.permissions,
        )
        return _answer(user)

    told = msgspec.structs.replace(body, password="")
    return await ask.act(work, fingerprint=_fingerprint(ask, told))


def _given(value: T | UnsetType) -> T | None:
    return None if isinstance(value, UnsetType) else value


def _fingerprint(ask: Ask, told: UserBody | PasswordBody) -> bytes:
    """Tells a repeated request by all but the password: a fast hash of that must not be kept."""
    scope = ask.request.scope
    asked = f"{ask.caller.seller or ''} {scope['method']} {scope['path']}\n".encode()
    return hashlib.sha256(asked + msgspec.json.encode(told)).digest()


def _answer(user: User, status: int = 200) -> Answer:
    return ok(shape_of(user), status, etag=f'"{user.version}"')


def shape_of(user: User) -> UserShape:
    """A person as the API answers them."""
    return UserShape(
        user.login,
        user.name,
        user.role.value,
        user.seller,
        user.is_active,
        user.must_change_password,
        format_instant(user.created_at),
        format_instant(user.password_changed_at),
        None if user.last_sign_in_at is None else format_instant(user.last_sign_in_at),
        user.version,
    )


route_handlers: list[HTTPRouteHandler] = [read_me, read_users, post_user, read_user, patch_user, post_password]
