"""Refusals and faults as problem documents (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandler
from msgspec import UNSET, UnsetType
from psycopg import DataError, OperationalError
from psycopg_pool import PoolTimeout

from solde.access.http import encode
from solde.app.statuses import TITLES, request_id_of, status_of
from solde.db import CommitUnknown
from solde.kernel.card_numbers import without_card_number
from solde.kernel.refusals import BAD_SHAPE, CATALOGUE, Refusal, Refused, refuse

PROBLEM_MEDIA = "application/problem+json"
TYPE_BASE = "/api/docs/problems#"

CODES_OF_HTTP = {
    400: "malformed_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}

log = structlog.get_logger("solde.api")


class ProblemError(msgspec.Struct, frozen=True):
    """One reason, with its place in the body or the parameters."""

    code: str
    message: str
    advice: str | UnsetType = UNSET
    pointer: str | UnsetType = UNSET
    parameter: str | UnsetType = UNSET
    column: int | UnsetType = UNSET


class Problem(msgspec.Struct, frozen=True):
    """A problem document."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[ProblemError] = []


def refused_problem(refusals: Iterable[Refusal], request_id: str, *, of_body: bool) -> Problem:
    """All refusals of a request in one document; the first decides its status."""
    found = list(refusals)
    first = found[0]
    status = status_of(first)
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return Problem(
        TYPE_BASE + first.code,
        TITLES[status],
        status,
        f"{without_card_number(first.message)}{more}",
        first.code,
        request_id,
        [_error(refusal, of_body=of_body) for refusal in found],
    )


def _error(refusal: Refusal, *, of_body: bool) -> ProblemError:
    advice = CATALOGUE[refusal.code].advice if refusal.code in CATALOGUE else UNSET
    pointer: str | UnsetType = UNSET
    parameter: str | UnsetType = UNSET
    if refusal.field is not None and of_body:
        pointer = pointer_of(refusal.field)
    elif refusal.field is not None:
        parameter = refusal.field
    return ProblemError(
        refusal.code,
        without_card_number(refusal.message),
        advice,
        pointer,
        parameter,
        UNSET if refusal.column is None else refusal.column,
    )


# What the actions call a field and the body calls otherwise.
_NAMES = {"operation_date": "date", "excluded": "excluded_from_default_balance"}


def pointer_of(field: str) -> str:
    """A dotted path as a JSON pointer: `operations.3.amount` → `/operations/3/amount`."""
    parts = [_NAMES.get(part, part) for part in field.split(".")]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def answer_refused(request: Request[Any, Any, Any], refused: Exception) -> Response[bytes]:
    """A refusal as an HTTP answer."""
    assert isinstance(refused, Refused)
    of_body = request.method not in ("GET", "HEAD") and refused.refusals[0].code != "unknown_filter"
    problem = refused_problem(refused.refusals, request_id_of(request), of_body=of_body)
    headers = {"www-authenticate": 'Bearer realm="solde"'} if problem.status == 401 else {}
    if problem.code == "busy":
        headers["retry-after"] = "1"
    return _response(problem, headers)


def answer_http(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """What the router refuses (unknown address, wrong method, too large a body) as an HTTP answer."""
    assert isinstance(fault, HTTPException)
    status = fault.status_code
    if status >= 500:
        return answer_fault(request, fault)
    code = CODES_OF_HTTP.get(status, "malformed_request")
    detail = {
        404: f"there is nothing at {without_card_number(request.scope['path'])}",
        405: f"{request.method} is not possible here",
    }.get(status, fault.detail)
    headers = {key: value for key, value in (fault.headers or {}).items() if key.lower() == "allow"}
    return _response(
        Problem(TYPE_BASE + code, TITLES.get(status, TITLES[400]), status, detail, code, request_id_of(request)),
        headers,
    )


def answer_fault(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """A bug or a broken database as an HTTP answer: a request id to look up, nothing of the inside."""
    request_id = request_id_of(request)
    log.error("fault", request_id=request_id, method=request.method, path=request.scope["path"], exc_info=fault)
    detail = f"Something went wrong here. Tell the administrator the request id {request_id}."
    return _response(Problem(TYPE_BASE + "fault", TITLES[500], 500, detail, "fault", request_id), {})


def answer_unreadable(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """A value that the database cannot hold, such as a null character or a number of thirty digits."""
    assert isinstance(fault, DataError)
    reason = fault.diag.message_primary or "a text holds a null character"
    return answer_refused(request, Refused(refuse(BAD_SHAPE, "a value cannot be used: {reason}", reason=reason)))


def answer_unavailable(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """A database that does not answer, or not in time."""
    request_id = request_id_of(request)
    log.warning("unavailable", request_id=request_id, path=request.scope["path"], exc_info=fault)
    detail = "The database does not answer in time. Repeat the request, with the same Idempotency-Key."
    problem = Problem(TYPE_BASE + "unavailable", TITLES[503], 503, detail, "unavailable", request_id)
    return _response(problem, {"retry-after": "2"})


def _response(problem: Problem, headers: dict[str, str]) -> Response[bytes]:
    return Response(encode(problem), status_code=problem.status, media_type=PROBLEM_MEDIA, headers=headers)


EXCEPTION_HANDLERS: dict[int | type[Exception], ExceptionHandler[Any]] = {
    Refused: answer_refused,
    HTTPException: answer_http,
    DataError: answer_unreadable,
    OperationalError: answer_unavailable,
    PoolTimeout: answer_unavailable,
    CommitUnknown: answer_unavailable,
    Exception: answer_fault,
}
