"""Why a row is in or out: the value of every part of a condition, and the parts that decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .expression import Expression
from .to_predicate import Row, to_predicate
from .tree import Junction, Node


@dataclass(frozen=True, slots=True)
class Trace:
    """One part of a condition on one row. `joined_by` is the word between its children, if it has any."""

    text: str
    column: int
    value: bool
    joined_by: Literal["and", "or"] | None = None
    children: tuple[Trace, ...] = ()


def trace(expression: Expression, row: Row) -> Trace:
    """The value of a condition and of each part its `and` and `or` join, on one row.

    Shape: one Trace a part, as it is written; columns from 1.
    """
    return _tracer(expression)(row)


def reasons(traced: Trace) -> list[str]:
    """The parts that decided, as they are written: of a false `and` its false parts, of a true `or` its true ones."""
    if not traced.children:
        return [traced.text] if traced.text else []
    deciding = [child for child in traced.children if child.value == traced.value]
    return [text for child in deciding for text in reasons(child)]


@lru_cache(maxsize=64)
def _tracer(expression: Expression) -> Callable[[Row], Trace]:
    return _trace_part(expression.tree, expression.text)


def _trace_part(node: Node, text: str) -> Callable[[Row], Trace]:
    written, column = text[slice(*node.span)], node.span[0] + 1
    if not isinstance(node, Junction):
        holds = to_predicate(node)
        return lambda row: Trace(written, column, holds(row))
    word, parts = node.word, [_trace_part(part, text) for part in node.parts]
    combine = all if word == "and" else any

    def traced(row: Row) -> Trace:
        below = tuple(part(row) for part in parts)
        return Trace(written, column, combine(child.value for child in below), word, below)

    return traced
