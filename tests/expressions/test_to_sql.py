"""The SQL of an expression: placeholders for all that is written, and forms that an index answers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from solde.expressions import compile_expression, measure_sql, to_sql


@pytest.mark.parametrize(
    ("inner", "statement"),
    [
        ("accountOperation.code == 'A'", "(o.code = %(e0)s::text and o.code is not null)"),
        ("accountOperation.code != 'A'", "(o.code is distinct from %(e0)s::text)"),
        ("accountOperation.code == accountOperation.reference", "(o.code is not distinct from o.reference)"),
        ("accountOperation.dueDate < currentDate", "(o.due_on < %(current_date)s::date and o.due_on is not null)"),
        ("accountOperation.code < 'A'", '(o.code collate "C" < %(e0)s::text and o.code is not null)'),
        ("accountOperation.code in ['A', 'B']", "(o.code = any(%(e0)s::text[]) and o.code is not null)"),
        ("accountOperation.code == null", "(o.code is null)"),
        (
            "accountOperation.amount % 2 == 1",
            "coalesce((mod(coalesce(o.amount, 0), nullif(%(e0)s::numeric, 0))) = %(e1)s::numeric, false)",
        ),
        ("accountOperation.excludeFromDefaultBalance", "coalesce(o.excluded, false)"),
        ("true", "true"),
    ],
)
def test_a_condition_becomes(inner: str, statement: str) -> None:
    assert to_sql(compile_expression(f"#{{ {inner} }}"))[0] == statement


def test_every_written_value_is_a_parameter() -> None:
    listed = "accountOperation.code in ['A', \"'; drop table operation; --\"]"
    text = f"#{{ {listed} && accountOperation.amount > 1.5 && currentDate > '2026-01-31' }}"
    statement, parameters = to_sql(compile_expression(text), "x")
    assert parameters == {"x0": ["A", "'; drop table operation; --"], "x1": Decimal("1.5"), "x2": date(2026, 1, 31)}
    assert "drop" not in statement


def test_a_measure_is_rounded_and_never_null() -> None:
    statement, parameters = measure_sql(compile_expression("#{ accountOperation.amount / 3 }", "number"))
    assert statement == "round(coalesce((expr_divide(coalesce(o.amount, 0), %(m0)s::numeric)), 0), 6)"
    assert parameters == {"m0": Decimal(3)}


def test_a_statement_grows_with_the_expression_and_no_faster() -> None:
    inner = "accountOperation.amount"
    for _ in range(9):
        inner = f"({inner} > 1 ? 1 : 2)"
    nested = f"#{{ {inner} in [accountOperation.amount, 2] }}"
    assert len(to_sql(compile_expression(nested))[0]) < 20 * len(nested)


def test_a_prefix_is_a_plain_name() -> None:
    with pytest.raises(AssertionError):
        to_sql(compile_expression(""), "e)s; --")
