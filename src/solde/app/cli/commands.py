"""The group of all commands: those of described actions and lists are made only when one of them is run.

Descriptions import the whole product; `solde --help` and every other command do without them. What the described commands are called
and what they do is read from the source of the descriptions instead.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from .session import of_feature

if TYPE_CHECKING:
    from solde.actions.action import Action

DESCRIPTIONS, LISTINGS = "descriptions.py", "listings.py"


class Group(NamedTuple):
    """Commands under one word: the module of those written by hand, the feature they are a part of, and what they are about."""

    module: str | None
    feature: str | None
    words: str


GROUPS: Mapping[str, Group] = {
    "accounting": Group("accounting", None, "The books: entries of operations, and files of them."),
    "db": Group("database", None, "The database: schema, server, backups."),
    "import": Group("importing", None, "Bring files in."),
    "export": Group("export", None, "Write files out."),
    "deposits": Group(
        "deposits", "security_deposits", "Security deposits: ask for them, fund them, pay with them, give them back."
    ),
    "instalments": Group("instalments", "instalment_plans", "Plans to pay what is owed on agreed days."),
    "litigation": Group(None, "litigation", "What is disputed."),
    "periods": Group("periods", None, "Accounting years and their periods."),
    "rejected": Group("rejected", None, "Operations that accounting rejected."),
    "cards": Group("cards", "card_payments", "Card payments."),
    "token": Group("token", None, "API tokens."),
    "user": Group("user", None, "People who sign in."),
}
"""Each is loaded when a command of it is asked for."""


class Commands(TyperGroup):
    """The commands of Solde by name, or those of one of its groups."""

    _listing = False
    within = ""

    def list_commands(self, ctx: Any) -> list[str]:
        """Those written by hand, then the groups, then those of described actions and lists."""
        return [*super().list_commands(ctx), *self._groups(), *self._described()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command by its name; for a list of commands only what it does."""
        found, described, groups = super().get_command(ctx, cmd_name), self._described(), self._groups()
        if found is None and cmd_name in groups:
            return _named(cmd_name, groups[cmd_name].words) if self._listing else _group(cmd_name, groups[cmd_name])
        if found is None and cmd_name in described:
            return _named(cmd_name, described[cmd_name]) if self._listing else _described(self.within, cmd_name)
        return found

    def _groups(self) -> Mapping[str, Group]:
        return {} if self.within else GROUPS

    def _described(self) -> dict[str, str]:
        named = {words.rpartition(" "): said for words, said in (*summaries().items(), *lists().items())}
        return {name: said for (group, _, name), said in named.items() if group == self.within}

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help of the group, a line each command."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False


def group_of(name: str) -> type[Commands]:
    """The commands of a group."""
    return type("GroupCommands", (Commands,), {"within": name})


def name_of(action: Action) -> str | None:
    """What the command of an action is called, with the group it stands in; none where it has no command."""
    return action.slug if action.words.command == "" else action.words.command


@cache
def summaries() -> dict[str, str]:
    """What each described command does, by its words, read without importing anything."""
    return dict(_found())


def _found() -> Iterator[tuple[str, str]]:
    for folder in sorted(files("solde").iterdir(), key=lambda one: one.name):
        described, requests = folder / DESCRIPTIONS, folder / "requests.py"
        if not described.is_file() or not requests.is_file():
            continue
        said = {
            node.name: ast.get_docstring(node) or ""
            for node in ast.parse(requests.read_text(encoding="utf-8")).body
            if isinstance(node, ast.ClassDef)
        }
        for node in ast.parse(described.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                given = _given(node.value)
                kind, request, command = (
                    given.get("kind"),
                    given.get("request"),
                    _given(given.get("words")).get("command"),
                )
                if isinstance(kind, ast.Constant) and isinstance(request, ast.Name):
                    name = str(kind.value).replace("_", "-") if command is None else ast.literal_eval(command)
                    if name is not None:
                        yield name, said[request.id]


def _given(call: ast.expr | None) -> dict[str | None, ast.expr]:
    """What a call names of what it is given."""
    return {one.arg: one.value for one in call.keywords} if isinstance(call, ast.Call) else {}


@cache
def lists() -> dict[str, str]:
    """What each command of a described list says, by its words, read without importing anything."""
    found = {}
    for file in sorted(one for folder in files("solde").iterdir() for one in _listings_in(folder)):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                words = {one.arg: one.value.value for one in node.keywords if isinstance(one.value, ast.Constant)}
                if {"command", "help", "item"} <= words.keys():
                    found[str(words["command"])] = str(words["help"])
    return found


def _listings_in(folder: Any) -> Iterator[Any]:
    if folder.is_dir():
        yield from (one for one in (folder / LISTINGS, *(sub / LISTINGS for sub in folder.iterdir())) if one.is_file())


def _named(name: str, summary: str) -> Any:
    """A command that only says what it does."""
    return TyperCommand(name, help=summary, callback=lambda: None)


def _group(name: str, group: Group) -> Any:
    made = typer.Typer(
        name=name, cls=group_of(name), no_args_is_help=True, help=group.words, add_completion=False, pretty_exceptions_enable=False
    )  # fmt: skip
    if group.module is not None:
        import_module(f".{group.module}", __package__).add_to(made)
    if group.feature is not None:
        of_group = of_feature(group.feature)
        for command in made.registered_commands:
            assert command.callback is not None, "a command does something"
            command.callback = of_group(command.callback)
    # Typer makes a lone command out of a group of one, unless something says that it is a group.
    made.callback()(lambda: None)
    return typer.main.get_command(made)


def _described(group: str, name: str) -> Any:
    words = f"{group} {name}".strip()
    one = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    one.command(name)(_list_command(words) if words in lists() else _action_command(words))
    return typer.main.get_command(one)


def _action_command(words: str) -> Any:
    from solde.app.actions import ACTIONS

    from .described import command_of

    found: Action = next(one for one in ACTIONS if name_of(one) == words)
    command = command_of(found)
    return command if found.feature is None else of_feature(found.feature)(command)


def _list_command(words: str) -> Any:
    from solde.app.listings import LISTINGS as ALL

    from .listed import command_of

    found = next(one for one in ALL if one.command == words)
    command = command_of(found)
    return command if found.feature is None else of_feature(found.feature)(command)
