"""From a typed tree to Python: closures over a row, a mapping keyed by the property paths.

Nothing of the text is ever run: a closure only reads the mapping, compares, and calls the functions of the table.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from .arithmetic import EXACT, divide, remainder, round_half_away
from .expression import Expression, tree_of
from .functions import FUNCTIONS
from .nullness import never_null
from .to_sql import MEASURE_PLACES
from .tree import Arithmetic, Call, Choice, Compare, Constant, Empty, In, Junction, Minus, Node, NodeType, Not, Property

Row = Mapping[str, object]
Reader = Callable[[Row], Any]

_ZERO = Decimal(0)
_PLACES = Decimal(MEASURE_PLACES)
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "+": EXACT.add,
    "-": EXACT.subtract,
    "*": EXACT.multiply,
    "/": divide,
    "%": remainder,
}


def to_predicate(subject: Expression | Node) -> Callable[[Row], bool]:
    """Compile a condition; it answers true or false for every row that has the paths it reads."""
    node = tree_of(subject)
    assert node.kind is NodeType.BOOLEAN, "a predicate is a condition"
    return _truth(node)


def to_value(subject: Expression | Node) -> Callable[[Row], Decimal]:
    """Compile a measure: null is 0, six decimals, half away from zero."""
    node = tree_of(subject)
    assert node.kind is NodeType.NUMBER, "a measure is a number"
    number = _number(node)
    return lambda row: round_half_away(number(row), _PLACES)


def to_reader(node: Node) -> Reader:
    """The value of any node as it is, null included."""
    match node:
        case Constant(value=value):
            return lambda _row: value
        case Property(path=path):
            return operator.itemgetter(path)
        case Minus():
            number = _number(node.operand)
            return lambda row: EXACT.minus(number(row))
        case Arithmetic():
            return _arithmetic(node)
        case Compare():
            return _compare(node)
        case In():
            item, choices = to_reader(node.item), tuple(to_reader(choice) for choice in node.choices)
            return lambda row: _is_among(item(row), [choice(row) for choice in choices])
        case Junction():
            return _junction(node)
        case Not():
            truth = _truth(node.operand)
            return lambda row: not truth(row)
        case Empty():
            operand = to_reader(node.operand)
            return lambda row: (value := operand(row)) is None or value == ""
        case Choice():
            condition, yes, no = _truth(node.condition), to_reader(node.yes), to_reader(node.no)
            return lambda row: yes(row) if condition(row) else no(row)
        case Call():
            return _call(node)


def _truth(node: Node) -> Callable[[Row], bool]:
    """A condition where null counts as false."""
    read = to_reader(node)
    return read if never_null(node) else lambda row: bool(read(row))


def _number(node: Node) -> Reader:
    """An operand of arithmetic, where null counts as 0."""
    read = to_reader(node)
    return read if never_null(node) else lambda row: _or_zero(read(row))


def _or_zero(number: Any) -> Any:
    return _ZERO if number is None else number


def _is_among(value: Any, choices: list[Any]) -> bool:
    return value in choices


def _arithmetic(node: Arithmetic) -> Reader:
    first = _number(node.first)
    steps = [(_STEPS[op], _number(operand)) for op, operand in node.rest]

    def read(row: Row) -> Any:
        total = first(row)
        for step, operand in steps:
            total = step(_or_zero(total), operand(row))
        return total

    return read


def _compare(node: Compare) -> Reader:
    left, right = to_reader(node.left), to_reader(node.right)
    if node.op == "==":
        return lambda row: left(row) == right(row)
    if node.op == "!=":
        return lambda row: left(row) != right(row)
    order = _ORDERS[node.op]

    def read(row: Row) -> bool:
        a, b = left(row), right(row)
        return a is not None and b is not None and order(a, b)

    return read


def _junction(node: Junction) -> Reader:
    parts = [_truth(part) for part in node.parts]
    if node.word == "and":
        return lambda row: all(part(row) for part in parts)
    return lambda row: any(part(row) for part in parts)


def _call(node: Call) -> Reader:
    function = FUNCTIONS[node.function]
    run, on_null = function.python, function.on_null
    arguments = [to_reader(argument) for argument in node.arguments]

    def read(row: Row) -> Any:
        values = [argument(row) for argument in arguments]
        return on_null if None in values else run(*values)

    return read
