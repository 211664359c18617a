"""What tests of accounting may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from psycopg import AsyncConnection

from solde.db import Connection, Pool


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[Connection]:
    """A connection that may do what the application may not: break settings."""
    async with await AsyncConnection.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def conn(pool: Pool) -> AsyncIterator[Connection]:
    """A connection as the application has it, each statement committed: runs work through connections of their own."""
    async with pool.connection() as connection:
        yield connection
