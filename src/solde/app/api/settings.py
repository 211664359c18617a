"""What the HTTP application may be told."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST_BODY = 20_000_000


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Limits of the HTTP application.

    Units: `largest_body` in bytes, timeouts in milliseconds. `demo` lets guests of the web pages look as viewers.
    `behind_proxy` believes what a proxy says of the browser: X-Forwarded-For, X-Forwarded-Proto.
    `with_jobs` runs the periodic jobs beside the requests.
    """

    largest_body: int = LARGEST_BODY
    pool_min: int = 2
    pool_max: int = 10
    statement_timeout_ms: int = 15_000
    lock_timeout_ms: int = 3_000
    demo: bool = False
    behind_proxy: bool = False
    with_jobs: bool = False
