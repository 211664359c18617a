"""Codes of customers made from their names, where a file has no others. Pure."""

from __future__ import annotations

import re
import unicodedata

from solde.customers.rules.fields import plain_code
from solde.kernel.refusals import Kind, Refusal, declare, refuse

CODE_MADE_TWICE = declare(
    "made_code_taken", Kind.INVALID, "Give these customers codes of their own; their names are too much alike."
)
LONGEST_MADE = 50
_OTHER = re.compile(r"[^A-Z0-9._+:@&]+")


def is_code(text: str) -> bool:
    """May it be a code as it stands?"""
    return plain_code(text.strip()) is not None


class CodeMaker:
    """Makes codes for the customers of one file: the same for the same name, and never one for two names."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def code_of(self, name: str, column: str, found: list[Refusal]) -> str:
        """The code of a customer told by name: HARROW-&-FINCH-LLC for Harrow & Finch LLC. A code stays as it is."""
        code = name if not name or is_code(name) else made_code(name)
        key = " ".join(name.split())
        if code and self._names.setdefault(code, key) != key:
            message = f"{key!r} and {self._names[code]!r} would have the same code {code}"
            found.append(refuse(CODE_MADE_TWICE, message, field=column))
        return code


def made_code(name: str) -> str:
    """A code in capitals, digits and the signs a code may have."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("Æ", "AE").replace("Ø", "O"))
    letters = "".join(one for one in plain if not unicodedata.combining(one)).upper()
    return _OTHER.sub("-", letters).strip("-")[:LONGEST_MADE].strip("-")
