"""Passwords as they are kept: argon2id, a few at a time, beside the loop."""

from __future__ import annotations

import asyncio
import base64
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from .rules.passwords import as_password

AT_ONCE = 2
"""How many passwords are hashed at the same time; each takes 64 MiB and a core for some hundredths of a second."""


class Passwords:
    """Hashes passwords and compares them."""

    def __init__(self, hasher: PasswordHasher | None = None):
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._nobody = _unmatched(self._hasher)

    async def hash(self, password: str) -> str:
        """What is kept of a password."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, as_password(password))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Is it the password? Where nothing is kept the same work is done, and the answer is no."""
        async with self._turns:
            return await asyncio.to_thread(self._matches, kept or self._nobody, as_password(password))

    def _matches(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    def is_outdated(self, kept: str) -> bool:
        """Was it hashed with other parameters than those of today?"""
        return self._hasher.check_needs_rehash(kept)


def _unmatched(hasher: PasswordHasher) -> str:
    """A hash of today's parameters that no password has: to compare with where there is no user."""

    def random(length: int) -> str:
        return base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")

    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${random(hasher.salt_len)}${random(hasher.hash_len)}"
