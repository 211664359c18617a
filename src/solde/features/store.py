"""Statements of features."""

from __future__ import annotations

from solde.db import Connection, load

from .model import Feature

sql = load(__package__)


async def list_features(conn: Connection) -> list[Feature]:
    """Every feature, on or off."""
    return [Feature(*row) for row in await (await conn.execute(sql.list_features)).fetchall()]


async def find_feature(conn: Connection, code: str) -> Feature | None:
    """A feature as it is now."""
    row = await (await conn.execute(sql.find_feature, {"code": code})).fetchone()
    return None if row is None else Feature(*row)


async def lock_feature(conn: Connection, code: str) -> Feature | None:
    """Lock a feature; gives it as it is now."""
    row = await (await conn.execute(sql.lock_feature, {"code": code})).fetchone()
    return None if row is None else Feature(*row)


async def switch_feature(conn: Connection, code: str, *, is_on: bool) -> None:
    """Switch a feature on or off."""
    await conn.execute(sql.switch_feature, {"code": code, "is_on": is_on})
