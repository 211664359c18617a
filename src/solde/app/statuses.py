"""The HTTP status of a refusal, and what each status is called: for the API and the pages alike."""

from __future__ import annotations

from typing import Any

from litestar import Request

from solde.kernel.refusals import Kind, Refusal

STATUS_OF_KIND = {Kind.INVALID: 422, Kind.NOT_FOUND: 404, Kind.FORBIDDEN: 403, Kind.CONFLICT: 409}
STATUS_OF_CODE = {
    "not_signed_in": 401,
    "gateway_event_forged": 401,
    "gateway_event_stale": 400,
    "gateway_event_unreadable": 400,
    "malformed_json": 400,
    "idempotency_key_missing": 400,
    "idempotency_key_invalid": 400,
    "if_match_invalid": 400,
    "version_differs": 412,
    "if_match_missing": 428,
    "unsupported_media_type": 415,
    "database_unreachable": 503,
    "disk_filling": 503,
    "disk_full": 503,
}
TITLES = {
    400: "The request cannot be read",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "This address does not take this method",
    409: "In conflict with what is there",
    412: "It has changed since you read it",
    413: "The request is too large",
    415: "The request is of a kind not taken here",
    422: "Not accepted as sent",
    428: "Say which version you change",
    500: "A fault of ours",
    503: "Not available now",
}


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    return STATUS_OF_CODE.get(refusal.code) or STATUS_OF_KIND[refusal.kind]


def request_id_of(request: Request[Any, Any, Any]) -> str:
    """The id that the answer's X-Request-Id names."""
    return str(request.scope.get("state", {}).get("request_id", ""))
