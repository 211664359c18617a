"""Codes of customers made from their names, where a file has no others. Pure."""

from __future__ import annotations

import re

from solde.customers.rules.fields import plain_code
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import say

CODE_MADE_TWICE = declare(
    "made_code_taken", Kind.INVALID, "Give these customers codes of their own; their names are too much alike."
)
LONGEST_MADE = 50
_OTHER = re.compile(r"[^\w.\-+:@&]+")
_NO_BEGINNING = "_.-+:@& "


def is_code(text: str) -> bool:
    """May it be a code as it stands?"""
    return plain_code(text.strip()) is not None


class CodeMaker:
    """Makes codes for the customers of one file: the same for the same name, and never one for two names."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def code_of(self, name: str, column: str, found: list[Refusal]) -> str:
        """The code of a customer told by name: Olmstead Pike & Co. for Olmstead, Pike & Co. A code stays as it is."""
        code = name if not name or is_code(name) else made_code(name)
        key = " ".join(name.split())
        if code and self._names.setdefault(code, key) != key:
            said = say(
                "{key!r} and {code!r} would have the same code {made}", key=key, code=self._names[code], made=code
            )
            found.append(refuse(CODE_MADE_TWICE, said, field=column))
        return code


def made_code(name: str) -> str:
    """The name with a blank for every sign that a code may not have."""
    plain = " ".join(_OTHER.sub(" ", name).split()).lstrip(_NO_BEGINNING)
    return plain[:LONGEST_MADE].strip()
