"""What pages say, in the reader's language. English is the key; other languages are catalogues beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache
from importlib.resources import files

from babel import negotiate_locale
from babel.messages.pofile import read_po

from .plurals import of_one

LANGUAGES = {"en": "English", "fr": "Français"}
"""The languages pages are written in, each in its own words."""

_spoken: ContextVar[str] = ContextVar("spoken", default="en")


def speak(language: str) -> None:
    """Set the language of the answer being made."""
    _spoken.set(language if language in LANGUAGES else "en")


def spoken() -> str:
    """The language of the answer being made."""
    return _spoken.get()


def t(text: str, **values: object) -> str:
    """A text in the language of the answer, with `{name}` replaced by its value; of one thing in the singular."""
    said = template_of(text, values)
    return said.format(**values) if values else said


def template_of(text: str, values: Mapping[str, object]) -> str:
    """A template in the language of the answer; of one thing in the singular."""
    language = _spoken.get()
    if values:
        text = of_one(text, language, values)
    return catalogue(language).get(text, text)


SAID_BY_SCRIPTS = (
    "{n} rows", "Nothing found", "Dismiss", "Not reached", "Not sent", "Not kept",
    "the server did not answer; nothing was changed", "the server did not answer; try again, it is done once",
    "The preview was not reached", "You are offline. What you see may be old; nothing is lost.", "You are online again.",
    "The server did not answer. Try again.", "No room: {columns}", "Calendar",
)  # fmt: skip
"""What scripts say; a script finds it by `Solde.t`."""


def for_scripts() -> dict[str, str]:
    """What scripts say, in the language of the answer; English needs no words for it."""
    known = catalogue(_spoken.get())
    return {text: known[text] for text in SAID_BY_SCRIPTS if text in known}


@lru_cache(maxsize=16)
def catalogue(language: str) -> Mapping[str, str]:
    """The texts of a language by their English, from `fr.po`, `fr-settings.po` and so on; English itself has none."""
    folder = files(__package__) / "locales"
    known: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".po") and file.name.removesuffix(".po").partition("-")[0] == language:
            with file.open("rb") as opened:
                read = read_po(opened, locale=language)
            known |= {
                m.id: m.string
                for m in read
                if isinstance(m.id, str) and isinstance(m.string, str) and m.id and m.string
            }
    return known


def prefer(accept_language: str) -> str:
    """The language of ours that a browser likes best."""
    asked = sorted(_asked(accept_language), key=lambda one: -one[1])
    return negotiate_locale([code for code, _ in asked], list(LANGUAGES), sep="-") or "en"


def _asked(header: str) -> list[tuple[str, float]]:
    found = []
    for part in header.split(",")[:20]:
        code, _, quality = part.strip().partition(";q=")
        try:
            found.append((code, float(quality or 1)))
        except ValueError:
            continue
    return found
