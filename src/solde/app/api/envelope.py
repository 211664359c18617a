"""Around every request: an id, security headers, a measurement."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable

from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from solde.app.transport import is_over_tls
from solde.kernel.card_numbers import holds_card_number

_GIVEN_ID = re.compile(rb"[A-Za-z0-9_.:-]{1,64}")

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
ONLY_TLS = (b"strict-transport-security", b"max-age=31536000")
"""Said over TLS only: the browser comes back over TLS for a year. Whether other hosts of the domain do is not ours to say."""
NOT_KEPT = (b"cache-control", b"no-store")


class Envelope:
    """Wraps the whole application, also where no route is found; it measures into the metrics of the application's state."""

    def __init__(self, app: ASGIApp, state: State, *, timer: Callable[[], float] = time.perf_counter):
        self._app = app
        self._state = state
        self._timer = timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["state"]["request_id"] = request_id.decode()
        started, status = self._timer(), 500

        async def send_wrapped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], (b"x-request-id", request_id), *SECURITY_HEADERS]
                if is_over_tls(scope, behind_proxy=self._state.services.settings.behind_proxy):
                    headers.append(ONLY_TLS)
                if not any(name == b"cache-control" for name, _ in message["headers"]):
                    headers.append(NOT_KEPT)
                message["headers"] = headers
            await send(message)

        try:
            await self._app(scope, receive, send_wrapped)
        finally:
            place = scope.get("path_template") or "(none)"
            self._state.services.metrics.observe(scope["method"], str(place), status, self._timer() - started)


def _request_id(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN_ID.fullmatch(value) and not holds_card_number(value.decode()):
            return bytes(value)
    return secrets.token_hex(8).encode()
