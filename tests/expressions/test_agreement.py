"""PostgreSQL and Python give the same value for every expression on every row; folding keeps that value."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import psycopg
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lengths import examples
from psycopg import sql

from solde.expressions import fold, measure_sql, to_sql, to_value
from solde.expressions.check import check
from solde.expressions.parse import parse
from solde.expressions.schema import PROPERTIES
from solde.expressions.to_predicate import to_reader
from solde.expressions.tree import Node, NodeType
from solde.kernel.refusals import Refused

Row = dict[str, object]

TODAY = date(2026, 4, 1)
NUMBERS = [
    *map(
        Decimal, "0 1 -1 2 3 7 0.5 -0.5 0.000001 -0.000001 2.5 1610.81 100 30 -30 12 1000000 3.3333333e-1".split()[:-1]
    ),
    Decimal("99999999999999.999999"),
    Decimal("-99999999999999.999999"),
    Decimal("33333333333333.333333"),
    Decimal("0.000003"),
]
TEXTS = [
    "",
    "A",
    "a",
    "AB",
    "ab",
    "É",
    "é",
    "ß",
    "İ",
    "ı",
    "𐀀",
    "～",
    "%",
    "_",
    "'",
    '"',
    "\\",
    "a b",
    "Z",
    "日本",
    "É日",
]
DATES = [
    date(1, 1, 1), date(9999, 12, 31), date(2024, 2, 29), date(2024, 1, 31), date(2023, 2, 28), date(2000, 2, 29),
    date(1900, 2, 28), date(2026, 3, 31), date(2026, 4, 1), date(2026, 12, 31), date(9999, 1, 31), date(1, 12, 31),
]  # fmt: skip
BOOLEANS = [True, False]
SAMPLES: dict[NodeType, list[Any]] = {
    NodeType.NUMBER: NUMBERS,
    NodeType.TEXT: TEXTS,
    NodeType.DATE: DATES,
    NodeType.BOOLEAN: BOOLEANS,
}
SQL_TYPES = {
    NodeType.NUMBER: "numeric(20, 6)",
    NodeType.TEXT: "text",
    NodeType.DATE: "date",
    NodeType.BOOLEAN: "boolean",
}
DERIVED = ("accountOperation.transactionCategory", "accountOperation.matchingAmount", "currentDate")
STORED = [path for path in PROPERTIES if path not in DERIVED]
COLUMNS = {path: PROPERTIES[path].sql.removesuffix("::numeric") for path in STORED}


def random_row(source: random.Random) -> Row:
    """A row with a null now and then, as a statement and a mapping would both see it."""
    row: Row = {}
    for path in STORED:
        spec = PROPERTIES[path]
        choices: list[Any] = list(spec.values) or SAMPLES[spec.kind]
        row[path] = None if source.random() < 0.2 else source.choice(choices)
    row["accountOperation.number"] = source.choice([None, 1, 2, 7, 2**62])
    row["accountOperation.transactionCategory"] = source.choice(["DEBIT", "CREDIT"])
    amount, opened = row["accountOperation.amount"], row["accountOperation.unMatchingAmount"]
    both = isinstance(amount, Decimal) and isinstance(opened, Decimal)
    row["accountOperation.matchingAmount"] = amount - opened if both else None  # type: ignore[operator]
    row["currentDate"] = TODAY
    return row


def create_rows(connection: psycopg.Connection[Any], rows: list[Row]) -> str:
    """Put the rows into three tables; gives the from clause that names them o, a and b."""
    for alias in "oab":
        paths = [path for path in STORED if COLUMNS[path].startswith(f"{alias}.")]
        columns = {COLUMNS[path][2:]: SQL_TYPES[PROPERTIES[path].kind] for path in paths}
        columns |= {"number": "bigint", "side": "smallint"} if alias == "o" else {}
        shape = sql.SQL(", ").join(sql.SQL(f"{{}} {kind}").format(sql.Identifier(n)) for n, kind in columns.items())
        connection.execute(sql.SQL("create temp table {} (i int, {})").format(sql.Identifier(alias), shape))
        with connection.cursor().copy(sql.SQL("copy {} from stdin").format(sql.Identifier(alias))) as copy:
            for i, row in enumerate(rows):
                side = [1 if row["accountOperation.transactionCategory"] == "DEBIT" else -1] if alias == "o" else []
                copy.write_row([i, *(row[path] for path in paths), *side])
    return "o join a using (i) join b using (i)"


def quoted(text: str) -> str:
    """A literal of the language."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def literal(kind: NodeType) -> st.SearchStrategy[str]:
    """A written value of a kind."""
    if kind is NodeType.NUMBER:
        return st.sampled_from([format(abs(n), "f") for n in NUMBERS])
    if kind is NodeType.TEXT:
        return st.sampled_from(TEXTS).map(quoted)
    if kind is NodeType.DATE:
        return st.sampled_from([f"date('{day.isoformat()}')" for day in DATES])
    return st.sampled_from(["true", "false"])


