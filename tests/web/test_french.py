"""French: every refusal and remedy has its words, sentences are filled in, and points stand as French has them."""

from __future__ import annotations

import ast
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
from solde.app.web.texts import written
from solde.kernel.texts import Label, Text, say

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


def test_every_text_has_its_french_and_no_entry_is_said_nowhere(script: Callable[[str], dict[str, Any]]) -> None:
    found = script("texts.py")
    assert found["missing"]() == {}
    assert found["unused"]() == []


def test_what_is_given_to_a_function_of_texts_and_what_tables_hold_is_found(
    script: Callable[[str], dict[str, Any]],
) -> None:
    found = script("texts.py")["extracted"]()
    assert len(found) > 3000
    for text in (
        "operation {number} is already matched",  # of a refusal
        "Check the account code; list accounts by GET /api/v1/customers?q=…",  # its advice
        "Would be added",  # of a table
        "{count} open debits",  # of a count
    ):
        assert text in found


def test_no_sentence_is_filled_in_before_it_is_translated(script: Callable[[str], dict[str, Any]]) -> None:
    # Advice is made once, with figures that never change; a label may be a word of a table.
    at = {**script("texts.py")["TEXT_AT"], "check_version": (2,)}
    del at["declare"], at["Label"]
    source = ROOT / "src/solde"
    filled = [
        f"{path.relative_to(source)}:{node.lineno}"
        for path in source.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for one in (node.args[n] for n in at.get(getattr(node.func, "id", ""), ()) if n < len(node.args))
        if any(isinstance(part, ast.JoinedStr) for part in ast.walk(one))
    ]
    assert filled == []


def test_no_entry_of_the_catalogue_is_a_pattern() -> None:
    assert [text for text in i18n.catalogue("fr") if re.search(r"\{1\}", text) and "{0}" not in text] == []


@pytest.mark.parametrize("path", LOCALES, ids=lambda path: path.name)
def test_no_line_breaks_before_a_point_of_french(path: Path) -> None:
    with path.open("rb") as opened:
        texts = [
            re.sub(r"\{.*?\}", "{}", str(message.string)) for message in read_po(opened, locale="fr") if message.id
        ]
    assert texts
    broken = [text for text in texts if re.search(r" [;?%»]| !(?!=)| :(?!//)|« ", text)]
    assert [text for text in broken if "'? :'" not in text] == []


@pytest.mark.parametrize("path", LOCALES, ids=lambda path: path.name)
def test_what_is_filled_in_is_filled_in_in_french_too(path: Path) -> None:
    with path.open("rb") as opened:
        pairs = [(m.id, m.string) for m in read_po(opened, locale="fr") if isinstance(m.id, str) and m.id and m.string]
    slots = re.compile(r"(?<!#)\{(\w+[^{}]*)\}")
    assert [pair for pair in pairs if sorted({*slots.findall(pair[0])}) != sorted({*slots.findall(str(pair[1]))})] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (say("{text!r} is not an amount", text="x"), "'x' n’est pas un montant"),
        (say("operation {number} is already matched", number=3), "l’opération 3 est déjà lettrée"),
        (say("{text!r} is not an amount", text="Credit"), "'Credit' n’est pas un montant"),
        (say("said by nobody"), "said by nobody"),
        (Text("{one} or {others}", {"one": "there is nothing like this", "others": Label("Debit")}),
         "there is nothing like this ou Débit"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("french")
def test_a_sentence_is_said_in_french_and_words_that_a_person_typed_stay(text: Text, said: str) -> None:
    assert written(text) == said


def test_english_needs_no_catalogue() -> None:
    assert written(say("operation {number} is already matched", number=3)) == "operation 3 is already matched"


@pytest.mark.usefixtures("french")
def test_explanations_and_deeds_are_said_in_french() -> None:
    assert reason("every debit takes part", included=True) == "tout débit compte"
    changed = Text(
        "Changed the {noun}: {fields}",
        {"noun": Label("billing account"), "fields": [Label("description"), Label("payment method")]},
    )
    assert said_in_words(changed) == "A modifié compte de facturation\u00a0: description, moyen de paiement"


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as opened:
        yield opened


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/accounts/CUST-00412?from=bald", 200, "'bald' n’est pas un jour"),
        ("/accounts/CUST-00412?from=Credit", 200, "'Credit' n’est pas un jour"),
        ("/accounts/NOBODY", 404, "Il n’y a pas de compte"),
        ("/payments/registered?amount_from=viel", 200, "'viel' n’est pas un montant"),
        ("/accounts/CUST-00412/operations.csv?from=bald", 422, "Corrigez le filtre, ou retirez-le."),
    ],
)
async def test_a_page_refuses_in_french(books: tuple[str, Company], address: str, status: int, said: str) -> None:
    async with signed_in(books[0], "viewer", "lit") as client:
        client.cookies.set("solde_likes", "%7B%22language%22%3A%22fr%22%7D")
        assert said in await read(client, address, status)
