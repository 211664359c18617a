"""The periodic job that drops the answers kept for repeated requests."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta

from solde.audit import forget_answers
from solde.db import Pool
from solde.kernel.dates import Clock, utc_now

VARIABLE, DAYS = "SOLDE_ANSWER_DAYS", 30


def days_kept(environment: Mapping[str, str] | None = None) -> int:
    """For how many days answers are kept: SOLDE_ANSWER_DAYS, or 30."""
    said = (os.environ if environment is None else environment).get(VARIABLE, "")
    return int(said) if said.isdecimal() and said.isascii() and 0 < int(said) < 100_000 else DAYS


async def forget_old_answers(pool: Pool, *, clock: Clock = utc_now) -> int:
    """Drop answers that were kept long enough; gives how many."""
    return await forget_answers(pool, clock() - timedelta(days=days_kept()))
