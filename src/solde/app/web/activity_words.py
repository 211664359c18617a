"""What was done, in the reader's language: its sentence, and the words that fill it."""

from __future__ import annotations

from functools import cache

from solde.balances.activity import Said
from solde.customers import CustomerKind, creation_form

from .i18n import t
from .wording import worded

WORDS = ("verb", "noun", "words", "old", "new")
"""What fills a sentence with words of ours; all else are names and figures."""


def said_in_words(said: Said) -> str:
    """The sentence with what fills it."""
    values = {name: worded(value) if name in WORDS else value for name, value in said.values.items()}
    if "fields" in values:
        values["fields"] = ", ".join(_field(name) for name in values["fields"].split(", "))
    return t(said.template).format_map(values)


def _field(name: str) -> str:
    """A field as its form names it."""
    label = _labels().get(name)
    return worded(name) if label is None else _begun_small(t(label))


def _begun_small(text: str) -> str:
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


@cache
def _labels() -> dict[str, str]:
    forms = [creation_form(kind) for kind in CustomerKind]
    return {field.name.replace("_", " "): field.label for form in forms for tab in form for field in tab.fields}
