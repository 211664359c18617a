"""Texts of pages and their translations: what is said, what lacks a translation, what nobody says any more.

`python scripts/texts.py` (`make texts`) finds every text and brings the catalogues up to it: a new text is added to
`fr.po`, to be translated; one that is said nowhere is taken out. `pybabel extract` finds the same (`tool.babel` in
`pyproject.toml`).
"""

from __future__ import annotations

import ast
import re
import runpy
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import denormalize, normalize, read_po

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
LOCALES = SOURCE / "solde/app/web/locales"
TEXT_AT = {
    "t": (0,), "say": (0,), "fail": (0,), "Text": (0,), "Label": (0,), "counted": (0, 1), "refuse": (1,),
    "report": (1,), "declare": (2,),
}  # fmt: skip
"""Which arguments of a call are texts that somebody reads."""
NOT_ON_PAGES = ("app/cli", "app/demo", "db", "verification")
"""Folders whose refusals no page shows."""
IN_TEMPLATE = re.compile(r"""\bt\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
ENTRY = re.compile(r'^msgid ((?:".*"\n)+)msgstr (?:".*"(?:\n|$))+\n*', re.MULTILINE)
LITERAL = re.compile(r""""((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.|'')*)'""")

TABLES = ("_TEMPLATES", "SENTENCES")
"""How tables of texts are called."""

Named = Mapping[str, Sequence[ast.expr]]
Found = Iterator[tuple[int, None, str, list[str]]]


def from_python(file: IO[bytes], _keywords: object, _tags: object, options: dict[str, Any]) -> Found:
    """Texts of a module: what is given to a function of texts, and every literal that a catalogue knows.

    The latter are those of tables: they are looked up by a name, so that no call shows them.
    """
    del options
    tree = ast.parse(file.read())
    place = Path(file.name).resolve().relative_to(SOURCE / "solde").as_posix()
    on_pages = not place.startswith(NOT_ON_PAGES) and "/api" not in place
    named = _named(tree)
    for table in (one for name, values in named.items() if name.endswith(TABLES) for one in values):
        yield from ((one.lineno, None, str(one.value), []) for one in _texts_in(table, named))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            places = TEXT_AT.get(called, ()) if on_pages or called == "declare" else ()
            for given in (one for at in places if at < len(node.args) for one in _choices(node.args[at], named)):
                yield given.lineno, None, str(given.value), []
        if isinstance(node, ast.Constant) and node.value in known():
            yield node.lineno, None, str(node.value), []


def from_template(file: IO[bytes], _keywords: object, _tags: object, options: dict[str, Any]) -> Found:
    """Texts of a template, a script, SQL or a table of settings, as `from_python` finds them."""
    del options
    for line, row in enumerate(file.read().decode().split("\n"), 1):
        texts = {_bare(*found) for found in IN_TEMPLATE.findall(row)}
        texts |= {text for found in LITERAL.findall(row) if (text := _bare(*found)) in known()}
        yield from ((line, None, text, []) for text in sorted(texts))


def from_descriptions(file: IO[bytes], keywords: object, tags: object, options: dict[str, Any]) -> Found:
    """What descriptions of actions and lists say on screens, and what the module says that gathers them."""
    yield from from_python(file, keywords, tags, options)
    sys.path.insert(0, str(SOURCE))
    yield from ((1, None, text, []) for text in [*described(), *told(), *listed(), *composed()])


