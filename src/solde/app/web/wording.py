"""What features say in English, in the reader's language: refusals, reasons, explanations.

A feature fills figures and names into its sentences and knows no language. A catalogue holds such a sentence with
`{1}`, `{2}` for what is filled in; a text that fits one is said by its translation, and what is filled in is looked up alike,
one by one where it is a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from babel import Locale

from .days import shown
from .formats import money
from .i18n import catalogue, spoken

_SLOT = re.compile(r"\{(\d)\}")
_MONEY = re.compile(r"(?<![\w.,'-])(\d+(?:\.\d+)?) ([A-Z]{3})(?!\w)")
_DAY = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")
CURRENCIES = frozenset(Locale.parse("en").currencies)
DEEPEST = 4
"""How many sentences may stand within each other."""


def worded(text: str) -> str:
    """A text of a feature in the language of the answer; what no catalogue knows stays as it is."""
    said = text if spoken() == "en" else _said(text, spoken(), DEEPEST)
    said = _DAY.sub(lambda found: shown(found[0]), said)
    return _MONEY.sub(_money, said)


def _money(found: re.Match[str]) -> str:
    """An amount before its currency, as lists show it."""
    number, currency = found.groups()
    return f"{money(Decimal(number), currency)} {currency}" if currency in CURRENCIES else found[0]


def _said(text: str, language: str, deeper: int) -> str:
    known = catalogue(language)
    if text in known or not deeper:
        return known.get(text, text)
    for pattern, names, translated in _patterns(language):
        if (met := pattern.fullmatch(text)) is not None:
            values = [_said(value, language, deeper - 1) for value in met.groups()]
            return _filled(translated, dict(zip(names, values, strict=True)))
    return (
        text
        if deeper == DEEPEST or ", " not in text
        else ", ".join(_said(part, language, 0) for part in text.split(", "))
    )


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda slot: values[slot.group(1)], text)


@lru_cache(maxsize=16)
def _patterns(language: str) -> list[tuple[re.Pattern[str], list[str], str]]:
    """The sentences with something to fill in, those that say most first."""
    found = [(text, said) for text, said in catalogue(language).items() if _SLOT.search(text) and _letters(text)]
    return [
        (_compiled(text), _SLOT.findall(text), said) for text, said in sorted(found, key=lambda one: -_letters(one[0]))
    ]


def _letters(text: str) -> int:
    return sum(1 for letter in _SLOT.sub("", text) if letter.isalpha())


def _compiled(text: str) -> re.Pattern[str]:
    """A slot takes as little as it can; one right after another takes what begins with a comma or semicolon, if anything."""
    whole = "".join(re.escape(part) if at % 2 == 0 else "(.*?)" for at, part in enumerate(_SLOT.split(text)))
    return re.compile(whole.replace("(.*?)(.*?)", "(.*?)((?:[;,] .*)?)"), re.DOTALL)
