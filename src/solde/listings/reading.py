"""Read the filters of a list, as any face gives them, into what its store function takes; every unfit one is told by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from solde.kernel.dates import parse_date, parse_instant
from solde.kernel.marked import bare, marked_fields
from solde.kernel.money import parse_amount
from solde.kernel.refusals import BAD_SHAPE, Kind, Refusal, declare, refuse

from .filters import Filter, Placed

F = TypeVar("F", bound=msgspec.Struct)
UNKNOWN_FILTER_VALUE = declare("unknown_filter_value", Kind.INVALID, "Use one of the values named in the message.")
VALUE_MOST = 200
ReadDay = Callable[[str], date | Refusal]
ReadAmount = Callable[[str], Decimal | Refusal]
Readers = Mapping[Any, Callable[[str], Any]]


@dataclass(frozen=True, slots=True)
class FilterField:
    """A filter: its attribute, the type of one value, whether several are taken, and how faces show it."""

    attribute: str
    kind: Any
    several: bool
    filter: Filter
    default: Any

    @property
    def name(self) -> str:
        """What faces call it."""
        return self.filter.name or self.attribute

    @property
    def codes(self) -> tuple[str, ...]:
        """The only values it may have, where they are fixed."""
        if isinstance(self.kind, type) and issubclass(self.kind, StrEnum):
            return tuple(str(one.value) for one in self.kind)
        options = self.filter.options
        return tuple(options.labels) if options is not None and options.find is None and self.kind is str else ()

    @property
    def is_flag(self) -> bool:
        """Is it on or off, and off unless it is on?"""
        return self.kind is bool and self.default is False


def fields_of(filters: type[msgspec.Struct]) -> tuple[FilterField, ...]:
    """Every filter, in order."""
    return _fields_of(filters)


@cache
def _fields_of(filters: type[msgspec.Struct]) -> tuple[FilterField, ...]:
    return tuple(
        FilterField(attribute, _one(bare(kind)), _is_several(bare(kind)), marker or Filter(), default)
        for attribute, kind, marker, default in marked_fields(filters, Filter)
    )


def asked_fields(filters: type[msgspec.Struct]) -> tuple[FilterField, ...]:
    """The filters that faces ask for."""
    return tuple(one for one in fields_of(filters) if one.filter.placed is None)


def is_of_sellers(filters: type[msgspec.Struct]) -> bool:
    """Is the list that of a seller where who asks is kept to one, or names one?"""
    return is_placed(filters, Placed.SELLER) or is_placed(filters, Placed.SELLER_CODE)


def is_placed(filters: type[msgspec.Struct], placed: Placed) -> bool:
    """Is something of a list filled so?"""
    return any(one.filter.placed is placed for one in fields_of(filters))


def _is_several(kind: Any) -> bool:
    return get_origin(kind) in {tuple, list}


def _one(kind: Any) -> Any:
    return get_args(kind)[0] if _is_several(kind) else kind


def read(
    filters: type[F],
    given: Mapping[str, Sequence[str]],
    placed: Mapping[Placed, Any],
    read_day: ReadDay = parse_date,
    read_amount: ReadAmount = parse_amount,
) -> tuple[F, list[Refusal]]:
    """The filters as they were given, by their names on the faces, and what of them cannot be read, which is left out."""
    refusals: list[Refusal] = []
    readers: Readers = {
        date: read_day, datetime: _instant, Decimal: read_amount, bool: _flag, int: _number, str: str
    }  # fmt: skip
    values = {
        one.attribute: placed[one.filter.placed]
        for one in fields_of(filters)
        if one.filter.placed is not None and one.filter.placed in placed
    }
    for one in asked_fields(filters):
        texts = [
            text for value in given.get(one.name, ()) if (text := value.replace("\0", "\ufffd").strip()[:VALUE_MOST])
        ]
        found = list(_values(one, texts if one.several else texts[:1], readers, refusals))
        if found:
            values[one.attribute] = tuple(found) if one.several else found[0]
    return filters(**values), refusals


def _values(one: FilterField, texts: Sequence[str], readers: Readers, refusals: list[Refusal]) -> Iterator[Any]:
    for text in texts:
        value = _value(one, text, readers)
        if isinstance(value, Refusal):
            refusals.append(value.at(field=one.name))
        else:
            yield value


def _value(one: FilterField, text: str, readers: Readers) -> Any:
    if one.codes and text not in one.codes:
        return refuse(UNKNOWN_FILTER_VALUE, "{text!r} is not one of {codes}", text=text, codes=", ".join(one.codes))
    return readers[one.kind](text) if one.kind in readers else one.kind(text)


def _instant(text: str) -> datetime | Refusal:
    # In an address a + is a blank.
    return parse_instant(text.replace(" ", "+"))


def _flag(text: str) -> bool | Refusal:
    known = {"true": True, "1": True, "false": False, "0": False}
    return (
        known[text.lower()]
        if text.lower() in known
        else refuse(BAD_SHAPE, "{text!r} is neither true nor false", text=text)
    )


def _number(text: str) -> int | Refusal:
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    return refuse(BAD_SHAPE, "{text!r} is no whole number", text=text)
