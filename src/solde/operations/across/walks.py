"""How a list over all accounts is walked: along one index, in bounded stretches. Pure: SQL text and parameters.

Whatever is asked, a page looks at `STRETCH` operations at the most: the filters that the index does not know are applied on
the way, and where few fit, the page is short and its cursor goes on behind the last one looked at. What no index keeps in
order is picked first, and refused where that is more than `PICKED_MOST`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..model import CLASSES
from .model import PICKED_SORTS, SORTS, AcrossFilter, AcrossOrder

STRETCH = 10_000
"""Operations looked at for one page."""
PICKED_MOST = 50_000
"""Operations that are sorted by what no index keeps."""

PAYMENTS = ("P", "AP")
AFTER_ALL = "\U0010ffff"
# The last run of digits in a reference, backwards: as the index of operations has it.
NUMBER_IN = "left(substring(reverse(o.reference) from '[0-9]+'), 40) collate \"C\""
WHOLE = 'o.reference collate "C"'


class Key(NamedTuple):
    """What is sorted by, of `{row}`, and its type; `walked`: the same as an open item has it, where a walk is along open items.

    The database does not know that an operation and its open item have the same keys; so the order is told by those of the item.
    """

    column: str
    kind: str
    walked: str = ""


_ACCOUNT = Key("{row}.account_id", "bigint")
_NUMBER = Key("{row}.number", "bigint")
KEYS: Mapping[str, tuple[Key, ...]] = {
    "date": (Key("{row}.operation_on", "date"), Key("{row}.action_id", "bigint"), _ACCOUNT, _NUMBER),
    "recorded": (Key("{row}.recorded_at", "timestamptz"), _ACCOUNT, _NUMBER),
    "due": (Key("{row}.due_on", "date"), _ACCOUNT, _NUMBER),
    "reference": (Key("coalesce({row}.reference, '') collate \"C\"", "text"), _ACCOUNT, _NUMBER),
    "amount": (Key("{row}.amount", "numeric"), _ACCOUNT, _NUMBER),
    "open": (Key("coalesce(i.open, 0)", "numeric"), _ACCOUNT, _NUMBER),
}
_BY_REFERENCE = (Key('{row}.reference collate "C"', "text"), _ACCOUNT, _NUMBER)
_BY_DUE = (
    Key("{row}.due_on", "date", "w.due_walked"), Key("{row}.account_id", "bigint", "w.account_walked"),
    Key("{row}.number", "bigint", "w.number_walked"),
)  # fmt: skip

OPERATIONS = "operation o"
OPEN_ITEMS = """open_item x cross join lateral (
    select f.*, x.open, x.disputed from operation f where f.account_id = x.account_id and f.number = x.number offset 0
) o"""


@dataclass(frozen=True, slots=True)
class Walk:
    """Rows of an index in order: from which tables, which of them, by which keys; each branch has an index of its own.

    `row` has the keys: the operation `o`, or the open item `x`, whose rows come with what is open. `picked`: they are not in the
    order that is asked for, so all of them are looked at and sorted; `bounded`: if they are few.
    """

    keys: tuple[Key, ...]
    descending: bool
    source: str = OPERATIONS
    row: str = "o"
    conditions: Sequence[str] = ()
    branches: Sequence[str] = ("",)
    picked: bool = False
    bounded: bool = True
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def knows_open(self) -> bool:
        """Do the rows come with what is open of them?"""
        return self.source == OPEN_ITEMS

    def keys_of(self, row: str) -> list[str]:
        """What is sorted by, of a relation."""
        return [key.walked if row == "w" and key.walked else key.column.format(row=row) for key in self.keys]

    def order(self, row: str) -> str:
        """The order in SQL."""
        way = "desc" if self.descending else "asc"
        return ", ".join(f"{key} {way}" for key in self.keys_of(row))

    def place(self, row: str) -> str:
        """The condition of being behind the cursor's place."""
        values = ", ".join(f"%(after_{at})s::{kind}" for at, kind in enumerate(key.kind for key in self.keys))
        return f"({', '.join(self.keys_of(row))}) {'<' if self.descending else '>'} ({values})"

    def select(self, limit: str, *, behind: bool) -> str:
        """The operations walked, in order; of a picked walk in none."""
        steps = []
        walked = (
            ", x.due_on as due_walked, x.account_id as account_walked, x.number as number_walked"
            if self.knows_open
            else ""
        )
        for branch in self.branches:
            narrowed = [*self.conditions, *([branch] if branch else [])]
            if behind and not self.picked:
                narrowed.append(self.place(self.row))
            ordered = "" if self.picked else f" order by {self.order(self.row)}"
            wanted = " and ".join(narrowed) or "true"
            steps.append(f"(select o.*{walked} from {self.source} where {wanted}{ordered} limit %({limit})s)")  # noqa: S608
        if len(steps) == 1:
            return steps[0]
        ordered = "" if self.picked else f" order by {self.order('u')}"
        return f"(select u.* from ({' union all '.join(steps)}) u{ordered} limit %({limit})s)"  # noqa: S608


