"""From a typed tree to PostgreSQL: a text with named placeholders, and their values.

Every text, number and date of the expression is a placeholder; only true, false and null are written as words.
A comparison stays true or false on nulls, and keeps the form `column = value` that an index answers. The text of
a part appears once, unless it is a column, so the statement is never much longer than the expression.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from .expression import Expression, tree_of
from .functions import FUNCTIONS
from .nullness import never_null
from .schema import PROPERTIES
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
    Value,
)

Parameters = dict[str, object]

_SQL_TYPES = {
    NodeType.BOOLEAN: "boolean",
    NodeType.NUMBER: "numeric",
    NodeType.TEXT: "text",
    NodeType.DATE: "date",
    NodeType.NULL: "text",
}
_SQL_OPS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
MEASURE_PLACES = 6


def to_sql(subject: Expression | Node, prefix: str = "e") -> tuple[str, Parameters]:
    """Compile to SQL over the aliases o, a and b.

    Shape: placeholders %(e0)s, %(e1)s, …; a condition is true or false, never null; a number may be null.
    `currentDate` is %(current_date)s, which the caller adds.
    """
    writer = _Writer(prefix)
    node = tree_of(subject)
    text = writer.truth(node) if node.kind is NodeType.BOOLEAN else writer.value(node)
    return text, writer.parameters


def measure_sql(subject: Expression | Node, prefix: str = "m") -> tuple[str, Parameters]:
    """A numeric expression as a measure: null is 0, six decimals, half away from zero."""
    text, parameters = to_sql(subject, prefix)
    return f"round(coalesce({text}, 0), {MEASURE_PLACES})", parameters


class _Writer:
    """Writes one expression and collects its parameters."""

    def __init__(self, prefix: str) -> None:
        assert prefix.isidentifier(), "a prefix is a plain name"
        self.prefix = prefix
        self.parameters: Parameters = {}

    def placeholder(self, value: object, sql_type: str) -> str:
        name = f"{self.prefix}{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s::{sql_type}"

    def truth(self, node: Node) -> str:
        """A condition that is never null."""
        text = self.value(node)
        return text if never_null(node) else f"coalesce({text}, false)"

    def number(self, node: Node) -> str:
        """An operand of arithmetic: null counts as 0."""
        text = self.value(node)
        return text if never_null(node) else f"coalesce({text}, 0)"

    def value(self, node: Node) -> str:
        """The value as it is, null included."""
        match node:
            case Constant():
                return self.constant(node.value, node.kind)
            case Property():
                return PROPERTIES[node.path].sql
            case Minus():
                return f"(- {self.number(node.operand)})"
            case Arithmetic():
                return self.arithmetic(node)
            case Compare():
                return self.compare(node)
            case In():
                return self.within(node)
            case Junction():
                return "(" + f" {node.word} ".join(self.truth(part) for part in node.parts) + ")"
            case Not():
                return f"(not {self.truth(node.operand)})"
            case Empty():
                return self.empty(node.operand)
            case Choice():
                return self.choice(node)
            case Call():
                arguments = [self.value(argument) for argument in node.arguments]
                return "(" + FUNCTIONS[node.function].sql.format(*arguments) + ")"

    def constant(self, value: Value, kind: NodeType) -> str:
        if isinstance(value, str | Decimal | date):
            return self.placeholder(value, _SQL_TYPES[kind])
        return f"null::{_SQL_TYPES[kind]}" if value is None else str(value).lower()

    def arithmetic(self, node: Arithmetic) -> str:
        text = self.number(node.first)
        null_before = False
        for op, operand in node.rest:
            left = f"coalesce({text}, 0)" if null_before else text
            null_before = op in ("/", "%")
            if op == "/":
                text = f"expr_divide({left}, {self.value(operand)})"
            elif op == "%":
                text = f"mod({left}, nullif({self.value(operand)}, 0))"
            else:
                text = f"{left} {op} {self.number(operand)}"
        return f"({text})"

    def compare(self, node: Compare) -> str:
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(side, Constant) and side.value is None and node.op in ("==", "!="):
                return f"({self.value(other)} is {'not ' if node.op == '!=' else ''}null)"
        nullable = [side for side in (node.left, node.right) if not never_null(side)]
        left, right = self.value(node.left), self.value(node.right)
        if node.op == "!=" and nullable:
            return f"({left} is distinct from {right})"
        if node.op == "==" and len(nullable) == 2:
            return f"({left} is not distinct from {right})"
        return _two_valued(f"{_ordered(node, left)} {_SQL_OPS[node.op]} {right}", nullable)

    def within(self, node: In) -> str:
        array_type = _SQL_TYPES[node.item.kind] + "[]"
        if not all(isinstance(choice, Constant) for choice in node.choices):
            item = self.value(node.item)
            choices = ", ".join(self.value(choice) for choice in node.choices)
            return f"(array_position(array[{choices}]::{array_type}, {item}) is not null)"
        values = [choice.value for choice in node.choices if isinstance(choice, Constant)]
        found = f"{self.value(node.item)} = any({self.placeholder([v for v in values if v is not None], array_type)})"
        if None not in values:
            return _two_valued(found, [] if never_null(node.item) else [node.item])
        return f"coalesce({found}, true)"

    def choice(self, node: Choice) -> str:
        condition, yes, no = self.truth(node.condition), self.value(node.yes), self.value(node.no)
        return f"(case when {condition} then {yes} else {no} end)"

    def empty(self, operand: Node) -> str:
        text = self.value(operand)
        return f"(coalesce({text}, '') = '')" if operand.kind is NodeType.TEXT else f"({text} is null)"


def _ordered(node: Compare, left: str) -> str:
    """Texts are ordered by code point, whatever the database's own collation."""
    return f'{left} collate "C"' if node.left.kind is NodeType.TEXT and node.op not in ("==", "!=") else left


def _two_valued(comparison: str, nullable: list[Node]) -> str:
    """A comparison that is false where a side is null; columns keep a form that an index can answer."""
    columns = [PROPERTIES[node.path].sql for node in nullable if isinstance(node, Property)]
    if len(columns) < len(nullable):
        return f"coalesce({comparison}, false)"
    return "(" + " and ".join([comparison, *(f"{column} is not null" for column in columns)]) + ")"
