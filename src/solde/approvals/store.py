"""Statements of approvals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from solde.db import Connection, load
from solde.kernel.money import ZERO
from solde.kernel.texts import Text, packed, unpacked

from .model import WAITS, Approval, ApprovalState, Limit, Proposal, WaitingOn
from .rules import canonical

sql = load(__package__)

_CONTENT = 8
_WHY = 13
_STATE = 16


async def find_limit(conn: Connection, role: str, kind: str, currency: str) -> Limit | None:
    """The limit of a role for a kind of action in a currency, if it has one."""
    row = await (await conn.execute(sql.find_limit, {"role": role, "kind": kind, "currency": currency})).fetchone()
    return None if row is None else Limit(*row)


async def list_limits(conn: Connection) -> list[Limit]:
    """Every limit, by kind and role."""
    return [Limit(*row) for row in await (await conn.execute(sql.list_limits)).fetchall()]


async def lock_limits(conn: Connection) -> None:
    """Wait until nobody else changes limits."""
    await conn.execute(sql.lock_limits)


async def put_limits(conn: Connection, limits: Sequence[Limit]) -> None:
    """Write limits."""
    await conn.execute(
        sql.put_limits,
        {
            "roles": [one.role for one in limits],
            "kinds": [one.kind for one in limits],
            "currencies": [one.currency for one in limits],
            "single_mosts": [one.single_most for one in limits],
            "day_mosts": [one.day_most for one in limits],
        },
    )


async def lock_day(conn: Connection, proposal: Proposal, today: date) -> Decimal:
    """Lock the actor's day for this kind and currency; gives what was done alone so far."""
    row = await (await conn.execute(sql.lock_day, _day(proposal, today))).fetchone()
    return ZERO if row is None else Decimal(row[0])


async def count_use(conn: Connection, proposal: Proposal, today: date, now: datetime) -> None:
    """Count what was done towards the actor's day, which is locked."""
    values = _day(proposal, today) | {"account_id": proposal.account_id, "amount": proposal.amount, "now": now}
    await conn.execute(sql.count_use, values)


def _day(proposal: Proposal, today: date) -> dict[str, object]:
    return {"actor": proposal.actor, "kind": proposal.kind, "currency": proposal.currency, "on_day": today}


async def insert_approval(conn: Connection, proposal: Proposal, digest: bytes, why: Text, now: datetime) -> int:
    """Keep a proposal; gives its number."""
    values = {
        "account_id": proposal.account_id,
        "kind": proposal.kind,
        "amount": proposal.amount,
        "currency": proposal.currency,
        "content": canonical(proposal.content).decode(),
        "digest": digest,
        "actor": proposal.actor,
        "role": proposal.role,
        "reason": proposal.reason,
        "why": msgspec.json.encode(packed(why)).decode(),
        "now": now,
        "expires_at": now + WAITS,
    }
    row = await (await conn.execute(sql.insert_approval, values)).fetchone()
    assert row is not None
    return int(row[0])


async def lock_proposals(conn: Connection, account_id: int) -> None:
    """Wait for others who propose something on the same account."""
    await conn.execute(sql.lock_proposals, {"account_id": account_id})


async def waiting_of_account(conn: Connection, account_id: int, *, now: datetime | None, limit: int) -> list[WaitingOn]:
    """What waits for a decision on an account, the oldest first."""
    values = {"account_id": account_id, "now": now, "limit": limit}
    rows = await (await conn.execute(sql.waiting_of_account, values)).fetchall()
    return [
        WaitingOn(number, kind, amount, currency, msgspec.json.decode(content, type=dict[str, object]), by)
        for number, kind, amount, currency, content, by in rows
    ]


async def find_approval(
    conn: Connection, approval_id: int, *, seller_id: int | None = None, now: datetime | None = None
) -> Approval | None:
    """An approval, where the seller has it."""
    found = await list_rows(conn, approval_id=approval_id, seller_id=seller_id, now=now, limit=1)
    return found[0] if found else None


async def lock_approval(conn: Connection, approval: Approval) -> Approval:
    """Lock an approval; gives it with its newest state."""
    key = {"account_id": approval.account_id, "approval_id": approval.approval_id}
    row = await (await conn.execute(sql.lock_approval, key)).fetchone()
    assert row is not None, "an approval never disappears"
    return replace(approval, state=ApprovalState(row[0]))


async def settle_approval(
    conn: Connection, approval: Approval, state: ApprovalState, actor: str, reason: str | None, now: datetime
) -> None:
    """Write how an approval ended."""
    values = {
        "account_id": approval.account_id,
        "approval_id": approval.approval_id,
        "state": state.value,
        "actor": actor,
        "reason": reason,
        "now": now,
    }
    await conn.execute(sql.settle_approval, values)


async def list_rows(
    conn: Connection,
    *,
    approval_id: int | None = None,
    before: int | None = None,
    seller_id: int | None = None,
    kinds: Sequence[str] | None = None,
    actor: str | None = None,
    but_not_of: str | None = None,
    states: Collection[str] | None = None,
    now: datetime | None = None,
    limit: int,
) -> list[Approval]:
    """Approvals that fit, newest first; expired or not by `now`, or by the database's clock without it."""
    values = {
        "approval_id": approval_id,
        "before": before,
        "seller_id": seller_id,
        "kinds": None if kinds is None else list(kinds),
        "actor": actor,
        "but_not_of": but_not_of,
        "states": None if states is None else list(states),
        "now": now,
        "limit": limit,
    }
    rows = await (await conn.execute(sql.list_approvals, values)).fetchall()
    return [_approval(list(row)) for row in rows]


async def count_waiting(
    conn: Connection, *, seller_id: int | None, but_not_of: str | None, now: datetime | None
) -> int:
    """How many approvals wait."""
    values = {"seller_id": seller_id, "but_not_of": but_not_of, "now": now}
    row = await (await conn.execute(sql.count_waiting, values)).fetchone()
    return 0 if row is None else int(row[0])


def _approval(row: list[object]) -> Approval:
    row[_CONTENT] = msgspec.json.decode(str(row[_CONTENT]), type=dict[str, object])
    row[_WHY] = unpacked(msgspec.convert(row[_WHY], dict[str, Any]))
    row[_STATE] = ApprovalState(str(row[_STATE]))
    return Approval(*row)  # type: ignore[arg-type]
