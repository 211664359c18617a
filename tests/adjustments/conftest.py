"""What tests of adjustments may ask for."""

from __future__ import annotations

import pytest
from cards.till import Till
from conftest import TestClock
from payments.books import Books

from solde.db import Pool


@pytest.fixture
def books(pool: Pool) -> Books:
    """A database of accounts, and actions on it."""
    return Books(pool)


@pytest.fixture
def till(pool: Pool, clock: TestClock) -> Till:
    """A till at a sandbox that loses nothing."""
    return Till(pool, clock)
