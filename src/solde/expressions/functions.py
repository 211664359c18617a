"""The functions an expression may call: one table for the checker, both compilers and the manual.

A function of null is null; a test of a text gives false instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Literal

from . import arithmetic as exact
from .tree import NodeType

Rule = Literal["any", "whole", "places", "iso_date"]
"""What an argument must be beyond its kind: whole if it is a literal; a literal 0 to 6; a literal date."""


@dataclass(frozen=True, slots=True)
class Argument:
    """Name, kind and further rule of an argument."""

    name: str
    kind: NodeType
    rule: Rule = "any"


@dataclass(frozen=True, slots=True)
class Function:
    """One function. `sql` is a form with {0}, {1} for the arguments; `python` never sees a null."""

    name: str
    arguments: tuple[Argument, ...]
    result: NodeType
    sql: str
    python: Callable[..., Any]
    doc: str

    @property
    def signature(self) -> str:
        """As people write it: addDays(day, count)."""
        return f"{self.name}({', '.join(argument.name for argument in self.arguments)})"

    @property
    def on_null(self) -> bool | None:
        """The result where an argument is null."""
        return False if self.result is NodeType.BOOLEAN else None


_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)

_DAY = Argument("day", NodeType.DATE)
_COUNT = Argument("count", NodeType.NUMBER, "whole")
_TEXT = Argument("text", NodeType.TEXT)
_PART = Argument("part", NodeType.TEXT)
_NUMBER = Argument("number", NodeType.NUMBER)
_PLACES = Argument("decimals", NodeType.NUMBER, "places")
_TWO_DAYS = (Argument("from", NodeType.DATE), Argument("to", NodeType.DATE))
_TWO_NUMBERS = (Argument("a", NodeType.NUMBER), Argument("b", NodeType.NUMBER))


def _days_between(first: date, last: date) -> Decimal:
    return Decimal((last - first).days)


_TABLE = (
    Function(
        "date",
        (Argument("text", NodeType.TEXT, "iso_date"),),
        NodeType.DATE,
        "{0}::date",
        date.fromisoformat,
        "A date written as 'YYYY-MM-DD'.",
    ),
    Function(
        "addDays",
        (_DAY, _COUNT),
        NodeType.DATE,
        "expr_add_days({0}, {1})",
        exact.add_days,
        "The day so many whole days later; negative: earlier.",
    ),
    Function(
        "addMonths",
        (_DAY, _COUNT),
        NodeType.DATE,
        "expr_add_months({0}, {1})",
        exact.add_months,
        "The day so many whole months later, at most the last of its month.",
    ),
    Function(
        "startOfMonth",
        (_DAY,),
        NodeType.DATE,
        "expr_start_of_month({0})",
        exact.start_of_month,
        "The first day of the month.",
    ),
    Function(
        "endOfMonth", (_DAY,), NodeType.DATE, "expr_end_of_month({0})", exact.end_of_month, "The last day of the month."
    ),
    Function(
        "daysBetween",
        _TWO_DAYS,
        NodeType.NUMBER,
        "({1} - {0})::numeric",
        _days_between,
        "Days from the first date to the second; negative when the second is earlier.",
    ),
    Function("year", (_DAY,), NodeType.NUMBER, "extract(year from {0})", lambda day: Decimal(day.year), "The year."),
    Function(
        "month",
        (_DAY,),
        NodeType.NUMBER,
        "extract(month from {0})",
        lambda day: Decimal(day.month),
        "The month, 1 to 12.",
    ),
    Function(
        "day",
        (_DAY,),
        NodeType.NUMBER,
        "extract(day from {0})",
        lambda day: Decimal(day.day),
        "The day of the month, 1 to 31.",
    ),
    Function(
        "startsWith",
        (_TEXT, _PART),
        NodeType.BOOLEAN,
        "coalesce(starts_with({0}, {1}), false)",
        str.startswith,
        "Does the text begin with the part?",
    ),
    Function(
        "endsWith",
        (_TEXT, _PART),
        NodeType.BOOLEAN,
        "coalesce(expr_ends_with({0}, {1}), false)",
        str.endswith,
        "Does the text end with the part?",
    ),
    Function(
        "contains",
        (_TEXT, _PART),
        NodeType.BOOLEAN,
        "coalesce(strpos({0}, {1}) > 0, false)",
        str.__contains__,
        "Is the part anywhere in the text?",
    ),
    Function(
        "lower",
        (_TEXT,),
        NodeType.TEXT,
        'lower({0} collate "C")',
        lambda text: text.translate(_LOWER),
        "A to Z made small; other letters stay.",
    ),
    Function(
        "upper",
        (_TEXT,),
        NodeType.TEXT,
        'upper({0} collate "C")',
        lambda text: text.translate(_UPPER),
        "a to z made capital; other letters stay.",
    ),
    Function(
        "length",
        (_TEXT,),
        NodeType.NUMBER,
        "length({0})::numeric",
        lambda text: Decimal(len(text)),
        "Number of characters.",
    ),
    Function("abs", (_NUMBER,), NodeType.NUMBER, "abs({0})", exact.EXACT.abs, "The number without its sign."),
    Function("min", _TWO_NUMBERS, NodeType.NUMBER, "expr_min({0}, {1})", min, "The smaller number."),
    Function("max", _TWO_NUMBERS, NodeType.NUMBER, "expr_max({0}, {1})", max, "The larger number."),
    Function(
        "round",
        (_NUMBER, _PLACES),
        NodeType.NUMBER,
        "round({0}, {1}::integer)",
        exact.round_half_away,
        "Rounded to 0 to 6 decimals, half away from zero.",
    ),
)

FUNCTIONS: dict[str, Function] = {function.name: function for function in _TABLE}
