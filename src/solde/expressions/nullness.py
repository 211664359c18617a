"""Which nodes can be null: both compilers and the folding depend on it."""

from __future__ import annotations

from .functions import FUNCTIONS
from .schema import CURRENT_DATE
from .tree import Arithmetic, Call, Choice, Constant, Node, Property


def never_null(node: Node) -> bool:
    """Does the node have a value on every row?"""
    match node:
        case Constant():
            return node.value is not None
        case Property():
            return node.path == CURRENT_DATE
        case Arithmetic():
            return node.rest[-1][0] not in ("/", "%")
        case Choice():
            return never_null(node.yes) and never_null(node.no)
        case Call():
            return FUNCTIONS[node.function].on_null is not None
        case _:
            return True
