"""Statements of access."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from solde.db import Connection, load

from .model import NewUser, Permission, Role, Throttle, Token, User, UserState, WebSession

sql = load(__package__)


def _token(row: tuple[object, ...]) -> Token:
    return Token(row[0], row[1], row[2], Role(row[3]), permissions_in(row[4]), *row[5:])  # type: ignore[arg-type]


def permissions_in(codes: object) -> frozenset[Permission] | None:
    """A list of permissions as it is kept; one that this version does not know any more gives nothing."""
    return None if codes is None else frozenset(one for one in Permission if one.value in codes)  # type: ignore[operator]


async def insert_token(
    conn: Connection,
    *,
    name: str,
    prefix: str,
    digest: bytes,
    role: Role,
    listed: frozenset[Permission] | None,
    seller: str | None,
    now: datetime,
    expires_at: datetime | None,
    made_by: Sequence[str] | None,
) -> Token:
    """Write a new token."""
    values = {
        "name": name,
        "prefix": prefix,
        "hash": digest,
        "role": role.value,
        "permissions": None if listed is None else sorted(listed),
        "seller": seller,
        "now": now,
        "expires_at": expires_at,
        "made_by": None if made_by is None else list(made_by),
    }
    row = await (await conn.execute(sql.insert_token, values)).fetchone()
    assert row is not None
    return _token(row)


async def list_tokens(conn: Connection, seller: str | None = None) -> list[Token]:
    """Every token, or those kept to one seller, newest first."""
    return [_token(row) for row in await (await conn.execute(sql.list_tokens, {"seller": seller})).fetchall()]


async def list_givers(conn: Connection, actor: str) -> list[str]:
    """An actor, and everybody who gave that actor rights."""
    return [row[0] for row in await (await conn.execute(sql.list_givers, {"actor": actor})).fetchall()]


async def note_givers(conn: Connection, user_id: int, givers: Sequence[str]) -> None:
    """Note who gave a person rights."""
    await conn.execute(sql.note_givers, {"user_id": user_id, "givers": list(givers)})


async def find_ties(conn: Connection, decider: str, proposer: str) -> tuple[bool, bool, bool, bool, bool]:
    """Is who decides a token made in the application; did who proposed give them rights; did they make the token that
    proposed; did they give rights to the person who proposed; is it a token of somebody who gave them rights?
    """
    row = await (await conn.execute(sql.find_ties, {"decider": decider, "proposer": proposer})).fetchone()
    assert row is not None
    return row[0], row[1], row[2], row[3], row[4]


async def has_token_named(conn: Connection, login: str) -> bool:
    """Is a token in use whose name is this login?"""
    row = await (await conn.execute(sql.has_token_named, {"login": login})).fetchone()
    return row is not None and bool(row[0])


async def list_permissions_named(conn: Connection, name: str) -> list[frozenset[Permission]]:
    """What the tokens of a name may do that have a list of permissions."""
    rows = await (await conn.execute(sql.list_permissions_named, {"name": name})).fetchall()
    return [frozenset(one for one in Permission if one.value in codes) for (codes,) in rows]


async def use_token(conn: Connection, digest: bytes, now: datetime) -> Token | None:
    """The token of a hash; that it is used is noted about once a minute."""
    row = await (await conn.execute(sql.use_token, {"hash": digest, "now": now})).fetchone()
    return None if row is None else _token(row)


async def revoke_token(conn: Connection, token_id: int, now: datetime, seller: str | None = None) -> Token | None:
    """Take a token out of use, of this seller if one is given; None where there is none, or it was already."""
    values = {"token_id": token_id, "now": now, "seller": seller}
    row = await (await conn.execute(sql.revoke_token, values)).fetchone()
    return None if row is None else _token(row)


async def lock_key(conn: Connection, account_id: int, key: str) -> None:
    """Wait for another request with the same key; what is read afterwards, in another statement, is the newest."""
    await conn.execute(sql.lock_key, {"account_id": account_id, "key": key})


async def find_answer(conn: Connection, account_id: int, key: str) -> tuple[bytes, str | None] | None:
    """Hash of the request answered under a key, and the answer."""
    row = await (await conn.execute(sql.find_answer, {"account_id": account_id, "key": key})).fetchone()
    return None if row is None else (bytes(row[0]), row[1])


async def keep_answer(conn: Connection, account_id: int, key: str, request_hash: bytes, response: str) -> None:
    """Keep the answer given under a key."""
    values = {"account_id": account_id, "key": key, "request_hash": request_hash, "response": response}
    await conn.execute(sql.keep_answer, values)


def _user(row: tuple[Any, ...]) -> User:
    return User(row[0], row[1], row[2], Role(row[3]), *row[4:])


async def lock_users(conn: Connection) -> None:
    """Wait for another change of users."""
    await conn.execute(sql.lock_users)


async def insert_user(
    conn: Connection, new: NewUser, *, password_hash: str, must_change: bool, now: datetime
) -> User | None:
    """Write a new person; None where the login is taken."""
    values = {
        "login": new.login,
        "name": new.name,
        "role": new.role,
        "seller": new.seller,
        "password_hash": password_hash,
        "must_change": must_change,
        "now": now,
    }
    row = await (await conn.execute(sql.insert_user, values)).fetchone()
    return None if row is None else _user(row)


async def find_user(conn: Connection, login: str) -> User | None:
    """The person of a login, if any."""
    row = await (await conn.execute(sql.find_user, {"login": login})).fetchone()
    return None if row is None else _user(row)


async def list_users(conn: Connection, seller: str | None = None) -> list[User]:
    """Every person, or those kept to one seller, by login."""
    return [_user(row) for row in await (await conn.execute(sql.list_users, {"seller": seller})).fetchall()]


async def list_chiefs(conn: Connection) -> list[User]:
    """The active administrators of every seller."""
    return [_user(row) for row in await (await conn.execute(sql.list_chiefs)).fetchall()]


async def has_chief(conn: Connection) -> bool:
    """Is there an active administrator of every seller?"""
    row = await (await conn.execute(sql.has_chief)).fetchone()
    return row is not None and bool(row[0])


async def update_user(conn: Connection, user_id: int, state: UserState, version: int) -> User | None:
    """Change a person; None where the version is another."""
    values = {
        "user_id": user_id,
        "name": state.name,
        "role": state.role,
        "seller": state.seller,
        "is_active": state.is_active,
        "version": version,
    }
    row = await (await conn.execute(sql.update_user, values)).fetchone()
    return None if row is None else _user(row)


async def find_password(conn: Connection, login: str) -> tuple[int, str] | None:
    """Key and password hash of an active person."""
    row = await (await conn.execute(sql.find_password, {"login": login})).fetchone()
    return None if row is None else (row[0], row[1])


async def update_password(
    conn: Connection, user_id: int, password_hash: str, *, must_change: bool, now: datetime
) -> None:
    """Write a new password."""
    values = {"user_id": user_id, "password_hash": password_hash, "must_change": must_change, "now": now}
    await conn.execute(sql.update_password, values)


async def note_sign_in(conn: Connection, user_id: int, *, compared: str, renewed: str | None, now: datetime) -> bool:
    """Note a sign-in; False where the password was changed or the person deactivated meanwhile."""
    values = {"user_id": user_id, "compared": compared, "renewed": renewed, "now": now}
    return await (await conn.execute(sql.note_sign_in, values)).fetchone() is not None


async def insert_session(
    conn: Connection,
    *,
    digest: bytes,
    replaced: bytes | None,
    user_id: int | None,
    token_id: int | None,
    address: str,
    browser: str,
    now: datetime,
    expires_at: datetime,
) -> int:
    """Keep a sign-in, in the place of another one."""
    values = {
        "hash": digest,
        "replaced": replaced,
        "user_id": user_id,
        "token_id": token_id,
        "address": address,
        "browser": browser,
        "now": now,
        "expires_at": expires_at,
    }
    row = await (await conn.execute(sql.insert_session, values)).fetchone()
    assert row is not None
    return int(row[0])


async def find_session(
    conn: Connection, digest: bytes, *, now: datetime, idle_since: datetime
) -> tuple[Any, ...] | None:
    """Who is behind a sign-in: its key and end; user, token, actor, name, role, seller; must the password be changed; the permissions listed"""
    values = {"hash": digest, "now": now, "idle_since": idle_since}
    return await (await conn.execute(sql.find_session, values)).fetchone()


async def list_sessions(conn: Connection, user_id: int, *, now: datetime, idle_since: datetime) -> list[WebSession]:
    """The sign-ins of a person that still hold."""
    values = {"user_id": user_id, "now": now, "idle_since": idle_since}
    return [WebSession(*row) for row in await (await conn.execute(sql.list_sessions, values)).fetchall()]


async def delete_session(conn: Connection, digest: bytes) -> bool:
    """End a sign-in by the id in its cookie; was there one?"""
    return await (await conn.execute(sql.delete_session, {"hash": digest})).fetchone() is not None


async def delete_own_session(conn: Connection, session_id: int, user_id: int) -> bool:
    """End one sign-in of a person; was there one?"""
    values = {"session_id": session_id, "user_id": user_id}
    return await (await conn.execute(sql.delete_own_session, values)).fetchone() is not None


async def delete_sessions(conn: Connection, user_id: int, *, but: int = 0) -> int:
    """End a person's sign-ins but one; gives how many."""
    return len(await (await conn.execute(sql.delete_sessions, {"user_id": user_id, "but": but})).fetchall())


