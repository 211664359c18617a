"""Who looks at a page: a person or a token signed in, or the guest of a demo."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields, replace
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, State
from litestar.handlers import BaseRouteHandler

from solde.access import PERMISSIONS, Caller, Client, Permission, Role
from solde.access.http import services_of
from solde.access.sessions import find_present
from solde.app.services import Services
from solde.app.transport import is_over_tls
from solde.approvals import count_waiting
from solde.kernel.card_numbers import holds_card_number
from solde.kernel.refusals import Kind, Refused, declare, refuse

from . import days

OTHER_ORIGIN = declare(
    "other_origin", Kind.FORBIDDEN, "Send the form from Solde's own page; another site may not act in your name."
)

COOKIE = "solde_session"
DEVICE_COOKIE = "solde_browser"
"""An id by which a browser is known that signed in before; it opens nothing."""
DEVICE_MOST = 64
DEVICE_SECONDS = 31_536_000
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class SignInNeeded(Exception):
    """Nobody is signed in; the page asks for it and leads back."""


class PasswordChangeNeeded(Exception):
    """Who is signed in has a password that somebody else knows; it is changed before anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor(Caller):
    """Who looks, what they may do, and the seller they are kept to: `seller_id` is 0, which none has, for an unknown one.

    `waiting` is how many approvals wait for them, `features` what is switched on.
    """

    seller_id: int | None = None
    guest: bool = False
    session_id: int | None = None
    must_change_password: bool = False
    waiting: int = 0
    features: frozenset[str] = frozenset()


NOBODY = Visitor(actor="", name="", role=Role.VIEWER, permissions=frozenset())
"""Who looks at a page that is open to everybody."""

GUEST = Visitor(actor="demo", name="demo", role=Role.VIEWER, permissions=PERMISSIONS[Role.VIEWER], guest=True)


async def find_visitor(request: Request[Any, Any, State], *, is_shared: bool) -> Visitor:
    """The visitor of a page.

    Refuses: forbidden, also for who is kept to one seller on a page that changes what belongs to none; a route says by
    `everywhere=False` that what it changes is a seller's. Raises SignInNeeded, PasswordChangeNeeded.
    """
    visitor = await find_signed_in(request)
    if visitor is None and services_of(request).settings.demo:
        visitor = replace(GUEST, features=await services_of(request).features.on())
    if visitor is None:
        raise SignInNeeded
    # A page that says no keeps the frame of the person who asked.
    request.state.visitor = visitor
    if visitor.must_change_password and not _is_own(request.url.path):
        raise PasswordChangeNeeded
    visitor.require(Permission.READ)
    days.tell_by(await _zone_of(request, visitor))
    if is_shared:
        visitor.require_every_seller()
    return visitor


async def _zone_of(request: Request[Any, Any, State], visitor: Visitor) -> str:
    """The clock of the seller whose account the page shows, else of the visitor's own, else of the first."""
    directory = services_of(request).directory
    code = str(request.path_params.get("code", ""))
    if request.url.path.startswith("/accounts/") and (account := (await directory.find([code])).get(code)):
        return account.time_zone
    return await directory.time_zone(visitor.seller_id)


def _is_own(path: str) -> bool:
    """May somebody go there whose password must be changed first?"""
    return path in {"/me", "/sign-out"} or path.startswith("/me/")


async def find_signed_in(request: Request[Any, Any, State]) -> Visitor | None:
    """Who is signed in with this browser, if anybody."""
    secret, services = session_secret(request), services_of(request)
    if not secret:
        return None
    async with services.pool.connection() as conn:
        present = await find_present(conn, secret, services.clock())
    if present is None:
        return None
    caller = present.caller
    seller_id = None if caller.seller is None else await services.directory.seller_id(caller.seller)
    return Visitor(
        **{field.name: getattr(caller, field.name) for field in fields(Caller)},
        seller_id=seller_id,
        session_id=present.session_id,
        must_change_password=present.must_change_password,
        waiting=await _count_waiting(services, caller, seller_id),
        features=await services.features.on(),
    )


async def _count_waiting(services: Services, caller: Caller, seller_id: int | None) -> int:
    """How many approvals wait for this person; the navigation tells it on every page."""
    if not caller.may(Permission.APPROVALS):
        return 0
    async with services.pool.connection() as conn:
        return await count_waiting(conn, seller_id=seller_id, but_not_of=caller.actor, now=services.clock())


def client_of(request: Request[Any, Any, State]) -> Client:
    """The browser that asks. Behind a proxy of ours its address is the last one the proxy wrote down."""
    address = request.client.host if request.client else ""
    if services_of(request).settings.behind_proxy:
        address = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip() or address
    device = request.cookies.get(DEVICE_COOKIE, "")[:DEVICE_MOST] or secrets.token_urlsafe(16)
    return Client(_printable(address, 60), _printable(request.headers.get("user-agent", ""), 200), device)


def _printable(text: str, longest: int) -> str:
    text = "".join(c for c in text[:longest] if c.isprintable())
    return "" if holds_card_number(text) else text


def is_secure(request: Request[Any, Any, State]) -> bool:
    """Does the browser ask over TLS?"""
    return is_over_tls(request.scope, behind_proxy=services_of(request).settings.behind_proxy)


def session_secret(request: Request[Any, Any, State]) -> str | None:
    """The id of a sign-in that the browser keeps, if any."""
    return request.cookies.get(cookie_name(secure=is_secure(request)))


def cookie_name(*, secure: bool) -> str:
    """Over TLS no other host of the domain, and no page without TLS, can set the cookie of a session: its prefix says so."""
    return f"__Host-{COOKIE}" if secure else COOKIE


def device_cookie(device: str, *, secure: bool) -> Cookie:
    """The cookie by which a browser is known the next time."""
    return Cookie(
        DEVICE_COOKIE,
        value=device,
        max_age=DEVICE_SECONDS,
        httponly=True,
        samesite="lax",
        secure=secure,
        path="/sign-in",
    )


def session_cookie(secret: str, seconds: int, *, secure: bool) -> Cookie:
    """The cookie of a session: no script reads it, no other site sends it along with a form."""
    name = cookie_name(secure=secure)
    return Cookie(name, value=secret, max_age=seconds, httponly=True, samesite="lax", secure=secure)


def same_origin(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard: a request that changes something comes from our own pages.

    Refuses: other_origin.
    """
    if connection.scope.get("method") in SAFE_METHODS:
        return
    site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
    if site is not None:
        allowed = site in {"same-origin", "none"}
    else:
        allowed = origin is not None and origin.partition("://")[2] == connection.headers.get("host")
    if not allowed:
        raise Refused(refuse(OTHER_ORIGIN, "the request comes from {origin}", origin=origin or "an unknown place"))
