"""What is remembered between calls is bounded: whoever sends ever other texts must not fill the memory of the server."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

BOUNDED_BY_THE_PROGRAM = ("type[", "CustomerKind")
"""Annotations of which the program has so many values and no more."""


def unbounded(tree: ast.AST) -> Iterator[str]:
    """Functions that remember every answer, although what they are asked may be anything."""
    for found in ast.walk(tree):
        if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef) and any(map(remembers_all, found.decorator_list)):
            asked = [*found.args.posonlyargs, *found.args.args, *found.args.kwonlyargs]
            if found.args.vararg or found.args.kwarg or not all(map(is_of_few, asked)):
                yield found.name


def remembers_all(decorator: ast.expr) -> bool:
    said = ast.unparse(decorator)
    return said in {"cache", "functools.cache"} or ("lru_cache(" in said and "None" in said)


def is_of_few(asked: ast.arg) -> bool:
    return asked.annotation is not None and ast.unparse(asked.annotation).startswith(BOUNDED_BY_THE_PROGRAM)


def test_no_function_remembers_every_text_it_was_given(tracked_files: list[Path], root: Path) -> None:
    sources = [path for path in tracked_files if path.suffix == ".py" and path.is_relative_to(root / "src")]
    found = [f"{path.name}: {name}" for path in sources for name in unbounded(ast.parse(path.read_text("utf-8")))]
    assert found == [], "give lru_cache(maxsize=…)"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("@cache\ndef read(text: str): ...", ["read"]),
        ("@functools.cache\ndef read(text): ...", ["read"]),
        ("@lru_cache(maxsize=None)\ndef read(text: str): ...", ["read"]),
        ("@cache\ndef read(*texts: str): ...", ["read"]),
        ("@cache\ndef read(): ...", []),
        ("@cache\ndef read(shape: type[Struct]): ...", []),
        ("@lru_cache(maxsize=64)\ndef read(text: str): ...", []),
    ],
)
def test_what_is_bounded_is_told_from_what_is_not(source: str, names: list[str]) -> None:
    assert list(unbounded(ast.parse(source))) == names
