"""Texts that mean harm: each is refused, as a refusal, in less than 50 milliseconds of work."""

from __future__ import annotations

import time

import pytest

from solde.expressions import compile_expression
from solde.kernel.refusals import Refused

FASTEST_OF = 3
SECONDS_MOST = 0.05
AO = "accountOperation"

ATTRIBUTES = "__class__ __dict__ __init__ __globals__ __builtins__ __subclasses__ __mro__ getClass class format".split()
CALLS = "eval exec open getattr setattr __import__ globals vars type print system executeScript call getBean".split()
INJECTIONS = [
    "1; drop table operation",
    "1 -- ",
    "1 /* */",
    "1 or 1=1",
    "' or '1'='1",
    "'a' || pg_sleep(10)",
    "(select 1)",
    "o.class",
    "$1",
    ":name",
    "%(e0)s",
    "%s",
    "true; commit",
    "1::text",
    "true union select 1",
    "'a' like '%'",
    "true is true",
    "E'\\\\x41'",
    "$$a$$",
    "`a`",
    "[1]",
    "{}",
    "{1: 2}",
    "1 if true else 2",
    "lambda: 1",
    "x := 1",
    "[x for x in [1]]",
    "not",
    "in",
    "&& true",
    "true &&",
    "true ||",
    "()",
    "(true",
    "true)",
    "[true",
    "true]",
    "true ? 1",
    "? :",
    "1 in []",
    "true true",
    "1 1",
    "'a' 'b'",
    ",",
    ".",
    "..",
    "a..b",
    ".a",
    "a.",
    "@",
    "~1",
    "^1",
    "1 ^ 2",
    "1 ** 2",
    "1 // 2",
    "1 << 2",
    "1 >> 2",
    "1 | 2",
    "true & true",
    "!",
    "-",
    "- true",
    "!1",
    "empty",
    "null",
    "'a'",
    "1",
    "currentDate",
    "f()",
    "date()",
    "1 = 1",
    "1 === 1",
    "1 =! 1",
    "1 => 1",
    "0x10 == 16",
    "1_000 == 1000",
    "1e9 == 1",
    "1.e == 1",
    "1. == 1",
    ".5 == 1",
    "NaN == 1",
    "Infinity > 1",
    "None == null",
    "True",
    "self",
    "this",
    "it",
    "${true}",
    "#{true}",
    "T(java.lang.Runtime)",
    "''.getClass()",
    "Runtime.getRuntime().exec('id')",
    "pageContext.request",
    "facesContext",
    "applicationScope",
    "session['a']",
    "a[0] == 1",
    "accountOperation['type'] == 'I'",
    "accountOperation == null",
    "accountOperation.type.length == 1",
    "customerAccount.id == 1",
    "accountOperation. type == 'I'",
    "AccountOperation.type == 'I'",
    "accountoperation.type == 'I'",
    "billingAccount.b == 'x'",
]
CHARACTERS = [
    "true \0",
    "'\0' == ''",
    "tr\u00fce",
    "\u0430ccountOperation.type == 'I'",
    "accountOperation\uff0etype == 'I'",
    "true\u00a0&& true",
    "\u2018I\u2019 == 'I'",
    "\uff08true\uff09",
    "true \u2028",
    "'\ud800' == ''",
    "'\x1b[31m' == ''",
    "\u202etrue",
    "true\u200b",
    "1 \u2264 2",
    "1 \u2260 2",
    "\uff11 == 1",
    "\u0661 == 1",
    "'\x7f' == ''",
    "'\x85' == ''",
    "\U0001f4a3",
    "'a\\n' == 'a'",
    "'a\\u0041' == 'a'",
    "'a\\x41' == 'a'",
    "'a\\",
    "'a\\'",
    '"a',
    "'",
]
FRAMES = [
    "true",
    "{true}",
    "#true",
    "#{true",
    "#{",
    "#",
    "}",
    "#{}",
    "#{ }",
    "${true}",
    "#{true} ",
    "#{true}}",
    "#{#{true}}",
    "x #{true}",
    "#{true} x",
    "#{true}#{true}",
    "\ufeff#{true}",
    "%{true}",
    "{{true}}",
    "<%= true %>",
    "\u00a0",
    "0",
    "#{'}",
    '#{"}',
]
LARGE = [
    "9" * 900,
    "9" * 15,
    "0." + "0" * 900 + "1",
    "1.0000001",
    "'" + "a" * 900 + "'",
    "a" * 900,
    "a." * 450 + "a",
    "_" * 900,
    "(" * 450 + "true" + ")" * 450,
    "(" * 900,
    ")" * 900,
    "[" * 900,
    "!" * 900 + "true",
    "-" * 900 + "1",
    "not " * 240 + "true",
    "empty " * 150 + "null",
    "true ? " * 100 + "true" + " : false" * 30,
    "+".join(["1"] * 450),
    "1" + "-1" * 400 + " == 0",
    "*".join(["9999999999"] * 80) + " > 0",
    "*".join(["accountOperation.amount"] * 39) + " > 0",
    "true" + " && true" * 110 + " && 1",
    "/".join(["accountOperation.amount"] * 39) + "*9 > x",
    "abs(" * 200 + "1" + ")" * 200,
    "lower(" * 160,
    "a(" * 450,
    "'" * 901,
    '"' * 901,
    "\\" * 900,
    "'" + "\\" * 901 + "'",
    "&&" * 450,
    "1 in [" * 100,
    "#{" * 450,
    "a && " * 190 + "b",
    "accountOperation.typ && " * 39 + "true",
    "accountOperatio.type && " * 39 + "true",
    "f() && " * 130 + "true",
    "1 == " * 180 + "1",
    "1 < 2 == " * 90 + "true",
    "date('" * 140,
    ". " * 450,
    "? :" * 300,
    "min(1, " * 100 + "1" + ")" * 100,
    "'a' == " * 120 + "'a'",
]
TOO_LONG = [
    "(" * 10_000 + "true" + ")" * 10_000,
    "9" * 1_000_000,
    "'" + "a" * 1_000_000 + "'",
    "!" * 100_000 + "true",
    " " * 2_000 + "true",
    "\\'" * 50_000,
]

HOSTILE = [
    *(f"#{{ {AO}.{name} }}" for name in ATTRIBUTES),
    *(f"#{{ {AO}.type.{name}() }}" for name in ATTRIBUTES),
    *(f"#{{ {name}('1') }}" for name in CALLS),
    *(f"#{{ {inner} }}" for inner in [*INJECTIONS, *CHARACTERS, *LARGE, *TOO_LONG]),
    *(text for text in FRAMES if text != "#{true} "),
]


def seconds_to_refuse(text: str) -> float:
    start = time.thread_time()
    with pytest.raises(Refused) as caught:
        compile_expression(text)
    took = time.thread_time() - start
    assert all(refusal.code.startswith("expression_") for refusal in caught.value.refusals)
    assert all(len(refusal.message) < 300 and refusal.message.isprintable() for refusal in caught.value.refusals)
    return took


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:30]))
def test_it_is_refused_quickly(text: str) -> None:
    assert any(seconds_to_refuse(text) < SECONDS_MOST for _ in range(FASTEST_OF))


def test_there_are_two_hundred_of_them() -> None:
    assert len(set(HOSTILE)) >= 200


def test_a_text_in_quotes_is_only_a_text() -> None:
    for body in ("__class__", "1; drop table operation --", "#{ true }", "%(e0)s", "{0}"):
        assert compile_expression(f"#{{ accountOperation.reference == '{body}' }}").properties == {
            "accountOperation.reference"
        }
