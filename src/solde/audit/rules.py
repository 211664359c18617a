"""What a sealed record is, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from .model import SealedFacts

GENESIS = bytes(32)


def canonical(row: Sequence[object]) -> bytes:
    """One record as bytes: a JSON list with sorted keys and no spaces, so that equal records are equal bytes."""
    return msgspec.json.encode(row, order="sorted", enc_hook=str)


def chain_hash(
    previous: bytes, after_id: int, through_id: int, facts: SealedFacts, rows: Iterable[Sequence[object]]
) -> tuple[bytes, int]:
    """Hash of a block and the number of its records.

    Shape: rows in order of action, then account.
    Gives: sha256 over the previous hash, the bounds, the facts and the length-prefixed canonical records.
    """
    digest = hashlib.sha256(previous)
    digest.update(f"{after_id}:{through_id};".encode())
    digest.update(canonical([facts]))
    count = 0
    for row in rows:
        record = canonical(row)
        digest.update(len(record).to_bytes(8, "big"))
        digest.update(record)
        count += 1
    return digest.digest(), count
