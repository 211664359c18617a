"""Statements of schemes, general accounts and the nightly run."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from solde.db import Connection
from solde.operations import OperationType

from .model import GeneralAccount, Journal, Scheme, SchemeLine, Taken
from .rules import Facts, TaxRate
from .store import sql


async def list_schemes(conn: Connection) -> list[Scheme]:
    """Every scheme as it is in force."""
    return [_scheme(row) for row in await (await conn.execute(sql.list_schemes)).fetchall()]


async def list_versions(conn: Connection, code: str) -> list[Scheme]:
    """Every version of a scheme, newest first."""
    return [_scheme(row) for row in await (await conn.execute(sql.list_scheme_versions, {"code": code})).fetchall()]


def _scheme(row: tuple[object, ...]) -> Scheme:
    code, version, label, recorded_at, lines, types = row
    read = msgspec.convert(lines or [], list[SchemeLine])
    return Scheme(code, label, tuple(read), version, recorded_at, tuple(types or ()))  # type: ignore[arg-type]


async def lock_scheme(conn: Connection, code: str) -> int | None:
    """The version of a scheme in force, locked."""
    row = await (await conn.execute(sql.lock_scheme, {"code": code})).fetchone()
    return None if row is None else int(row[0])


async def lock_schemes(conn: Connection) -> None:
    """Wait until nobody else changes which types follow which scheme."""
    await conn.execute(sql.lock_schemes)


async def insert_scheme(conn: Connection, scheme: Scheme, version: int, taken: Sequence[Taken], action_id: int) -> None:
    """Keep a version of a scheme and put it in force."""
    values = {"code": scheme.code, "version": version, "label": scheme.label.strip(), "action_id": action_id}
    await conn.execute(sql.insert_scheme_version, values)
    lines = [
        {**msgspec.to_builtins(line), "line": place, "side": 1 if line.same_side else -1, "takes": takes}
        for place, (line, takes) in enumerate(zip(scheme.lines, taken, strict=True), 1)
    ]
    values = {"code": scheme.code, "version": version, "lines": msgspec.json.encode(lines).decode()}
    await conn.execute(sql.insert_scheme_lines, values)
    await conn.execute(sql.use_scheme, {"code": scheme.code, "version": version})


async def assign(conn: Connection, scheme: str, types: Sequence[str]) -> None:
    """Let types follow a scheme."""
    await conn.execute(sql.assign_scheme, {"scheme": scheme, "types": list(types)})


async def list_general_accounts(conn: Connection) -> list[GeneralAccount]:
    """Every general account, by code."""
    return [GeneralAccount(*row) for row in await (await conn.execute(sql.list_general_accounts)).fetchall()]


async def save_general_account(conn: Connection, account: GeneralAccount, known: int) -> bool:
    """Label a general account; gives whether it was still at the known version."""
    values = {
        "code": account.code, "label": account.label.strip(), "receivable": account.receivable, "known": known,
    }  # fmt: skip
    return await (await conn.execute(sql.save_general_account, values)).fetchone() is not None


async def list_rates(conn: Connection) -> list[TaxRate]:
    """The accounts of taxes, by rate."""
    return [TaxRate(*row) for row in await (await conn.execute(sql.list_rates)).fetchall()]


async def save_rate(conn: Connection, tax: TaxRate, known: int) -> bool:
    """Say which account takes a tax; gives whether it was still at the known version."""
    values = {
        "code": tax.code, "label": tax.label.strip(), "rate": tax.rate, "account": tax.account, "known": known,
    }  # fmt: skip
    return await (await conn.execute(sql.save_rate, values)).fetchone() is not None


async def list_journals(conn: Connection) -> list[Journal]:
    """What each journal is called, by code."""
    return [Journal(*row) for row in await (await conn.execute(sql.list_journals)).fetchall()]


async def save_journal(conn: Connection, journal: Journal, known: int) -> bool:
    """Say what a journal is called; gives whether it was still at the known version."""
    values = {"code": journal.code, "label": journal.label.strip(), "known": known}
    return await (await conn.execute(sql.save_journal, values)).fetchone() is not None


async def latest_operations(
    conn: Connection, kinds: Sequence[OperationType], most: int, seller_id: int | None = None
) -> list[tuple[Facts, str]]:
    """The latest operations of some types, of a seller if one is named, with their currencies."""
    by_id = {kind.type_id: kind for kind in kinds}
    cursor = await conn.execute(sql.latest_operations, {"type_ids": list(by_id), "most": most, "seller_id": seller_id})
    return [(Facts(by_id[row[0]], *row[1:10]), row[10]) for row in await cursor.fetchall()]


async def night(conn: Connection) -> int | None:
    """Up to how many days ago entries are made each night; None: only by hand."""
    row = await (await conn.execute(sql.get_night)).fetchone()
    return None if row is None else row[0]


async def set_night(conn: Connection, days_ago: int | None) -> None:
    """Say up to how many days ago entries are made each night."""
    await conn.execute(sql.set_night, {"days_ago": days_ago})
