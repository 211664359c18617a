"""Who looks at a page: a person signed in by an API token, or the guest of a demo."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, State
from litestar.handlers import BaseRouteHandler

from solde.access import Caller, Permission, Role, may
from solde.db import Connection
from solde.kernel.refusals import Kind, Refused, declare, refuse

from . import store

OTHER_ORIGIN = declare(
    "other_origin", Kind.FORBIDDEN, "Send the form from Solde's own page; another site may not act in your name."
)

COOKIE = "solde_session"
SESSION_HOURS = 12
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class SignInNeeded(Exception):
    """Nobody is signed in; the page asks for it and leads back."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks, what they may do, and the seller they are kept to, if any."""

    name: str
    role: Role
    seller_id: int | None = None
    guest: bool = False


GUEST = Visitor("demo", Role.VIEWER, guest=True)


async def find_visitor(request: Request[Any, Any, State]) -> Visitor:
    """The visitor of a page.

    Refuses: forbidden. Raises SignInNeeded where nobody is signed in.
    """
    secret = request.cookies.get(COOKIE)
    if secret:
        state = request.app.state
        async with state.pool.connection() as conn:
            found = await store.find_session(conn, digest_of(secret), state.clock())
        if found is not None:
            return _visitor(*found)
    if request.app.state.settings.demo:
        return GUEST
    raise SignInNeeded


def _visitor(caller: Caller, seller_id: int | None) -> Visitor:
    if (refusal := may(caller, Permission.READ)) is not None:
        raise Refused(refusal)
    return Visitor(caller.actor, caller.role, seller_id)


def digest_of(secret: str) -> bytes:
    """What is kept of a session's id. Its 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


async def sign_in(conn: Connection, caller: Caller, now: datetime) -> tuple[str, datetime]:
    """Keep a sign-in; gives the id that only the cookie knows, and when it ends."""
    secret = secrets.token_urlsafe(32)
    ends = now + timedelta(hours=SESSION_HOURS)
    expires_at = ends if caller.expires_at is None else min(ends, caller.expires_at)
    await store.insert_session(conn, digest_of(secret), caller.token_id, now, expires_at)
    return secret, expires_at


def session_cookie(secret: str, seconds: int, *, secure: bool) -> Cookie:
    """The cookie of a session: no script reads it, no other site sends it along with a form."""
    return Cookie(COOKIE, value=secret, max_age=seconds, httponly=True, samesite="lax", secure=secure)


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
        raise Refused(refuse(OTHER_ORIGIN, f"the request comes from {origin or 'an unknown place'}"))