def plan_walk(asked: AcrossFilter, order: AcrossOrder, account_id: int | None = None) -> Walk | None:
    """The index to walk along; None where what is asked for has none in that order and nothing narrows it."""
    if account_id is not None:
        return _within_account(asked, order, account_id)
    if order.column not in PICKED_SORTS:
        return _along(order.column, asked, order)
    for column in _narrowing(asked):
        return replace(_along(column, asked, order), keys=KEYS[order.column], picked=True)
    return None


def sorts_of(asked: AcrossFilter) -> tuple[str, ...]:
    """By what a list of these operations can be sorted."""
    if asked.account is not None or asked.q is not None:
        return SORTS
    narrowed = bool(_narrowing(asked))
    offered = {"due": asked.only_open_debits, "amount": narrowed, "open": narrowed}
    return tuple(column for column in SORTS if offered.get(column, True))


def _within_account(asked: AcrossFilter, order: AcrossOrder, account_id: int) -> Walk:
    """One account has an index for the usual order, and another of what is open; in any other order it is sorted, as its own list is."""
    values = {"account_id": account_id}
    if asked.only_open:
        conditions = ["x.account_id = %(account_id)s"]
        return Walk(
            KEYS[order.column], order.descending, OPEN_ITEMS, "x", conditions, picked=True, bounded=False, values=values
        )
    conditions = ["o.account_id = %(account_id)s"]
    if order.column == "date":
        by_day = (KEYS["date"][0], _NUMBER)
        return Walk(by_day, order.descending, conditions=conditions, values=values)
    return Walk(KEYS[order.column], order.descending, conditions=conditions, picked=True, bounded=False, values=values)


def _narrowing(asked: AcrossFilter) -> Sequence[str]:
    """By which index few operations are found first, the narrowest first."""
    chosen = asked.chosen
    has = {
        "reference": asked.reference is not None or asked.begins is not None,
        "due": asked.only_open_debits,
        "recorded": asked.recorded_after is not None,
        "date": chosen.from_on is not None,
    }
    return [column for column, is_narrow in has.items() if is_narrow]


def _along(column: str, asked: AcrossFilter, order: AcrossOrder) -> Walk:
    conditions, values = _RANGES[column](asked)
    keys = _BY_REFERENCE if column == "reference" else KEYS[column]
    if column == "due":
        return Walk(_BY_DUE, order.descending, OPEN_ITEMS, "x", conditions, values=values)
    branches = _branches(asked) if column == "date" else ("",)
    return Walk(keys, order.descending, conditions=conditions, branches=branches, values=values)


Range = tuple[list[str], dict[str, object]]


def _range(*offered: tuple[str, str, object]) -> Range:
    """Conditions with their parameters, of those that have a value."""
    given = [(name, condition, value) for name, condition, value in offered if value is not None]
    return [condition for _, condition, _ in given], {name: value for name, _, value in given}


def _by_date(asked: AcrossFilter) -> Range:
    return _range(
        ("walk_from", "o.operation_on >= %(walk_from)s", asked.chosen.from_on),
        ("walk_until", "o.operation_on <= %(walk_until)s", asked.chosen.until_on),
    )


def _by_recording(asked: AcrossFilter) -> Range:
    return _range(
        ("walk_after", "o.recorded_at > %(walk_after)s", asked.recorded_after),
        ("walk_until", "o.recorded_at <= %(walk_until)s", asked.recorded_until),
    )


def _by_due(asked: AcrossFilter) -> Range:
    conditions, values = _range(
        ("walk_due_from", "x.due_on >= %(walk_due_from)s", asked.chosen.due_from),
        ("walk_due_before", "x.due_on < %(walk_due_before)s", asked.chosen.due_before),
        ("walk_overdue", "x.due_on < %(walk_overdue)s and x.class = 'I' and x.open > x.disputed", asked.overdue_on),
    )
    return ["x.side = 1", *conditions], values


def _by_reference(asked: AcrossFilter) -> Range:
    conditions, values = _range(
        ("walk_reference", f"{WHOLE} = %(walk_reference)s", asked.reference),
        ("walk_begins", f"{WHOLE} >= %(walk_begins)s and {WHOLE} < %(walk_begins)s || %(walk_end)s", asked.begins),
    )
    return ["o.reference is not null", *conditions], values | {"walk_end": AFTER_ALL}


_RANGES = {"date": _by_date, "recorded": _by_recording, "due": _by_due, "reference": _by_reference}


def _branches(asked: AcrossFilter) -> Sequence[str]:
    """Payments and all others have an index each in the order of their dates; what is asked for may need but one."""
    classes = set(asked.chosen.classes or CLASSES)
    paid, others = "o.class in ('P', 'AP')", "o.class not in ('P', 'AP')"
    return [text for text, is_wanted in ((paid, classes & {*PAYMENTS}), (others, classes - {*PAYMENTS})) if is_wanted]
