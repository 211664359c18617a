"""What tests of adjustments may ask for."""

from __future__ import annotations

import pytest
from payments.books import Books

from solde.db import Pool


@pytest.fixture
def books(pool: Pool) -> Books:
    """A database of accounts, and actions on it."""
    return Books(pool)
