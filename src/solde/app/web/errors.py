"""Answers that are no: a page that says what is wrong and where to go on."""

from __future__ import annotations

from typing import Any

import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from solde.app.api.problems import TITLES, request_id_of, status_of
from solde.kernel.refusals import CATALOGUE, Refused

from .addresses import Address
from .render import page

log = structlog.get_logger("solde.web")


def wants_page(request: Request[Any, Any, State]) -> bool:
    """Does a person with a browser ask, rather than a program?"""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def ask_to_sign_in(request: Request[Any, Any, State], _: Exception) -> Response[object]:
    """Lead to the sign-in page and back. A part of a page cannot be led anywhere, so the whole page is."""
    query = f"?{request.url.query}" if request.url.query else ""
    here = Address("/sign-in", [("next", request.url.path + query if request.method == "GET" else "/")])
    if request.headers.get("hx-request"):
        return Response("", status_code=401, headers={"HX-Redirect": "/sign-in"})
    return Redirect(str(here), status_code=303)


def answer_refused(request: Request[Any, Any, State], refused: Exception) -> Response[str]:
    """A refusal as a page."""
    assert isinstance(refused, Refused)
    first = refused.refusals[0]
    advice = CATALOGUE[first.code].advice if first.code in CATALOGUE else ""
    return answer_page(request, status_of(first), "; ".join(r.message for r in refused.refusals), advice)


def answer_http(request: Request[Any, Any, State], fault: Exception) -> Response[str]:
    """What the router refuses, as a page: an unknown address, a wrong method."""
    assert isinstance(fault, HTTPException)
    if fault.status_code >= 500:
        return answer_fault(request, fault)
    detail = f"There is nothing at {request.url.path}" if fault.status_code == 404 else fault.detail
    return answer_page(request, fault.status_code, detail)


def answer_fault(request: Request[Any, Any, State], fault: Exception) -> Response[str]:
    """A bug or a broken database as a page: a request id to look up, nothing of the inside."""
    log.error("fault", request_id=request_id_of(request), path=request.url.path, exc_info=fault)
    return answer_page(request, 500, "Something went wrong here. Nothing was changed.")


def answer_page(request: Request[Any, Any, State], status: int, detail: str, advice: str = "") -> Response[str]:
    """A page for a status: what is so, what to do, a search box where something was not found."""
    if status in {401, 403}:
        advice = advice or "Sign in with a token that may do this."
    return page(
        "error.html",
        request,
        status=status,
        visitor=None,
        title=TITLES.get(status, "Not possible"),
        code=str(status),
        detail=(detail[:1].upper() + detail[1:]).rstrip("."),
        advice=_for_people(advice),
        search=status == 404,
        request_id=request_id_of(request),
    )


def _for_people(advice: str) -> str:
    """Advice written for the HTTP API means nothing on a page."""
    return "" if "/api/" in advice or "Authorization" in advice else advice
