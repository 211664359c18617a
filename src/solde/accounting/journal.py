"""The journal as it is read: entries page by page, their totals, the trial balance, the control of receivables."""

from __future__ import annotations

from datetime import date

import msgspec

from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse
from solde.matching import lettering
from solde.operations import Side

from .model import Balanced, Control, EntryFilter, JournalEntry
from .store import sql

ALL = EntryFilter()


async def list_entries(
    conn: Connection, chosen: EntryFilter = ALL, *, limit: int | None = None, cursor: str | None = None
) -> Page[JournalEntry]:
    """A page of the journal, newest first; the entries of a piece stand together, in the order of their lines.

    Refuses: bad_limit, bad_cursor.
    """
    size = check_limit(limit)
    after = _place(cursor) if cursor else (None, 0, 0, 0)
    values = {
        **_values(chosen),
        "after_on": after[0],
        "after_account": after[1],
        "after_number": after[2],
        "after_line": after[3],
        "limit": size + 1,
    }
    rows = await (await conn.execute(sql.list_entries, values)).fetchall()
    items = [_entry(row) for row in rows[:size]]
    last = items[-1] if len(rows) > size else None
    following = (
        None if last is None else encode_cursor([str(last.accounting_on), last.account_id, last.number, last.line])
    )
    return Page(items, following)


def _place(cursor: str) -> tuple[date, int, int, int]:
    try:
        return msgspec.convert(decode_cursor(cursor, 4), tuple[date, int, int, int])
    except msgspec.ValidationError as error:
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor")) from error


def _entry(row: tuple[object, ...]) -> JournalEntry:
    groups: list[int] = row[15] or []  # type: ignore[assignment]
    said = " ".join(lettering(group) for group in groups)
    return JournalEntry(*row[:12], Side(row[12]), row[13], row[14], said, row[16], row[17:20], *row[20:])  # type: ignore[arg-type, call-arg]


def _values(chosen: EntryFilter) -> dict[str, object]:
    return {
        "from_on": chosen.from_on,
        "until_on": chosen.until_on,
        "journal": chosen.journal,
        "general_account": chosen.general_account,
        "account_id": chosen.account_id,
        "seller_id": chosen.seller_id,
        "currency": chosen.currency,
        "amount_from": chosen.amount_from,
        "amount_until": chosen.amount_until,
        "words": None if chosen.text is None else f"%{_escaped(chosen.text)}%",
    }


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def sum_entries(conn: Connection, chosen: EntryFilter = ALL) -> list[Balanced]:
    """Debits and credits of what a filter chooses, by general account and currency."""
    return [Balanced(*row) for row in await (await conn.execute(sql.sum_entries, _values(chosen))).fetchall()]


async def trial_balance(
    conn: Connection, from_on: date, until_on: date, seller_id: int | None = None
) -> list[Balanced]:
    """Each general account with its balance before the first day, what moved until the last, and its balance then."""
    values = {"from_on": from_on, "until_on": until_on, "seller_id": seller_id}
    return [Balanced(*row) for row in await (await conn.execute(sql.trial_balance, values)).fetchall()]


async def control_receivables(conn: Connection) -> list[Control]:
    """By type: the operations taken to accounting against the customers' own entries."""
    return [Control(*row) for row in await (await conn.execute(sql.control_receivables)).fetchall()]


async def list_journals(conn: Connection) -> dict[str, str]:
    """The journals and what they are called."""
    return {row[0]: row[1] for row in await (await conn.execute(sql.list_journals)).fetchall()}
