"""The typed tree of a checked expression: frozen nodes that know their kind and where they stand in the text.

Every node is right by construction: only `check` builds one from a text, only `fold` builds one from another.
Where a node stands does not count when nodes are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal

Value = bool | Decimal | str | date | None
"""What an expression computes with; numbers of a row may be whole `int` too."""

Span = tuple[int, int]
"""Where a node stands in its text: first character and the one behind the last, from 0."""

NOWHERE: Span = (0, 0)


class NodeType(StrEnum):
    """The static type of a node. NULL is the kind of the word null alone, where nothing gives it another."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    NULL = "null"


CompareOp = Literal["==", "!=", "<", "<=", ">", ">="]
ArithmeticOp = Literal["+", "-", "*", "/", "%"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A value known before any row is read."""

    value: Value
    kind: NodeType
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the row, by its path in the schema."""

    path: str
    kind: NodeType
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Minus:
    """The negative of a number."""

    kind: ClassVar[NodeType] = NodeType.NUMBER
    operand: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A chain of one precedence, from the left: only + and -, or only *, / and %."""

    kind: ClassVar[NodeType] = NodeType.NUMBER
    first: Node
    rest: tuple[tuple[ArithmeticOp, Node], ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two nodes of one kind; true or false, never null."""

    kind: ClassVar[NodeType] = NodeType.BOOLEAN
    op: CompareOp
    left: Node
    right: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class In:
    """Is the item equal to one of the choices?"""

    kind: ClassVar[NodeType] = NodeType.BOOLEAN
    item: Node
    choices: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Junction:
    """Parts joined by one word; a null part counts as false, so a junction of one part makes it two-valued."""

    kind: ClassVar[NodeType] = NodeType.BOOLEAN
    word: Literal["and", "or"]
    parts: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """True where the operand is false or null."""

    kind: ClassVar[NodeType] = NodeType.BOOLEAN
    operand: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Empty:
    """True for null and for a text without characters."""

    kind: ClassVar[NodeType] = NodeType.BOOLEAN
    operand: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of two values by a condition."""

    condition: Node
    yes: Node
    no: Node
    kind: NodeType
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the table, with checked arguments."""

    function: str
    arguments: tuple[Node, ...]
    kind: NodeType
    span: Span = field(default=NOWHERE, compare=False)


Node = Constant | Property | Minus | Arithmetic | Compare | In | Junction | Not | Empty | Choice | Call


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order they are written."""
    match node:
        case Constant() | Property():
            return ()
        case Minus() | Not() | Empty():
            return (node.operand,)
        case Arithmetic():
            return (node.first, *(operand for _, operand in node.rest))
        case Compare():
            return (node.left, node.right)
        case In():
            return (node.item, *node.choices)
        case Junction():
            return node.parts
        case Choice():
            return (node.condition, node.yes, node.no)
        case Call():
            return node.arguments


def walk(node: Node) -> Iterator[Node]:
    """The node and every node below it."""
    yield node
    for child in children(node):
        yield from walk(child)
