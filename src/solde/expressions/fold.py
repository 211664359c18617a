"""Partial evaluation: what some known properties decide about an expression before any row is read.

Folding never changes the meaning. A part that can be null stays inside its junction, which makes it two-valued.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Final, Literal

from .expression import Expression, tree_of
from .nullness import never_null
from .to_predicate import to_reader
from .tree import (
    Arithmetic,
    Call,
    Choice,
    Compare,
    Constant,
    Empty,
    In,
    Junction,
    Minus,
    Node,
    NodeType,
    Not,
    Property,
    Span,
    Value,
    children,
)


class _NotConstant(Enum):
    NOT_CONSTANT = "not constant"


NOT_CONSTANT: Final = _NotConstant.NOT_CONSTANT


def constant(subject: Expression | Node) -> Value | Literal[_NotConstant.NOT_CONSTANT]:
    """The value of a tree that needs no row, otherwise NOT_CONSTANT. A condition is true or false, never null."""
    node = tree_of(subject)
    if not isinstance(node, Constant):
        return NOT_CONSTANT
    return bool(node.value) if node.kind is NodeType.BOOLEAN else node.value


def fold(subject: Expression | Node, known: Mapping[str, object]) -> Node:
    """The same expression with the known properties put in and all that follows from them worked out.

    Shape: `known` maps property paths to values, null included; a path left out stays unknown.
    Gives: a tree of the same kind; a Constant where the known properties decide it.
    """
    return _fold(tree_of(subject), known)


def _fold(node: Node, known: Mapping[str, object]) -> Node:
    match node:
        case Property(path=path):
            return Constant(_value(known[path]), node.kind, node.span) if path in known else node
        case Junction():
            return _fold_junction(node, known)
        case Choice():
            return _fold_choice(node, known)
    folded = _rebuild(node, known)
    if not isinstance(folded, Constant) and all(isinstance(child, Constant) for child in children(folded)):
        return Constant(to_reader(folded)({}), folded.kind, folded.span)
    if isinstance(folded, Compare) and folded.op not in ("==", "!=") and _has_null(folded):
        return Constant(False, NodeType.BOOLEAN, folded.span)
    return _narrow(folded) if isinstance(folded, In) else folded


def _value(value: object) -> Value:
    """A value of a row as the tree keeps it: every number a Decimal."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value  # type: ignore[return-value]  # rows hold the kinds of the schema


def _rebuild(node: Node, known: Mapping[str, object]) -> Node:
    match node:
        case Minus():
            return Minus(_fold(node.operand, known), node.span)
        case Arithmetic():
            rest = tuple((op, _fold(operand, known)) for op, operand in node.rest)
            return Arithmetic(_fold(node.first, known), rest, node.span)
        case Compare():
            return Compare(node.op, _fold(node.left, known), _fold(node.right, known), node.span)
        case In():
            return In(_fold(node.item, known), tuple(_fold(choice, known) for choice in node.choices), node.span)
        case Not():
            return Not(_fold(node.operand, known), node.span)
        case Empty():
            return Empty(_fold(node.operand, known), node.span)
        case Call():
            return Call(
                node.function, tuple(_fold(argument, known) for argument in node.arguments), node.kind, node.span
            )
        case _:
            return node


def _has_null(node: Compare) -> bool:
    return any(isinstance(side, Constant) and side.value is None for side in (node.left, node.right))


def _narrow(node: In) -> Node:
    """Settle the choices that a known item already tells apart."""
    if not isinstance(node.item, Constant):
        return node
    fixed = [choice.value for choice in node.choices if isinstance(choice, Constant)]
    if node.item.value in fixed:
        return Constant(True, NodeType.BOOLEAN, node.span)
    return In(node.item, tuple(choice for choice in node.choices if not isinstance(choice, Constant)), node.span)


def _fold_junction(node: Junction, known: Mapping[str, object]) -> Node:
    deciding = node.word == "or"
    parts = [_fold(part, known) for part in node.parts]
    if any(isinstance(part, Constant) and bool(part.value) is deciding for part in parts):
        return Constant(deciding, NodeType.BOOLEAN, node.span)
    return _join(node, tuple(part for part in parts if not isinstance(part, Constant)), not deciding, node.span)


def _join(node: Junction, left: tuple[Node, ...], neutral: bool, span: Span) -> Node:
    if not left:
        return Constant(neutral, NodeType.BOOLEAN, span)
    if len(left) == 1 and never_null(left[0]):
        return left[0]
    return Junction(node.word, left, span)


def _fold_choice(node: Choice, known: Mapping[str, object]) -> Node:
    condition = _fold(node.condition, known)
    if isinstance(condition, Constant):
        return _fold(node.yes if condition.value else node.no, known)
    return Choice(condition, _fold(node.yes, known), _fold(node.no, known), node.kind, node.span)
