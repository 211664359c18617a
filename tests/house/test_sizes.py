"""Sizes past which code wants a second idea or a folder."""

from __future__ import annotations

import ast
from pathlib import Path

MODULE_LINES = 400
FUNCTION_LINES = 70


def test_modules_fit_four_hundred_lines(source_files: list[Path]) -> None:
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in source_files}
    assert {path: length for path, length in lengths.items() if length > MODULE_LINES} == {}


def test_functions_fit_seventy_lines(source_files: list[Path]) -> None:
    long = [
        f"{path}: {name} has {length}"
        for path in source_files
        for name, length in functions(path)
        if length > FUNCTION_LINES
    ]
    assert long == []


def functions(path: Path) -> list[tuple[str, int]]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    found = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(node.name, (node.end_lineno or node.lineno) - node.lineno + 1) for node in found]
