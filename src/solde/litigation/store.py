"""Statements of litigation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solde.db import Connection, load

from .model import Decided, Disputed, DisputeTerms, LitigationEvent, Past, Reason

sql = load(__package__)


Key = tuple[int, int]


async def past_of(conn: Connection, numbers: Sequence[Key]) -> dict[Key, Past]:
    """What was of the litigation of operations, given as (account, number), that ever had one."""
    cursor = await conn.execute(
        sql.past_of, {"account_ids": [n[0] for n in numbers], "numbers": [n[1] for n in numbers]}
    )
    return {(row[0], row[1]): Past(row[2], row[3], DisputeTerms(*row[4:])) for row in await cursor.fetchall()}


async def insert_events(conn: Connection, events: Sequence[tuple[Disputed, int]]) -> None:
    """Write events, each with its action, and move the accounts' counters."""
    made = [e for e, _ in events]
    await conn.execute(
        sql.insert_events,
        {
            "account_ids": [e.account_id for e in made],
            "event_numbers": [e.event_number for e in made],
            "numbers": [e.number for e in made],
            "verbs": [e.verb.value for e in made],
            "disputeds": [e.disputed for e in made],
            "effective_ons": [e.effective_on for e in made],
            **_terms([e.terms for e in made]),
            "action_ids": [action for _, action in events],
        },
    )
    last = {e.account_id: e.event_number for e in sorted(made, key=lambda e: e.event_number)}
    await conn.execute(sql.count_disputes, {"account_ids": list(last), "last_disputes": list(last.values())})


async def save_disputes(conn: Connection, decided: Mapping[Key, Decided]) -> None:
    """Keep the litigation that each operation is in from now on, or that it is in none."""
    stand = {key: one for key, one in decided.items() if one.change.disputed > 0}
    over = [key for key, one in decided.items() if one.change.disputed == 0]
    if stand:
        await conn.execute(
            sql.list_disputes_as,
            {
                "account_ids": [account for account, _ in stand],
                "numbers": [number for _, number in stand],
                "disputeds": [one.change.disputed for one in stand.values()],
                "since_ons": [one.since_on for one in stand.values()],
                **_terms([one.terms for one in stand.values()]),
            },
        )
    if over:
        await conn.execute(
            sql.unlist_disputes,
            {"account_ids": [account for account, _ in over], "numbers": [number for _, number in over]},
        )


def _terms(terms: Sequence[DisputeTerms]) -> dict[str, object]:
    return {
        "reason_codes": [one.reason_code for one in terms],
        "reasons": [one.reason for one in terms],
        "owners": [one.owner for one in terms],
        "review_ons": [one.review_on for one in terms],
    }


async def list_events(conn: Connection, account_id: int, numbers: Sequence[int]) -> list[LitigationEvent]:
    """Events of these operations, oldest first."""
    cursor = await conn.execute(sql.list_events, {"account_id": account_id, "numbers": list(numbers)})
    return [LitigationEvent(*row) for row in await cursor.fetchall()]


async def list_reasons(conn: Connection) -> list[Reason]:
    """The reasons of litigation in their order, those no longer used too."""
    return [Reason(*row) for row in await (await conn.execute(sql.list_reasons)).fetchall()]


async def lock_reason(conn: Connection, code: str) -> Reason | None:
    """A reason, locked."""
    row = await (await conn.execute(sql.lock_reason, {"code": code})).fetchone()
    return None if row is None else Reason(*row)


async def insert_reason(conn: Connection, code: str, label: str, position: int | None) -> Reason | None:
    """Write a new reason; None where the code is taken."""
    values = {"code": code, "label": label, "position": position}
    row = await (await conn.execute(sql.insert_reason, values)).fetchone()
    return None if row is None else Reason(*row)


async def update_reason(conn: Connection, reason: Reason) -> None:
    """Change a reason."""
    values = {
        "code": reason.code,
        "label": reason.label,
        "is_active": reason.is_active,
        "position": reason.position,
    }
    await conn.execute(sql.update_reason, values)


async def list_owners(conn: Connection, seller_id: int | None = None, *, most: int = 50) -> list[str]:
    """Whose litigations there are, those with the most first."""
    return [
        row[0] for row in await (await conn.execute(sql.list_owners, {"seller_id": seller_id, "most": most})).fetchall()
    ]
