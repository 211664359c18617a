"""What tests of deposits may ask for."""

from __future__ import annotations

import pytest
from deposits.books import DepositBooks

from solde.db import Pool


@pytest.fixture
def books(pool: Pool) -> DepositBooks:
    """A database of accounts, and deposits on them."""
    return DepositBooks(pool)
