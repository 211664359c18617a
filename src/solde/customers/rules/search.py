"""The words a customer is found by.

A text is folded (accents stripped, lower case) and cut into words. A code is kept whole, without separators, and in
its pieces; its first piece needs no entry, because a query is made of prefixes and the whole begins with it. A number in a
code is kept without the zeros before it, too, so that 277 finds DEMO-00277.
Source: product §1, the eight fields of the search box.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from ..model import SearchField
from .world import country_names

# Letters that decomposition leaves whole although a person types them plainly.
_PLAIN = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i"})
_SEPARATORS = re.compile(r"[\W_]+")
_ZEROS = re.compile(r"(?<!\d)0+([1-9]\d*)$")

LONGEST_TERM = 60
AFTER_ALL = "\U0010ffff"
"""Behind a prefix it ends the range of the terms that begin with it: no term holds Unicode's last character."""
MOST_WORDS = 8
CODE_FIELDS = (
    SearchField.CUSTOMER_CODE,
    SearchField.ACCOUNT_CODE,
    SearchField.USER_ACCOUNT_CODE,
    SearchField.REGISTRATION_NUMBER,
)
EXACT_UP_TO = SearchField.REGISTRATION_NUMBER
"""Fields up to this one are codes: a query that equals one whole comes first."""


def fold(text: str) -> str:
    """The text without accents, in lower case."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return plain.casefold().translate(_PLAIN)


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return [word[:LONGEST_TERM] for word in _SEPARATORS.split(fold(text)) if word]


def whole(text: str) -> str:
    """A code folded, without its separators."""
    return _SEPARATORS.sub("", fold(text))[:LONGEST_TERM]


def query_words(text: str) -> list[str]:
    """The distinct words of a query, each to be met as a prefix; a word that another one begins with adds nothing."""
    asked = list(dict.fromkeys(words(text)))[:MOST_WORDS]
    return [word for word in asked if not any(other != word and other.startswith(word) for other in asked)]


def search_terms(texts: Mapping[SearchField, str | None]) -> dict[str, int]:
    """Every term of one customer, with the best field it stands in.

    Shape: one text a field; for COUNTRY the code, whose English names are added.
    """
    terms: dict[str, int] = {}
    for field in sorted(texts):
        for term in _terms_of(field, texts[field]):
            terms.setdefault(term, int(field))
    return terms


def _terms_of(field: SearchField, text: str | None) -> list[str]:
    if not text:
        return []
    if field in CODE_FIELDS:
        pieces = words(text)
        return [term for term in (whole(text), *pieces[1:], *_plain_numbers(pieces)) if term]
    if field is SearchField.COUNTRY:
        return [word for name in (text, *country_names(text)) for word in words(name)]
    return words(text)


def _plain_numbers(pieces: list[str]) -> list[str]:
    """The numbers at the end of pieces, without the zeros before them, where they have any."""
    return [found[1] for piece in pieces if (found := _ZEROS.search(piece)) is not None]


def sort_name(name: str) -> str:
    """The name as lists are ordered by it."""
    return " ".join(words(name)) or name
