"""Templates and the answer a page is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from litestar import Request, Response
from litestar.datastructures import State
from minijinja import Environment, safe

TEMPLATES = files(__package__) / "templates"
STATIC = Path(str(files(__package__) / "static"))

HEADERS: Mapping[str, str] = {"Cache-Control": "private, no-cache", "Vary": "Cookie, HX-Request"}
"""A page is asked for again each time. Which content it may load is said for all answers by `app/api`."""


def _load(name: str) -> str | None:
    path = TEMPLATES / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


PATHS = {
    "sign_in": "/sign-in",
    "sign_out": "/sign-out",
    "font": "/static/vendor/inter/inter-latin-wght-normal.woff2",
}
"""Addresses the frame of every page uses; the font's is the one its style sheet names."""


@cache
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
        globals={"asset": asset, "paths": PATHS},
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(name: str, request: Request[Any, Any, State], *, status: int = 200, **values: object) -> Response[str]:
    """An HTML answer."""
    shown = {"path": request.url.path, "address": _own_address(request), **values}
    text = environment().render_template(name, **shown)
    return Response(text, status_code=status, media_type="text/html; charset=utf-8", headers=dict(HEADERS))


def _own_address(request: Request[Any, Any, State]) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
