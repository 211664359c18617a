"""Fields of a request: what each is called on every face, how it is typed, and which are filled without asking.

A request of the core is a `msgspec.Struct`; a field of it carries a `Field` in `Annotated`, which msgspec ignores.
Described once here, a field becomes a property of the API's body, an option of the command, an input of the form and
a line of an approval.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from solde.db import Connection
from solde.kernel.refusals import Code

from .subjects import Choice, Subject


class Widget(StrEnum):
    """How a field is typed."""

    TEXT = "text"
    AREA = "area"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    ACCOUNT = "account"
    """The faces give the code of an account, the request holds its id."""
    OPERATION = "operation"
    """The number of an operation of the account; screens offer some, programs may write it as a text."""
    OPERATIONS = "operations"
    """Numbers of operations of the account; screens choose them in the list."""
    AMOUNTS = "amounts"
    """How much of operations, by their numbers."""
    SEEN = "seen"
    """What was seen when it was decided: screens carry it unseen, commands take what is now."""


class Placed(StrEnum):
    """What fills a field that no face asks for."""

    ACCOUNT = "account"
    """The id of the account that the address names."""
    SUBJECT = "subject"
    """The number of what the action is done to: of an operation, a deposit, a plan."""
    FIXED = "fixed"
    """Its default, always."""
    ACTOR = "actor"
    """Who does it."""
    LATE = "late"
    """May who does it post into periods closed for regular users?"""
    AMOUNTS = "amounts"
    """How much of each chosen operation, by its number."""


@dataclass(frozen=True, slots=True)
class Options:
    """The codes of a choice with their labels; how an unknown one is refused, or none where others may be typed too."""

    find: Callable[[Connection, Subject], Awaitable[Sequence[Choice]]]
    unknown: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field on the faces.

    `label` names it on screens and approvals; `help` describes it in the API and in `--help`, `hint` stands below it on
    a screen, `blank` says there what leaving it empty means, `example` stands in it until something is typed.
    `name` is its name on the faces where the request's own is not fit. `suggested`: a screen fills it in and wants it,
    programs may leave it out. `usual`: what a command takes unless it is given. `zero`: an amount may be zero. `advanced`: screens ask for it behind "More".
    """

    label: str = ""
    help: str = ""
    hint: str = ""
    blank: str = ""
    example: str = ""
    name: str = ""
    widget: Widget = Widget.TEXT
    options: Options | None = None
    placed: Placed | None = None
    suggested: bool = False
    usual: str = ""
    zero: bool = False
    advanced: bool = False

    def but(self, **changes: object) -> Field:
        """The same field with something said otherwise."""
        return replace(self, **changes)  # type: ignore[arg-type]  # the names are those of this class


AMOUNT = Field(label="Amount", help="All that is available unless given.", widget=Widget.MONEY, suggested=True)
DAY = Field(
    label="Date", name="date", help="Today, where the seller is, unless given.", widget=Widget.DATE, suggested=True
)
REASON = Field(label="Reason", help="Why; kept in the audit trail.", hint="Kept in the audit trail", widget=Widget.AREA)
REFERENCE = Field(label="Reference", help="A number or text of the bank or the customer.")
COMMENT = Field(label="Comment", help="A note kept with the operation.", widget=Widget.AREA, advanced=True)

AccountId = Annotated[int, Field(label="Account", placed=Placed.ACCOUNT)]
OperationNumber = Annotated[
    int, Field(label="Operation", name="number", help="Number of the operation.", placed=Placed.SUBJECT)
]
Actor = Annotated[str, Field(placed=Placed.ACTOR)]
Late = Annotated[bool, Field(placed=Placed.LATE)]
AmountsByNumber = Annotated[Mapping[int, Decimal], Field(label="How much of each", placed=Placed.AMOUNTS)]
AllOrPart = Annotated[Decimal | None, AMOUNT]
Day = Annotated[date | None, DAY]
Reason = Annotated[str, REASON]
Reference = Annotated[str | None, REFERENCE]
Comment = Annotated[str | None, COMMENT]
