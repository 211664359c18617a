"""Paging: opaque cursors over a stable order, and the shape of a page."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from .refusals import Kind, Refused, declare, refuse
from .texts import say

T = TypeVar("T")

LIMIT_DEFAULT = 50
LIMIT_MOST = 200

BAD_CURSOR = declare(
    "bad_cursor", Kind.INVALID, "Send back the `next` of the page before, unchanged, with the same filters and sort."
)
BAD_LIMIT = declare("bad_limit", Kind.INVALID, "Ask for 1 to 200 rows a page.")
UNKNOWN_SORT = declare(
    "unknown_sort", Kind.INVALID, "Sort by one of the columns named in the message, with - before it for descending."
)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list: its items, and the cursor of the next page where there is one."""

    items: Sequence[T]
    next: str | None


def encode_cursor(keys: Sequence[str | int | None]) -> str:
    """Hide the sort keys of a page's last row in an opaque text."""
    return base64.urlsafe_b64encode(json.dumps(list(keys), separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, width: int) -> list[str | int | None]:
    """Read a cursor made by `encode_cursor`; refuses anything else."""
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        keys = None
    if not isinstance(keys, list) or len(keys) != width:
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return keys


def check_limit(limit: int | None) -> int:
    """The number of rows a page shall have."""
    if limit is None:
        return LIMIT_DEFAULT
    if not 1 <= limit <= LIMIT_MOST:
        said = say("limit is {limit}; it must be 1 to {limit_most}", limit=limit, limit_most=LIMIT_MOST)
        raise Refused(refuse(BAD_LIMIT, said, field="limit"))
    return limit


def read_sort(text: str | None, known: Iterable[str], default: str) -> tuple[str, bool]:
    """By which column, and whether descending: `date`, `-amount`, …; refuses unknown_sort."""
    asked = text or default
    column = asked.removeprefix("-")
    if column not in known:
        said = say("{column!r} is no column to sort by; use {known}", column=column[:40], known=", ".join(known))
        raise Refused(refuse(UNKNOWN_SORT, said, field="sort"))
    return column, asked.startswith("-")


def number_in(cursor: str | None, most: int = 2**62) -> int | None:
    """The number of the last row of the page before, in a list that goes by numbers; refuses bad_cursor."""
    if cursor is None:
        return None
    (number,) = decode_cursor(cursor, 1)
    if not isinstance(number, int) or not 0 <= number <= most:
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return number
