"""People to sign in, with passwords that are quickly hashed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from argon2 import PasswordHasher

from solde.access import NewUser, Passwords, User, add_user
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock

GOOD = "correct horse battery"
Making = Callable[..., Awaitable[User]]


@pytest.fixture
def passwords() -> Passwords:
    """As in production, but quick."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def make_user(pool: Pool, passwords: Passwords, clock: Clock) -> Making:
    """Makes a person: `await make_user("anna", "cashier")`."""

    async def make(login: str, role: str = "viewer", **more: object) -> User:
        async def work(conn: Connection) -> User:
            options = {"must_change": False, "password": GOOD, **more}
            seller = options.pop("seller", None)
            new = NewUser(login, login.title(), role, seller)  # type: ignore[arg-type]
            return await add_user(
                conn,
                new,
                passwords=passwords,
                sellers=["MAIN", "OTHER"],
                actor="test",
                now=clock(),
                **options,  # type: ignore[arg-type]
            )

        return await transaction(pool, work)

    return make
