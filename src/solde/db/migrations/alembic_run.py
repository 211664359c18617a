"""Alembic, driven from here instead of from an `alembic.ini`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

Step = Callable[[psycopg.Connection[Any]], None]


def run_to_head(dsn: str, *, before: Step | None, after: Step) -> None:
    """Run every missing revision, with a step before and one after, all in one transaction."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with engine.begin() as transaction:
        connection = transaction.connection.driver_connection
        assert isinstance(connection, psycopg.Connection), "the engine opens psycopg connections"
        config.attributes["connection"] = transaction
        if before is not None:
            before(connection)
        command.upgrade(config, "head")
        after(connection)
