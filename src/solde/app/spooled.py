"""A file that is written first and sent then: small ones stay in memory, the rest lies on disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, cast

IN_MEMORY_MOST = 4_000_000
"""Bytes of a file kept in memory before it is written to disk."""

CHUNK = 256 * 1024


def open_spool() -> IO[bytes]:
    """A file to write; `chunks_of` sends and closes it."""
    return cast("IO[bytes]", tempfile.SpooledTemporaryFile(IN_MEMORY_MOST))


def chunks_of(written: IO[bytes]) -> Iterator[bytes]:
    """The file piece by piece; it is closed at the end."""
    with written:
        written.seek(0)
        while chunk := written.read(CHUNK):
            yield chunk


def file_name(*parts: object, suffix: str) -> str:
    """The name of a file for codes and dates, whatever characters they hold."""
    plain = ("".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in str(part)) for part in parts)
    return f"{'-'.join(plain)}.{suffix}"


def attachment(name: str) -> str:
    """The Content-Disposition of a file that is to be kept."""
    return f'attachment; filename="{name}"'
