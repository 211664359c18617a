"""Unbilled items taken back, as approvals carry it out: at once within a limit, or by a second person."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from solde.approvals import ExecutionContext, Executor
from solde.db import Connection

from .actions import take_back
from .shapes import UnbilledShape, item_shape
from .store import get_item

KIND = "unbilled_take_back"


class TakeBackContent(msgspec.Struct, frozen=True):
    """What is taken back, and why."""

    account_id: int
    item: int
    comment: str | None = None


async def execute_take_back(
    conn: Connection, content: Mapping[str, object], context: ExecutionContext
) -> UnbilledShape:
    """Take an item back by its opposite."""
    asked = msgspec.convert(content, TakeBackContent)
    made = await take_back(
        conn, asked.account_id, asked.item, actor=context.actor, comment=asked.comment, today=context.today
    )
    found = await get_item(conn, asked.account_id, made.item.item_number)
    assert found is not None, "just written"
    return item_shape(found)


EXECUTORS: Mapping[str, Executor] = {KIND: execute_take_back}
