"""Statements of balances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from solde.db import Connection, load

from .model import Authorship, ChoiceKind, Definition, Draft, TypeChoice

sql = load(__package__)


def _definition(row: Sequence[Any]) -> Definition:
    draft = Draft(
        code=row[2],
        label=row[3],
        debit=TypeChoice(ChoiceKind(row[4]), tuple(row[5])),
        credit=TypeChoice(ChoiceKind(row[6]), tuple(row[7])),
        expression=row[8],
        measure=row[9],
        counts_unbilled=row[10],
        position=row[11],
        is_default=row[12],
    )
    return Definition(row[0], row[1], draft, row[13], row[14])


async def definitions_now(conn: Connection) -> tuple[Definition, ...]:
    """The definitions in force, in their order."""
    return tuple(_definition(r) for r in await (await conn.execute(sql.definitions_now)).fetchall())


async def definitions_known(conn: Connection, known_at: datetime) -> tuple[Definition, ...]:
    """The definitions in force at an instant, in their order."""
    cursor = await conn.execute(sql.definitions_known, {"known_at": known_at})
    return tuple(_definition(r) for r in await cursor.fetchall())


async def definition_versions(conn: Connection, code: str) -> list[Definition]:
    """Every version of a definition, newest first."""
    return [_definition(r) for r in await (await conn.execute(sql.definition_versions, {"code": code})).fetchall()]


async def definition_authors(conn: Connection, code: str | None = None) -> dict[tuple[int, int], Authorship]:
    """Who made each version, by definition and version: of one code or of all."""
    rows = await (await conn.execute(sql.definition_authors, {"code": code})).fetchall()
    return {(row[0], row[1]): Authorship(row[2], row[3]) for row in rows}


async def accounts_of_seller(conn: Connection, seller_id: int) -> list[int]:
    """The accounts of a seller."""
    cursor = await conn.execute(sql.accounts_of_seller, {"seller_id": seller_id})
    return [row[0] for row in await cursor.fetchall()]


async def sample_accounts(conn: Connection, seller_id: int | None, most: int) -> list[int]:
    """Accounts spread evenly over all, or over those of a seller: at most so many."""
    cursor = await conn.execute(sql.sample_accounts, {"seller_id": seller_id, "most": most})
    return [row[0] for row in await cursor.fetchall()]


async def limit_statements(conn: Connection, milliseconds: int) -> None:
    """Give up statements that take longer, until the transaction or the part of it ends."""
    await conn.execute(sql.limit_statements, {"milliseconds": str(milliseconds)})


async def lock_definitions(conn: Connection) -> None:
    """Wait for others who change definitions."""
    await conn.execute(sql.lock_definitions)


async def share_definitions(conn: Connection) -> None:
    """Wait for others who change definitions; nothing is held afterwards."""
    await conn.execute(sql.share_definitions)


async def insert_definition(conn: Connection, code: str) -> int:
    """The head of a new definition; its first version follows in the same transaction."""
    row = await (await conn.execute(sql.insert_definition, {"code": code})).fetchone()
    assert row is not None
    return int(row[0])


async def insert_version(conn: Connection, definition: Definition, action_id: int) -> None:
    """Write a version and put it in force, or the definition out of force where the version is deleted."""
    draft = definition.draft
    await conn.execute(
        sql.insert_version,
        {
            "definition_id": definition.definition_id,
            "version": definition.version,
            "code": draft.code,
            "label": draft.label,
            "debit_choice": draft.debit.kind.value,
            "debit_types": list(draft.debit.types),
            "credit_choice": draft.credit.kind.value,
            "credit_types": list(draft.credit.types),
            "expression": draft.expression,
            "measure": draft.measure,
            "counts_unbilled": draft.counts_unbilled,
            "position": draft.position,
            "is_default": draft.is_default,
            "deleted": definition.deleted,
            "action_id": action_id,
        },
    )
    if definition.deleted:
        await conn.execute(sql.remove_definition, {"definition_id": definition.definition_id})
    else:
        values = {
            "definition_id": definition.definition_id,
            "version": definition.version,
            "is_default": draft.is_default,
        }
        await conn.execute(sql.point_definition, values)


async def account_as_seen(conn: Connection, account_id: int) -> Mapping[str, object]:
    """An account's properties as expressions name them; empty where the account has no profile."""
    row = await (await conn.execute(sql.account_as_seen, {"account_id": account_id})).fetchone()
    names = ("code", "description", "currency", "status", "paymentMode", "customerCode", "customerCategory")
    return dict(zip(names, row[1:], strict=True)) if row is not None else dict.fromkeys(names)


