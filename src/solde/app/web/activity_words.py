"""What was done, in the reader's language: its sentence, with fields named as their form names them."""

from __future__ import annotations

from functools import cache

from solde.customers import CustomerKind, creation_form
from solde.kernel.texts import Label, Text, Value

from .i18n import t
from .texts import written


def said_in_words(said: Text) -> str:
    """The sentence with what fills it."""
    fields = said.values.get("fields")
    if not isinstance(fields, list | tuple):
        return written(said)
    return written(Text(said.template, {**said.values, "fields": [_field(one) for one in fields]}))


def _field(name: Value) -> Value:
    """A field as its form names it."""
    label = _labels().get(name.english) if isinstance(name, Label) else None
    return name if label is None else _begun_small(t(label))


def _begun_small(text: str) -> str:
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


@cache
def _labels() -> dict[str, str]:
    forms = [creation_form(kind) for kind in CustomerKind]
    return {field.name.replace("_", " "): field.label for form in forms for tab in form for field in tab.fields}
