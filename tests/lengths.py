"""How long random tests run: a few cases on every run, many with `make test-long`, at night.

The few are the same every time, so that a run tells what changed; the many are others each time.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

LONG = os.environ.get("SOLDE_TESTS") == "long"


def times(few: int, many: int) -> int:
    """How many cases: few by default, many on a long run."""
    return many if LONG else few


def examples(few: int, many: int, *, steps: int = 25) -> settings:
    """Hypothesis' settings for that many examples of that many steps."""
    return settings(
        max_examples=times(few, many),
        stateful_step_count=steps,
        deadline=None,
        derandomize=not LONG,
        suppress_health_check=list(HealthCheck),
    )