async def has_device(conn: Connection, digest: bytes) -> bool:
    """Did this browser sign in with this login before?"""
    return await (await conn.execute(sql.find_device, {"hash": digest})).fetchone() is not None


async def note_device(conn: Connection, digest: bytes, user_id: int, now: datetime) -> None:
    """Note that a browser signed in."""
    await conn.execute(sql.note_device, {"hash": digest, "user_id": user_id, "now": now})


async def lock_throttles(conn: Connection, subjects: Sequence[bytes], now: datetime) -> list[Throttle]:
    """The failures of subjects; others who ask for the same wait."""
    rows = await (await conn.execute(sql.lock_throttles, {"subjects": list(subjects), "now": now})).fetchall()
    found = {bytes(row[0]): Throttle(bytes(row[0]), *row[1:]) for row in rows}
    return [found[subject] for subject in subjects]


async def save_throttles(conn: Connection, throttles: Sequence[Throttle], now: datetime) -> None:
    """Write the failures of locked subjects."""
    values = {
        "subjects": [t.subject for t in throttles],
        "failures": [t.failures for t in throttles],
        "open_at": [t.open_at for t in throttles],
        "now": now,
    }
    await conn.execute(sql.save_throttles, values)


async def delete_throttle(conn: Connection, subject: bytes) -> None:
    """Forget the failures of a subject."""
    await conn.execute(sql.delete_throttle, {"subject": subject})


async def forgive_throttle(conn: Connection, counted: Throttle, now: datetime) -> None:
    """Take back a try that was counted as failed before it was looked at."""
    await conn.execute(sql.forgive_throttle, {"subject": counted.subject, "open_at": counted.open_at, "now": now})


async def forget_throttles(conn: Connection, before: datetime) -> None:
    """Forget failures of long ago."""
    await conn.execute(sql.forget_throttles, {"before": before})
