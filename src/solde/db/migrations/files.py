"""The SQL files of the schema: their order, their digest, and running them."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Any

import psycopg


def schema_files() -> list[tuple[str, bytes]]:
    """Name and text of every schema file, in the order they run."""
    folder = files(__package__).joinpath("sql")
    found = [(entry.name, entry.read_bytes()) for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return sorted(found)


def schema_digest() -> str:
    """A digest of all schema files; kept in the database it tells one made from older files."""
    digest = hashlib.sha256()
    for name, text in schema_files():
        digest.update(name.encode() + b"\0" + text + b"\0")
    return digest.hexdigest()


def run_files(connection: psycopg.Connection[Any]) -> None:
    """Run every file inside the connection's transaction; an error names its file."""
    for name, text in schema_files():
        try:
            connection.execute(text)
        except psycopg.Error as error:
            error.add_note(f"in migrations/sql/{name}")
            raise
