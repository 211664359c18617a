"""A second person is another person: not a token, and nobody who has rights from who proposed."""

from __future__ import annotations

from typing import Any

import pytest

from solde.access import NewUser, Passwords, UserChange, add_user, change_user, create_token, set_password
from solde.access.independence import why_not_independent
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock

PASSWORD = "three words suffice"


@pytest.fixture
def people(pool: Pool, clock: Clock) -> Any:
    """What administrators do: add, change, give a password or a token."""

    async def work(verb: str, whom: str, by: str) -> None:
        async def act(conn: Connection) -> None:
            common: dict[str, Any] = {"actor": by, "now": clock()}
            if verb == "adds":
                new = NewUser(whom, whom, "controller")
                await add_user(conn, new, password=PASSWORD, passwords=Passwords(), sellers=["MAIN"], **common)
            if verb == "moves":
                await change_user(conn, whom, UserChange(role="viewer"), sellers=["MAIN"], actor=by)
            if verb == "resets":
                await set_password(conn, whom, PASSWORD, passwords=Passwords(), **common)
            if verb == "makes token":
                await create_token(conn, name=whom, role="controller", sellers=[], in_application=True, **common)

        await transaction(pool, act)

    return work


async def refused(pool: Pool, decider: str, proposer: str) -> str | None:
    async with pool.connection() as conn:
        found = await why_not_independent(conn, decider, proposer)
    return None if found is None else found.code


async def test_who_was_added_by_who_proposed_does_not_decide(people: Any, pool: Pool) -> None:
    await people("adds", "carla", by="boss")
    assert await refused(pool, "carla", "Boss") == "decider_not_independent"
    assert await refused(pool, "carla", "anna") is None


@pytest.mark.parametrize("verb", ["moves", "resets"])
async def test_who_got_a_role_or_a_password_from_who_proposed_does_not_decide(
    people: Any, pool: Pool, verb: str
) -> None:
    await people("adds", "carla", by="cli")
    assert await refused(pool, "carla", "boss") is None
    await people(verb, "carla", by="boss")
    assert await refused(pool, "carla", "boss") == "decider_not_independent"


async def test_rights_at_second_hand_count_as_well(people: Any, pool: Pool) -> None:
    await people("adds", "puppet", by="boss")
    await people("adds", "carla", by="puppet")
    await people("makes token", "robot", by="boss")
    await people("adds", "dora", by="robot")
    assert await refused(pool, "carla", "boss") == "decider_not_independent"
    assert await refused(pool, "dora", "boss") == "decider_not_independent"


async def test_a_token_made_in_the_application_decides_nothing(people: Any, pool: Pool) -> None:
    await people("makes token", "Robot", by="boss")
    assert await refused(pool, "robot", "boss") == "decision_by_token"
    assert await refused(pool, "Robot", "anna") == "decision_by_token"


async def test_who_made_a_token_does_not_decide_what_it_proposed(people: Any, pool: Pool) -> None:
    await people("makes token", "Robot", by="boss")
    assert await refused(pool, "boss", "Robot") == "decider_not_independent"
    assert await refused(pool, "anna", "Robot") is None


@pytest.mark.parametrize("verb", ["adds", "moves", "resets"])
async def test_who_gave_the_proposer_a_login_a_role_or_a_password_does_not_decide(
    people: Any, pool: Pool, verb: str
) -> None:
    if verb != "adds":
        await people("adds", "otto", by="cli")
        assert await refused(pool, "boss", "otto") is None
    await people(verb, "otto", by="boss")
    assert await refused(pool, "Boss", "otto") == "decider_not_independent"
    assert await refused(pool, "anna", "otto") is None


async def test_who_made_the_maker_of_the_proposer_does_not_decide(people: Any, pool: Pool) -> None:
    await people("adds", "puppet", by="boss")
    await people("adds", "otto", by="puppet")
    assert await refused(pool, "boss", "otto") == "decider_not_independent"


async def test_who_has_rights_from_who_made_a_token_does_not_decide_what_it_proposed(people: Any, pool: Pool) -> None:
    await people("adds", "carla", by="boss")
    await people("makes token", "robot", by="boss")
    await people("makes token", "second robot", by="robot")
    for proposer in ("robot", "second robot"):
        assert await refused(pool, "carla", proposer) == "decider_not_independent", proposer
        assert await refused(pool, "anna", proposer) is None, proposer


async def test_two_who_were_added_by_one_are_two_also_where_one_of_them_made_the_token(people: Any, pool: Pool) -> None:
    for one in ("anna", "carla"):
        await people("adds", one, by="chief")
    await people("makes token", "robot", by="anna")
    assert await refused(pool, "carla", "robot") is None
    assert await refused(pool, "chief", "robot") == "decider_not_independent"
    assert await refused(pool, "anna", "robot") == "decider_not_independent"


async def test_who_gave_each_other_rights_are_both_behind_their_token(people: Any, pool: Pool) -> None:
    await people("adds", "anna", by="cli")
    await people("adds", "otto", by="anna")
    await people("resets", "anna", by="otto")
    await people("makes token", "robot", by="anna")
    await people("adds", "carla", by="anna")
    assert await refused(pool, "carla", "robot") == "decider_not_independent"
