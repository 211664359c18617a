"""Sign in, stay, be signed out: by the clock, in the database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from solde.access import (
    Caller,
    Client,
    Passwords,
    SignedIn,
    Tokens,
    UserChange,
    change_user,
    create_token,
    revoke_token,
    set_password,
)
from solde.access import sessions as access
from solde.access.sessions import Present
from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import Refused

GOOD = "correct horse battery"
HERE = Client("192.0.2.1", "Firefox")


@pytest.fixture
def sign_in(pool: Pool, passwords: Passwords, clock: Any) -> Any:
    async def act(
        login: str = "anna", password: str = GOOD, client: Client = HERE, replaced: str | None = None
    ) -> SignedIn:
        return await access.sign_in(
            pool, login, password, client=client, replaced=replaced, passwords=passwords, now=clock()
        )

    return act


async def refusal_of(work: Any) -> tuple[str, str]:
    """Code and message of what is refused."""
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.refusals[0].code, refused.value.refusals[0].message


async def present(pool: Pool, signed_in: SignedIn, clock: Any) -> Present | None:
    async with pool.connection() as conn:
        return await access.find_present(conn, signed_in.secret, clock())


async def caller_of(pool: Pool, signed_in: SignedIn, clock: Any) -> Caller:
    found = await present(pool, signed_in, clock)
    assert found is not None
    return found.caller


async def texts(pool: Pool, table: str) -> list[str]:
    async with pool.connection() as conn:
        rows = await (await conn.execute(f"select t::text from {table} t".encode())).fetchall()
    return [row[0] for row in rows]


async def test_a_person_signs_in_as_themselves(make_user: Any, sign_in: Any, pool: Pool, clock: Any) -> None:
    user = await make_user("anna", "cashier", seller="MAIN")
    caller = await caller_of(pool, await sign_in(" ANNA "), clock)
    assert (caller.actor, caller.name, caller.role, caller.seller) == ("anna", "Anna", "cashier", "MAIN")
    assert (caller.user_id, caller.token_id) == (user.user_id, None)


async def test_neither_password_nor_cookie_is_kept(make_user: Any, sign_in: Any, pool: Pool) -> None:
    await make_user("anna")
    signed_in = await sign_in()
    for table in ("app_user", "web_session", "audit_record", "sign_in_throttle"):
        assert [text for text in await texts(pool, table) if GOOD in text or signed_in.secret in text] == []
    assert "$argon2id$" in (await texts(pool, "app_user"))[0]


async def test_an_unknown_login_and_a_wrong_password_are_told_alike(make_user: Any, sign_in: Any, pool: Pool) -> None:
    await make_user("anna")
    await make_user("gone")
    await transaction(pool, lambda conn: change_user(conn, "gone", UserChange(is_active=False), sellers=[], actor="t"))
    told = {await refusal_of(sign_in(login, "wrong password")) for login in ("anna", "nobody", "gone", "a\0b", "")}
    told.add(await refusal_of(sign_in("gone")))
    assert told == {("sign_in_wrong", "the login or the password is not right")}


async def test_an_unknown_login_costs_the_work_of_a_known_one(
    make_user: Any, sign_in: Any, passwords: Passwords
) -> None:
    await make_user("anna")
    compared: list[str] = []
    plain = passwords._matches

    def watching(kept: str, password: str) -> bool:
        compared.append(kept.rpartition("$")[0].rpartition("$")[0])
        return plain(kept, password)

    passwords._matches = watching  # type: ignore[method-assign]
    for login in ("anna", "nobody"):
        await refusal_of(sign_in(login, "wrong password"))
    assert len(compared) == 2
    assert compared[0] == compared[1]


async def test_who_fails_often_waits_longer_each_time(make_user: Any, sign_in: Any, clock: Any) -> None:
    await make_user("anna")
    messages = [(await refusal_of(sign_in(password="wrong password")))[1] for _ in range(5)]
    assert ["try again" in message for message in messages] == [False] * 4 + [True]
    assert await refusal_of(sign_in()) == ("sign_in_waits", "too many sign-ins failed; try again in 1 second")
    clock.advance(seconds=1)
    assert "2 seconds" in (await refusal_of(sign_in(password="wrong password")))[1]
    clock.advance(seconds=1)
    assert (await refusal_of(sign_in()))[0] == "sign_in_waits"
    clock.advance(seconds=1)
    await sign_in()
    assert "try again" not in (await refusal_of(sign_in(password="wrong password")))[1]


async def test_an_unknown_login_waits_as_a_known_one(sign_in: Any) -> None:
    for _ in range(5):
        await refusal_of(sign_in("nobody", "wrong password"))
    assert (await refusal_of(sign_in("nobody")))[0] == "sign_in_waits"


async def test_many_logins_tried_from_one_address_wait_too(make_user: Any, sign_in: Any) -> None:
    await make_user("anna")
    for n in range(30):
        await refusal_of(sign_in(f"user{n}", "wrong password"))
    assert (await refusal_of(sign_in("anna")))[0] == "sign_in_waits"
    await sign_in("anna", client=Client("192.0.2.2", ""))


async def test_an_office_whose_people_sign_in_well_is_never_kept_waiting(
    make_user: Any, sign_in: Any, pool: Pool
) -> None:
    await make_user("anna")
    for n in range(29):
        await refusal_of(sign_in(f"user{n}", "wrong password"))
    for _ in range(5):
        await sign_in()
    async with pool.connection() as conn:
        row = await (await conn.execute(b"select max(failures) from sign_in_throttle")).fetchone()
    assert row == (29,)


async def test_many_guesses_at_once_are_not_looked_at_for_the_price_of_one(make_user: Any, sign_in: Any) -> None:
    await make_user("anna")
    found = await asyncio.gather(*(refusal_of(sign_in(password=f"wrong password {n}")) for n in range(12)))
    assert sum(code == "sign_in_wrong" for code, _ in found) == 5


async def test_a_session_ends_after_twelve_hours(make_user: Any, sign_in: Any, pool: Pool, clock: Any) -> None:
    await make_user("anna")
    signed_in = await sign_in()
    for _ in range(7):
        clock.advance(minutes=100)
        assert await present(pool, signed_in, clock) is not None
    clock.advance(minutes=20)
    assert await present(pool, signed_in, clock) is None


async def test_a_session_ends_after_two_hours_without_use(make_user: Any, sign_in: Any, pool: Pool, clock: Any) -> None:
    await make_user("anna")
    signed_in = await sign_in()
    clock.advance(minutes=119)
    assert await present(pool, signed_in, clock) is not None
    clock.advance(minutes=119)
    assert await present(pool, signed_in, clock) is not None
    clock.advance(minutes=120)
    assert await present(pool, signed_in, clock) is None


async def test_signing_in_again_takes_the_place_of_the_sign_in_before(
    make_user: Any, sign_in: Any, pool: Pool, clock: Any
) -> None:
    await make_user("anna")
    first = await sign_in()
    second = await sign_in(replaced=first.secret)
    assert first.secret != second.secret
    assert await present(pool, first, clock) is None
    assert await present(pool, second, clock) is not None


async def test_a_wrong_password_leaves_the_sign_in_that_is_there(
    make_user: Any, sign_in: Any, pool: Pool, clock: Any
) -> None:
    await make_user("anna")
    first = await sign_in()
    await refusal_of(sign_in(password="wrong password", replaced=first.secret))
    assert await present(pool, first, clock) is not None


async def test_signing_out_ends_it_and_is_told(make_user: Any, sign_in: Any, pool: Pool, clock: Any) -> None:
    await make_user("anna")
    signed_in = await sign_in()
    for _ in range(2):
        await transaction(pool, lambda conn: access.sign_out(conn, signed_in.secret, clock()))
    assert await present(pool, signed_in, clock) is None
    async with pool.connection() as conn:
        rows = await (await conn.execute(b"select verb from audit_record where actor = 'anna' order by 1")).fetchall()
    assert [row[0] for row in rows] == ["sign_in", "sign_out"]


async def test_who_is_deactivated_or_gets_a_password_is_signed_out(
    make_user: Any, sign_in: Any, pool: Pool, clock: Any, passwords: Passwords
) -> None:
    await make_user("anna")
    signed_in = await sign_in()
    change = UserChange(is_active=False)
    await transaction(pool, lambda conn: change_user(conn, "anna", change, sellers=[], actor="t"))
    assert await present(pool, signed_in, clock) is None
    change = UserChange(is_active=True)
    await transaction(pool, lambda conn: change_user(conn, "anna", change, sellers=[], actor="t"))
    assert await present(pool, signed_in, clock) is None
    signed_in = await sign_in()

    async def work(conn: Connection) -> Any:
        return await set_password(conn, "anna", "another good one", passwords=passwords, actor="t", now=clock())

    await transaction(pool, work)
    assert await present(pool, signed_in, clock) is None
    found = await present(pool, await sign_in(password="another good one"), clock)
    assert found is not None
    assert found.must_change_password


async def test_another_role_holds_at_once(make_user: Any, sign_in: Any, pool: Pool, clock: Any) -> None:
    await make_user("anna", "admin")
    await make_user("otto", "admin")
    signed_in = await sign_in()
    change = UserChange(role="viewer", seller="MAIN")
    await transaction(pool, lambda conn: change_user(conn, "anna", change, sellers=["MAIN"], actor="t"))
    caller = await caller_of(pool, signed_in, clock)
    assert (caller.role, caller.seller, caller.may("users")) == ("viewer", "MAIN", False)


async def test_changing_the_own_password_ends_every_sign_in_and_gives_a_new_one(
    make_user: Any, sign_in: Any, pool: Pool, clock: Any, passwords: Passwords
) -> None:
    await make_user("anna", must_change=True)
    elsewhere, here = await sign_in(), await sign_in()
    caller = await caller_of(pool, here, clock)

    def change(current: str, new: str) -> Any:
        return access.change_own_password(
            pool, caller, current, new, client=HERE, replaced=here.secret, passwords=passwords, now=clock()
        )

    assert (await refusal_of(change("wrong password", "another good one")))[0] == "password_wrong"
    assert (await refusal_of(change(GOOD, "short")))[0] == "password_short"
    made = await change(GOOD, "another good one")
    assert [await present(pool, one, clock) for one in (elsewhere, here)] == [None, None]
    found = await present(pool, made, clock)
    assert found is not None
    assert not found.must_change_password
    assert (await refusal_of(sign_in()))[0] == "sign_in_wrong"


async def test_the_own_password_cannot_be_guessed_at_an_unlocked_screen(
    make_user: Any, sign_in: Any, pool: Pool, clock: Any, passwords: Passwords
) -> None:
    await make_user("anna")
    here = await sign_in()
    caller = await caller_of(pool, here, clock)
    codes = []
    for n in range(6):
        work = access.change_own_password(
            pool,
            caller,
            f"guess {n}",
            "another good one",
            client=HERE,
            replaced=here.secret,
            passwords=passwords,
            now=clock(),
        )
        codes.append((await refusal_of(work))[0])
    assert codes == ["password_wrong"] * 5 + ["sign_in_waits"]


async def test_a_person_ends_their_own_sign_ins_only(make_user: Any, sign_in: Any, pool: Pool, clock: Any) -> None:
    await make_user("anna")
    await make_user("otto")
    first, second, third, others = await sign_in(), await sign_in(), await sign_in(), await sign_in("otto")
    anna, otto = await caller_of(pool, first, clock), await caller_of(pool, others, clock)
    async with pool.connection() as conn:
        listed = await access.list_own_sessions(conn, anna, clock())
    assert len(listed) == 3
    found = await present(pool, second, clock)
    assert found is not None
    stolen = transaction(pool, lambda conn: access.end_session(conn, otto, found.session_id))
    assert (await refusal_of(stolen))[0] == "unknown_session"
    await transaction(pool, lambda conn: access.end_session(conn, anna, found.session_id))
    assert await present(pool, second, clock) is None
    here = await present(pool, first, clock)
    assert here is not None
    assert await transaction(pool, lambda conn: access.end_other_sessions(conn, anna, here.session_id)) == 1
    assert [await present(pool, one, clock) is None for one in (first, third, others)] == [False, True, False]


async def test_a_hash_of_old_parameters_is_renewed_at_sign_in(
    make_user: Any, sign_in: Any, pool: Pool, clock: Any
) -> None:
    await make_user("anna")
    newer = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    await access.sign_in(pool, "anna", GOOD, client=HERE, replaced=None, passwords=newer, now=clock())
    assert "t=2" in (await texts(pool, "app_user"))[0]
    await sign_in()


async def test_a_token_signs_in_until_it_ends_or_is_revoked(pool: Pool, clock: Any) -> None:
    async def work(conn: Connection) -> Any:
        later = clock() + timedelta(hours=1)
        return await create_token(
            conn, name="Ada", role="viewer", expires_at=later, sellers=[], actor="test", now=clock()
        )

    made = await transaction(pool, work)
    tokens = Tokens(pool, clock)
    signed_in = await access.sign_in_by_token(pool, made.secret, client=HERE, replaced=None, tokens=tokens, now=clock())
    assert signed_in.expires_at == clock() + timedelta(hours=1)
    caller = await caller_of(pool, signed_in, clock)
    assert (caller.actor, caller.user_id, caller.token_id) == ("Ada", None, made.token.token_id)
    async with pool.connection() as conn:
        await conn.execute(b"update api_token set revoked_at = now()")
    assert await present(pool, signed_in, clock) is None


async def test_who_is_kept_to_a_seller_revokes_no_token_of_another(pool: Pool, clock: Any) -> None:
    async def work(conn: Connection) -> list[str]:
        of_all, of_main = [
            (
                await create_token(
                    conn, name="Ada", role="viewer", sellers=["MAIN"], seller=seller, actor="test", now=clock()
                )
            ).token.token_id
            for seller in (None, "MAIN")
        ]
        codes = []
        for token_id, within in ((of_main, "OTHER"), (of_all, "MAIN"), (of_main, "MAIN")):
            try:
                await revoke_token(conn, token_id, actor="test", now=clock(), within=within)
                codes.append("revoked")
            except Refused as refused:
                codes.append(refused.refusals[0].code)
        return codes

    assert await transaction(pool, work) == ["unknown_token", "unknown_token", "revoked"]


async def test_made_up_ids_find_nobody(pool: Pool, clock: Any) -> None:
    for secret in ("", "x", "\0", "ä" * 100):
        assert await present(pool, SignedIn(secret, clock()), clock) is None


async def code_of(work: Any) -> str:
    try:
        await work
    except Refused as refused:
        return refused.refusals[0].code
    return "in"


async def test_who_guesses_elsewhere_does_not_lock_out_the_owner(make_user: Any, sign_in: Any) -> None:
    await make_user("anna")
    home = Client("192.0.2.1", "Firefox", "a browser of anna")
    assert await code_of(sign_in(client=home)) == "in"
    for n in range(105):
        await code_of(sign_in(password="a wrong guess", client=Client(f"198.51.{n}.7", "curl", f"another {n}")))
    assert await code_of(sign_in(client=Client("203.0.113.9", "curl", "a stranger"))) == "sign_in_waits"
    assert await code_of(sign_in(client=home)) == "in"
    assert await code_of(sign_in(client=Client("203.0.113.8", "Firefox", "a browser of anna"))) == "in"


async def test_who_fails_at_one_place_is_not_kept_waiting_at_another(make_user: Any, sign_in: Any) -> None:
    await make_user("anna")
    for _ in range(8):
        await code_of(sign_in(password="a wrong guess", client=Client("198.51.100.7", "curl")))
    assert await code_of(sign_in(client=Client("198.51.100.7", "curl"))) == "sign_in_waits"
    assert await code_of(sign_in(client=HERE)) == "in"
