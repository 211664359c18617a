"""A short message that appears once, on the page an action leads to. It travels in a cookie and is escaped like any text."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie, State
from litestar.response import Redirect

COOKIE = "solde_toast"
SECONDS = 60
LONGEST = 1000


class Toast(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said; `tone` is good, wait or bad; a link may lead to what was made."""

    text: str
    tone: str = "good"
    href: str = ""
    label: str = ""


def done(path: str, text: str, *, tone: str = "good", href: str = "", label: str = "") -> Redirect:
    """Lead to a page after an action, and say there what was done."""
    toast = Toast(text[:LONGEST], tone, href, label)
    value = quote(msgspec.json.encode(toast))
    return Redirect(
        path, status_code=303, cookies=[Cookie(COOKIE, value=value, max_age=SECONDS, httponly=True, samesite="lax")]
    )


def take(request: Request[Any, Any, State]) -> Toast | None:
    """The message to show, if there is one."""
    text = request.cookies.get(COOKIE)
    if not text:
        return None
    try:
        toast = msgspec.json.decode(unquote(text), type=Toast)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError):
        return None
    own = toast.href.startswith("/") and toast.href[1:2] not in {"/", "\\"}
    return toast if own or not toast.href else msgspec.structs.replace(toast, href="", label="")


def shown(response: Response[str]) -> None:
    """Forget the message: it has been shown."""
    response.delete_cookie(COOKIE)
