"""Names say what a thing is: a word that stood for several things names none."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src/solde"
FORBIDDEN_CLASSES = frozenset(
    {
        "Asked", "Bench", "Cashier", "Desk", "Form", "Helper", "Manager", "Place", "Poster", "Reading", "Seen", "Standing",
        "Stretch", "Till", "Told", "Touched", "Tried", "Turn", "Util", "Wish", "Workbench", "Written",
    }
)  # fmt: skip
"""Private words, or words that say nothing; say `PreviewToken`, `SettlementBatch`, `Submission` instead."""
FORBIDDEN_MODULES = frozenset(
    {
        "acting", "assigning", "by_card", "by_hand", "carrying", "desk", "handle", "helper", "helpers", "kept_ranking", "known",
        "manager", "misc", "moving", "quick", "receiving", "refused", "rehearsing", "rejecting", "seen", "standings", "told",
        "util", "utils", "viewed", "wishes", "written",
    }
)  # fmt: skip


def test_no_class_has_a_word_that_stands_for_several_things() -> None:
    found = [
        f"{path.relative_to(SOURCE)}: {node.name}"
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and node.name in FORBIDDEN_CLASSES
    ]
    assert found == []


def test_what_a_module_holds_is_guessed_from_its_name() -> None:
    found = [str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if path.stem in FORBIDDEN_MODULES]
    assert found == []
