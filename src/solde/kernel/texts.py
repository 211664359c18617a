"""Texts for people: a template and its values, kept apart until somebody reads them.

A feature writes the template in English and knows no language. `str(text)` is English, as the API and the command line
say it; a page translates the template and writes each value in the reader's way (`app/web/texts.py`).
A word that a person typed is a plain `str` and is never translated; the name of something shipped is a `Label`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from string import Formatter
from typing import Any, Union

from .decimals import SCALE, exponent, plain, round_to

Value = Union[str, int, float, Decimal, date, datetime, "Text", "Amount", "Label", None, Sequence["Value"]]
"""What may fill a template; several values are listed with commas."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in its currency: 1610.8 EUR; where a sentence is told as lists tell it `in_full`, 1,610.80 EUR."""

    number: Decimal
    currency: str
    in_full: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """The English name of something that is shipped: an operation type, a permission, a feature. Pages translate it."""

    english: str


@dataclass(frozen=True, slots=True)
class Text:
    """A template such as `operation {number} is already matched`, and its values.

    A template is filled as by `str.format`: `{code!r}` stands in quotes. One without values is taken as it stands.
    """

    template: str
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return fill(self.template, self.values, english)


def say(template: str, /, **values: Value) -> Text:
    """A text with its values."""
    return Text(template, values)


def counted(one: str, many: str, /, count: int, **values: Value) -> Text:
    """A text of one thing, or of `{count}` things."""
    return Text(one if count == 1 else many, {"count": count, **values})


def either(values: Sequence[Value]) -> Value:
    """One of some values: a, b or c is said as `a or b or c`."""
    first, *others = values
    return say("{one} or {others}", one=first, others=either(others)) if others else first


Writer = Callable[[Value, str], str]
"""How a value is written, given the format its place asks for."""


def fill(template: str, values: Mapping[str, Value], write: Writer) -> str:
    """The template with its values written in."""
    if not values:
        return template
    parts = []
    for literal, name, spec, conversion in Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            value = values[name]
            written = write(value, spec or "")
            quoted = conversion == "r" and value is not None
            parts.append(repr(written) if quoted else written)
    return "".join(parts)


def english(value: Value, spec: str = "") -> str:
    """A value as programs read it: a plain number, a date of the form 2026-04-01."""
    match value:
        case Text():
            return str(value)
        case Amount():
            return f"{_in_full(value) if value.in_full else plain(value.number)} {value.currency}"
        case Label():
            return value.english
        case tuple() | list():
            return ", ".join(english(one) for one in value)
        case Decimal() if not spec:
            return plain(value)
        case _:
            return format(value, spec) if spec else str(value)


def _in_full(amount: Amount) -> str:
    places = -int(Decimal(plain(amount.number)).as_tuple().exponent)
    return f"{round_to(amount.number, min(SCALE, max(exponent(amount.currency), places))):,f}"


def packed(said: Text) -> dict[str, Any]:
    """A text as JSON keeps it."""
    return {"template": said.template, "values": {name: _packed(value) for name, value in said.values.items()}}


def unpacked(kept: Mapping[str, Any]) -> Text:
    """A text as JSON kept it."""
    return Text(kept["template"], {name: _unpacked(value) for name, value in kept["values"].items()})


def _packed(value: Value) -> object:
    match value:
        case Text():
            return {"text": packed(value)}
        case Amount():
            return {"amount": str(value.number), "currency": value.currency, "in_full": value.in_full}
        case Label():
            return {"label": value.english}
        case Decimal():
            return {"decimal": str(value)}
        case tuple() | list():
            return [_packed(one) for one in value]
        case datetime():
            return {"instant": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case str():
            return str(value)
        case _:
            return value


def _unpacked(kept: Any) -> Value:
    match kept:
        case list():
            return tuple(_unpacked(one) for one in kept)
        case {"text": inner}:
            return unpacked(inner)
        case {"amount": number, "currency": currency, "in_full": in_full}:
            return Amount(Decimal(number), currency, in_full)
        case {"label": english}:
            return Label(english)
        case {"decimal": number}:
            return Decimal(number)
        case {"instant": at}:
            return datetime.fromisoformat(at)
        case {"day": on}:
            return date.fromisoformat(on)
        case _:
            value: Value = kept
            return value
