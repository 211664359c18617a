"""Folding: what known properties decide; that it keeps the meaning is tested on random expressions."""

from __future__ import annotations

import pytest

from solde.expressions import NOT_CONSTANT, compile_expression, constant, fold, to_predicate, to_sql

EXCLUDED = "accountOperation.excludeFromDefaultBalance"


def folded(inner: str, **known: object) -> object:
    tree = fold(
        compile_expression(f"#{{ {inner} }}"), {f"accountOperation.{name}": value for name, value in known.items()}
    )
    value = constant(tree)
    return to_sql(tree)[0] if value is NOT_CONSTANT else value


@pytest.mark.parametrize(
    ("inner", "known", "expected"),
    [
        ("accountOperation.type == 'I'", {"type": "I"}, True),
        ("accountOperation.type == 'I' && accountOperation.amount > 1", {"type": "P"}, False),
        ("accountOperation.type == 'I' || accountOperation.amount > 1", {"type": "I"}, True),
        (
            "accountOperation.type in ['I', 'P'] && !accountOperation.excludeFromDefaultBalance",
            {"type": "P", "excludeFromDefaultBalance": False},
            True,
        ),
        ("accountOperation.type == 'I' && empty accountOperation.code", {"type": "I"}, "(coalesce(o.code, '') = '')"),
        (
            "accountOperation.type == 'I' && accountOperation.excludeFromDefaultBalance",
            {"type": "I"},
            "(coalesce(o.excluded, false))",
        ),
        ("accountOperation.type == 'I' ? empty accountOperation.dueDate : false", {"type": "I"}, "(o.due_on is null)"),
        ("accountOperation.dueDate < accountOperation.collectionDate", {"dueDate": None}, False),
        ("accountOperation.code in ['A', accountOperation.reference]", {"code": "A"}, True),
        ("accountOperation.excludeFromDefaultBalance", {"excludeFromDefaultBalance": None}, False),
        ("accountOperation.number * 2 == 14", {"number": 7}, True),
        ("true", {}, True),
    ],
)
def test_known_properties_decide(inner: str, known: dict[str, object], expected: object) -> None:
    assert folded(inner, **known) == expected


def test_a_part_that_may_be_null_stays_two_valued() -> None:
    expression = compile_expression(f"#{{ (accountOperation.type == 'I' && {EXCLUDED}) == null }}")
    tree = fold(expression, {"accountOperation.type": "I"})
    assert to_predicate(tree)({EXCLUDED: None}) is to_predicate(expression)(
        {"accountOperation.type": "I", EXCLUDED: None}
    )


def test_a_measure_folds_to_a_number() -> None:
    tree = fold(compile_expression("#{ accountOperation.amount / 4 }", "number"), {"accountOperation.amount": 1})
    assert str(constant(tree)) == "0.250000"
