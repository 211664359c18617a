"""Templates and the answer a page is."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from litestar import Request, Response
from litestar.datastructures import State
from minijinja import Environment, safe

from . import days, grid, i18n, navigation, preferences, toasts
from .visitors import Visitor

TEMPLATES = files(__package__) / "templates"
STATIC = Path(str(files(__package__) / "static"))

HEADERS: Mapping[str, str] = {"Cache-Control": "private, no-cache", "Vary": "Cookie, HX-Request"}
"""A page is asked for again each time. Which content it may load is said for all answers by `app/api`."""


def _load(name: str) -> str | None:
    path = TEMPLATES / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


STYLES = (
    "base.css", "shell.css", "lists.css", "detail.css", "forms.css", "customers.css", "balance.css", "settings.css",
    "work.css", "plans.css", "cards.css", "wizard.css", "signing.css", "narrow.css",
)  # fmt: skip
"""The style sheets of every page, in this order."""

SCRIPTS = (
    "dom.js", "days.js", "lists.js", "forms.js", "dialogs.js", "palette.js", "customers.js", "balance.js", "lab.js", "work.js", "wizard.js",
)  # fmt: skip
"""The scripts of every page, in this order. Each of them waits until the page is read."""

PATHS = {
    "sign_in": "/sign-in",
    "sign_out": "/sign-out",
    "me": "/me",
    "preferences": "/preferences",
    "search": "/search",
    "font": "/static/vendor/inter/inter-latin-wght-normal.woff2",
}
"""Addresses the frame of every page uses; the font's is the one its style sheet names."""


@lru_cache(maxsize=512)
def asset(name: str) -> str:
    """The address of a static file, which changes with its content so that it may be kept for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return safe(f"/static/{name}?v={digest}")


@cache
def environment() -> Environment:
    """The templates. Everything is escaped, whatever a template is called; a missing value is an error."""
    return Environment(
        loader=_load,
        auto_escape_callback=lambda _: True,
        undefined_behavior="strict",
        globals={
            "asset": asset,
            "paths": PATHS,
            "styles": STYLES,
            "scripts": SCRIPTS,
            "t": i18n.t,
            "arranged": grid.arranged,
            "day_shown": days.shown,
            "once": secrets.token_urlsafe,
        },
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_page(
    name: str, request: Request[Any, Any, State], *, visitor: Visitor | None, status: int = 200, **values: object
) -> Response[str]:
    """An HTML answer in the reader's language, with what was to be said to them once."""
    liked = preferences.of(request)
    i18n.speak(preferences.language_of(request, liked))
    toast = toasts.take(request)
    shown = {
        "path": request.url.path,
        "address": _own_address(request),
        "visitor": visitor,
        "nav": [] if visitor is None else navigation.entries(visitor, request.url.path),
        "liked": liked,
        "language": i18n.spoken(),
        "languages": i18n.LANGUAGES,
        "said": i18n.for_scripts(),
        "toast": toast,
        **values,
    }
    text = environment().render_template(name, **shown)
    answer = Response(text, status_code=status, media_type="text/html; charset=utf-8", headers=dict(HEADERS))
    if toast is not None:
        toasts.shown(answer)
    return answer


def speak(request: Request[Any, Any, State]) -> None:
    """Take the reader's language, for words and amounts."""
    i18n.speak(preferences.language_of(request, preferences.of(request)))
    days.begin("UTC")


async def speak_first(request: Request[Any, Any, State]) -> None:
    """Before every page; a coroutine, so that the language is set where the page is made and not in a thread beside it."""
    speak(request)


def _own_address(request: Request[Any, Any, State]) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
