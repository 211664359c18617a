"""No text of any table holds what looks like a card number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter

import msgspec
from psycopg import sql as composed

from solde.db import Connection, load
from solde.kernel.card_numbers import find_card_number

from .model import VerificationDifference

sql = load(__package__)

CARD_NUMBERS = "card_numbers"
MEANING = "no text of any table holds what looks like a card number"
READ_AT_ONCE = 1000

_SUSPICIOUS = composed.SQL(
    "(octet_length({text}) >= 13 and (({text} ~ {digits} and {text} ~ {grouped})"
    " or (octet_length({text}) > length({text}) and {text} ~ {other})))"
)
"""A text with digits as many as a card has and no letter between them, in groups such as cards have; or with signs that may
stand for digits, or be none. The first question is the quick one; a row is read once, whatever the number of its texts.
"""
_ESCAPED = composed.SQL("(position(E'\\\\' in {text}) > 0 and {text} ~ {digits} and {text} ~ {grouped})")
"""The same of a document, in which a line's end is written as a sign and a letter."""


def _questions(sign: str, blank: str) -> tuple[str, str]:
    """As many digits as a card has; and those in one group, or in as many and as long ones as those of cards can be."""
    ways = (
        "[0-9]{13}",
        f"[0-9]{{6}}{sign}+[0-9]{{10}}",
        f"[0-9]{{3}}{sign}+[0-9]{{4,8}}{sign}+[0-9]{{3}}",
        f"[0-9]{sign}+[0-9]+{sign}+[0-9]+{sign}+[0-9]",
        f"[0-9]{{5}}{blank}+[0-9]{{5}}",
        f"[0-9]{blank}+[0-9]+{blank}+[0-9]",
    )
    return f"([0-9]{sign}*){{13}}", "|".join(ways)


OF_TEXT = _questions("[^0-9A-Za-z]", "[^!-~]")
_END = r"\\[bfnrt]|\\u00[0-9a-f]{2}"
OF_DOCUMENT = _questions(rf"([^0-9A-Za-z]|{_END})", rf"([^!-~]|{_END})")
OTHER = r"[^\u0001-\u00ac\u00ae-\u00b1\u00b4-\u00b8\u00ba\u00bb\u00bf-\u024f\u2010-\u2027\u2030-\u203a\u20ac]"
"""Signs that may stand for digits, or be none: all but those of the languages of Europe, without raised digits and fractions."""
_ROWS = composed.SQL(
    "select {place}, array[{columns}] from (select {texts} from {table} offset 0) x where {suspicious}"
)


async def find_card_numbers(conn: Connection, most: int) -> list[VerificationDifference]:
    """Where a card number is kept: the table and the column; never the number, nor the row's other texts."""
    columns = await (await conn.execute(sql.text_columns)).fetchall()
    tables = {
        table: {column: is_document for _table, column, is_document in of_table}
        for table, of_table in groupby(columns, key=itemgetter(0))
    }
    counts = await _counts(conn, tables)
    return [
        VerificationDifference(CARD_NUMBERS, 0, f"{table}.{column}", f"{count} texts with card numbers", "none")
        for (table, column), count in sorted(counts.items())
    ][:most]


Tables = Mapping[str, Mapping[str, bool]]
"""The columns of texts of each table: is it one of documents?"""


async def _counts(conn: Connection, tables: Tables) -> Counter[tuple[str, str]]:
    """How many texts of each column hold one, all tables asked at once; the database leaves out those that cannot."""
    counts: Counter[tuple[str, str]] = Counter()
    places = [(table, list(columns)) for table, columns in tables.items()]
    asked = [_statement(place, table, columns) for place, (table, columns) in enumerate(tables.items())]
    async with conn.cursor("suspicious_texts") as cursor:
        await cursor.execute(composed.SQL(" union all ").join(asked), {})
        while rows := await cursor.fetchmany(READ_AT_ONCE):
            for place, texts in rows:
                table, columns = places[place]
                counts.update((table, column) for column, text in zip(columns, texts, strict=True) if _holds(text))
    return counts


def _holds(text: str | None) -> bool:
    return text is not None and find_card_number(list(_values(text))) is not None


def _statement(place: int, table: str, columns: Mapping[str, bool]) -> composed.Composed:
    texts = [composed.SQL("x.{}").format(composed.Identifier(f"text_{number}")) for number in range(len(columns))]
    named = [
        composed.SQL("{}::text as {}").format(composed.Identifier(column), composed.Identifier(f"text_{number}"))
        for number, column in enumerate(columns)
    ]
    asked = [
        one
        for text, is_document in zip(texts, columns.values(), strict=True)
        for one in (
            _SUSPICIOUS.format(text=text, digits=OF_TEXT[0], grouped=OF_TEXT[1], other=OTHER),
            *([_ESCAPED.format(text=text, digits=OF_DOCUMENT[0], grouped=OF_DOCUMENT[1])] if is_document else []),
        )
    ]
    return _ROWS.format(
        place=place,
        columns=composed.SQL(", ").join(texts),
        texts=composed.SQL(", ").join(named),
        table=composed.Identifier(table),
        suspicious=composed.SQL(" or ").join(asked),
    )


def _values(text: str) -> Iterator[object]:
    """A document is looked at text by text: numbers of a list are no groups of one number."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # An answer that is kept: status, version, and the document behind them.
        *before, last = text.split("\n", 2)
        if len(before) == 2 and last.startswith(("{", "[")):
            yield from before
            yield from _values(last)
        else:
            yield text
        return
    yield from _values(value) if isinstance(value, str) and value != text else (value,)
