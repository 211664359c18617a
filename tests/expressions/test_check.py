"""What an expression may say, and what a wrong one is told."""

from __future__ import annotations

import pytest

from solde.expressions import NodeType, compile_expression, function_list, properties
from solde.kernel.refusals import Refused


def told(text: str, want: str = "boolean") -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        compile_expression(text, "number" if want == "number" else "boolean")
    return [(refusal.code.removeprefix("expression_"), refusal.message) for refusal in caught.value.refusals]


DUNNING = (
    "#{ accountOperation.type == 'I' && accountOperation.dueDate < currentDate"
    " && (accountOperation.matchingStatus == 'O' || accountOperation.matchingStatus == 'P') }"
)


def test_the_dunning_expression_compiles_and_names_what_it_reads() -> None:
    expression = compile_expression(DUNNING)
    assert expression.kind is NodeType.BOOLEAN
    assert expression.properties == {
        "accountOperation.type",
        "accountOperation.dueDate",
        "accountOperation.matchingStatus",
        "currentDate",
    }


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_a_blank_text_is_true(text: str) -> None:
    assert compile_expression(text).properties == frozenset()


def test_a_blank_text_is_no_measure() -> None:
    assert told("", "number") == [("type", "a blank expression is true; write a number as #{ ... }")]


@pytest.mark.parametrize(
    "text",
    [
        "#{ accountOperation.excludeFromDefaultBalance==false }",
        "#{ accountOperation.amount ge 10 and not empty accountOperation.reference }",
        "#{ accountOperation.amount div 2 mod 3 eq 1 or accountOperation.amount ne 1 }",
        "#{ accountOperation.reference == \"it's\" || accountOperation.reference == 'a \\\\ \\' \\\" } #{' }",
        "#{ accountOperation.type not in ['I', 'P'] }",
        "#{ accountOperation.dueDate < '2026-01-31' && '2026-01-31' != accountOperation.collectionDate }",
        "#{ accountOperation.dueDate in ['2026-01-31', null, date('2026-02-28'), currentDate] }",
        "#{ accountOperation.reference == null ? true : null }",
        "#{ (accountOperation.amount > 1 ? accountOperation.dueDate : null) == null }",
        "#{ addDays(accountOperation.dueDate, 30) < startOfMonth(currentDate) }",
        "#{ null == null }",
        "#{ - -accountOperation.amount <= -0.000001 }",
        "#{ accountOperation.amount + " + " + ".join(["1"] * 150) + " > 0 }",
    ],
)
def test_it_compiles(text: str) -> None:
    assert compile_expression(text).kind is NodeType.BOOLEAN


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("accountOperation.amount > 1", "syntax", "column 1: write the expression as #{ accountOperation.amount > 1 }"),
        ("${ true }", "syntax", "column 1: begin with #{ instead of ${"),
        (" #{ true ", "syntax", "column 9: the closing } is missing"),
        ("#{ }", "syntax", "column 3: nothing stands between #{ and }; leave the whole text blank for true"),
        ("#{ accountOperation.number = 1 }", "syntax", "column 28: unexpected '='; did you mean '=='?"),
        ("#{ true & true }", "syntax", "column 9: unexpected '&'; did you mean '&&'?"),
        ("#{ true AND true }", "syntax", "column 9: unexpected 'AND'; write 'and'"),
        ("#{ 1 <> 2 }", "syntax", "column 7: unexpected '>'; did you mean '!='?"),
        ("#{ 1e5 > 2 }", "syntax", "column 5: unexpected 'e5'; write the number without an exponent"),
        ("#{ true } #{ true }", "syntax", "column 9: unexpected '}'; only one #{ } is allowed"),
        ("#{ 'a }", "syntax", 'column 4: unexpected "\'"; the text has no closing quote'),
        (
            "#{ accountOperation.code == \u2018A\u2019 }",
            "syntax",
            "column 29: unexpected '\\u2018'; use the straight quote '",
        ),
        ("#{ true && }", "syntax", "column 12: the expression ends too early"),
        ("#{ 'a\\n' == 'a' }", "syntax", "column 6: unknown escape '\\\\n'; write a backslash only before \\ ' or \""),
        ("#{ accountOperation.code == '\0' }", "syntax", "column 30: the character U+0000 is not allowed"),
        ("#{ accountOperation.dueDate < 5 }", "type", "column 29: cannot compare date with number"),
        ("#{ accountOperation.number == '5' }", "type", "column 28: cannot compare number with text"),
        (
            "#{ accountOperation.dueDate < '2026-02-30' }",
            "type",
            "column 31: '2026-02-30' is not a date of the form 'YYYY-MM-DD'",
        ),
        ("#{ accountOperation.amount }", "type", "column 4: the whole expression must be boolean, this is number"),
        ("#{ accountOperation.amount && true }", "type", "column 4: what '&&' joins must be boolean, this is number"),
        ("#{ true < false }", "type", "column 9: '<' cannot order boolean; use == or !="),
        ("#{ accountOperation.amount > null }", "type", "column 28: '>' cannot order null; use == or !="),
        ("#{ 'a' + 1 == 2 }", "type", "column 4: what '+' takes must be number, this is text"),
        ("#{ true ? null : null }", "type", "column 11: one branch of '? :' must have a value"),
        ("#{ (true ? 1 : 'a') == 1 }", "type", "column 12: cannot choose number with text"),
        (
            "#{ round(1, 7) == 1 }",
            "type",
            "column 13: decimals of round(number, decimals) must be a written number, 0 to 6",
        ),
        (
            "#{ addDays(currentDate, 1.5) == null }",
            "type",
            "column 25: count of addDays(day, count) must be a whole number",
        ),
        ("#{ abs(1, 2) == 1 }", "type", "column 4: abs(number) takes 1 argument, not 2"),
        (
            "#{ date(accountOperation.code) == null }",
            "type",
            "column 9: date() takes a written date, such as date('2026-01-31')",
        ),
        (
            "#{ 123456789012345 > 1 }",
            "type",
            "column 4: a number has at most 14 digits before the point and 6 behind it",
        ),
        (
            "#{ accountOperation.typ == 'I' }",
            "unknown_property",
            "column 4: unknown property 'accountOperation.typ'; did you mean accountOperation.type?",
        ),
        (
            "#{ DueDate < currentDate }",
            "unknown_property",
            "column 4: unknown property 'DueDate'; did you mean accountOperation.dueDate?",
        ),
        (
            "#{ startWith(accountOperation.code, 'A') }",
            "unknown_function",
            "column 4: unknown function 'startWith'; did you mean startsWith?",
        ),
        (
            "#{ accountOperation.transactionCategory == 'debit' }",
            "unknown_value",
            "column 44: 'debit' is never a value here; the values are DEBIT, CREDIT; did you mean DEBIT?",
        ),
        (
            "#{ 'Q' != accountOperation.matchingStatus }",
            "unknown_value",
            "column 4: 'Q' is never a value here; the values are O, P, L, I, R, C",
        ),
    ],
)
def test_it_is_refused_with_a_column_and_a_suggestion(text: str, code: str, message: str) -> None:
    assert told(text) == [(code, message)]


