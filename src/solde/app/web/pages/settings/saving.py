"""How a form of the settings is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from solde.db import Connection

from ...page import Form
from ...submit import Done, act_once

Work = Callable[[Connection], Awaitable[Done]]


def text_of(form: Mapping[str, str], name: str, longest: int = 300) -> str:
    """A field of one line: without characters that do not print, without blanks around it."""
    return "".join(c for c in form.get(name, "")[:longest] if c.isprintable()).strip()


def number_of(form: Mapping[str, str], name: str) -> int:
    """A hidden number; 0 where it is none."""
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


__all__ = ["Done", "Form", "Work", "act_once", "number_of", "text_of"]
