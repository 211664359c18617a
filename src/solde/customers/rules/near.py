"""A hint at what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from solde.kernel.texts import Text, say


def did_you_mean(written: str, known: Iterable[str] | str | None) -> Text | str:
    """The end of a message: `; did you mean FR?`, or nothing. A single text is offered as it is."""
    if isinstance(known, str):
        return say("; did you mean {near}?", near=known)
    by_capitals = {code.upper(): code for code in known or ()}
    near = get_close_matches(written.upper(), by_capitals, 1)
    return say("; did you mean {near}?", near=by_capitals[near[0]]) if near else ""
