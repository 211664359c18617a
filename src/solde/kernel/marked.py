"""Structs whose fields carry a marker of ours in `Annotated`: what the marker says of each field."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

M = TypeVar("M")


def marked_fields(struct: type[msgspec.Struct], marker: type[M]) -> Iterator[tuple[str, Any, M | None, Any]]:
    """Each field in order: its attribute, its type without the marker, the marker, its default (NODEFAULT where it has none)."""
    hints = get_type_hints(struct, include_extras=True)
    for info in msgspec.structs.fields(struct):
        kind, found = _split(hints[info.name], marker)
        yield (
            info.name,
            kind,
            found,
            info.default if info.default_factory is msgspec.NODEFAULT else info.default_factory(),
        )


def _split(hint: Any, marker: type[M]) -> tuple[Any, M | None]:
    if get_origin(hint) is not Annotated:
        return hint, None
    kind, *marks = get_args(hint)
    found = next((mark for mark in marks if isinstance(mark, marker)), None)
    rest = [mark for mark in marks if not isinstance(mark, marker)]
    return (Annotated[(kind, *rest)] if rest else kind), found


def bare(kind: Any) -> Any:
    """A type without the None that it may be instead."""
    return next((one for one in get_args(kind) if one is not NoneType), kind) if NoneType in get_args(kind) else kind
