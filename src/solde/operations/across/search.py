"""Find operations by what is written on them: a reference, its beginning, or a number in it.

`00277`, `277`, `77` and `DEMO-277` all find DEMO-00277: the last number in a reference is kept backwards, so what ends as
the query does is found, with zeros before it or without.
Every step reads a bounded stretch of an index, so the cost does not grow with the ledger.
"""

from __future__ import annotations

import re

from solde.db import Connection
from solde.kernel.paging import check_limit

from .model import ListedOperation
from .store import read_listed
from .walks import AFTER_ALL, NUMBER_IN, WHOLE

CANDIDATES_MOST = 3_000
"""Operations that a step looks at: a longer query finds the others."""
PIECES_MOST = 8
_PIECES = re.compile(r"[0-9]+|[^\W\d_]+")

# What is found, as account, number and rank: the whole reference, its beginning, a number in it with all the other pieces.
FOUND = f"""
    (select o.account_id, o.number, 0 as rank from operation o
    where o.reference is not null and {WHOLE} = any(%(q_whole)s::text[]) limit %(q_most)s)
    {{beginnings}}
    {{numbers}}"""  # noqa: S608 - our own fragments
_BEGINNING = f"""union all
    (select o.account_id, o.number, 1 from operation o
    where o.reference is not null and {WHOLE} >= %(q_begins_{{at}})s and {WHOLE} < %(q_begins_{{at}})s || %(q_end)s
    order by {WHOLE} limit %(q_most)s)"""  # noqa: S608 - our own fragments
_NUMBERED = f"""union all
    (select n.account_id, n.number, case when n.digits = '' then 2 else 3 end from (
        select o.account_id, o.number, o.reference, ltrim(reverse(substr({NUMBER_IN}, length(%(q_digits)s) + 1)), '0') as digits
        from operation o
        where {NUMBER_IN} >= %(q_digits)s and {NUMBER_IN} < %(q_digits_end)s
        order by {NUMBER_IN} limit %(q_most)s
    ) n where n.reference ilike all(%(q_pieces)s::text[]))"""  # noqa: S608 - our own fragments


def found_by(q: str) -> tuple[str, dict[str, object]] | None:
    """A select of what a query finds: account, number, rank; None where it has nothing to look for."""
    text = " ".join(q.split())
    pieces = _PIECES.findall(text.casefold())[:PIECES_MOST]
    if not pieces:
        return None
    spellings = list(dict.fromkeys((text, text.upper(), text.lower())))
    values: dict[str, object] = {"q_whole": spellings, "q_most": CANDIDATES_MOST, "q_end": AFTER_ALL}
    values |= {f"q_begins_{at}": spelling for at, spelling in enumerate(spellings)}
    beginnings = " ".join(_BEGINNING.format(at=at) for at in range(len(spellings)))
    numbers = ""
    if pieces[-1].isascii() and pieces[-1].isdigit():
        digits = (pieces[-1].lstrip("0")[-40:] or "0")[::-1]
        values |= {"q_digits": digits, "q_digits_end": digits + ":", "q_pieces": _inside(pieces[:-1])}
        numbers = _NUMBERED
    return FOUND.format(beginnings=beginnings, numbers=numbers), values


def _inside(pieces: list[str]) -> list[str]:
    """Each piece, somewhere in the text; a number without the zeros before it."""
    return [f"%{piece.lstrip('0') or piece if piece.isdigit() else piece}%" for piece in pieces]


async def find_operations(
    conn: Connection, q: str, *, seller_id: int | None = None, limit: int | None = None
) -> list[ListedOperation]:
    """The operations whose reference is `q`, begins with it, or holds its number, the exact ones first, then the newest."""
    size, found = check_limit(limit), found_by(q)
    if found is None:
        return []
    text, values = found
    narrowed = (
        ""
        if seller_id is None
        else "join account_directory d on d.account_id = f.account_id and d.seller_id = %(seller_id)s"
    )
    query = f"""
    select h.account_id, h.number from (
        select f.account_id, f.number, min(f.rank) as rank from ({text}) f {narrowed} group by f.account_id, f.number
    ) h
    cross join lateral (
        select x.recorded_at from operation x where x.account_id = h.account_id and x.number = h.number offset 0
    ) o
    order by h.rank, o.recorded_at desc, h.account_id, h.number desc limit %(limit)s"""  # noqa: S608 - our own fragments
    rows = await (await conn.execute(query.encode(), values | {"seller_id": seller_id, "limit": size})).fetchall()
    return await read_listed(conn, [(row[0], row[1]) for row in rows])
