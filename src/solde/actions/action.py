"""An action, described once: what it is called, who may, on what, what it asks for and what carries it out.

The API route, the command, the dialog, the approval and their documentation are made from the description; see
`docs/architecture.md`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from solde.access import Permission
from solde.approvals import ExecutionContext
from solde.db import Connection

Wants = tuple[tuple[str, str], ...]
"""Kinds that rows must be of, or with `!` must not be, each with the reason why the action is not possible otherwise."""

Run = Callable[[Connection, Sequence[Any], ExecutionContext], Awaitable[Any]]
"""Carries requests out together and gives one answer; raises `Refused`."""


@dataclass(frozen=True, slots=True)
class Words:
    """What an action is called: on its button and as a command, as a noun, and once it is done."""

    label: str
    noun: str
    done: str
    confirm: str = ""
    """What the button of its dialog says, where that is not the label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnOperation:
    """The action is done to an operation of an account, chosen in its list.

    `shown`: kinds of rows without which it is not offered. `one`: why it does not take several rows; empty where it
    does. `path`: its address in the API below the account, where that is not `operations/{number}/` and its kind;
    without `{number}` the body names the operation. `tag`: where the API's documentation lists it.
    """

    wants: Wants = ()
    shown: tuple[str, ...] = ()
    one: str = ""
    icon: str = ""
    key: str = ""
    variant: str = "outline"
    beside: bool = True
    path: str = ""
    tag: str = "Payments"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action is done to, as the database has it: the account, the currency, the operation's number."""

    account_id: int
    currency: str
    number: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a form is filled with by the names of the faces, and what is said above its fields.

    A note is a text with places and the amounts that stand there.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[tuple[str, Mapping[str, Decimal]], ...] = ()


Settle = Callable[[Connection, Any, ExecutionContext], Awaitable[tuple[Any, Decimal]]]
"""Turns "all that is available" of a request into an amount, and says how large the action is for limits.

Gives the request as it is carried out, and its size in the currency of the account.
"""

Suggest = Callable[[Connection, Subject, ExecutionContext], Awaitable[Suggestion]]
"""What a form of the action is filled with."""


@dataclass(frozen=True, slots=True)
class Several:
    """How an action is done to several operations at once: one request with how much of each, split into single ones."""

    request: type[msgspec.Struct]
    split: Callable[[Any], Sequence[Any]]
    settle: Settle


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action, described once.

    `request` is what its batch function takes; its docstring says what the action does. `run` carries requests out,
    `gives` is the answer's shape. `example` is a body as the API's documentation shows it.
    """

    kind: str
    words: Words
    permission: Permission
    at: OnOperation
    request: type[msgspec.Struct]
    run: Run
    gives: type[msgspec.Struct]
    settle: Settle
    example: Mapping[str, Any]
    suggest: Suggest | None = None
    several: Several | None = None
    undo: Action | None = None
    feature: str | None = None
    danger: bool = False
    note: str = ""

    @property
    def slug(self) -> str:
        """Its word in addresses and commands."""
        return self.kind.replace("_", "-")