def test_not_binds_tightly_and_says_so() -> None:
    ((code, message),) = told("#{ not accountOperation.type in ['I'] }")
    assert code == "type"
    assert message.endswith("write not (a == b), or a not in [..]")


def test_every_problem_is_reported_at_once() -> None:
    problems = told("#{ accountOperation.typ == 'I' && now() && accountOperation.amount > 'x' }")
    assert [code for code, _ in problems] == ["unknown_property", "unknown_function", "type"]


def test_a_refusal_carries_its_column() -> None:
    with pytest.raises(Refused) as caught:
        compile_expression("#{ true && accountOperation.amout > 1 }")
    assert [refusal.column for refusal in caught.value.refusals] == [12]


def test_no_more_than_a_thousand_characters() -> None:
    assert told("#{ " + " " * 998 + "}")[0][0] == "too_long"


@pytest.mark.parametrize(("opening", "closing"), [("(", ")"), ("!", ""), ("not ", ""), ("!(", ")")])
def test_twenty_levels_are_enough_and_one_more_is_refused(opening: str, closing: str) -> None:
    def nest(levels: int) -> str:
        return "#{ " + opening * levels + "accountOperation.excludeFromDefaultBalance" + closing * levels + " }"

    assert compile_expression(nest(20)).kind is NodeType.BOOLEAN
    assert told(nest(21))[0][0] == "too_deep"


@pytest.mark.parametrize("join", [" && ", " || ", " and "])
def test_a_chain_of_one_operator_is_not_depth(join: str) -> None:
    assert compile_expression("#{ " + join.join(["true"] * 100) + " }").kind is NodeType.BOOLEAN


def test_too_many_operations_are_refused() -> None:
    assert told("#{ " + "+".join(["1"] * 300) + " > 0 }") == [
        ("too_costly", "the expression has 300 operations; at most 200 are allowed")
    ]


def test_a_product_of_many_numbers_is_refused() -> None:
    assert told("#{ " + "*".join(["accountOperation.amount"] * 20) + " > 0 }")[0][0] == "too_costly"


def test_a_measure_is_a_number() -> None:
    assert compile_expression("#{ accountOperation.amount * 2 }", "number").kind is NodeType.NUMBER
    assert told("#{ true }", "number")[0][0] == "type"


def test_every_property_and_function_has_a_line_for_people() -> None:
    assert all(spec.doc.endswith((".", "?", "…")) for spec in properties())
    assert all(function.doc and function.signature.startswith(function.name) for function in function_list())
