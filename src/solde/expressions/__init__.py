"""The expression language: one text, checked once, compiled to PostgreSQL and to Python, which always agree.

Source: product §4.
"""

from __future__ import annotations

from .expression import Expression, compile_expression
from .fold import NOT_CONSTANT, constant, fold
from .functions import FUNCTIONS, Function
from .schema import PROPERTIES, PropertySpec
from .to_predicate import to_predicate, to_value
from .to_sql import measure_sql, to_sql
from .trace import Trace, reasons, trace
from .tree import Node, NodeType, Value

__all__ = [
    "NOT_CONSTANT",
    "Expression",
    "Function",
    "NodeType",
    "Node",
    "PropertySpec",
    "Trace",
    "Value",
    "compile_expression",
    "constant",
    "fold",
    "function_list",
    "measure_sql",
    "properties",
    "reasons",
    "to_predicate",
    "to_sql",
    "to_value",
    "trace",
]


def properties() -> tuple[PropertySpec, ...]:
    """Every property an expression may read, for the manual and the editor."""
    return tuple(PROPERTIES.values())


def function_list() -> tuple[Function, ...]:
    """Every function an expression may call, for the manual and the editor."""
    return tuple(FUNCTIONS.values())
