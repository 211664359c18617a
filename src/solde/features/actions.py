"""Switch features; know which are on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection, Pool
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refused, declare, refuse
from solde.kernel.texts import Label, say

from . import store
from .model import Feature

UNKNOWN_FEATURE = declare("unknown_feature", Kind.NOT_FOUND, "Use the code of a feature of GET /api/v1/features.")
FEATURE_OFF = declare("feature_off", Kind.NOT_FOUND, "Ask an administrator to switch the feature on.")

KNOWN_FOR_SECONDS = 5.0
"""How long it is believed which features are on, without asking the database."""


async def switch(
    conn: Connection, code: str, on: bool, actor: str, *, version: int | None = None, reason: str | None = None
) -> Feature:
    """Switch a feature on or off; `version`, where given, is the one the change was made from.

    Refuses: unknown_feature, version_differs.
    """
    before = await store.lock_feature(conn, code)
    if before is None:
        raise Refused(refuse(UNKNOWN_FEATURE, "there is no feature {code!r}", code=code))
    if version is not None and before.version != version:
        said = say(
            "{code!r} is at version {version}, your change was made from {made_from}",
            code=code,
            version=before.version,
            made_from=version,
        )
        raise Refused(refuse(VERSION_DIFFERS, said))
    if before.is_on == on:
        return before
    await store.switch_feature(conn, code, is_on=on)
    (action_id,) = await audit.next_action_ids(conn, 1)
    was, told = {"feature": code, "on": before.is_on}, {"feature": code, "on": on}
    await audit.append(conn, [AuditRecord(0, action_id, actor, "feature_switch", reason, was, told)])
    return replace(before, is_on=on, version=before.version + 1)


class Features:
    """Which features are on, remembered for a few seconds."""

    def __init__(self, pool: Pool, *, monotonic: Callable[[], float] = time.monotonic):
        self._pool = pool
        self._monotonic = monotonic
        self._known: dict[str, Feature] = {}
        self._until = float("-inf")

    async def all(self) -> dict[str, Feature]:
        """Every feature by its code."""
        if self._monotonic() >= self._until:
            async with self._pool.connection() as conn:
                found = await store.list_features(conn)
            self._known, self._until = {one.code: one for one in found}, self._monotonic() + KNOWN_FOR_SECONDS
        return self._known

    async def on(self) -> frozenset[str]:
        """The codes of the features that are on, for a page that shows or leaves out several things."""
        return frozenset(code for code, one in (await self.all()).items() if one.is_on)

    async def is_on(self, code: str) -> bool:
        """Is a feature on?"""
        return (await self.all())[code].is_on

    async def check(self, code: str) -> None:
        """Refuses feature_off."""
        feature = (await self.all())[code]
        if not feature.is_on:
            raise Refused(refuse(FEATURE_OFF, "the feature {label} is switched off", label=Label(feature.label)))

    def forget(self) -> None:
        """Read again at the next use, after a change."""
        self._until = float("-inf")