async def billing_accounts_as_seen(conn: Connection, account_id: int) -> dict[str, Mapping[str, object]]:
    """Billing accounts of an account, by code, as expressions name their properties."""
    cursor = await conn.execute(sql.billing_accounts_as_seen, {"account_id": account_id})
    return {row[0]: {"code": row[0], "description": row[1]} for row in await cursor.fetchall()}


async def share_account(conn: Connection, account_id: int) -> None:
    """Wait for what is being recorded on an account."""
    await conn.execute(sql.share_account, {"account_id": account_id})


@dataclass(frozen=True, slots=True)
class Lag:
    """How far an account's snapshots lie behind its ledger."""

    account_id: int
    known: int
    last_number: int


async def accounts_to_snapshot(conn: Connection, least: int, after: int, limit: int) -> list[Lag]:
    """Accounts with at least `least` operations that their snapshots do not know."""
    cursor = await conn.execute(sql.accounts_to_snapshot, {"least": least, "after": after, "limit": limit})
    return [Lag(*row) for row in await cursor.fetchall()]


async def extend_snapshots(conn: Connection, account_id: int, through: int, least: int) -> None:
    """Bring an account's snapshots up to an operation number."""
    row = await (await conn.execute(sql.lock_snapshot, {"account_id": account_id})).fetchone()
    assert row is not None
    known = int(row[0])
    if known >= through:
        return
    values = {"account_id": account_id, "known": known, "through": through, "least": least}
    first = await (await conn.execute(sql.first_new_day, values)).fetchone()
    assert first is not None
    from_on: date = first[0]
    await conn.execute(sql.drop_snapshots, {"account_id": account_id, "from_on": from_on})
    await conn.execute(sql.insert_snapshots, values)
    await conn.execute(sql.move_snapshot_head, values)


async def name_accounts(conn: Connection, account_ids: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """Code, customer name and currency of accounts."""
    cursor = await conn.execute(sql.name_accounts, {"account_ids": list(account_ids)})
    return {row[0]: (row[1], row[2], row[3]) for row in await cursor.fetchall()}


async def ranked_lines(conn: Connection, account_ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    """Key, code, customer, name, country, currency, state and missing fields of accounts."""
    cursor = await conn.execute(sql.ranked_lines, {"account_ids": list(account_ids)})
    return {row[0]: (*row[:-1], tuple(row[-1])) for row in await cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class StandingHead:
    """Of which moment the standings of a seller are; `reaches`: what was written since can be told."""

    seller_id: int
    as_of: date
    definitions: str
    worked_out_at: datetime
    cost_ms: int
    horizon: int
    reaches: bool


async def try_lock_standings(conn: Connection) -> bool:
    """Be the one who works out standings until the transaction ends; False where another is."""
    row = await (await conn.execute(sql.try_lock_standings)).fetchone()
    assert row is not None
    return bool(row[0])


async def standing_heads(conn: Connection) -> list[StandingHead]:
    """Of which moment the standings of each seller are."""
    return [StandingHead(*row) for row in await (await conn.execute(sql.standing_heads)).fetchall()]


async def accounts_written_since(conn: Connection, horizon: int) -> list[int]:
    """Accounts written by this transaction or later ones."""
    cursor = await conn.execute(sql.accounts_written_since, {"horizon": horizon})
    return [row[0] for row in await cursor.fetchall()]


async def renew_standing_totals(conn: Connection) -> None:
    """Add up the standings again."""
    await conn.execute(sql.drop_standing_totals)
    await conn.execute(sql.insert_standing_totals)


async def move_standing_heads(conn: Connection, days: Mapping[int, date], definitions: str, now: datetime) -> None:
    """Note that the standings are of this snapshot, these days of sellers and these definitions."""
    values = {"seller_ids": list(days), "days": list(days.values()), "definitions": definitions, "now": now}
    await conn.execute(sql.move_standing_heads, values)


async def note_standing_cost(conn: Connection, *, cost_ms: int) -> None:
    """Note how long the last working out took."""
    await conn.execute(sql.note_standing_cost, {"cost_ms": cost_ms})


async def kept_totals(conn: Connection, seller_id: int | None) -> list[tuple[Any, ...]]:
    """The totals of the standings by currency."""
    return await (await conn.execute(sql.kept_totals, {"seller_id": seller_id})).fetchall()


async def current_snapshot(conn: Connection) -> str:
    """Which transactions are visible; the same text twice means that nothing has changed in between."""
    row = await (await conn.execute(sql.current_snapshot)).fetchone()
    assert row is not None
    return str(row[0])
