"""Texts of features in the reader's language: the template by the catalogue, each value as pages write it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from solde.kernel.texts import Amount, Label, Text, Value, english, fill

from . import days, formats
from .i18n import t, template_of


def written(said: Text) -> str:
    """A text in the language of the answer. Words that a person typed stay as they are."""
    return fill(template_of(said.template, said.values), said.values, _written)


def sentence(said: Text) -> str:
    """A text as a sentence of its own."""
    return as_sentence(written(said))


def as_sentence(words: str) -> str:
    """Words of the reader's language with a capital and a stop."""
    words = words.strip()
    end = "" if words.endswith("?") else "."
    return f"{words[:1].upper()}{words[1:].rstrip('.')}{end}" if words else ""


def _written(value: Value, spec: str) -> str:
    match value:
        case Text():
            return written(value)
        case tuple() | list():
            return ", ".join(_written(one, "") for one in value)
        case Label():
            return t(value.english)
        case Amount():
            return f"{formats.money(value.number, value.currency)} {value.currency}"
        case datetime():
            at = value.astimezone(UTC)
            return f"{days.day(at.date())} {at:%H:%M}"
        case date():
            return days.day(value)
        case Decimal():
            return formats.plain_text(value)
        case int() if spec == ",":
            return formats.whole(value)
        case _:
            return english(value, spec)
