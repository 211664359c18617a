"""The pages that can be found by their names: those of the navigation and what stands behind them, each with its section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import combining, normalize

from solde.access import Permission

from ..i18n import t
from ..navigation import entries
from ..visitors import Visitor
from . import importing, receipts
from .accounting_head import accounting_tabs
from .customers import added
from .settings.index import places_for


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page: its name, the section it stands in, its address, and what it is for, in words."""

    name: str
    section: str
    href: str
    words: str = ""


def find_places(visitor: Visitor, q: str) -> Sequence[PageEntry]:
    """The pages this person may open that fit every word typed, by their names first; without words the navigation."""
    sections = [PageEntry(t(entry.label), "", entry.href) for entry, _ in entries(visitor, "")]
    wanted = _plain(q).split()
    if not wanted:
        return sections
    known = [*sections, *_behind(visitor)]
    named = [one for one in known if _fits(wanted, f"{one.name} {one.section}")]
    meant = [one for one in known if one not in named and _fits(wanted, f"{one.name} {one.section} {one.words}")]
    return list({one.href: one for one in reversed([*named, *meant])}.values())[::-1]


def _behind(visitor: Visitor) -> Iterator[PageEntry]:
    """What the navigation leads to in more than one step."""
    for words, href, _ in added(visitor):
        yield PageEntry(t("New customer: {kind}", kind=words), t("Customers"), href)
    if visitor.may(Permission.IMPORTS):
        for name, what in importing.WHATS.items():
            yield PageEntry(t("Import {what}", what=t(what.label)), "", f"/import/{name}", t(what.text))
    if visitor.may(Permission.PAYMENTS):
        yield PageEntry(t("Register payment"), t("Payments"), "/payments/register")
        yield PageEntry(t("Record a receipt"), t("Payments"), "/payments/receipts/new")
    for label, href, _ in receipts.tabs(visitor, ""):
        yield PageEntry(label, t("Payments"), href)
    for label, href, _ in accounting_tabs(visitor, ""):
        yield PageEntry(label, t("Accounting"), href)
    for place in places_for(visitor):
        yield PageEntry(t(place.label), t("Settings"), place.href, t(place.words))
    yield PageEntry(t("My account"), "", "/me")


def _fits(wanted: Sequence[str], text: str) -> bool:
    """Does a word of the text begin like each word that was typed?"""
    words = _plain(text).replace("'", " ").replace("’", " ").split()
    return all(any(word.startswith(one) for word in words) for one in wanted)


def _plain(text: str) -> str:
    return "".join(c for c in normalize("NFD", text.casefold()) if not combining(c))
