"""From a text to a syntax tree: the frame #{ }, the grammar, and the bounds on length and depth.

Nothing here calls itself once per nesting level, so no text can exhaust the stack before its depth is known.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from solde.kernel.refusals import Kind as RefusalKind
from solde.kernel.refusals import Refused, declare, refuse
from solde.kernel.texts import Text, Value, say

LENGTH_MOST = 1000
DEPTH_MOST = 20
BLANKS = " \t\r\n"

SYNTAX = declare("expression_syntax", RefusalKind.INVALID, "Correct the expression at the column named.")
TOO_LONG = declare("expression_too_long", RefusalKind.INVALID, f"Write at most {LENGTH_MOST} characters.")
TOO_DEEP = declare(
    "expression_too_deep", RefusalKind.INVALID, f"Nest at most {DEPTH_MOST} levels; chains of one operator are free."
)

Syntax = Tree[Token]

_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_BRACKET = re.compile(r"[()\[\]]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = "\\'\""
_HINTS = {
    "=": "did you mean '=='?",
    "&": "did you mean '&&'?",
    "|": "did you mean '||'?",
    "‘": "use the straight quote '",
    "’": "use the straight quote '",
    "“": 'use the straight quote "',
    "”": 'use the straight quote "',
    "'": "the text has no closing quote",
    '"': "the text has no closing quote",
    "}": "only one #{ } is allowed",
    "#": "only one #{ } is allowed",
    ";": "an expression is one condition, without ';'",
    "{": "use ( ) or [ ] instead",
}
_WORD_HINTS = {
    "like": "use contains, startsWith or endsWith",
    "is": "did you mean '=='?",
    "between": "use two comparisons joined by &&",
}
_OPERATOR_WORDS = frozenset("and or not eq ne lt le gt ge in div mod empty true false null".split())


def fail(template: str, position: int, /, **values: Value) -> Refused:
    """A syntax refusal at a character position counted from 0."""
    said = say("column {position}: {message}", position=position + 1, message=Text(template, values))
    return Refused(refuse(SYNTAX, said, column=position + 1))


def quote(text: str) -> str:
    """Words of the user inside a message: short, and every odd character spelled out."""
    return ascii(text if len(text) <= 40 else text[:40] + "...")


def parse(text: str) -> Syntax | None:
    """Read a text of the form #{ ... }; a blank text gives None.

    Gives: a tree whose positions count from the start of the text; at most DEPTH_MOST levels deep.
    Refuses: expression_too_long, expression_syntax, expression_too_deep.
    """
    if len(text) > LENGTH_MOST:
        said = say(
            "the expression has {count} characters; at most {length_most} are allowed",
            count=len(text),
            length_most=LENGTH_MOST,
        )
        raise Refused(refuse(TOO_LONG, said))
    _check_characters(text)
    if not text.strip(BLANKS):
        return None
    inner = _unframe(text)
    _check_brackets(inner)
    tree = _read(inner, text)
    _check_depth(tree)
    return tree


def unescape(token: Token) -> str:
    """The text between the quotes; a backslash keeps a quote or a backslash."""
    start = (token.start_pos or 0) + 1

    def bare(found: re.Match[str]) -> str:
        if found.group(1) not in _ESCAPED:
            raise fail(
                "unknown escape {found}; write a backslash only before \\ ' or \"",
                start + found.start(),
                found=quote(found.group()),
            )
        return found.group(1)

    return _ESCAPE.sub(bare, str(token)[1:-1])


def _check_characters(text: str) -> None:
    for position, character in enumerate(text):
        code = ord(character)
        if (code < 0x20 and character not in BLANKS) or 0x7F <= code < 0xA0 or 0xD800 <= code <= 0xDFFF:
            raise fail("the character U+{code:04X} is not allowed", position, code=code)


def _unframe(text: str) -> str:
    """Replace the frame by blanks, so that positions stay those of the whole text."""
    start = len(text) - len(text.lstrip(BLANKS))
    end = len(text.rstrip(BLANKS))
    if text.startswith("${", start):
        raise fail("begin with #{ instead of ${", start)
    if not text.startswith("#{", start):
        raise fail("write the expression as #{{ {text} }}", start, text=_shorten(text.strip(BLANKS)))
    if text[end - 1] != "}":
        raise fail("the closing } is missing", end)
    inner = " " * (start + 2) + text[start + 2 : end - 1]
    if not inner.strip(BLANKS):
        raise fail("nothing stands between #{ and }; leave the whole text blank for true", start + 2)
    return inner


def _shorten(text: str) -> str:
    shown = ascii(text[:40])[1:-1]
    return shown if len(text) <= 40 else shown + "..."


def _check_brackets(inner: str) -> None:
    """Bound the nesting of brackets, redundant ones too."""
    bare = _LITERAL.sub(lambda found: " " * len(found.group()), inner)
    level = 0
    for found in _BRACKET.finditer(bare):
        level += 1 if found.group() in "([" else -1
        if level > DEPTH_MOST:
            raise _too_deep(found.start())


def _too_deep(position: int) -> Refused:
    said = say(
        "column {position}: the expression is nested more than {depth_most} levels deep",
        position=position + 1,
        depth_most=DEPTH_MOST,
    )
    return Refused(refuse(TOO_DEEP, said, column=position + 1))


@cache
def _grammar() -> Lark:
    return Lark(files(__package__).joinpath("grammar.lark").read_text("utf-8"), parser="lalr", propagate_positions=True)


def _read(inner: str, text: str) -> Syntax:
    try:
        return _grammar().parse(inner)
    except UnexpectedInput as error:
        raise _explain(error, inner, text) from None


def _explain(error: UnexpectedInput, inner: str, text: str) -> Refused:
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return fail("the expression ends too early", len(text.rstrip(BLANKS)) - 1)
    if isinstance(error, UnexpectedToken):
        found, position = str(error.token), error.token.start_pos or 0
        hint = _hint_for_word(found, inner[:position].rstrip(BLANKS))
    else:
        assert isinstance(error, UnexpectedCharacters)
        found, position = error.char, error.pos_in_stream
        known = _HINTS.get(found)
        hint = None if known is None else Text(known)
    if hint is None:
        return fail("unexpected {found}", position, found=quote(found))
    return fail("unexpected {found}; {hint}", position, found=quote(found), hint=hint)


def _hint_for_word(word: str, before: str) -> Text | None:
    if word.lower() in _OPERATOR_WORDS and word not in _OPERATOR_WORDS:
        return Text("write '{word}'", {"word": word.lower()})
    if word == ">" and before.endswith("<"):
        return Text("did you mean '!='?")
    if before[-1:].isdigit() and word[:1] in "eE":
        return Text("write the number without an exponent")
    known = _WORD_HINTS.get(word.lower())
    return None if known is None else Text(known)


def _check_depth(tree: Syntax) -> None:
    levels: dict[int, int] = {}
    for node in tree.iter_subtrees():
        below = [levels[id(child)] + 1 for child in node.children if isinstance(child, Tree)]
        levels[id(node)] = max(below, default=0)
        if levels[id(node)] > DEPTH_MOST:
            raise _too_deep(node.meta.start_pos)
