"""What an expression may cost: the number of its operations and the width of its numbers are bounded before it runs."""

from __future__ import annotations

from solde.kernel.refusals import Kind as RefusalKind
from solde.kernel.refusals import Refusal, declare, refuse
from solde.kernel.texts import say

from .tree import Arithmetic, Call, Choice, Constant, Junction, Node, NodeType, Property, children, walk

OPERATIONS_MOST = 200
DIGITS_MOST = 300

TOO_COSTLY = declare(
    "expression_too_costly", RefusalKind.INVALID, "Make the expression shorter, or multiply fewer numbers."
)

_Width = tuple[int, int]
"""How many digits a number may have before and behind the point."""

_COLUMN_WIDTH: _Width = (20, 6)
_SMALL_WIDTH: _Width = (10, 0)
_CHAIN_DIGITS = 3
"""A sum of at most a thousand terms is at most three digits wider than its widest term."""


def check_cost(tree: Node) -> Refusal | None:
    """Is the expression within its bounds? Chains count each of their operators."""
    operations = sum(_operations(node) for node in walk(tree))
    if operations > OPERATIONS_MOST:
        said = say(
            "the expression has {operations} operations; at most {operations_most} are allowed",
            operations=operations,
            operations_most=OPERATIONS_MOST,
        )
        return refuse(TOO_COSTLY, said)
    for node in walk(tree):
        if node.kind is NodeType.NUMBER and sum(_width(node)) > DIGITS_MOST:
            column = node.span[0] + 1
            said = say(
                "column {column}: this number may grow beyond {digits_most} digits",
                column=column,
                digits_most=DIGITS_MOST,
            )
            return refuse(TOO_COSTLY, said, column=column)
    return None


def _operations(node: Node) -> int:
    match node:
        case Constant() | Property():
            return 0
        case Arithmetic() | Junction():
            return len(children(node)) - 1
        case _:
            return 1


def _width(node: Node) -> _Width:
    match node:
        case Property():
            return _COLUMN_WIDTH
        case Constant():
            return _COLUMN_WIDTH
        case Arithmetic():
            return _chain_width(node)
        case Choice():
            return _widest(_width(node.yes), _width(node.no))
        case Call(arguments=arguments):
            numbers = [_width(argument) for argument in arguments if argument.kind is NodeType.NUMBER]
            before, behind = _widest(_SMALL_WIDTH, *numbers)
            return before + 1, behind
        case _:
            return _widest(*(_width(child) for child in children(node)))


def _chain_width(node: Arithmetic) -> _Width:
    width = _width(node.first)
    for op, operand in node.rest:
        before, behind = _width(operand)
        if op == "*":
            width = width[0] + before, width[1] + behind
        elif op == "/":
            width = width[0] + behind + 1, 6
        else:
            width = _widest(width, (before, behind))
    return width[0] + _CHAIN_DIGITS, width[1]


def _widest(*widths: _Width) -> _Width:
    return max(width[0] for width in widths), max(width[1] for width in widths)
