"""An action, described once: what it is called, who may, on what, what it asks for and what carries it out.

The API route, the command, the dialog, the approval and their documentation are made from the description; see
`docs/architecture.md`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import msgspec

from solde.access import Permission
from solde.approvals import ExecutionContext
from solde.db import Connection

from .subjects import Label, Subject, SubjectKind

Method = Literal["POST", "PUT", "DELETE"]

Wants = tuple[tuple[str, str], ...]
"""Kinds that rows must be of, or with `!` must not be, each with the reason why the action is not possible otherwise."""

Run = Callable[[Connection, Sequence[Any], ExecutionContext], Awaitable[Any]]
"""Carries requests out together and gives one answer; raises `Refused`."""


@dataclass(frozen=True, slots=True)
class Words:
    """What an action is called: on its button, as a noun, and once it is done.

    `confirm`: what the button of its dialog says, where that is not the label. `note` stands above the fields of the
    dialog, `each` above several rows that it is done to. `command`: the words of its command, where those are not its
    kind; none where it has no command.
    """

    label: str
    noun: str
    done: str
    confirm: str = ""
    note: str = ""
    each: str = "Each of these in full"
    command: str | None = ""


@dataclass(frozen=True, slots=True)
class Version:
    """What a change was made from: `read` gives the newest version under a lock, `look` without; `what` names it.

    A program names it as If-Match, a dialog keeps the one it was first drawn from.
    """

    read: Callable[[Connection, Subject], Awaitable[int]]
    look: Callable[[Connection, Subject], Awaitable[int]]
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Where an action is offered on screens, and its dialog.

    `shown`: kinds of rows without which it is not offered. `one`: why it does not take several rows; empty where it
    does. `takes`: which amount of its rows the dialog shows. `dialog`: its word in the dialog's address, where that is
    not its kind; `place`: where it is offered, where that is not with its subject. `version`: what it changes is refused
    where that was changed since the dialog was drawn.
    """

    icon: str
    wants: Wants = ()
    shown: tuple[str, ...] = ()
    one: str = ""
    key: str = ""
    variant: str = "outline"
    danger: bool = False
    beside: bool = True
    takes: str = "available"
    dialog: str = ""
    place: str = ""
    version: Version | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An action in the API.

    `tag`: where the documentation lists it; `example`: a body as it shows it. `path`: its address below the account, where that is not its
    subject's and its kind; without `{number}` the body names the subject. `name`: the operation in OpenAPI, where that
    is not `post_` and its kind. A DELETE takes its fields as parameters. `location`: the address of what it makes.
    """

    tag: str
    example: Mapping[str, Any] = field(default_factory=dict)
    path: str | None = None
    name: str = ""
    method: Method = "POST"
    status: int = 201
    version: Version | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a form is filled with by the names of the faces, and what is said above its fields."""

    values: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Label, ...] = ()


Settle = Callable[[Connection, Any, ExecutionContext], Awaitable[tuple[Any, Decimal]]]
"""Turns "all that is available" of a request into an amount, and says how large the action is for limits.

Gives the request as it is carried out, and its size in the currency of the account.
"""

Suggest = Callable[[Connection, Subject, ExecutionContext], Awaitable[Suggestion]]
"""What a form of the action is filled with."""


@dataclass(frozen=True, slots=True)
class Several:
    """How an action is done to several rows at once: one request of them all, split into single ones."""

    request: type[msgspec.Struct]
    split: Callable[[Any], Sequence[Any]]
    settle: Settle | None = None
    suggest: Suggest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action, described once.

    `request` is what its batch function takes; its docstring says what the action does. `run` carries requests out,
    `gives` is the answer's shape. Without `settle` it has no size and needs no second person. `button` or `route` none:
    screens or the API do not have it.
    """

    kind: str
    words: Words
    permission: Permission
    at: SubjectKind
    request: type[msgspec.Struct]
    run: Run
    gives: type[msgspec.Struct]
    button: Button | None = None
    route: Route | None = None
    settle: Settle | None = None
    suggest: Suggest | None = None
    several: Several | None = None
    undo: Action | None = None
    feature: str | None = None

    @property
    def slug(self) -> str:
        """Its word in addresses."""
        return self.kind.replace("_", "-")

    @property
    def dialog(self) -> str:
        """Its word in the address of its dialog."""
        return (self.button.dialog if self.button is not None else "") or self.slug
