"""No text of any table holds what looks like a card number."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from psycopg import sql as composed

from solde.db import Connection, load
from solde.kernel.card_numbers import find_card_number

from .model import Difference

sql = load(__package__)

CARD_NUMBERS = "card_numbers"
MEANING = "no text of any table holds what looks like a card number"
READ_AT_ONCE = 1000
SUSPICIOUS = composed.SQL(
    "select {column}::text from {table} where {column}::text ~ '[0-9]([^0-9A-Za-z]{{0,4}}[0-9]){{12}}'"
    " or {column}::text ~ '[^\\u0001-\\u024f\\u2010-\\u203a\\u20ac]'"
)
"""The texts of one column with digits as many as a card has, or with signs that may stand for digits."""


async def find_card_numbers(conn: Connection, most: int) -> list[Difference]:
    """Where a card number is kept: the table and the column; never the number, nor the row's other texts."""
    columns = await (await conn.execute(sql.text_columns)).fetchall()
    found: list[Difference] = []
    for table, column in columns:
        count = await _count(conn, table, column)
        if count:
            found.append(Difference(CARD_NUMBERS, 0, f"{table}.{column}", f"{count} texts with card numbers", "none"))
    return found[:most]


async def _count(conn: Connection, table: str, column: str) -> int:
    """How many texts of a column hold one; the database leaves out those that cannot."""
    statement = SUSPICIOUS.format(table=composed.Identifier(table), column=composed.Identifier(column))
    count = 0
    async with conn.cursor(f"texts_of_{table}"[:60]) as cursor:
        await cursor.execute(statement, {})
        while rows := await cursor.fetchmany(READ_AT_ONCE):
            count += sum(find_card_number(list(_values(text))) is not None for (text,) in rows)
    return count


def _values(text: str) -> Iterator[object]:
    """A document is looked at text by text: numbers of a list are no groups of one number."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # An answer that is kept: status, version, and the document behind them.
        *before, last = text.split("\n", 2)
        yield from before
        if len(before) == 2 and last[:1] in "{[":
            yield from _values(last)
        else:
            yield last
        return
    yield from _values(value) if isinstance(value, str) and value != text else (value,)
