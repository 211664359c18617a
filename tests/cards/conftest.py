"""What tests of card payments may ask for."""

from __future__ import annotations

import pytest
from cards.till import Till
from conftest import TestClock

from solde.db import Pool


@pytest.fixture
def till(pool: Pool, clock: TestClock) -> Till:
    """A till at a sandbox that loses nothing."""
    return Till(pool, clock)
