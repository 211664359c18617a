"""Long work beside the requests: in a thread of its own, told to its job row while it runs and when it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog
from litestar.datastructures import State

from solde import audit
from solde.access.http import Answer, Ask, Instant, encode, ok
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.dates import format_instant
from solde.kernel.refusals import Refusal, Refused

from . import store
from .administration import JobShape

TOLD_EVERY_SECONDS = 0.5
REFUSALS_KEPT = 1000

log = structlog.get_logger("solde.api")


@dataclass(slots=True)
class Told:
    """How far the work is: written by its thread, read by the one that answers requests."""

    step: str | None = None
    done: int = 0
    total: int | None = None
    refusals: list[Refusal] = field(default_factory=list)

    def progress(self, step: str, done: int, total: int | None) -> None:
        """Note the step and how much of it is done."""
        self.step, self.done, self.total = step, done, total

    def refuse(self, refusal: Refusal) -> None:
        """Note a refusal, as long as there are not too many."""
        if len(self.refusals) < REFUSALS_KEPT:
            self.refusals.append(refusal)


@dataclass(frozen=True, slots=True)
class Ending:
    """How the work ended."""

    state: str
    result: Any = None
    errors: Any = None
