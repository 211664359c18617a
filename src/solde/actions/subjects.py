"""What actions are done to, and how screens show it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from solde.approvals import ExecutionContext
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused

Label = str | tuple[str, Mapping[str, str | Decimal | date]]
"""A text, or one with places and what stands there: names, amounts, days."""
Choice = tuple[str, Label]
"""A code that may be chosen, with its label."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action is done to: the account, its currency, the number of an operation, a deposit or a plan in it.

    `actor`: who asks; `seller_id`: the seller that they are kept to.
    """

    account_id: int
    currency: str
    number: int
    actor: str = ""
    seller_id: int | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """How a dialog shows its subject: its name, what it is, and amounts of it, each with its label."""

    name: Label
    what: Label
    amounts: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectKind:
    """What actions are done to: an operation, a deposit or a plan of an account, or the account itself.

    `path`: its address in the API below the account, `{number}` being its number; `parameter` names it in the address
    of a dialog. `read` reads its number in the address, and refuses what cannot be one. `place`: where on screens its actions are offered.
    `show` loads it for its dialogs, and refuses where there is none.
    """

    place: str
    path: str = ""
    parameter: str = ""
    read: Callable[[str], int] | None = None
    show: Callable[[Connection, Subject, ExecutionContext], Awaitable[Heading]] | None = None


LARGEST_NUMBER = 2**62


def numbered(refusal: Callable[[str], Refusal]) -> Callable[[str], int]:
    """Reads the number of a subject; what is none is refused so."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) < LARGEST_NUMBER:
            raise Refused(refusal(text))
        return int(text)

    return read


ACCOUNT = SubjectKind(place="account")
