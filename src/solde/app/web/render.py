"""Templates and the answer a page is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from litestar import Request, Response
from minijinja import Environment

TEMPLATES = files(__package__) / "templates"
STATIC = Path(str(files(__package__) / "static"))

CSP = "; ".join([
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
    "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
])  # fmt: skip

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie, HX-Request",
}


def _load(name: str) -> str | None:
    path = TEMPLATES / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


@cache
def asset(name: str) -> str:
    """The address of a static file, which changes with its content so that it may be kept for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


@cache
def environment() -> Environment:
    """The templates. Everything is escaped, whatever a template is called; a missing value is an error."""
    return Environment(
        loader=_load,
        auto_escape_callback=lambda _: True,
        undefined_behavior="strict",
        globals={"asset": asset},
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(name: str, request: Request[object, object, object], *, status: int = 200, **values: object) -> Response[str]:
    """An HTML answer."""
    shown = {"path": request.url.path, "address": _own_address(request), **values}
    text = environment().render_template(name, **shown)
    return Response(text, status_code=status, media_type="text/html; charset=utf-8", headers=dict(HEADERS))


def _own_address(request: Request[object, object, object]) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
