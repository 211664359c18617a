"""The rich books, made once for the tests that plant errors into them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from conftest import fresh_database

from .rich_database import make_rich


@pytest.fixture(scope="session")
def rich_database_url(server_url: str, template: str) -> Iterator[str]:
    """The owner's DSN of a database with the rich books, sealed. Whoever writes into it takes it back."""
    with fresh_database(server_url, template) as dsn:
        asyncio.run(make_rich(dsn))
        yield dsn
