"""From a syntax tree to a typed tree: names, kinds and values are checked, and every problem is reported.

A part that is wrong gives None; whatever holds it gives None too, so one mistake makes one refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from lark import Token, Tree

from solde.kernel.dates import parse_date
from solde.kernel.refusals import Code, Refusal, Refused, declare, refuse
from solde.kernel.refusals import Kind as RefusalKind
from solde.kernel.texts import Label, Text, Value, counted, say

from .cost import check_cost
from .functions import FUNCTIONS, Argument, Function
from .hints import closest, first_two_kinds, parenthesis_hint
from .parse import Syntax, quote, unescape
from .schema import PROPERTIES
from .tree import (
    Arithmetic,
    ArithmeticOp,
    Call,
    Choice,
    Compare,
    CompareOp,
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
)

PROBLEMS_MOST = 5
DIGITS_BEFORE, DIGITS_BEHIND = 14, 6
PLACES_MOST = 6

UNKNOWN_PROPERTY = declare(
    "expression_unknown_property", RefusalKind.INVALID, "Use a property of the list in the manual."
)
UNKNOWN_FUNCTION = declare(
    "expression_unknown_function", RefusalKind.INVALID, "Use a function of the list in the manual."
)
UNKNOWN_VALUE = declare("expression_unknown_value", RefusalKind.INVALID, "Compare the property with one of its values.")
WRONG_TYPE = declare("expression_type", RefusalKind.INVALID, "Compare and combine values of one kind.")

_COMPARE_OPS: dict[str, CompareOp] = {
    "EQ": "==", "EQ_WORD": "==", "NE": "!=", "NE_WORD": "!=", "LT": "<", "LT_WORD": "<",
    "LE": "<=", "LE_WORD": "<=", "GT": ">", "GT_WORD": ">", "GE": ">=", "GE_WORD": ">=",
}  # fmt: skip
_ARITHMETIC_OPS: dict[str, ArithmeticOp] = {
    "PLUS": "+", "MINUS": "-", "TIMES": "*", "DIVIDE": "/", "DIV_WORD": "/", "MODULO": "%", "MOD_WORD": "%",
}  # fmt: skip


def check(tree: Syntax, want: NodeType) -> Node:
    """Check the whole expression and give its typed tree.

    Refuses: expression_syntax, expression_unknown_property, expression_unknown_function, expression_unknown_value,
    expression_type, expression_too_costly.
    """
    checker = _Checker()
    node = checker.expect(checker.check(tree), want, Label("the whole expression"))
    if checker.problems or node is None:
        raise Refused(checker.problems)
    if (refusal := check_cost(node)) is not None:
        raise Refused(refusal)
    return node


class _Checker:
    """One pass over a syntax tree, collecting refusals."""

    def __init__(self) -> None:
        self.problems: list[Refusal] = []

    def report(self, entry: Code, template: str, position: int, /, **values: Value) -> None:
        """Note a refusal at a position from 0; too many of them end the pass."""
        said = say("column {position}: {message}", position=position + 1, message=Text(template, values))
        self.problems.append(refuse(entry, said, column=position + 1))
        if len(self.problems) >= PROBLEMS_MOST:
            raise Refused(self.problems)

    def check(self, tree: Syntax) -> Node | None:
        """The typed node of a syntax node, None where it is wrong."""
        return _RULES[tree.data](self, tree, (tree.meta.start_pos, tree.meta.end_pos))

    def check_all(self, parts: Iterable[Syntax | Token]) -> list[Node] | None:
        """The typed nodes of every part, None where one is wrong."""
        nodes = [self.check(part) for part in parts if isinstance(part, Tree)]
        good = [node for node in nodes if node is not None]
        return good if len(good) == len(nodes) else None

    def expect(self, node: Node | None, kind: NodeType, place: Value) -> Node | None:
        """The node if it is of the kind asked for."""
        if node is None or node.kind is kind:
            return node
        hint = parenthesis_hint(node, place)
        self.report(
            WRONG_TYPE,
            "{place} must be {kind}, this is {node_kind}{hint}",
            node.span[0],
            place=place,
            kind=Label(kind),
            node_kind=Label(node.kind),
            hint=hint,
        )
        return None

    def expect_all(self, nodes: Sequence[Node] | None, kind: NodeType, place: Value) -> list[Node] | None:
        """The nodes if all are of the kind asked for."""
        expected = [self.expect(node, kind, place) for node in nodes or ()]
        good = [node for node in expected if node is not None]
        return good if nodes is not None and len(good) == len(nodes) else None

    def align(self, nodes: Sequence[Node], position: int, verb: str = "compare") -> list[Node] | None:
        """Bring nodes to one kind: null takes the kind of the others, a text beside a date is a written date."""
        kinds = {node.kind for node in nodes} - {NodeType.NULL}
        if kinds == {NodeType.DATE, NodeType.TEXT}:
            dated = [self.as_date(node) for node in nodes]
            good = [node for node in dated if node is not None]
            if len(good) < len(nodes):
                return None
            nodes, kinds = good, {node.kind for node in good} - {NodeType.NULL}
        if len(kinds) > 1:
            first, second = (node.kind for node in first_two_kinds(nodes))
            self.report(
                WRONG_TYPE,
                "cannot {verb} {first} with {second}",
                position,
                verb=Label(verb),
                first=Label(first),
                second=Label(second),
            )
            return None
        kind = kinds.pop() if kinds else NodeType.NULL
        return [replace(node, kind=kind) if isinstance(node, Constant) else node for node in nodes]

    def as_date(self, node: Node) -> Node | None:
        """A written date where the node is a text literal; any other node stays."""
        if not (isinstance(node, Constant) and isinstance(node.value, str)):
            return node
        day = parse_date(node.value)
        if isinstance(day, date):
            return Constant(day, NodeType.DATE, node.span)
        self.report(WRONG_TYPE, "{value} is not a date of the form 'YYYY-MM-DD'", node.span[0], value=quote(node.value))
        return None

    def known_values(self, nodes: Sequence[Node]) -> bool:
        """Are the texts a property with a closed list of values is compared with in that list?"""
        lists = [spec.values for n in nodes if isinstance(n, Property) and (spec := PROPERTIES[n.path]).values]
        wrong = [
            n
            for n in nodes
            if isinstance(n, Constant) and isinstance(n.value, str) and any(n.value not in v for v in lists)
        ]
        for node in wrong:
            near = closest(str(node.value), lists[0])
            self.report(
                UNKNOWN_VALUE,
                "{value} is never a value here; the values are {lists}{near}",
                node.span[0],
                value=quote(str(node.value)),
                lists=", ".join(lists[0]),
                near=near,
            )
        return not wrong


def _text(_checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    return Constant(unescape(_token(tree)), NodeType.TEXT, span)


def _number(checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    before, _, behind = str(_token(tree)).partition(".")
    if len(before) > DIGITS_BEFORE or len(behind) > DIGITS_BEHIND:
        checker.report(
            WRONG_TYPE,
            "a number has at most {before} digits before the point and {behind} behind it",
            span[0],
            before=DIGITS_BEFORE,
            behind=DIGITS_BEHIND,
        )
        return None
    return Constant(Decimal(str(_token(tree))), NodeType.NUMBER, span)


def _property(checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    path = str(_token(tree))
    if (spec := PROPERTIES.get(path)) is None:
        checker.report(
            UNKNOWN_PROPERTY,
            "unknown property {path}{hint}",
            span[0],
            path=quote(path),
            hint=closest(path, PROPERTIES),
        )
        return None
    return Property(path, spec.kind, span)


def _call(checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    name = str(_token(tree))
    nodes = checker.check_all(tree.children)
    if (function := FUNCTIONS.get(name)) is None:
        checker.report(
            UNKNOWN_FUNCTION,
            "unknown function {name}{hint}",
            span[0],
            name=quote(name),
            hint=closest(name, FUNCTIONS),
        )
        return None
    if nodes is None:
        return None
    if len(nodes) != len(function.arguments):
        count = counted(
            "{count} argument, not {given}", "{count} arguments, not {given}", len(function.arguments), given=len(nodes)
        )
        checker.report(WRONG_TYPE, "{signature} takes {count}", span[0], signature=function.signature, count=count)
        return None
    arguments = [
        _argument(checker, function, argument, node) for argument, node in zip(function.arguments, nodes, strict=True)
    ]
    good = tuple(node for node in arguments if node is not None)
    if len(good) < len(arguments):
        return None
    return replace(good[0], span=span) if function.name == "date" else Call(name, good, function.result, span)


def _argument(checker: _Checker, function: Function, argument: Argument, node: Node) -> Node | None:
    if argument.rule == "iso_date":
        if isinstance(node, Constant) and node.kind is NodeType.TEXT:
            return checker.as_date(node)
        checker.report(WRONG_TYPE, "date() takes a written date, such as date('2026-01-31')", node.span[0])
        return None
    expected = checker.expect(
        node, argument.kind, say("{name} of {signature}", name=argument.name, signature=function.signature)
    )
    if expected is None or argument.rule == "any":
        return expected
    value = node.value if isinstance(node, Constant) else None
    if argument.rule == "places" and value not in range(PLACES_MOST + 1):
        checker.report(
            WRONG_TYPE,
            "{name} of {signature} must be a written number, 0 to {places_most}",
            node.span[0],
            name=argument.name,
            signature=function.signature,
            places_most=PLACES_MOST,
        )
        return None
    if isinstance(value, Decimal) and value != value.to_integral_value():
        checker.report(
            WRONG_TYPE,
            "{name} of {signature} must be a whole number",
            node.span[0],
            name=argument.name,
            signature=function.signature,
        )
        return None
    return expected


def _minus(checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    operand = checker.expect(checker.check(_part(tree, 1)), NodeType.NUMBER, Label("what '-' negates"))
    if isinstance(operand, Constant) and isinstance(operand.value, Decimal):
        return Constant(Decimal(0) - operand.value, NodeType.NUMBER, span)
    return operand and Minus(operand, span)


def _negation(checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    operand = checker.expect(checker.check(_part(tree, 0)), NodeType.BOOLEAN, Label("what 'not' negates"))
    return operand and Not(operand, span)


def _emptiness(checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    operand = checker.check(_part(tree, 0))
    return operand and Empty(operand, span)


def _either(checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    parts = checker.expect_all(checker.check_all(tree.children), NodeType.BOOLEAN, Label("what '||' joins"))
    return Junction("or", tuple(parts), span) if parts else None


def _both(checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    parts = checker.expect_all(checker.check_all(tree.children), NodeType.BOOLEAN, Label("what '&&' joins"))
    return Junction("and", tuple(parts), span) if parts else None


def _chain(checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    ops = [_ARITHMETIC_OPS[child.type] for child in tree.children if isinstance(child, Token)]
    operands = checker.expect_all(
        checker.check_all(tree.children), NodeType.NUMBER, say("what '{op}' takes", op=ops[0])
    )
    return Arithmetic(operands[0], tuple(zip(ops, operands[1:], strict=True)), span) if operands else None


def _compare(checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    sides = checker.check_all(tree.children)
    token = _token(tree, 1)
    op, position = _COMPARE_OPS[token.type], token.start_pos or 0
    aligned = sides and checker.align(sides, position)
    if not aligned or not checker.known_values(aligned):
        return None
    if op not in ("==", "!=") and (
        unordered := {NodeType.BOOLEAN, NodeType.NULL}.intersection(n.kind for n in sides or ())
    ):
        checker.report(
            WRONG_TYPE,
            "'{op}' cannot order {unordered}; use == or !=",
            position,
            op=op,
            unordered=Label(unordered.pop()),
        )
        return None
    return Compare(op, aligned[0], aligned[1], span)


def _within(checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    nodes = checker.check_all(tree.children)
    aligned = nodes and checker.align(nodes, _token(tree, 1).start_pos or 0)
    if not aligned or not checker.known_values(aligned):
        return None
    return In(aligned[0], tuple(aligned[1:]), span)


def _not_within(checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    inside = _within(checker, tree, span)
    return inside and Not(inside, span)


def _choice(checker: _Checker, tree: Syntax, span: Span) -> Node | None:
    condition = checker.expect(checker.check(_part(tree, 0)), NodeType.BOOLEAN, "what stands before '?'")
    branches = checker.check_all(tree.children[1:])
    if condition is None or branches is None:
        return None
    if {branch.kind for branch in branches} == {NodeType.NULL}:
        checker.report(WRONG_TYPE, "one branch of '? :' must have a value", branches[0].span[0])
        return None
    if {branch.kind for branch in branches} == {NodeType.DATE, NodeType.TEXT}:
        checker.report(WRONG_TYPE, "cannot choose between date and text; write date('YYYY-MM-DD')", branches[0].span[0])
        return None
    aligned = checker.align(branches, branches[0].span[0], "choose")
    return Choice(condition, aligned[0], aligned[1], aligned[0].kind, span) if aligned else None


def _word(value: bool | None, kind: NodeType) -> _Rule:
    return lambda _checker, _tree, span: Constant(value, kind, span)


def _token(tree: Syntax, index: int = 0) -> Token:
    token = tree.children[index]
    assert isinstance(token, Token)
    return token


def _part(tree: Syntax, index: int) -> Syntax:
    part = tree.children[index]
    assert isinstance(part, Tree)
    return part


_Rule = Callable[[_Checker, Syntax, Span], Node | None]
_RULES: dict[str, _Rule] = {
    "start": lambda checker, tree, _span: checker.check(_part(tree, 0)),
    "choice": _choice,
    "either": _either,
    "both": _both,
    "compare": _compare,
    "within": _within,
    "not_within": _not_within,
    "sum": _chain,
    "product": _chain,
    "negation": _negation,
    "emptiness": _emptiness,
    "minus": _minus,
    "text": _text,
    "number": _number,
    "true": _word(True, NodeType.BOOLEAN),
    "false": _word(False, NodeType.BOOLEAN),
    "null": _word(None, NodeType.NULL),
    "property": _property,
    "call": _call,
}
