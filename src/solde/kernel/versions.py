"""Versions told by the content: for what is written whole and keeps no counter."""

from __future__ import annotations

import zlib

from .refusals import VERSION_DIFFERS, Refused, refuse
from .texts import Text

_MOST = 10**9


def version_of(content: object) -> int:
    """The version of a content, told by its printed form: the same content has the same, another has another."""
    return zlib.crc32(repr(content).encode()) % _MOST


def check_version(known: int | None, now: int, what: Text) -> None:
    """Go on only where a change was made from what is there; None asks nothing.

    Refuses: version_differs.
    """
    if known not in {None, now}:
        raise Refused(refuse(VERSION_DIFFERS, "{what} was changed meanwhile", what=what))
