"""How far accounting is with what a balance holds of an account: counts by posting status.

Nearly everything of an account stands on one side of its mark, so only the shorter side is looked at, and what is not the
plain way; the longer side is what the totals leave. Where both sides are long the counts are not told: looking at them
would cost more than the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from solde.db import Connection
from solde.kernel.money import ZERO
from solde.operations import OperationFilter, PostingStatus
from solde.operations.lists import conditions

from .lists import ClassTotal, count_classes, joins_of, moment_values, only_open_of, relation_at
from .model import Definition, FigureSource, Moment
from .plan import choose
from .store import sql

LOOKED_MOST = 500
"""Operations of the shorter side, and exceptions, that are looked at."""


@dataclass(frozen=True, slots=True)
class PostingTotal:
    """How many operations of a posting status a list holds, and their amounts by side."""

    status: PostingStatus
    count: int
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class PostingCounts:
    """By status; None where they cannot be told quickly. `beyond`: the longer side is a lower bound."""

    totals: tuple[PostingTotal, ...] | None
    beyond: bool = False


async def count_postings(
    conn: Connection,
    account_id: int,
    definition: Definition,
    moment: Moment,
    chosen: OperationFilter,
    classes: tuple[Sequence[ClassTotal], bool],
) -> PostingCounts:
    """Counts and amounts by posting status of what a filter chooses of a balance, whatever status it asks for.

    `classes` is what `count_classes` gave for the same filter. Only as it is now: a past day has no posting status.
    """
    if not moment.is_now:
        return PostingCounts(None)
    asked = replace(chosen, posting_status=None)
    if chosen.posting_status is not None:
        classes = await count_classes(conn, account_id, definition, moment, asked)
    picked = [c.of_side(asked.side) for c in classes[0] if not asked.classes or c.class_ in asked.classes]
    whole = (sum(c.count for c in picked), sum((c.debit for c in picked), ZERO), sum((c.credit for c in picked), ZERO))
    row = await (await conn.execute(sql.posting_sides, {"account_id": account_id, "most": LOOKED_MOST})).fetchone()
    assert row is not None
    mark, last_number, exceptions = row
    shorter = min(mark, last_number - mark)
    if max(shorter, exceptions) > LOOKED_MOST:
        return PostingCounts(None)
    plain = PostingStatus.POSTED if shorter == mark else PostingStatus.EXPORTED
    looked: list[PostingTotal] = []
    if shorter or exceptions:
        bounds = (0, mark) if plain is PostingStatus.POSTED else (mark, last_number)
        looked = [t for t in await _look(conn, account_id, definition, moment, asked, bounds) if t.status is not plain]
    rest = PostingTotal(
        plain,
        whole[0] - sum(t.count for t in looked),
        whole[1] - sum((t.debit for t in looked), ZERO),
        whole[2] - sum((t.credit for t in looked), ZERO),
    )
    found = [t for t in (rest, *looked) if t.count]
    return PostingCounts(tuple(sorted(found, key=lambda t: list(PostingStatus).index(t.status))), classes[1])


async def _look(
    conn: Connection,
    account_id: int,
    definition: Definition,
    moment: Moment,
    asked: OperationFilter,
    bounds: tuple[int, int],
) -> list[PostingTotal]:
    """The operations of some numbers, and the exceptions, by status."""
    compiled = choose(definition.draft, "x")
    found, values = conditions(asked)
    found += only_open_of(compiled, moment, asked)
    head, source = relation_at(FigureSource.OPERATIONS, moment)
    source = source.replace("operation_now", "operation_seen")
    text = (
        f"{head}select o.posting_status, count(*), coalesce(sum(o.amount) filter (where o.side = 1), 0),"  # noqa: S608
        f" coalesce(sum(o.amount) filter (where o.side = -1), 0) from ({source}\n) o{joins_of(compiled)}\n"
        "where o.number = any(array(select generate_series(%(after)s::bigint + 1, %(through)s::bigint)"
        " union select x.number from posting_exception x where x.account_id = %(account_id)s))"
        f" and {' and '.join([compiled.condition, *found])} group by o.posting_status"
    )
    parameters = {
        **moment_values(moment),
        **dict(compiled.parameters),
        **values,
        "account_id": account_id,
        "after": bounds[0],
        "through": bounds[1],
    }
    rows = await (await conn.execute(text.encode(), parameters)).fetchall()
    return [PostingTotal(PostingStatus(row[0]), *row[1:]) for row in rows]
