"""What pages say is said in every language; amounts are written as the language writes them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from solde.access.rules.permissions import LABELS, WORDS
from solde.app.statuses import TITLES
from solde.app.web import filters, formats, i18n, navigation, preferences
from solde.app.web.errors import WHAT_NOW
from solde.app.web.pages import deposits
from solde.app.web.pages.actions import catalogue, dialogs
from solde.app.web.pages.settings import deposits as deposit_settings
from solde.app.work.words import KINDS
from solde.operations import CLASSES

WEB = Path(i18n.__file__).parent
CALL = re.compile(r"""\bt\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
CATALOGUES = sorted((WEB / "locales").glob("*.po"))


def said_in(*patterns: str) -> Iterator[tuple[str, str]]:
    """Every literal text that is translated, with its file."""
    for file in sorted(one for pattern in patterns for one in WEB.rglob(pattern) if "vendor" not in one.parts):
        for double, single in CALL.findall(file.read_text(encoding="utf-8")):
            text = double or single
            yield text.replace('\\"', '"').replace("\\'", "'"), file.name


@pytest.fixture
def french() -> Iterator[None]:
    i18n.speak("fr")
    yield
    i18n.speak("en")


def test_names_that_are_translated_where_they_are_drawn_are_said_in_french() -> None:
    tables = (formats.MATCHING, formats.POSTING, formats.STATES)
    named = [
        *(label for table in tables for label, _ in table.values()),
        *filters.LABELS.values(), *filters.SIDES.values(), *filters.DISPUTES.values(), *CLASSES.values(),
        *LABELS.values(), *WORDS.values(), *TITLES.values(), *WHAT_NOW.values(), *i18n.SAID_BY_SCRIPTS,
        *(label for label, _ in (*deposits.STATES.values(), *deposit_settings.STATES.values())),
        *deposits.KINDS.values(), *deposits.PARTS.values(), *deposit_settings.UNITS.values(),
        *(entry.label for entry in catalogue.ENTRIES), *(dialog.confirm for dialog in dialogs.FORMS.values()),
        *KINDS.values(), *(why for entry in catalogue.ENTRIES for _, why in entry.wants),
        *preferences.THEMES.values(), *preferences.DENSITIES.values(), *(entry.label for entry in navigation.ENTRIES),
    ]  # fmt: skip
    assert [name for name in named if name not in i18n.catalogue("fr")] == []


def test_what_a_script_says_is_brought_by_the_page() -> None:
    assert [(text, file) for text, file in said_in("*.js") if text not in i18n.SAID_BY_SCRIPTS] == []


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.stem)
def test_a_catalogue_says_each_text_once_and_keeps_its_values(file: Path) -> None:
    with file.open("rb") as opened:
        entries = [(str(m.id), str(m.string)) for m in read_po(opened) if m.id]
    texts = file.read_text(encoding="utf-8")
    twice = [text for text, count in Counter(re.findall(r'^msgid "(.+)"$', texts, re.MULTILINE)).items() if count > 1]
    assert twice == []
    assert [(text, said) for text, said in entries if names_in(text) != names_in(said)] == []


def names_in(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)\}", text))


@pytest.mark.parametrize(
    ("header", "language"),
    [("fr-FR,fr;q=0.9,en;q=0.8", "fr"), ("en-GB", "en"), ("de,fr;q=0.5", "fr"), ("", "en"), ("x;q=z,\0", "en")],
)
def test_a_page_speaks_the_language_a_browser_likes_best(header: str, language: str) -> None:
    assert i18n.prefer(header) == language


@pytest.mark.usefixtures("french")
def test_french_writes_a_comma_before_decimals() -> None:
    assert formats.money(Decimal("-1610.81544"), "EUR") == "\u22121\u202f610,81544"


@pytest.mark.usefixtures("french")
def test_a_value_in_a_text_is_never_read_as_a_text_itself() -> None:
    assert i18n.t("Nothing found for “{q}”.", q="{q.__class__}") == "Rien trouvé pour «\u00a0{q.__class__}\u00a0»."
