"""Amounts in JSON and in addresses are written as digits with a decimal point. The decoder takes more: 1_000, 5e2, other scripts.

What may be one of those is found by a look at the bytes, so that nothing else is read twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect

from solde.kernel.money import AMOUNT_NOT_A_NUMBER, parse_amount
from solde.kernel.refusals import Refusal

_NUMBER_LIKE = re.compile(rb'"((?:[0-9_.+\-eE\s]|\\u[0-9a-fA-F]{4}|\\[^u]|[\x80-\xff])*)"')
_ODD = re.compile(rb"[_eE\\\x80-\xff]")


def odd_amount_in(text: bytes, kind: Any) -> Refusal | None:
    """The first amount of a JSON document of that type that is a text, and not written as an amount is."""
    if not any(_ODD.search(found[1]) for found in _NUMBER_LIKE.finditer(text)):
        return None
    try:
        return next(_odd(msgspec.json.decode(text), _info(kind), ()), None)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # What cannot be read is refused for that by whoever reads it for its shape.
        return None


def odd_amount_of(values: Mapping[str, object], kind: Any) -> Refusal | None:
    """The same of the parameters of an address."""
    return next(_odd(values, _info(kind), ()), None)


@lru_cache(maxsize=512)
def _info(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _odd(value: object, info: inspect.Type, place: tuple[str, ...]) -> Iterator[Refusal]:
    """Every such amount of a value, with its place."""
    if isinstance(info, inspect.DecimalType) and isinstance(value, str):
        found = parse_amount(value)
        if isinstance(found, Refusal) and found.code == AMOUNT_NOT_A_NUMBER.code:
            yield found.at(field=".".join(place) or None)
    for one, kind, name in _parts(value, info):
        yield from _odd(one, kind, place if name is None else (*place, name))


def _parts(value: object, info: inspect.Type) -> Iterator[tuple[object, inspect.Type, str | None]]:
    """What a value consists of: each part with its type and its name; no name where it is the value itself."""
    match info:
        case inspect.Metadata():
            yield value, info.type, None
        case inspect.UnionType():
            yield from ((value, kind, None) for kind in info.types)
        case inspect.StructType() if isinstance(value, dict) and _is_tagged(value, info):
            fields = {field.encode_name: field.type for field in info.fields}
            yield from ((one, fields[name], name) for name, one in value.items() if name in fields)
        case inspect.ListType() | inspect.VarTupleType() if isinstance(value, list):
            yield from ((one, info.item_type, str(number)) for number, one in enumerate(value))
        case inspect.DictType() if isinstance(value, dict):
            yield from ((one, info.value_type, str(key)) for key, one in value.items())


def _is_tagged(value: Mapping[str, Any], info: inspect.StructType) -> bool:
    return info.tag_field is None or value.get(info.tag_field) == info.tag
