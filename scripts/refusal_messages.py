"""The texts of refusals as patterns, read from the code: what a catalogue of another language has to translate.

`python scripts/refusal_messages.py` lists those that French lacks.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src/solde"
NOT_ON_PAGES = ("app/api", "app/cli", "app/demo", "db", "verification")
"""Folders whose refusals no page shows; neither are those of any `api.py`."""


def patterns() -> dict[str, str]:
    """Every message that a page may show, with `{1}`, `{2}` … for what is filled in, and the file it is first met in."""
    found: dict[str, str] = {}
    for file in sorted(SOURCE.rglob("*.py")):
        place = file.relative_to(SOURCE).as_posix()
        if not place.startswith(NOT_ON_PAGES) and "/api" not in place:
            for text in _of(ast.parse(file.read_text(encoding="utf-8"))):
                found.setdefault(text, place)
    return found


def _of(tree: ast.Module) -> Iterator[str]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            for told in _told(function):
                yield from (text for node in _meant(told, function) if (text := _pattern(node)))


def _told(function: ast.AST) -> Iterator[ast.expr]:
    """The messages that are refused with: by `refuse` and `report` after a code, by `fail` before a place."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and len(node.args) > 1:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in {"refuse", "report", "fail"}:
                yield node.args[0 if name == "fail" else 1]


def _meant(node: ast.expr, function: ast.AST) -> Iterator[ast.expr]:
    """The texts an argument may be: itself, either branch of a choice, or what was assigned to the name it is."""
    if isinstance(node, ast.IfExp):
        yield from _meant(node.body, function)
        yield from _meant(node.orelse, function)
    elif isinstance(node, ast.Name):
        for one in ast.walk(function):
            if isinstance(one, ast.Assign) and any(isinstance(x, ast.Name) and x.id == node.id for x in one.targets):
                yield from _meant(one.value, function)
    else:
        yield node


def _pattern(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    text, slots = "", 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        else:
            slots += 1
            text += f"{{{slots}}}"
    return text


def advice() -> dict[str, str]:
    """What to do, by the code of the refusal."""
    make_reference = importlib.import_module("make_reference")
    make_reference.import_everything()
    from solde.kernel.refusals import CATALOGUE

    return {code: entry.advice for code, entry in CATALOGUE.items()}


def missing(language: str = "fr") -> list[str]:
    """Texts without an entry."""
    from solde.app.web.i18n import catalogue

    known = catalogue(language)
    return [text for text in dict.fromkeys([*patterns(), *advice().values()]) if text not in known]


if __name__ == "__main__":
    print("\n".join(missing()))
