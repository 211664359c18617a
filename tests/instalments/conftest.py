"""What tests of instalment plans may ask for."""

from __future__ import annotations

import pytest
from instalments.plans import Plans

from solde.db import Pool


@pytest.fixture
def plans(pool: Pool) -> Plans:
    """A database of accounts, and plans on it."""
    return Plans(pool)
