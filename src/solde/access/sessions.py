"""Sign in and out with a browser; know who is behind a sign-in."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

from . import store
from .caller import Caller
from .hashing import Passwords
from .model import Client, Permission, Role, SignedIn, Throttle, User, WebSession
from .rules import throttling
from .rules.passwords import LONGEST, PASSWORD_WRONG, check_password
from .rules.permissions import PERMISSIONS
from .rules.throttling import OF_ADDRESS, Patience, address_subject, device_subject, subjects_of
from .rules.tokens import hash_of
from .rules.users import as_login

if TYPE_CHECKING:
    from .actions import Tokens

UNKNOWN_SESSION = declare("unknown_session", Kind.NOT_FOUND, "It has ended already; the list shows those that hold.")

LIFE = timedelta(hours=12)
IDLE = timedelta(hours=2)
LONGEST_BROWSER = 200
LONGEST_LOGIN = 200
WRONG = "the login or the password is not right"


@dataclass(frozen=True, slots=True)
class Present:
    """Who is behind a sign-in that holds."""

    caller: Caller
    session_id: int
    must_change_password: bool


async def find_present(conn: Connection, secret: str, now: datetime) -> Present | None:
    """Who is behind the id of a cookie; one statement."""
    row = await store.find_session(conn, hash_of(secret), now=now, idle_since=now - IDLE)
    if row is None:
        return None
    session_id, expires_at, user_id, token_id, actor, name, code, seller, must_change, codes = row
    role = Role(code)
    listed = store.permissions_in(codes)
    allowed = PERMISSIONS[role] if listed is None else listed
    caller = Caller(actor, name, role, allowed, seller, user_id, token_id, expires_at, listed is not None)
    return Present(caller, session_id, must_change)


async def sign_in(
    pool: Pool,
    login: str,
    password: str,
    *,
    client: Client,
    replaced: str | None,
    passwords: Passwords,
    now: datetime,
) -> SignedIn:
    """Sign a person in by login and password; `replaced` is the id in the cookie that the browser held before.

    The try is counted before it is looked at, so that many at once are not looked at for the price of one. An unknown
    login takes the same way and the same work as a wrong password.
    Refuses: sign_in_waits, sign_in_wrong.
    """
    login = as_login(login)[:LONGEST_LOGIN]
    async with pool.connection() as conn:
        is_known = await store.has_device(conn, device_subject(login, client.device))
    subjects = subjects_of(login, client.address, client.device if is_known else None)
    counted = await transaction(pool, lambda conn: _count(conn, subjects, now))
    async with pool.connection() as conn:
        found = await store.find_password(conn, login) if login.isprintable() else None
    kept = None if found is None else found[1]
    good = await passwords.verify(kept, password[: 4 * LONGEST])
    if found is None or kept is None or not good:
        raise Refused(throttling.wrong(say(WRONG), throttling.wait_of(counted, now)))
    user_id = found[0]
    renewed = await passwords.hash(password) if passwords.is_outdated(kept) else None

    async def work(conn: Connection) -> SignedIn:
        if not await store.note_sign_in(conn, user_id, compared=kept, renewed=renewed, now=now):
            raise Refused(throttling.wrong(say(WRONG), throttling.wait_of(counted, now)))
        await _forgive(conn, counted, now)
        if client.device:
            await store.note_device(conn, device_subject(login, client.device), user_id, now)
        return await _keep(conn, login, client, replaced, now, now + LIFE, user_id=user_id)

    return await transaction(pool, work)


async def sign_in_by_token(
    pool: Pool, secret: str, *, client: Client, replaced: str | None, tokens: Tokens, now: datetime
) -> SignedIn:
    """Sign in by an API token that may read.

    Refuses: sign_in_waits, not_signed_in, forbidden.
    """
    subjects = [(address_subject(client.address), OF_ADDRESS)]
    counted = await transaction(pool, lambda conn: _count(conn, subjects, now))
    caller = await tokens.known_by(secret)
    caller.require(Permission.READ)
    ends = now + LIFE
    expires_at = ends if caller.expires_at is None else min(ends, caller.expires_at)

    async def work(conn: Connection) -> SignedIn:
        await _forgive(conn, counted, now)
        return await _keep(conn, caller.actor, client, replaced, now, expires_at, token_id=caller.token_id)

    return await transaction(pool, work)


async def _count(conn: Connection, subjects: Sequence[tuple[bytes, Patience]], now: datetime) -> list[Throttle]:
    """Count a try as failed, unless it comes too early."""
    kept = await store.lock_throttles(conn, [subject for subject, _ in subjects], now)
    if (wait := throttling.wait_of(kept, now)) > timedelta(0):
        raise Refused(throttling.must_wait(wait))
    counted = [throttling.after_failure(one, its, now) for one, (_, its) in zip(kept, subjects, strict=True)]
    await store.save_throttles(conn, counted, now)
    return counted


async def _forgive(conn: Connection, counted: Sequence[Throttle], now: datetime) -> None:
    """The try was right: the place or browser starts anew, all others lose what was counted for it."""
    of_place, *others = counted
    if others:
        await store.delete_throttle(conn, of_place.subject)
    for throttle in others or [of_place]:
        await store.forgive_throttle(conn, throttle, now)
    await store.forget_throttles(conn, now - throttling.FORGOTTEN_AFTER)


async def _keep(
    conn: Connection,
    actor: str,
    client: Client,
    replaced: str | None,
    now: datetime,
    expires_at: datetime,
    *,
    user_id: int | None = None,
    token_id: int | None = None,
) -> SignedIn:
    secret = secrets.token_urlsafe(32)
    session_id = await store.insert_session(
        conn,
        digest=hash_of(secret),
        replaced=None if replaced is None else hash_of(replaced),
        user_id=user_id,
        token_id=token_id,
        address=client.address,
        browser=client.browser[:LONGEST_BROWSER],
        now=now,
        expires_at=expires_at,
    )
    await _note(conn, "sign_in", actor, {"session": session_id})
    return SignedIn(secret, expires_at)


async def sign_out(conn: Connection, secret: str, now: datetime) -> None:
    """End the sign-in of a cookie; one that has ended already is no fault."""
    present = await find_present(conn, secret, now)
    if await store.delete_session(conn, hash_of(secret)) and present is not None:
        await _note(conn, "sign_out", present.caller.actor, {"session": present.session_id})


async def change_own_password(
    pool: Pool,
    caller: Caller,
    current: str,
    new: str,
    *,
    client: Client,
    replaced: str,
    passwords: Passwords,
    now: datetime,
) -> SignedIn:
    """Change the password of who is signed in; every sign-in of theirs ends, and this browser gets a new one.

    Refuses: password_wrong, sign_in_waits, and what `check_password` refuses.
    """
    assert caller.user_id is not None, "only a person has a password"
    user_id = caller.user_id
    if refusals := check_password(new, caller.actor):
        raise Refused(refusals)
    # Who is signed in is known by that: strangers who guess do not keep them waiting.
    subjects = subjects_of(caller.actor, client.address, f"user {user_id}")
    counted = await transaction(pool, lambda conn: _count(conn, subjects, now))
    async with pool.connection() as conn:
        found = await store.find_password(conn, caller.actor)
    kept = None if found is None else found[1]
    if not await passwords.verify(kept, current[: 4 * LONGEST]):
        raise Refused(refuse(PASSWORD_WRONG, "this is not your password", field="current"))
    password_hash = await passwords.hash(new)

    async def work(conn: Connection) -> SignedIn:
        await store.lock_users(conn)
        if await store.find_password(conn, caller.actor) != found:
            raise Refused(refuse(PASSWORD_WRONG, "your password was changed meanwhile", field="current"))
        await store.update_password(conn, user_id, password_hash, must_change=False, now=now)
        await store.delete_sessions(conn, user_id)
        await _forgive(conn, counted, now)
        await _note(conn, "user_password", caller.actor, {"user": caller.actor})
        return await _keep(conn, caller.actor, client, replaced, now, now + LIFE, user_id=user_id)

    return await transaction(pool, work)


async def list_own_sessions(conn: Connection, caller: Caller, now: datetime) -> list[WebSession]:
    """The sign-ins of a person that hold, the one used last first; none for a token."""
    if caller.user_id is None:
        return []
    return await store.list_sessions(conn, caller.user_id, now=now, idle_since=now - IDLE)


async def end_session(conn: Connection, caller: Caller, session_id: int) -> None:
    """End one of a person's own sign-ins; refuses unknown_session."""
    if caller.user_id is None or not await store.delete_own_session(conn, session_id, caller.user_id):
        raise Refused(refuse(UNKNOWN_SESSION, "you have no sign-in {session_id}", session_id=session_id))
    await _note(conn, "session_end", caller.actor, {"session": session_id})


async def end_other_sessions(conn: Connection, caller: Caller, kept: int) -> int:
    """End a person's own sign-ins but one; gives how many."""
    ended = 0 if caller.user_id is None else await store.delete_sessions(conn, caller.user_id, but=kept)
    if ended:
        await _note(conn, "session_end", caller.actor, {"sessions": ended})
    return ended


async def list_sessions_of(conn: Connection, user: User, now: datetime) -> list[WebSession]:
    """The sign-ins of a person that hold, the one used last first, for who administers users."""
    return await store.list_sessions(conn, user.user_id, now=now, idle_since=now - IDLE)


async def end_sessions_of(conn: Connection, user: User, *, actor: str) -> int:
    """Sign a person out everywhere; gives how many sign-ins ended."""
    ended = await store.delete_sessions(conn, user.user_id)
    if ended:
        await _note(conn, "session_end", actor, {"user": user.login, "sessions": ended})
    return ended


async def _note(conn: Connection, verb: str, actor: str, told: object) -> None:
    (action_id,) = await audit.next_action_ids(conn, 1)
    await audit.append(conn, [AuditRecord(0, action_id, actor, verb, after=told)])
