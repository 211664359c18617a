"""What was typed into a form, read: amounts, days, texts; what is wrong with them is kept with the field. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from solde.kernel.money import check_positive
from solde.kernel.refusals import Code, Kind, Refusal, declare, refuse

from ...amounts import read_amount
from ...days import read_day

LEFT_BLANK = declare("form_field_blank", Kind.INVALID, "Fill in the field; the action needs it.")

TEXT_MOST = 2000
ASIDE = ("key", "seen")
"""Fields of a form that say nothing of what is wanted."""


class FormFields:
    """The fields of a form, each given once or several times."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self._items = tuple(items)

    def one(self, name: str, otherwise: str = "") -> str:
        """The first value of a field, without spaces around it."""
        return next((value.strip()[:TEXT_MOST] for n, value in self._items if n == name), otherwise)

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for n, value in self._items if n == name]

    def has(self, name: str) -> bool:
        """Was the field in the form?"""
        return any(n == name for n, _ in self._items)

    def numbers(self, name: str) -> list[int]:
        """The values of a field that are operation numbers, each once."""
        found = [int(v) for v in self.all(name) if v.isascii() and v.isdigit() and 0 < len(v) < 19]
        return list(dict.fromkeys(found))

    def told(self) -> dict[str, str]:
        """What was sent, a text a field, without what only a preview showed."""
        names = dict.fromkeys(n for n, _ in self._items if n != "seen")
        return {name: "\n".join(self.all(name)) for name in names}

    def digest(self) -> str:
        """Tells whether two forms ask for the same."""
        asked = sorted((n, v) for n, v in self._items if n not in ASIDE)
        return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()


class FieldReader:
    """Reads the fields of a form one by one; `refusals` are what was wrong with them. `currency`: of its amounts, where it is known."""

    def __init__(self, given: FormFields, currency: str | None = None) -> None:
        self._given = given
        self._currency = currency
        self.refusals: list[Refusal] = []

    def amount(self, name: str, *, needed: bool = True, zero: bool = False) -> Decimal | None:
        """An amount above zero, or zero too; None where it is left blank or wrong."""
        text = self._given.one(name)
        if not text:
            self._blank(name, needed=needed)
            return None
        found = read_amount(text, self._currency)
        bad = found if isinstance(found, Refusal) else None if zero and found == 0 else check_positive(found)
        if bad is not None:
            self.refusals.append(bad.at(field=name))
        return found if isinstance(found, Decimal) and bad is None else None

    def day(self, name: str, otherwise: date | None = None) -> date | None:
        """A day; `otherwise` where it is left blank."""
        text = self._given.one(name)
        if not text:
            return otherwise
        found = read_day(text)
        if isinstance(found, Refusal):
            self.refusals.append(found.at(field=name))
            return otherwise
        return found

    def read_day(self, text: str, name: str) -> date | None:
        """A day of a row, by the text that stands there; None where it is wrong."""
        found = read_day(text.strip())
        if isinstance(found, Refusal):
            self.refusals.append(found.at(field=name))
            return None
        return found

    def text(self, name: str, *, needed: bool = False) -> str | None:
        """A text; None where it is left blank."""
        text = self._given.one(name).replace("\r\n", "\n")
        if not text:
            self._blank(name, needed=needed)
        return text or None

    def among(self, name: str, known: Sequence[str], code: Code, *, needed: bool = False) -> str | None:
        """One of some codes."""
        text = self._given.one(name)
        if not text:
            self._blank(name, needed=needed)
            return None
        if text not in known:
            self.refusals.append(
                refuse(code, "{text!r} is not one of {known}", text=text, known=", ".join(known), field=name)
            )
            return None
        return text

    def _blank(self, name: str, *, needed: bool) -> None:
        if needed:
            self.refusals.append(refuse(LEFT_BLANK, "This is needed", field=name))
