"""What is said beside a mistake in an expression: the name that was perhaps meant, a missing parenthesis. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from solde.kernel.texts import Label, Text, Value, say

from .tree import Node, NodeType


def closest(name: str, names: Iterable[str]) -> Text | str:
    """The suggestion for a name that does not exist: the same last word, or the nearest spelling."""
    known, short = list(names), name[:80]
    last = short.rpartition(".")[2].lower()
    same = [n for n in known if n.rpartition(".")[2].lower() == last]
    near = same or get_close_matches(short, known, 1)
    return say("; did you mean {near}?", near=near[0]) if near else ""


def first_two_kinds(nodes: Sequence[Node]) -> tuple[Node, Node]:
    """The first two nodes whose types differ."""
    typed = [node for node in nodes if node.kind is not NodeType.NULL]
    return typed[0], next(node for node in typed if node.kind is not typed[0].kind)


def parenthesis_hint(node: Node, place: Value) -> Text | str:
    """What to write where a parenthesis or a date was probably meant."""
    if place == Label("what 'not' negates"):
        return say("; 'not' binds tightly: write not (a == b), or a not in [..]")
    return say("; write date('YYYY-MM-DD')") if "date" in str(place) and node.kind is NodeType.TEXT else ""
