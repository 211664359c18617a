"""How a person likes pages: theme, density, language, columns. Kept for the person, and in a cookie for the next page."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import msgspec
from litestar import Request
from litestar.datastructures import Cookie, State

from . import i18n

COOKIE = "solde_likes"
YEAR_SECONDS = 31_536_000
LONGEST = 3500
"""Characters of the cookie; a browser drops a longer one."""

THEMES = {"system": "As the system", "light": "Light", "dark": "Dark"}
DENSITIES = {"roomy": "Roomy", "compact": "Compact"}
PAGE_SIZES = (50, 100, 200)


class Preferences(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person chose; everything may be left out."""

    theme: str = "system"
    density: str = "roomy"
    language: str | None = None
    rows: int = 50
    hidden: dict[str, list[str]] = msgspec.field(default_factory=dict)
    order: dict[str, list[str]] = msgspec.field(default_factory=dict)


class Change(msgspec.Struct, frozen=True):
    """One preference changed; `grid` says whose columns are hidden or stand in another order."""

    theme: str | None = None
    density: str | None = None
    language: str | None = None
    rows: int | None = None
    grid: str | None = None
    hidden: list[str] | None = None
    order: list[str] | None = None


def read(text: str | None) -> Preferences:
    """The preferences of a cookie; nonsense counts as none."""
    if not text:
        return Preferences()
    try:
        return _sound(msgspec.json.decode(text, type=Preferences))
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError):
        return Preferences()


def changed(before: Preferences, change: Change) -> Preferences:
    """The preferences with one of them changed."""
    hidden, order = dict(before.hidden), dict(before.order)
    if change.grid is not None and change.hidden is not None:
        hidden[change.grid[:40]] = [name[:40] for name in change.hidden[:40]]
    if change.grid is not None and change.order is not None:
        order[change.grid[:40]] = [name[:40] for name in change.order[:40]]
    given = {
        name: value for name in ("theme", "density", "language", "rows") if (value := getattr(change, name)) is not None
    }
    return _sound(msgspec.structs.replace(before, hidden=hidden, order=order, **given))


def _sound(chosen: Preferences) -> Preferences:
    return Preferences(
        chosen.theme if chosen.theme in THEMES else "system",
        chosen.density if chosen.density in DENSITIES else "roomy",
        chosen.language if chosen.language in i18n.LANGUAGES else None,
        chosen.rows if chosen.rows in PAGE_SIZES else PAGE_SIZES[0],
        {name: list(dict.fromkeys(hidden)) for name, hidden in chosen.hidden.items()},
        {name: list(dict.fromkeys(order)) for name, order in chosen.order.items() if order},
    )


def written(chosen: Preferences) -> str:
    """The text of the cookie; choices of columns are forgotten where they would make it too long."""
    text = msgspec.json.encode(chosen).decode("ascii", "ignore")
    if len(quote(text)) <= LONGEST:
        return text
    return msgspec.json.encode(msgspec.structs.replace(chosen, hidden={}, order={})).decode()


def cookie(chosen: Preferences, *, secure: bool) -> Cookie:
    """The cookie; a script may read it, so that a choice shows at once."""
    return Cookie(COOKIE, value=quote(written(chosen)), max_age=YEAR_SECONDS, samesite="lax", secure=secure)


def of(request: Request[Any, Any, State]) -> Preferences:
    """The preferences of who asks."""
    return read(unquote(request.cookies.get(COOKIE) or ""))


def language_of(request: Request[Any, Any, State], chosen: Preferences) -> str:
    """The language chosen, else the one the browser asks for."""
    return chosen.language or i18n.prefer(request.headers.get("accept-language", ""))
