"""List the texts of pages that a language's catalogue lacks: `python scripts/french_missing.py`."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

WEB = Path(__file__).parents[1] / "src/solde/app/web"
sys.path.insert(0, str(WEB.parents[2]))
CALL = re.compile(r"""\bt\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")


def texts() -> dict[str, str]:
    """Every literal text that is translated, with the file where it is first met."""
    found: dict[str, str] = {}
    for file in sorted([*WEB.rglob("*.html"), *WEB.rglob("*.py"), *WEB.parents[1].rglob("listings.py")]):
        for double, single in CALL.findall(file.read_text(encoding="utf-8")):
            found.setdefault(
                (double or single).replace('\\"', '"').replace("\\'", "'"), file.relative_to(WEB.parents[1]).as_posix()
            )
    for text in described():
        found.setdefault(text, "descriptions")
    for text in told():
        found.setdefault(text, "texts of dialogs")
    for text in listed():
        found.setdefault(text, "listings")
    return found


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
    return [text for text in dict.fromkeys(found) if text]


def told() -> list[str]:
    """What dialogs say of a subject: the texts in functions that show it, suggest for it and find what may be chosen."""
    found: list[str] = []
    for name in ("descriptions.py", "requests.py"):
        for file in sorted(WEB.parents[1].glob(f"*/{name}")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith(("show_", "suggest_", "find_")):
                    found += _said_in(node)
    return [text for text in dict.fromkeys(found) if text]


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
    return [text for text in dict.fromkeys(found) if text and not text[0].isdigit()]


def missing(language: str = "fr") -> dict[str, str]:
    """Those without an entry."""
    from solde.app.web.i18n import catalogue

    known = catalogue(language)
    return {text: file for text, file in texts().items() if text not in known}


if __name__ == "__main__":
    for text, file in missing().items():
        print(f"{file}: {text}")
