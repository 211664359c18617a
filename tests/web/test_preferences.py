"""What a person likes: kept, read again, never trusted."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from solde.app.web.i18n import catalogue, prefer, speak, t
from solde.app.web.preferences import Change, Preferences, changed, read, written


def test_what_is_chosen_is_read_again() -> None:
    chosen = changed(Preferences(), Change(theme="dark", density="compact", language="fr", rows=100))
    chosen = changed(chosen, Change(grid="operations", hidden=["billing", "posting"]))
    assert read(written(chosen)) == chosen
    assert chosen.hidden == {"operations": ["billing", "posting"]}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"theme": 5}', '{"hidden": {"a": 1}}', quote("{}"), "\0"])
def test_nonsense_counts_as_no_choice(text: str) -> None:
    assert read(text) == Preferences()


def test_a_choice_that_does_not_exist_changes_nothing() -> None:
    chosen = changed(Preferences(theme="dark"), Change(theme="<script>", density="tiny", language="xx", rows=7))
    assert chosen == Preferences()


def test_very_many_hidden_columns_are_forgotten_rather_than_lost_with_the_rest() -> None:
    chosen = Preferences(theme="dark", hidden={f"grid-{n}": [f"column-{i}" for i in range(40)] for n in range(40)})
    assert read(written(chosen)) == Preferences(theme="dark")


@pytest.mark.parametrize(
    ("asked", "language"), [("fr-CA,fr;q=0.9,en;q=0.5", "fr"), ("de", "en"), ("", "en"), ("en;q=0.1,fr;q=x,fr", "fr")]
)
def test_a_browser_is_answered_in_the_language_it_likes_best(asked: str, language: str) -> None:
    assert prefer(asked) == language


def test_a_text_is_said_in_the_language_of_the_answer() -> None:
    speak("fr")
    assert (t("Columns"), t("{n} selected", n=3)) == ("Colonnes", "Sélection\u00a0: 3")
    speak("en")
    assert (t("Columns"), t("not in any catalogue")) == ("Columns", "not in any catalogue")


def test_placeholders_of_a_translation_are_those_of_its_text() -> None:
    found = re.compile(r"\{(\w+)\}")
    assert {k: v for k, v in catalogue("fr").items() if set(found.findall(k)) != set(found.findall(v))} == {}
