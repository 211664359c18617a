"""Answers that are no: a page that says what is wrong, who could, and where to go on."""

from __future__ import annotations

from typing import Any

import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from litestar.types import ExceptionHandler
from psycopg import DataError, OperationalError
from psycopg_pool import PoolTimeout

from solde.app.statuses import TITLES, request_id_of, status_of
from solde.db import CommitUnknown
from solde.kernel.card_numbers import without_card_number
from solde.kernel.refusals import CATALOGUE, Refused

from .addresses import Address
from .i18n import t
from .render import render_page, speak
from .texts import as_sentence, sentence

log = structlog.get_logger("solde.web")

WHAT_NOW = {
    401: "Sign in, then try again.",
    403: "Ask somebody whose role has the permission, or an administrator.",
    404: "It may have been named otherwise. Search for it:",
    405: "Go back and start from the page before.",
    409: "Go back, look at how it stands now, and try again if it is still wanted.",
    412: "Go back, look at what changed, and try again if it is still wanted.",
    413: "Send a smaller file, or cut it into parts.",
    429: "Wait a little, then try again.",
    500: "Try again. If it happens once more, tell an administrator this number:",
    503: "Wait a moment, then try again; what was not confirmed was not done.",
}
"""What a person may do about a status."""

RETRY_SECONDS = {429: "5", 503: "2"}


def wants_page(request: Request[Any, Any, State]) -> bool:
    """Does a person with a browser ask, rather than a program?"""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def for_people(otherwise: ExceptionHandler[Any]) -> ExceptionHandler[Any]:
    """What answers an address that no router has: a page for a person, `otherwise` for a program."""

    def answer(request: Request[Any, Any, State], fault: Exception) -> Response[Any]:
        return answer_http(request, fault) if wants_page(request) else otherwise(request, fault)

    return answer


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
    speak(request)
    first = refused.refusals[0]
    advice = CATALOGUE[first.code].advice if first.code in CATALOGUE else ""
    told = " ".join(without_card_number(sentence(r.text)) for r in refused.refusals)
    return answer_page(request, status_of(first), told, advice, passing=first.code == "busy")


def answer_http(request: Request[Any, Any, State], fault: Exception) -> Response[str]:
    """What the router refuses, as a page: an unknown address, a wrong method."""
    assert isinstance(fault, HTTPException)
    if fault.status_code >= 500:
        return answer_fault(request, fault)
    speak(request)
    missing = t("There is no page at {path}", path=without_card_number(request.url.path))
    return answer_page(request, fault.status_code, missing if fault.status_code == 404 else fault.detail)


def answer_unreadable(request: Request[Any, Any, State], fault: Exception) -> Response[str]:
    """A value that the database cannot hold, such as a null character, as a page."""
    assert isinstance(fault, DataError)
    speak(request)
    return answer_page(request, 422, t("A value of the address or the form cannot be used"))


def answer_unavailable(request: Request[Any, Any, State], fault: Exception) -> Response[str]:
    """A database that does not answer, or not in time, as a page."""
    log.warning("unavailable", request_id=request_id_of(request), path=request.url.path, exc_info=fault)
    speak(request)
    return answer_page(request, 503, t("The database does not answer in time"))


def answer_fault(request: Request[Any, Any, State], fault: Exception) -> Response[str]:
    """A bug as a page: a number to look up, nothing of the inside."""
    log.error("fault", request_id=request_id_of(request), path=request.url.path, exc_info=fault)
    speak(request)
    return answer_page(request, 500, t("Something went wrong here. Nothing was changed."))


def answer_page(
    request: Request[Any, Any, State], status: int, detail: str, advice: str = "", *, passing: bool = False
) -> Response[str]:
    """A page for a status, in the frame of who asked: what is so, what to do, a search where something was not found.

    What is `passing` may go well a moment later.
    """
    speak(request)
    passing = passing or status in RETRY_SECONDS
    answer = render_page(
        "error.html",
        request,
        status=status,
        visitor=getattr(request.state, "visitor", None),
        title=t(TITLES.get(status, "Not possible")),
        code=str(status),
        detail=as_sentence(detail),
        advice=t(_advice(status, advice)),
        search=status == 404,
        again=request.method == "GET" and (passing or status == 500),
        request_id=request_id_of(request),
    )
    if passing:
        answer.headers["Retry-After"] = RETRY_SECONDS.get(status, "1")
    return answer


def _advice(status: int, advice: str) -> str:
    """What to do: the advice of the refusal where it is written for people, else that of the status."""
    for_programs = not advice or "/api/" in advice or "Authorization" in advice or "token" in advice
    return WHAT_NOW.get(status, "") if for_programs or status in {401, 403, 404} else advice


EXCEPTION_HANDLERS: dict[int | type[Exception], ExceptionHandler[Any]] = {
    Refused: answer_refused,
    HTTPException: answer_http,
    DataError: answer_unreadable,
    OperationalError: answer_unavailable,
    PoolTimeout: answer_unavailable,
    CommitUnknown: answer_unavailable,
    Exception: answer_fault,
}
"""For the router of the pages; the API has its own, which answer programs."""
