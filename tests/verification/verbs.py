"""Which verbs of audit records the code can write, read from the code itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "solde"
Function = ast.FunctionDef | ast.AsyncFunctionDef
INSERT = re.compile(r"insert into audit_record \(([^)]*)\)\s+select (.*)", re.IGNORECASE)


class Code:
    """The modules of the product, and where each function is called from."""

    def __init__(self, modules: dict[Path, ast.Module]) -> None:
        self._inside: dict[ast.AST, Function] = {}
        self._module: dict[ast.AST, Path] = {}
        self._calls: dict[str, list[ast.Call]] = {}
        self._rows: list[ast.Tuple] = []
        for path, module in modules.items():
            for node in ast.walk(module):
                if isinstance(node, Function):
                    self._module[node] = path
                    # An inner function comes later, and is the nearer one.
                    self._inside.update(dict.fromkeys(ast.walk(node), node))
                elif isinstance(node, ast.Tuple):
                    self._module[node] = path
                    self._rows.append(node)
                elif isinstance(node, ast.Call):
                    self._module[node] = path
                    self._calls.setdefault(_name(node), []).append(node)

    def calls(self, name: str, of: Function | None = None) -> list[ast.Call]:
        """Calls of that name; of a function those in its module, or in its package where others may call it."""
        found = self._calls.get(name, [])
        if of is None:
            return found
        home = self._module[of]
        own = name.startswith("_")
        return [
            call for call in found if (self._module[call] == home if own else self._module[call].parent == home.parent)
        ]

    def place(self, call: ast.Call) -> str:
        return f"{self._module[call].relative_to(SOURCE)}:{call.lineno}"

    def texts(self, value: ast.expr | None, depth: int = 0) -> Iterator[str | None]:
        """What a text may be, `%` for a part known later; None where it cannot be told."""
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value
        elif isinstance(value, ast.JoinedStr):
            yield from self._composed(value.values, depth)
        elif isinstance(value, ast.IfExp):
            yield from self.texts(value.body, depth)
            yield from self.texts(value.orelse, depth)
        elif isinstance(value, ast.Name) and depth < 5 and (within := self._inside.get(value)):
            yield from self._named(value.id, within, depth + 1)
        else:
            yield None

    def _composed(self, parts: list[ast.expr], depth: int) -> Iterator[str]:
        """Every way in which the parts may follow each other."""
        if not parts:
            yield ""
            return
        first = parts[0].value if isinstance(parts[0], ast.FormattedValue) else parts[0]
        heads = {"%" if text is None else text for text in self.texts(first, depth)}
        for rest in self._composed(parts[1:], depth):
            yield from (head + rest for head in heads)

    def _named(self, name: str, within: Function, depth: int) -> Iterator[str | None]:
        """What a name stands for: what it was set to, or what callers give."""
        given = [node.value for node in ast.walk(within) if isinstance(node, ast.Assign) and _sets(node, name)]
        order = [one.arg for one in (*within.args.posonlyargs, *within.args.args)]
        if not given and name in {*order, *(one.arg for one in within.args.kwonlyargs)}:
            place = order.index(name) if name in order else 999
            found = [argument(call, place, name) for call in self.calls(within.name, within)]
            given = [one for one in found if one is not None]
        if not given:
            given = list(self._in_rows(name, within))
        if not given:
            yield None
        for value in given:
            yield from self.texts(value, depth)

    def _in_rows(self, name: str, within: Function) -> Iterator[ast.expr]:
        """Where rows are taken apart, `for (one, verb) in rows`: the texts at its place in rows as long, in its package."""
        for shape in (
            node for node in ast.walk(within) if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store)
        ):
            names = [one.id if isinstance(one, ast.Name) else "" for one in shape.elts]
            if name not in names:
                continue
            for row in self._rows:
                value = row.elts[names.index(name)] if len(row.elts) == len(names) else None
                near = self._module[row].parent == self._module[within].parent
                if near and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    """What a call gives at a place or by a name."""
    by_name = next((one.value for one in call.keywords if one.arg == name), None)
    return call.args[place] if len(call.args) > place else by_name


def written_verbs() -> tuple[set[str], list[str]]:
    """Every verb that is written, and the places where it cannot be told which."""
    modules = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SOURCE.rglob("*.py"))}
    code, verbs, unknown = Code(modules), set(_in_statements()), []
    for call in code.calls("AuditRecord"):
        for text in code.texts(argument(call, 3, "verb")):
            if text is None:
                unknown.append(f"{code.place(call)}: {ast.unparse(call)}")
            else:
                verbs.add(text)
    return verbs, unknown


def _in_statements() -> Iterator[str]:
    for path in sorted(SOURCE.rglob("*.sql")):
        for columns, values in INSERT.findall(path.read_text(encoding="utf-8")):
            place = [one.strip() for one in columns.split(",")].index("verb") if "verb" in columns else -1
            written = values.split(",")[place].strip()
            if place >= 0 and written.startswith("'"):
                yield written.strip("'")


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _sets(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
