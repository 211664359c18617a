"""The group of all commands: those of described actions are made only when one of them is run.

Descriptions import the whole product; `solde --help` and every other command do without them. What the described commands are called
and what they do is read from the source of the descriptions instead.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from solde.actions.action import Action

DESCRIPTIONS = "descriptions.py"
NAMES = {"rejection": "reject"}
"""Commands that are called otherwise than their kind of action."""


class Commands(TyperGroup):
    """The commands of Solde by name."""

    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        """Those written by hand, then those of described actions."""
        return [*super().list_commands(ctx), *summaries()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command by its name; for a list of commands only what it does."""
        if (found := super().get_command(ctx, cmd_name)) is not None or cmd_name not in summaries():
            return found
        return _named(cmd_name, summaries()[cmd_name]) if self._listing else _described(cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help of the group, a line each command."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False


def name_of(kind: str) -> str:
    """What the command of a kind of action is called."""
    return NAMES.get(kind, kind.replace("_", "-"))


@cache
def summaries() -> dict[str, str]:
    """What each described command does, by its name, read without importing anything."""
    return dict(_found())


def _found() -> Iterator[tuple[str, str]]:
    for folder in sorted(files("solde").iterdir(), key=lambda one: one.name):
        described, requests = folder / DESCRIPTIONS, folder / "requests.py"
        if not described.is_file():
            continue
        said = {
            node.name: ast.get_docstring(node) or ""
            for node in ast.parse(requests.read_text(encoding="utf-8")).body
            if isinstance(node, ast.ClassDef)
        }
        for node in ast.parse(described.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                words = {one.arg: one.value for one in node.value.keywords}
                kind, request = words.get("kind"), words.get("request")
                if isinstance(kind, ast.Constant) and isinstance(request, ast.Name):
                    yield name_of(str(kind.value)), said[request.id]


def _named(name: str, summary: str) -> Any:
    """A command that only says what it does."""
    one = typer.Typer(add_completion=False)
    one.command(name, help=summary)(lambda: None)
    return typer.main.get_command(one)


def _described(name: str) -> Any:
    from solde.app.actions import ACTIONS

    from .described import command_of

    found: Action = next(one for one in ACTIONS if name_of(one.kind) == name)
    one = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    one.command(name)(command_of(found))
    return typer.main.get_command(one)
