"""French: every refusal and remedy has its words, sentences are filled in, and points stand as French has them."""

from __future__ import annotations

import re
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from web.company import Company
from web.desk import own_books, read, signed_in

from solde.app.web import i18n
from solde.app.web.activity_words import said_in_words
from solde.app.web.conditions import reason
from solde.app.web.wording import worded
from solde.balances.activity import Said

ROOT = Path(__file__).parents[2]
LOCALES = sorted((ROOT / "src/solde/app/web/locales").glob("fr*.po"))


@pytest.fixture
def french() -> Iterator[None]:
    i18n.speak("fr")
    yield
    i18n.speak("en")


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, Any]]:
    monkeypatch.setattr(sys, "path", [str(ROOT / "scripts"), *sys.path])
    return lambda name: runpy.run_path(str(ROOT / "scripts" / name))


def test_every_text_of_the_pages_is_in_the_catalogue(script: Callable[[str], dict[str, Any]]) -> None:
    assert script("french_missing.py")["missing"]() == {}


def test_every_refusal_a_page_may_show_and_every_remedy_is_in_the_catalogue(
    script: Callable[[str], dict[str, Any]],
) -> None:
    found = script("refusal_messages.py")
    known = i18n.catalogue("fr")
    assert len(found["patterns"]()) > 250
    wordless = {text for text in found["patterns"]() if not re.search(r"[a-z]", re.sub(r"\{\d\}", "", text))}
    assert wordless == {"{1}{2}"}, "what is nothing but filled in says nothing of its own"
    assert {text: place for text, place in found["patterns"]().items() if text not in {*known, *wordless}} == {}
    assert {code: text for code, text in found["advice"]().items() if text not in known} == {}


@pytest.mark.parametrize("path", LOCALES, ids=lambda path: path.name)
def test_no_line_breaks_before_a_point_of_french(path: Path) -> None:
    with path.open("rb") as opened:
        texts = [message.string for message in read_po(opened, locale="fr") if message.id]
    assert texts
    broken = [text for text in texts if isinstance(text, str) and re.search(r" [;?%»]| !(?!=)| :(?!//)|« ", text)]
    assert [text for text in broken if "'? :'" not in text] == []


@pytest.mark.parametrize("path", LOCALES, ids=lambda path: path.name)
def test_what_is_filled_in_is_filled_in_in_french_too(path: Path) -> None:
    with path.open("rb") as opened:
        pairs = [(m.id, m.string) for m in read_po(opened, locale="fr") if isinstance(m.id, str) and m.id and m.string]
    slots = re.compile(r"\{(\w+)\}")
    assert [pair for pair in pairs if sorted({*slots.findall(pair[0])}) != sorted({*slots.findall(str(pair[1]))})] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("'x' is not an amount", "'x' n’est pas un montant"),
        ("operation 3 is a debit", "l’opération 3 est un débit"),
        (
            "'XX' is no country code; did you mean FR?",
            "'XX' n’est pas un code de pays\u202f; vouliez-vous dire FR\u202f?",
        ),
        ("'XX' is no country code", "'XX' n’est pas un code de pays"),
        ("column 4: unexpected 'x'", "colonne 4\u00a0: 'x' inattendu"),
        ("approval 3 is APPROVED already", "l’approbation 3 est déjà approuvée"),
        ("said by nobody", "said by nobody"),
    ],
)
@pytest.mark.usefixtures("french")
def test_a_sentence_of_a_feature_is_said_in_french_with_what_fills_it(text: str, said: str) -> None:
    assert worded(text) == said


def test_english_needs_no_catalogue() -> None:
    assert worded("operation 3 is a debit") == "operation 3 is a debit"


@pytest.mark.usefixtures("french")
def test_explanations_and_deeds_are_said_in_french() -> None:
    assert reason("every debit takes part", included=True) == "tout débit compte"
    changed = Said("Changed the {noun}: {fields}", {"noun": "billing account", "fields": "description, payment method"})
    assert said_in_words(changed) == "A modifié compte de facturation\u00a0: description, moyen de paiement"


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as opened:
        yield opened


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/accounts/CUST-00412?from=bald", 200, "'bald' n’est pas un jour"),
        ("/accounts/NOBODY", 404, "Il n’y a pas de compte"),
        ("/payments/registered?amount_from=viel", 200, "'viel' n’est pas un montant"),
        ("/accounts/CUST-00412/operations.csv?from=bald", 422, "Corrigez le filtre, ou retirez-le."),
    ],
)
async def test_a_page_refuses_in_french(books: tuple[str, Company], address: str, status: int, said: str) -> None:
    async with signed_in(books[0], "viewer", "lit") as client:
        client.cookies.set("solde_likes", "%7B%22language%22%3A%22fr%22%7D")
        assert said in await read(client, address, status)
