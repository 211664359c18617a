"""Why a row is in or out."""

from __future__ import annotations

from datetime import date

from solde.expressions import compile_expression, reasons, trace

DUNNING = (
    "#{ accountOperation.type == 'I' && accountOperation.dueDate < currentDate"
    " && (accountOperation.matchingStatus == 'O' || accountOperation.matchingStatus == 'P') }"
)
LATE = {
    "accountOperation.type": "I",
    "accountOperation.dueDate": date(2026, 1, 31),
    "accountOperation.matchingStatus": "P",
    "currentDate": date(2026, 4, 1),
}


def test_each_part_has_its_text_its_column_and_its_value() -> None:
    traced = trace(compile_expression(DUNNING), LATE)
    assert (traced.value, traced.joined_by, traced.column) == (True, "and", 4)
    assert [(part.text, part.column, part.value) for part in traced.children[:2]] == [
        ("accountOperation.type == 'I'", 4, True),
        ("accountOperation.dueDate < currentDate", 36, True),
    ]
    assert [(part.column, part.value) for part in traced.children[2].children] == [(79, False), (121, True)]


def test_a_true_condition_is_explained_by_what_made_it_true() -> None:
    assert reasons(trace(compile_expression(DUNNING), LATE)) == [
        "accountOperation.type == 'I'",
        "accountOperation.dueDate < currentDate",
        "accountOperation.matchingStatus == 'P'",
    ]


def test_a_false_condition_is_explained_by_its_false_parts_alone() -> None:
    row = LATE | {"accountOperation.matchingStatus": "L", "currentDate": date(2025, 1, 1)}
    assert reasons(trace(compile_expression(DUNNING), row)) == [
        "accountOperation.dueDate < currentDate",
        "accountOperation.matchingStatus == 'O'",
        "accountOperation.matchingStatus == 'P'",
    ]


def test_a_blank_condition_needs_no_reason() -> None:
    traced = trace(compile_expression(""), {})
    assert traced.value
    assert reasons(traced) == []


def test_expressions_that_differ_only_in_spaces_keep_their_own_columns() -> None:
    columns = [trace(compile_expression(text), {}).column for text in ("#{true}", "#{  true}")]
    assert columns == [3, 5]
