"""A compiled expression, and how a text becomes one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from solde.kernel.refusals import Refused, refuse

from .check import WRONG_TYPE, check
from .parse import parse
from .tree import Constant, Node, NodeType, Property, walk

Want = Literal["boolean", "number"]


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression: its text as written, its typed tree, its kind and the paths it reads."""

    text: str
    tree: Node
    kind: NodeType
    properties: frozenset[str]


def compile_expression(text: str, want: Want = "boolean") -> Expression:
    """Parse and check an expression; a blank text is true.

    Gives: the same object for the same text, while it is remembered.
    Refuses: expression_syntax, expression_too_long, expression_too_deep, expression_too_costly, expression_type,
    expression_unknown_property, expression_unknown_function, expression_unknown_value.
    Source: product §4.
    """
    return _compile(text, NodeType(want))


@lru_cache(maxsize=512)
def _compile(text: str, want: NodeType) -> Expression:
    syntax = parse(text)
    if syntax is not None:
        tree = check(syntax, want)
    elif want is NodeType.BOOLEAN:
        tree = Constant(True, NodeType.BOOLEAN)
    else:
        raise Refused(refuse(WRONG_TYPE, "a blank expression is true; write a {want} as #{{ ... }}", want=want))
    paths = frozenset(node.path for node in walk(tree) if isinstance(node, Property))
    return Expression(text, tree, tree.kind, paths)


def tree_of(subject: Expression | Node) -> Node:
    """The tree of an expression; a tree is its own."""
    return subject.tree if isinstance(subject, Expression) else subject
