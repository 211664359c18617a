"""Add people, change them, give them passwords."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say

from . import store
from .hashing import Passwords
from .model import NewUser, Permission, Role, User, UserChange, UserState
from .rules import users as rules
from .rules.passwords import check_password
from .rules.permissions import PERMISSIONS, check_given

UNKNOWN_USER = declare("unknown_user", Kind.NOT_FOUND, "Check the login; list them by GET /api/v1/users.")


async def add_user(
    conn: Connection,
    new: NewUser,
    *,
    password: str,
    passwords: Passwords,
    sellers: Collection[str],
    actor: str,
    now: datetime,
    must_change: bool = True,
    within: str | None = None,
    giver: Collection[Permission] | None = None,
) -> User:
    """Add a person with a first password, which they must change unless told otherwise. `within` is the actor's own seller, and
    `giver` what the actor may do; None: who runs the server. Nobody gives more than they have.

    Refuses: login_unfit, login_taken, user_name_missing, unknown_role, user_seller_unknown, forbidden, and what
    `check_password` refuses.
    """
    new = replace(new, login=rules.as_login(new.login), name=new.name.strip())
    refusals = [
        *rules.check_new_user(new, sellers=sellers),
        *rules.check_scope(new.seller, within),
        *_beyond(new.role, giver),
    ]
    if refusals := refusals + check_password(password, new.login):
        raise Refused(refusals)
    password_hash = await passwords.hash(password)
    await store.lock_users(conn)
    if await store.has_token_named(conn, new.login):
        raise Refused(
            refuse(rules.LOGIN_TAKEN, "an API token in use is named {login!r}", login=new.login, field="login")
        )
    user = await store.insert_user(conn, new, password_hash=password_hash, must_change=must_change, now=now)
    if user is None:
        raise Refused(refuse(rules.LOGIN_TAKEN, "there is a user {login!r} already", login=new.login, field="login"))
    await store.note_givers(conn, user.user_id, await store.list_givers(conn, actor))
    await _note(conn, "user_add", user.login, actor, None, user.state)
    return user


async def get_user(conn: Connection, login: str, within: str | None = None) -> User:
    """The person of a login; refuses unknown_user, also where they are of another seller than the actor."""
    user = await store.find_user(conn, rules.as_login(login))
    if user is None or within not in {None, user.seller}:
        raise Refused(refuse(UNKNOWN_USER, "there is no user {login!r}", login=login))
    return user


async def change_user(
    conn: Connection,
    login: str,
    change: UserChange,
    *,
    sellers: Collection[str],
    actor: str,
    version: int | None = None,
    within: str | None = None,
    giver: Collection[Permission] | None = None,
) -> User:
    """Change name, role or seller, deactivate or activate; who is deactivated is signed out everywhere.

    Refuses: unknown_user, version_differs, last_admin, user_name_missing, unknown_role, user_seller_unknown, forbidden, also of a person who may do more than the actor.
    """
    await store.lock_users(conn)
    before = await get_user(conn, login, within)
    if version not in {None, before.version}:
        said = say(
            "{login!r} is at version {version}, your change was made from {made_from}",
            login=before.login,
            version=before.version,
            made_from=version,
        )
        raise Refused(refuse(VERSION_DIFFERS, said))
    wish = _changed(before.state, change)
    refusals = [*rules.check_state(wish, sellers=sellers), *rules.check_scope(wish.seller, within)]
    refusals += _beyond(before.role, giver) or _beyond(wish.role, giver)
    if refusals := [*refusals, *rules.check_chiefs(await store.list_chiefs(conn), before, wish)]:
        raise Refused(refusals)
    if wish == before.state:
        return before
    after = await store.update_user(conn, before.user_id, wish, before.version)
    if after is None:
        raise Refused(refuse(VERSION_DIFFERS, "{login!r} got a new password just now", login=before.login))
    if (wish.role, wish.seller, wish.is_active) != (before.state.role, before.state.seller, before.state.is_active):
        await store.note_givers(conn, after.user_id, await store.list_givers(conn, actor))
    if not after.is_active:
        await store.delete_sessions(conn, after.user_id)
    await _note(conn, "user_change", after.login, actor, before.state, after.state)
    return after


def _beyond(role: str, giver: Collection[Permission] | None) -> list[Refusal]:
    return check_given(PERMISSIONS[Role(role)], giver) if role in PERMISSIONS else []


def _changed(state: UserState, change: UserChange) -> UserState:
    return UserState(
        state.name if change.name is None else change.name.strip(),
        state.role if change.role is None else change.role,
        state.seller if change.seller is None else change.seller or None,
        state.is_active if change.is_active is None else change.is_active,
    )


async def set_password(
    conn: Connection,
    login: str,
    password: str,
    *,
    passwords: Passwords,
    actor: str,
    now: datetime,
    must_change: bool = True,
    within: str | None = None,
    giver: Collection[Permission] | None = None,
) -> User:
    """Give a person a new password, which they must change unless told otherwise; they are signed out everywhere.

    Refuses: unknown_user, forbidden, and what `check_password` refuses.
    """
    user = await get_user(conn, login, within)
    if refusals := check_password(password, user.login) + _beyond(user.role, giver):
        raise Refused(refusals)
    password_hash = await passwords.hash(password)
    await store.lock_users(conn)
    await store.update_password(conn, user.user_id, password_hash, must_change=must_change, now=now)
    await store.note_givers(conn, user.user_id, await store.list_givers(conn, actor))
    await store.delete_sessions(conn, user.user_id)
    await _note(conn, "user_password", user.login, actor, None, None)
    return await get_user(conn, login, within)


async def _note(
    conn: Connection, verb: str, login: str, actor: str, before: UserState | None, after: UserState | None
) -> None:
    (action_id,) = await audit.next_action_ids(conn, 1)
    told_before = None if before is None else {"user": login, **asdict(before)}
    told_after = {"user": login, **({} if after is None else asdict(after))}
    await audit.append(conn, [AuditRecord(0, action_id, actor, verb, before=told_before, after=told_after)])
