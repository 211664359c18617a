"""Make and revoke tokens; know a caller by the token sent."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection
from datetime import datetime

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection, Pool
from solde.kernel.dates import Clock
from solde.kernel.refusals import NOT_SIGNED_IN, Kind, Refused, declare, refuse

from . import store
from .caller import Caller, caller_of
from .model import CreatedToken, Permission, Role, Token
from .rules import tokens as rules
from .rules.users import as_login, check_scope

NAME_IS_LOGIN = declare(
    "token_name_is_login", Kind.CONFLICT, "Name the token otherwise; the audit trail tells by the name."
)
UNKNOWN_TOKEN = declare("unknown_token", Kind.NOT_FOUND, "Use the number of a token in use, from GET /api/v1/tokens.")

KNOWN_FOR_SECONDS = 5.0
"""How long a token is believed without asking the database; a revoked one works at most so long."""

KNOWN_MOST = 10_000


async def create_token(
    conn: Connection,
    *,
    name: str,
    role: str | None = None,
    permissions: Collection[str] | None = None,
    seller: str | None = None,
    expires_at: datetime | None = None,
    sellers: Collection[str],
    actor: str,
    now: datetime,
    within: str | None = None,
    giver: Collection[Permission] | None = None,
    in_application: bool = False,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> CreatedToken:
    """Make a token; its secret is given this once, and only its hash is kept. It has a role, or a list of
    permissions. `within` is the actor's own seller, if any, and `giver` what they may do; None: who runs the server.

    `in_application`: somebody signed in makes it, not who runs the server; it then decides nothing that waits for a person.

    Refuses: token_name_missing, token_rights_unclear, unknown_role, unknown_permission, token_seller_unknown, token_expiry_past, forbidden, token_name_is_login.
    """
    refusals = rules.check_token(name, role, permissions, seller, expires_at, sellers=sellers, giver=giver, now=now)
    if refusals := [*refusals, *check_scope(seller, within)]:
        raise Refused(refusals)
    await store.lock_users(conn)
    if await store.find_user(conn, as_login(name)) is not None:
        raise Refused(refuse(NAME_IS_LOGIN, "{name!r} is the login of a user", name=name.strip(), field="name"))
    named = None if role is None else Role(role)
    secret = rules.make_secret(named, random(rules.RANDOM_BYTES))
    token = await store.insert_token(
        conn,
        name=name.strip(),
        prefix=rules.prefix_of(secret),
        digest=rules.hash_of(secret),
        role=named or Role.PROGRAM,
        listed=None if permissions is None else rules.listed(permissions),
        seller=seller,
        now=now,
        expires_at=expires_at,
        made_by=await store.list_givers(conn, actor) if in_application else None,
    )
    await _note(conn, "token_create", token, actor)
    return CreatedToken(token, secret)


async def revoke_token(
    conn: Connection, token_id: int, *, actor: str, now: datetime, within: str | None = None
) -> Token:
    """Take a token out of use.

    Refuses: unknown_token, also where it was revoked before or is of another seller than the actor.
    """
    token = await store.revoke_token(conn, token_id, now, within)
    if token is None:
        raise Refused(refuse(UNKNOWN_TOKEN, "there is no token {token_id} in use", token_id=token_id))
    await _note(conn, "token_revoke", token, actor)
    return token


async def _note(conn: Connection, verb: str, token: Token, actor: str) -> None:
    (action_id,) = await audit.next_action_ids(conn, 1)
    told = {
        "token": token.token_id,
        "name": token.name,
        "prefix": token.prefix,
        "role": token.role if token.listed is None else None,
        "permissions": None if token.listed is None else sorted(token.listed),
        "seller": token.seller,
    }
    await audit.append(conn, [AuditRecord(0, action_id, actor, verb, after=told)])


class Tokens:
    """Knows callers by their tokens, remembering each for a few seconds."""

    def __init__(self, pool: Pool, clock: Clock, *, monotonic: Callable[[], float] = time.monotonic):
        self._pool = pool
        self._clock = clock
        self._monotonic = monotonic
        self._known: dict[str, tuple[Caller, float]] = {}

    async def caller(self, authorization: str | None) -> Caller:
        """Who sends this Authorization header.

        Refuses: not_signed_in.
        """
        known = self._known.get(authorization or "")
        if known is not None and self._monotonic() < known[1]:
            return known[0]
        if authorization is None:
            raise Refused(refuse(NOT_SIGNED_IN, "the request carries no token"))
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Refused(refuse(NOT_SIGNED_IN, "the Authorization header is not of the form: Bearer TOKEN"))
        caller = await self.known_by(secret.strip())
        if len(self._known) >= KNOWN_MOST:
            self._known.clear()
        self._known[authorization] = (caller, self._monotonic() + KNOWN_FOR_SECONDS)
        return caller

    async def known_by(self, secret: str) -> Caller:
        """Who holds this token, asked of the database.

        Refuses: not_signed_in.
        """
        if not rules.is_well_formed(secret):
            raise Refused(refuse(NOT_SIGNED_IN, "the token is misspelt or cut off"))
        now = self._clock()
        async with self._pool.connection() as conn:
            token = await store.use_token(conn, rules.hash_of(secret), now)
        if token is None:
            raise Refused(refuse(NOT_SIGNED_IN, "the token is not known here"))
        if token.revoked_at is not None:
            raise Refused(refuse(NOT_SIGNED_IN, "the token was revoked"))
        if token.expires_at is not None and token.expires_at <= now:
            raise Refused(refuse(NOT_SIGNED_IN, "the token has expired"))
        return caller_of(token)