def _named(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """What names of a module are given, wherever it is."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets[0] if isinstance(node, ast.Assign) else node.target
            many = isinstance(targets, ast.Tuple) and isinstance(node.value, ast.Tuple)
            pairs = zip(targets.elts, node.value.elts, strict=False) if many else [(targets, node.value)]  # type: ignore[attr-defined]
            for target, value in pairs:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(value)
    return found


def _choices(node: ast.expr, named: Named) -> Iterator[ast.Constant]:
    """The literals an argument may be: itself, either branch of a choice, or what its name is given."""
    if isinstance(node, ast.IfExp):
        yield from _choices(node.body, named)
        yield from _choices(node.orelse, named)
    elif isinstance(node, ast.Name):
        values = named.get(node.id, [])
        yield from (
            one for value in values if isinstance(value, ast.IfExp | ast.Constant) for one in _choices(value, {})
        )
    elif isinstance(node, ast.Constant) and _has_words(node.value):
        yield node


def _texts_in(table: ast.expr, named: Named) -> Iterator[ast.Constant]:
    """Every text of a table."""
    for node in ast.walk(table):
        if isinstance(node, ast.Name | ast.Constant):
            yield from _choices(node, named)


def _has_words(text: object) -> bool:
    """What has no word says nothing."""
    return isinstance(text, str) and re.search(r"[a-z]", re.sub(r"\{.*?\}", "", text)) is not None


def _bare(double: str, single: str) -> str:
    return (double or single).replace('\\"', '"').replace("\\'", "'").replace("''", "'")


def described() -> list[str]:
    """What descriptions of actions say on screens."""
    from solde.actions.requests import fields_of
    from solde.app.actions import ALL_ACTIONS

    found: list[str] = []
    for action in ALL_ACTIONS:
        words, button = action.words, action.button
        found += [words.label, words.noun, words.done, words.confirm, words.note, words.each]
        found += [] if button is None else [button.one, *(why for _, why in button.wants)]
        for request in (action.request, *([action.several.request] if action.several else [])):
            for one in fields_of(request):
                found += [one.field.label, one.field.hint, one.field.blank, one.field.example]
    return _texts(found)


def told() -> list[str]:
    """What dialogs say of a subject: the texts in functions that show it, suggest for it and find what may be chosen."""
    found: list[str] = []
    for name in ("descriptions.py", "requests.py"):
        for file in sorted((SOURCE / "solde").glob(f"*/{name}")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith(("show_", "suggest_", "find_")):
                    found += _said_in(node)
    return _texts(found)


def _said_in(function: ast.AsyncFunctionDef) -> list[str]:
    names = {id(key) for node in ast.walk(function) if isinstance(node, ast.Dict) for key in node.keys}
    names.add(id(function.body[0].value) if isinstance(function.body[0], ast.Expr) else 0)
    constants = [node for node in ast.walk(function) if isinstance(node, ast.Constant) and id(node) not in names]
    return [node.value for node in constants if isinstance(node.value, str)]


def listed() -> list[str]:
    """What descriptions of lists say on pages and in files."""
    from solde.app.listings import LISTINGS
    from solde.listings.reading import asked_fields

    found: list[str] = []
    for one in LISTINGS:
        filters = [field.filter for field in asked_fields(one.filters)]
        options = [held.options for held in one.columns if held.options is not None]
        options += [held.options for held in filters if held.options is not None]
        empties = [one.empty, *(show.empty for show in one.shows if show.empty is not None)]
        found += [
            one.title,
            one.caption,
            one.search,
            one.unfit,
            one.unfit_text,
            *(column.label for column in one.columns),
        ]
        found += [text for held in filters for text in (held.label, held.hint, held.blank, held.only)]
        found += [text for held in empties for text in (held.title, held.text)]
        found += [label for held in options if not held.named for label in held.labels.values()]
        found += [show.label for show in one.shows] + ([one.totals.counted] if one.totals is not None else [])
    return _texts(found)


def composed() -> list[str]:
    """Labels that are put together of codes, and what to do about each refusal."""
    from solde.cards.model import CardKind, CardState
    from solde.customers import AccountState, CustomerKind, creation_form
    from solde.deposits.model import DepositState
    from solde.expressions.tree import NodeType
    from solde.instalments.model import PlanState
    from solde.kernel.refusals import CATALOGUE
    from solde.operations.model import PostingStatus, Side

    runpy.run_path(str(ROOT / "scripts/make_reference.py"))["import_everything"]()
    found = [entry.advice for entry in CATALOGUE.values()]
    found += [one.value.lower() for kind in (AccountState, PlanState) for one in kind]
    found += [str(one) for kind in (CardKind, CardState, DepositState, PostingStatus, NodeType) for one in kind]
    found += [f"a {one}" for one in CardKind if one is not CardKind.AUTHORIZE] + [one.word for one in Side]
    forms = [creation_form(kind) for kind in CustomerKind]
    found += [field.name.replace("_", " ") for form in forms for tab in form for field in tab.fields]
    return _texts(found)


def _texts(found: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(found) if text and not text[0].isdigit()]


@cache
def known(language: str = "fr") -> frozenset[str]:
    """What the catalogues have."""
    return frozenset(str(one.id) for file in _files(language) for one in _read(file) if one.id)


@cache
def extracted() -> dict[str, str]:
    """Every text, and where it is said first."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["babel"]["mappings"]
    sys.path.insert(0, str(ROOT / "scripts"))
    methods = [(one["pattern"], one["method"]) for one in mappings]
    found: dict[str, str] = {}
    for place, line, text, *_ in extract_from_dir(SOURCE / "solde", methods):
        found.setdefault(str(text), f"{place}:{line}")
    return found


def missing(language: str = "fr") -> dict[str, str]:
    """Texts without a translation, and where they are said."""
    translated = {str(one.id) for file in _files(language) for one in _read(file) if one.string}
    return {text: place for text, place in extracted().items() if text not in translated}


def unused(language: str = "fr") -> list[str]:
    """Entries of the catalogues that are said nowhere."""
    return sorted(known(language) - set(extracted()))


def update(language: str = "fr") -> None:
    """Take out of the catalogues what is said nowhere, and add what is new at the end of the first, to be translated."""
    gone, new = set(unused(language)), [text for text in missing(language) if text not in known(language)]
    for file in _files(language):
        before = file.read_text(encoding="utf-8")
        after = ENTRY.sub(lambda found: "" if denormalize(found[1]) in gone else found[0], before)
        if file.name == f"{language}.po":
            after = (
                after.rstrip("\n") + "\n" + "".join(f'\nmsgid {normalize(text, width=0)}\nmsgstr ""\n' for text in new)
            )
        if after != before:
            file.write_text(after, encoding="utf-8")


def _files(language: str) -> list[Path]:
    return sorted(LOCALES.glob(f"{language}*.po"))


def _read(file: Path) -> Catalog:
    with file.open("rb") as opened:
        return read_po(opened, locale=file.name.removesuffix(".po").partition("-")[0])


if __name__ == "__main__":
    update()
    for text, place in missing().items():
        print(f"{place}: {text}")
