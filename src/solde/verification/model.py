"""Values of a verification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class VerificationDifference:
    """One thing that is not as it must be: where, what is stored, what the facts say."""

    check: str
    account_id: int
    place: str
    stored: str
    computed: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found: how much it looked at, and every difference, by check at most `DIFFERENCES_MOST`.

    `seconds`: how long each check took, by its name.
    """

    verified_at: datetime
    counts: Mapping[str, int]
    checks: tuple[str, ...]
    differences: tuple[VerificationDifference, ...]
    seconds: Mapping[str, float]

    @property
    def clean(self) -> bool:
        return not self.differences
