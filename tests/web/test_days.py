"""Days as people read and type them: one form everywhere, what is shown can be typed, and one thing is said as one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from solde.app.web import days, i18n
from solde.app.web.plurals import ONE
from solde.app.web.texts import written
from solde.kernel.refusals import Refusal
from solde.kernel.texts import Amount, say

WEB = Path(__file__).parents[2] / "src/solde/app/web"


@pytest.fixture(params=["en", "fr"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    i18n.speak(request.param)
    yield request.param
    i18n.speak("en")


def test_every_day_that_is_shown_can_be_typed_again(language: str) -> None:
    for at in range(0, 800, 3):
        on = date(2026, 1, 1) + timedelta(days=at)
        assert days.read_day(days.day(on)) == on


@pytest.mark.parametrize(
    "typed",
    [
        "2026-12-11",
        "11 Dec 2026",
        "11 december 2026",
        "11 déc. 2026",
        "11 decembre 2026",
        "11/12/2026",
        " 11.12.2026 ",
        "11-12-2026",
    ],
)
def test_a_day_is_understood_as_people_write_it(typed: str, language: str) -> None:
    assert days.read_day(typed) == date(2026, 12, 11)


@pytest.mark.parametrize(
    "typed", ["12/31/2026", "31 Feb 2026", "11 Dec 26", "ju 2026", "1 ju 2026", "2026-13-01", "today", "1.1.20261"]
)
def test_what_is_no_day_is_refused_with_an_example(typed: str) -> None:
    found = days.read_day(typed)
    assert isinstance(found, Refusal)
    assert "30 Nov 2026" in days.NO_DAY.advice
    assert "30 Nov 2026" in found.message, "what stands beside the field says how to write it"


def test_days_in_the_sentences_of_features_stand_as_in_lists() -> None:
    said = say("due {due} is before {on}", due=date(2026, 1, 2), on=date(2026, 11, 22))
    assert written(said) == "due 2 Jan 2026 is before 22 Nov 2026"
    assert written(say("{text!r} is no reference", text="F-2026-01-02")) == "'F-2026-01-02' is no reference"


def test_amounts_in_the_sentences_of_features_have_the_decimals_of_their_currency() -> None:
    assert written(say("{amount} is too much", amount=Amount(Decimal("887.6"), "EUR"))) == "887.60 EUR is too much"
    assert written(say("{amount}", amount=Amount(Decimal(1200), "JPY"))) == "1\u202f200 JPY"
    assert written(say("{text}", text="12.5 EUR")) == "12.5 EUR", "what a person typed stays as it is"


def test_an_instant_is_told_by_the_clock_of_the_seller() -> None:
    at = datetime(2026, 6, 30, 23, 5, 9, tzinfo=UTC)
    days.begin("UTC")
    assert days.instant(at) == "30 Jun 2026 23:05"
    days.tell_by("Europe/Paris")
    assert days.instant(at) == "1 Jul 2026 01:05"
    days.begin("UTC")


def test_no_page_has_an_input_that_follows_the_language_of_the_browser() -> None:
    native = re.compile(r"""type=["'](?:date|datetime-local|month|time)["']""")
    found = [
        f.name for f in WEB.rglob("*.html") if native.search(re.sub(r"text\([^\n]*|entry\([^\n]*", "", f.read_text()))
    ]
    assert found == []


def test_every_day_that_is_typed_on_a_page_is_read_the_same_way() -> None:
    assert [f.name for f in WEB.rglob("*.py") if "parse_date" in f.read_text() and f.name != "days.py"] == []


def test_no_page_writes_a_day_in_a_form_of_its_own() -> None:
    own = re.compile(r"%Y-%m-%d|%d/%m|%m/%d")
    assert [f.name for f in WEB.rglob("*.py") if own.search(f.read_text()) and f.name != "days.py"] == []


def test_one_thing_is_said_as_one(language: str) -> None:
    for text, (name, single) in ONE.items():
        filled = {slot: "1" for slot in re.findall(r"\{(\w+)\}", text)}
        said = i18n.catalogue(language).get(single, single if language == "en" else None)
        assert said, f"{single!r} has no {language}"
        assert i18n.t(text, **filled) == said.format(**filled)
        assert i18n.t(text, **{**filled, name: "2"}) != said.format(**{**filled, name: "2"})


def test_an_instant_names_the_clock_it_is_told_by() -> None:
    at = datetime(2026, 6, 30, 23, 5, tzinfo=UTC)
    days.begin("Europe/Paris")
    assert days.instant_with_zone(at).endswith("1 Jul 2026 01:05 CEST")
    days.begin("UTC")
    assert days.instant_with_zone(at).endswith("30 Jun 2026 23:05 UTC")


def test_no_template_and_no_sentence_of_one_writes_a_zone_by_hand() -> None:
    folder = Path(days.__file__).parent / "templates"
    written = [path.name for path in folder.rglob("*.html") if re.search(r"\b(UTC|GMT|CES?T)\b", path.read_text())]
    assert written == []
