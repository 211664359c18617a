"""No text of any table holds what looks like a card number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

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
    "select {place}, {column}::text from {table} where {column}::text ~ '[0-9]([^0-9A-Za-z]{{0,4}}[0-9]){{12}}'"
    " or {column}::text ~ '[^\\u0001-\\u024f\\u2010-\\u203a\\u20ac]'"
)
"""The texts of one column with digits as many as a card has, or with signs that may stand for digits."""


async def find_card_numbers(conn: Connection, most: int) -> list[Difference]:
    """Where a card number is kept: the table and the column; never the number, nor the row's other texts."""
    columns = await (await conn.execute(sql.text_columns)).fetchall()
    counts = await _counts(conn, columns)
    return [
        Difference(CARD_NUMBERS, 0, f"{table}.{column}", f"{counts[place]} texts with card numbers", "none")
        for place, (table, column) in enumerate(columns)
        if counts[place]
    ][:most]


async def _counts(conn: Connection, columns: Sequence[tuple[str, str]]) -> Counter[int]:
    """How many texts of each column hold one, all asked at once; the database leaves out those that cannot."""
    counts: Counter[int] = Counter()
    asked = (
        SUSPICIOUS.format(place=place, table=composed.Identifier(table), column=composed.Identifier(column))
        for place, (table, column) in enumerate(columns)
    )
    async with conn.cursor("suspicious_texts") as cursor:
        await cursor.execute(composed.SQL(" union all ").join(asked), {})
        while rows := await cursor.fetchmany(READ_AT_ONCE):
            counts.update(place for place, text in rows if find_card_number(list(_values(text))) is not None)
    return counts


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
