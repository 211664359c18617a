"""Requests read as their fields, and made of what a face was given and of what the address and the caller say. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from inspect import cleandoc
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Meta, UnsetType

from .fields import Field, Placed, Widget

R = TypeVar("R", bound=msgspec.Struct)
_FACE_KINDS: Mapping[Widget, Any] = {Widget.OPERATIONS: list[int | str], Widget.AMOUNTS: dict[str, Decimal]}
NOT_CONTENT = ("actor", "key", "fingerprint", "late")
"""Fields of a request that say who asks and how, not what is wanted."""


@dataclass(frozen=True, slots=True)
class RequestField:
    """A field of a request: its attribute, its type without the marker, and how faces show it."""

    attribute: str
    kind: Any
    field: Field
    default: Any

    @property
    def name(self) -> str:
        """What faces call it."""
        return self.field.name or self.attribute

    @property
    def required(self) -> bool:
        """Must a program give it?"""
        return self.default is NODEFAULT

    @property
    def face_kind(self) -> Any:
        """Its type where it is given: the code of an account, not its id; an operation's number also as a text."""
        if self.field.placed is Placed.SUBJECT or self.field.widget is Widget.OPERATION:
            return int | str
        if self.field.widget in _FACE_KINDS:
            return _FACE_KINDS[self.field.widget]
        if self.field.widget is not Widget.ACCOUNT:
            return self.kind
        return str | None if NoneType in get_args(self.kind) else str

    @property
    def plain_kind(self) -> Any:
        """Its type without what it may be instead: none, or left as it was."""
        if get_origin(self.kind) in {Union, UnionType}:
            return next(one for one in get_args(self.kind) if one not in {NoneType, UnsetType})
        return self.kind


@cache
def fields_of(request: type[msgspec.Struct]) -> tuple[RequestField, ...]:
    """Every field of a request, in order; one without a marker is shown under its own name."""
    hints = get_type_hints(request, include_extras=True)
    return tuple(
        RequestField(info.name, *_split(hints[info.name]), _default(info)) for info in msgspec.structs.fields(request)
    )


def asked_fields(request: type[msgspec.Struct]) -> tuple[RequestField, ...]:
    """The fields that faces ask for."""
    return tuple(one for one in fields_of(request) if one.field.placed is None)


def placed_field(request: type[msgspec.Struct], placed: Placed) -> RequestField | None:
    """The field that is filled so, if the request has one."""
    return next((one for one in fields_of(request) if one.field.placed is placed), None)


def _split(hint: Any) -> tuple[Any, Field]:
    """A type without our marker, and the marker; of several the last, which says the same otherwise."""
    if get_origin(hint) is not Annotated:
        return hint, Field()
    kind, *marks = get_args(hint)
    found = next((mark for mark in reversed(marks) if isinstance(mark, Field)), Field())
    rest = [mark for mark in marks if not isinstance(mark, Field)]
    return (Annotated[(kind, *rest)] if rest else kind), found


def _default(info: msgspec.structs.FieldInfo) -> Any:
    return info.default if info.default_factory is NODEFAULT else info.default_factory()


@lru_cache(maxsize=1024)
def body_of(
    request: type[msgspec.Struct], name: str, *, subject: bool = False, base: type[msgspec.Struct] | None = None
) -> type[msgspec.Struct]:
    """The request as the body of a JSON route: a class of what faces ask for, which refuses unknown fields.

    `subject`: the body also names what the action is done to; otherwise the address does. `base`: fields it has besides,
    as the parameters of a route have.
    """
    asked = [one for one in fields_of(request) if one.field.placed is None or (subject and _is_subject(one))]
    made = [(one.name, _with_help(one), one.default) for one in asked if not one.required]
    needed = [(one.name, _with_help(one)) for one in asked if one.required]
    body = msgspec.defstruct(
        name, [*needed, *made], bases=None if base is None else (base,), frozen=True, kw_only=True, forbid_unknown_fields=True, module="solde"
    )  # fmt: skip
    body.__doc__ = cleandoc(request.__doc__ or "")
    return body


def _is_subject(one: RequestField) -> bool:
    return one.field.placed is Placed.SUBJECT


def _with_help(one: RequestField) -> Any:
    said = one.field.help or one.field.label
    return Annotated[one.face_kind, Meta(description=said)] if said else one.face_kind


def make_request(request: type[R], given: Mapping[str, Any], placed: Mapping[Placed, Any]) -> R:
    """A request of what faces gave, by the names of the faces, and of what is placed; what is missing is its default."""
    return request(**dict(_values(request, given, placed)))


def _values(
    request: type[msgspec.Struct], given: Mapping[str, Any], placed: Mapping[Placed, Any]
) -> Iterator[tuple[str, Any]]:
    for one in fields_of(request):
        if one.field.placed is not None:
            if one.field.placed in placed:
                yield one.attribute, placed[one.field.placed]
        elif one.name in given:
            yield one.attribute, _as_choice(one, given[one.name])


def _as_choice(one: RequestField, value: Any) -> Any:
    """A code without what no code has; a word as the member that it names, or the number, where the field is one of some."""
    kind = one.plain_kind
    if isinstance(value, str) and one.field.options is not None:
        value = value.replace("\0", "")
    return kind(value) if isinstance(value, str) and isinstance(kind, type) and issubclass(kind, Enum | int) else value


def content_of(request: object) -> dict[str, Any]:
    """A request as JSON that says all that is wanted, and nothing of who asks."""
    content: dict[str, Any] = msgspec.to_builtins(request, str_keys=True)
    return {name: value for name, value in content.items() if name not in NOT_CONTENT}


def read_content(content: Mapping[str, object], request: type[R], actor: str, *, late: bool) -> R:
    """A request of its content and who carries it out."""
    return msgspec.convert({**content, "actor": actor, "late": late}, request, strict=False, str_keys=True)