def name(kind: NodeType) -> st.SearchStrategy[str]:
    """A property of a kind, without the closed lists, which refuse most texts."""
    return st.sampled_from([s.path for s in PROPERTIES.values() if s.kind is kind and not s.values])


def shape(form: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A form with its parts filled in."""
    return st.tuples(*parts).map(lambda texts: form.format(*texts))


@cache
def of_kind(kind: NodeType, depth: int) -> st.SearchStrategy[str]:
    """A random expression of a kind."""
    leaf = st.one_of(name(kind), name(kind), literal(kind))
    if depth == 0:
        return leaf
    below = {k: of_kind(k, depth - 1) for k in SAMPLES}
    boolean, number, text, day = (below[k] for k in (NodeType.BOOLEAN, NodeType.NUMBER, NodeType.TEXT, NodeType.DATE))
    either = shape("({} ? {} : {})", boolean, below[kind], below[kind])
    maybe = shape("({} ? {} : null)", boolean, below[kind])
    made = {
        NodeType.BOOLEAN: lambda: booleans(boolean, number, text, day),
        NodeType.NUMBER: lambda: numbers(number, text, day),
        NodeType.TEXT: lambda: st.one_of(shape("lower({})", text), shape("upper({})", text)),
        NodeType.DATE: lambda: dates(number, day),
    }[kind]()
    return st.one_of(leaf, made, made, made, either, maybe)


def booleans(
    boolean: st.SearchStrategy[str],
    number: st.SearchStrategy[str],
    text: st.SearchStrategy[str],
    day: st.SearchStrategy[str],
) -> st.SearchStrategy[str]:
    """Conditions over parts."""
    equal, order = st.sampled_from(["==", "!=", "eq", "ne"]), st.sampled_from(["<", "<=", ">", ">=", "lt", "ge"])
    within = st.sampled_from(["in", "not in"])
    fixed = [
        shape("({} {} [{}, {}, null])", k, within, a, a)
        for k, a in ((number, literal(NodeType.NUMBER)), (text, literal(NodeType.TEXT)))
    ]
    listed = [shape("({} {} [{}, {}])", k, within, k, k) for k in (boolean, number, text, day)]
    constant = [
        shape("({} {} [{}, {}])", k, within, literal(kind), literal(kind))
        for kind, k in ((NodeType.TEXT, text), (NodeType.DATE, day))
    ]
    compared = [shape("({} {} {})", k, equal, k) for k in (boolean, number, text, day)]
    ordered = [shape("({} {} {})", k, order, k) for k in (number, text, day)]
    nulls = [shape("({} {} null)", k, equal) for k in (boolean, number, text, day)]
    empties = [shape("(empty {})", k) for k in (boolean, number, text, day)]
    tests = [shape(f"{f}({{}}, {{}})", text, text) for f in ("startsWith", "endsWith", "contains")]
    joined = [
        shape("({} && {} and {})", *[boolean] * 3),
        shape("({} || {})", boolean, boolean),
        shape("(!{})", boolean),
    ]
    return st.one_of(*compared, *ordered, *fixed, *listed, *constant, *nulls, *empties, *tests, *joined)


def numbers(
    number: st.SearchStrategy[str], text: st.SearchStrategy[str], day: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    """Numbers out of parts."""
    op = st.sampled_from("+ - * / % div mod".split())
    chained = [shape("({} {} {} {} {})", number, op, number, op, number), shape("({} {} {})", number, op, number)]
    called = [shape(f"{f}({{}}, {{}})", number, number) for f in ("min", "max")]
    dated = [shape(f"{f}({{}})", day) for f in ("year", "month", "day")]
    single = [
        shape("(-{})", number),
        shape("abs({})", number),
        shape("length({})", text),
        shape("daysBetween({}, {})", day, day),
    ]
    rounded = shape("round({}, {})", number, st.integers(0, 6).map(str))
    return st.one_of(*chained, *called, *dated, *single, rounded)


def dates(number: st.SearchStrategy[str], day: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Dates out of parts."""
    whole = st.integers(-4_000_000, 4_000_000).map(str) | st.integers(-40, 40).map(str)
    moved = [
        shape(f"{f}({{}}, {{}})", day, by) for f in ("addDays", "addMonths") for by in (number_safe(number), whole)
    ]
    return st.one_of(*moved, shape("startOfMonth({})", day), shape("endOfMonth({})", day))


def number_safe(number: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A count that is no literal fraction."""
    return shape("({} + 0)", number)


def compiled(text: str, kind: NodeType) -> Node:
    """The tree of a generated text; one that is too long or too costly is passed over."""
    try:
        syntax = parse(f"#{{ {text} }}")
        assert syntax is not None
        return check(syntax, kind)
    except Refused as refused:
        assume(refused.refusals[0].code not in {"expression_too_long", "expression_too_costly"})
        raise


EXPRESSIONS = st.one_of(*(st.tuples(st.just(kind), of_kind(kind, 3)) for kind in SAMPLES))


def truth_of(kind: NodeType, read: Callable[[Row], Any]) -> Callable[[Row], Any]:
    """A condition is read as true or false: null counts as false."""
    return (lambda row: bool(read(row))) if kind is NodeType.BOOLEAN else read


def test_postgresql_and_python_agree_on_every_row(database_url: str) -> None:
    rows = [random_row(random.Random(seed)) for seed in range(120)]
    with psycopg.connect(database_url) as connection:
        source = create_rows(connection, rows)

        @examples(80, 2_000)
        @given(EXPRESSIONS)
        def agree(expression: tuple[NodeType, str]) -> None:
            kind, text = expression
            tree = compiled(text, kind)
            statement, parameters = to_sql(tree)
            query = f"select {statement} from {source} order by i"
            found = connection.execute(query, {**parameters, "current_date": TODAY}).fetchall()
            assert [value for (value,) in found] == list(map(truth_of(kind, to_reader(tree)), rows)), statement

        agree()


def test_measures_agree_on_every_row(database_url: str) -> None:
    rows = [random_row(random.Random(seed)) for seed in range(60)]
    with psycopg.connect(database_url) as connection:
        source = create_rows(connection, rows)

        @examples(25, 500)
        @given(of_kind(NodeType.NUMBER, 3))
        def agree(text: str) -> None:
            tree = compiled(text, NodeType.NUMBER)
            statement, parameters = measure_sql(tree)
            query = f"select {statement} from {source} order by i"
            found = connection.execute(query, {**parameters, "current_date": TODAY}).fetchall()
            assert [value for (value,) in found] == list(map(to_value(tree), rows)), statement

        agree()


def test_a_folded_expression_agrees_in_postgresql(database_url: str) -> None:
    rows = [random_row(random.Random(seed)) for seed in range(40)]
    with psycopg.connect(database_url) as connection:
        source = create_rows(connection, rows)

        @examples(50, 1_000)
        @given(EXPRESSIONS, st.integers(0, len(rows) - 1), st.sets(st.sampled_from(list(PROPERTIES))))
        def agree(expression: tuple[NodeType, str], i: int, known: set[str]) -> None:
            kind, text = expression
            tree = compiled(text, kind)
            statement, parameters = to_sql(fold(tree, {path: rows[i][path] for path in known}))
            query = f"select {statement} from {source} where i = %(i)s"
            found = connection.execute(query, {**parameters, "current_date": TODAY, "i": i}).fetchone()
            assert found == (truth_of(kind, to_reader(tree))(rows[i]),), statement

        agree()


@examples(100, 5_000)
@given(EXPRESSIONS, st.integers(0, 10**6), st.sets(st.sampled_from(list(PROPERTIES))))
def test_folding_keeps_the_value(expression: tuple[NodeType, str], seed: int, known: set[str]) -> None:
    kind, text = expression
    row = random_row(random.Random(seed))
    tree = compiled(text, kind)
    folded = fold(tree, {path: row[path] for path in known})
    assert to_reader(folded)(row) == to_reader(tree)(row)


@pytest.mark.parametrize("divisor", ["3", "-3", "7", "0.000003", "99999999999999.999999"])
@pytest.mark.parametrize("dividend", ["0", "1", "-1", "10", "0.0000015", "99999999999999.999999", "-2"])
def test_division_rounds_half_away_from_zero_to_six_decimals(dividend: str, divisor: str) -> None:
    top, bottom = Decimal(dividend), Decimal(divisor)
    tree = compiled("accountOperation.amount / accountOperation.disputedAmount", NodeType.NUMBER)
    row = {"accountOperation.amount": top, "accountOperation.disputedAmount": bottom}
    quotient = to_reader(tree)(row)
    error = abs(quotient * bottom - top)
    assert error * 2 <= abs(bottom) * Decimal("0.000001")
