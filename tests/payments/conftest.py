"""What tests of payments may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from payments.books import Books
from psycopg import AsyncConnection

from solde.db import Connection, Pool


@pytest.fixture
def books(pool: Pool) -> Books:
    """A database of accounts, and actions on it."""
    return Books(pool)


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[Connection]:
    """A connection that may do what the application may not: change facts."""
    async with await AsyncConnection.connect(database_url, autocommit=True) as connection:
        yield connection
