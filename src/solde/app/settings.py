"""What the HTTP application may be told."""

from __future__ import annotations

from dataclasses import dataclass

from solde.db import Settings

LARGEST_BODY = 20_000_000


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Limits of the HTTP application.

    Units: `largest_body` in bytes, timeouts in milliseconds. `demo` lets guests of the web pages look as viewers.
    `behind_proxy` believes what a proxy says of the browser: X-Forwarded-For, X-Forwarded-Proto.
    `wait_seconds` is how long a request waits for a connection to the database before it is told to come again.
    `with_jobs` runs the periodic jobs beside the requests. `embedded` is the embedded server that is watched and started again.
    """

    largest_body: int = LARGEST_BODY
    pool_min: int = 2
    pool_max: int = 10
    statement_timeout_ms: int = 15_000
    lock_timeout_ms: int = 3_000
    wait_seconds: float = 3.0
    demo: bool = False
    behind_proxy: bool = False
    with_jobs: bool = False
    embedded: Settings | None = None
