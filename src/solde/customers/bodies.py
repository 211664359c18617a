"""The bodies of requests, made from the tabs and fields of the forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from .rules.forms import Tabs

_TYPES: Mapping[str, Any] = {"credit_limit": Decimal | None}

FieldOf = tuple[str, Any, Any]


def field_of(name: str) -> FieldOf:
    """A field of a new record: a text or blank; blank unless given."""
    return name, _TYPES.get(name, str | None), None


def change_of(name: str) -> FieldOf:
    """A field of a change: left alone unless given."""
    return name, _TYPES.get(name, str | None) | UnsetType, UNSET


def tab_of(title: str, told: str, inside: Sequence[FieldOf]) -> type[msgspec.Struct]:
    """A tab of a form."""
    return msgspec.defstruct(
        title, inside, frozen=True, kw_only=True, forbid_unknown_fields=True, namespace={"__doc__": told}
    )


def body_of(
    title: str, told: str, tabs: Iterable[Tabs], *, change: bool, more: Sequence[FieldOf] = ()
) -> type[msgspec.Struct]:
    """A body with its fields by tab, or side by side; `tabs` are those of each kind of customer."""
    of = change_of if change else field_of
    inside: dict[str, dict[str, None]] = {}
    for form in tabs:
        for tab, fields in form.items():
            inside.setdefault(tab, {}).update(dict.fromkeys(fields))
    names = dict.fromkeys(field for held in inside.values() for field in held)
    in_tabs: list[FieldOf] = []
    for tab, held in inside.items():
        words = tab.replace("_", " ")
        shape = tab_of(title + words.title().replace(" ", ""), f"The tab {words}.", [of(field) for field in held])
        in_tabs.append((tab, shape | UnsetType, UNSET))
    return tab_of(title, told, [*more, *in_tabs, *(of(name) for name in names)])


def given_in(body: msgspec.Struct) -> dict[str, Any]:
    """What a body gives: the fields of its tabs, and those that stand side by side."""
    given: dict[str, Any] = {}
    for name in body.__struct_fields__:
        value = getattr(body, name)
        if isinstance(value, msgspec.Struct):
            given |= given_in(value)
        elif value is not UNSET and (value is not None or name not in given):
            given[name] = value
    return given
