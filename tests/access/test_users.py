"""Add, change and deactivate people."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from solde.access import (
    Passwords,
    UserChange,
    change_user,
    create_token,
    get_user,
    has_chief,
    list_users,
    set_password,
)  # fmt: skip
from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import Refused


async def codes_of(work: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        await work
    return [refusal.code for refusal in refused.value.refusals]


def change(pool: Pool, login: str, wish: UserChange, **more: Any) -> Any:
    return transaction(pool, lambda conn: change_user(conn, login, wish, sellers=["MAIN"], actor="test", **more))


async def test_a_login_is_given_once_however_it_is_typed(make_user: Any) -> None:
    await make_user("anna")
    assert await codes_of(make_user(" ANNA ")) == ["login_taken"]


async def test_two_at_once_with_one_login_make_one_user(make_user: Any, pool: Pool) -> None:
    found = await asyncio.gather(*(make_user("anna") for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, Refused) for one in found) == 3
    async with pool.connection() as conn:
        assert len(await list_users(conn)) == 1


async def test_a_user_and_a_token_are_never_named_alike(make_user: Any, pool: Pool, clock: Any) -> None:
    def token(name: str) -> Any:
        return transaction(
            pool, lambda conn: create_token(conn, name=name, role="viewer", sellers=[], actor="test", now=clock())
        )

    await make_user("anna")
    assert await codes_of(token(" Anna ")) == ["token_name_is_login"]
    await token("Billing")
    assert await codes_of(make_user("billing")) == ["login_taken"]


async def test_every_change_is_told_with_before_and_after(make_user: Any, pool: Pool) -> None:
    await make_user("anna", "viewer")
    await change(pool, "anna", UserChange(role="cashier", seller="MAIN"))
    async with pool.connection() as conn:
        rows = await (
            await conn.execute(b"select verb, before, after from audit_record where actor = 'test' order by action_id")
        ).fetchall()
    assert [row[0] for row in rows] == ["user_add", "user_change"]
    assert (rows[1][1]["role"], rows[1][2]["role"], rows[1][2]["seller"]) == ("viewer", "cashier", "MAIN")


async def test_a_change_that_changes_nothing_leaves_the_version(make_user: Any, pool: Pool) -> None:
    await make_user("anna", "viewer")
    assert (await change(pool, "anna", UserChange(role="viewer"))).version == 1
    assert (await change(pool, "anna", UserChange(name=" Anna K. "))).version == 2


async def test_an_empty_seller_stands_for_all(make_user: Any, pool: Pool) -> None:
    await make_user("anna", "viewer", seller="MAIN")
    assert (await change(pool, "anna", UserChange(name="A"))).seller == "MAIN"
    assert (await change(pool, "anna", UserChange(seller=""))).seller is None


async def test_a_change_from_an_old_version_is_refused(make_user: Any, pool: Pool) -> None:
    await make_user("anna", "viewer")
    await change(pool, "anna", UserChange(name="A"), version=1)
    assert await codes_of(change(pool, "anna", UserChange(name="B"), version=1)) == ["version_differs"]


async def test_the_last_administrator_stays(make_user: Any, pool: Pool) -> None:
    await make_user("anna", "admin")
    await make_user("kept", "admin", seller="MAIN")
    for wish in (UserChange(role="viewer"), UserChange(seller="MAIN"), UserChange(is_active=False)):
        assert await codes_of(change(pool, "anna", wish)) == ["last_admin"]


@pytest.mark.parametrize("wish", [UserChange(role="viewer"), UserChange(is_active=False)])
async def test_two_administrators_at_once_do_not_remove_each_other(
    make_user: Any, pool: Pool, wish: UserChange
) -> None:
    await make_user("anna", "admin")
    await make_user("otto", "admin")
    found = await asyncio.gather(*(change(pool, login, wish) for login in ("anna", "otto")), return_exceptions=True)
    assert [r.refusals[0].code for r in found if isinstance(r, Refused)] == ["last_admin"]
    async with pool.connection() as conn:
        assert await has_chief(conn)


async def test_a_database_without_users_has_nobody_who_administers(make_user: Any, conn: Connection) -> None:
    assert not await has_chief(conn)
    await make_user("kept", "admin", seller="MAIN")
    assert not await has_chief(conn)
    await make_user("anna", "admin")
    assert await has_chief(conn)


async def test_who_is_kept_to_a_seller_administers_its_people_only(
    make_user: Any, pool: Pool, passwords: Passwords, clock: Any
) -> None:
    await make_user("anna", "viewer")
    await make_user("kept", "viewer", seller="MAIN")
    assert await codes_of(make_user("otto", "admin", within="MAIN")) == ["forbidden"]
    assert await codes_of(change(pool, "anna", UserChange(name="A"), within="MAIN")) == ["unknown_user"]
    assert await codes_of(change(pool, "kept", UserChange(seller=""), within="MAIN")) == ["forbidden"]
    assert (await change(pool, "kept", UserChange(role="agent"), within="MAIN")).role == "agent"

    async def work(conn: Connection) -> Any:
        return await set_password(
            conn, "anna", "another good one", passwords=passwords, actor="t", now=clock(), within="MAIN"
        )

    assert await codes_of(transaction(pool, work)) == ["unknown_user"]
    async with pool.connection() as conn:
        assert [user.login for user in await list_users(conn, "MAIN")] == ["kept"]


async def test_the_password_of_nobody_is_not_set(pool: Pool, passwords: Passwords, clock: Any) -> None:
    async def work(conn: Connection) -> Any:
        return await set_password(conn, "nobody", "another good one", passwords=passwords, actor="t", now=clock())

    assert await codes_of(transaction(pool, work)) == ["unknown_user"]


async def test_a_trial_keeps_nothing(make_user: Any, pool: Pool) -> None:
    await make_user("anna", "viewer")
    wish = UserChange(role="cashier")
    await transaction(pool, lambda conn: change_user(conn, "anna", wish, sellers=[], actor="t"), dry_run=True)
    async with pool.connection() as conn:
        assert (await get_user(conn, "Anna")).role == "viewer"
