"""Features on and off, on the database and over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from applications import app_on
from faces.api.asking import Asking, codes, make_token
from litestar import Litestar
from litestar.testing import AsyncTestClient

from solde.db import Connection, Pool, transaction
from solde.features import Features, list_features, switch
from solde.kernel.dates import Clock
from solde.kernel.refusals import Refused


@pytest.fixture
async def ask(database_url: str, pool: Pool, clock: Clock) -> AsyncIterator[Asking]:
    """An administrator."""
    app = app_on(database_url, clock=clock)
    client: AsyncTestClient[Litestar] = AsyncTestClient(app, base_url="http://testserver.local")
    async with client:
        yield Asking(client, await make_token(pool, clock, "admin"))


async def audited(conn: Connection) -> int:
    row = await (await conn.execute("select count(*) from audit_record where verb = 'feature_switch'")).fetchone()
    assert row is not None
    return int(row[0])


async def test_a_switch_is_audited_and_a_switch_to_the_same_is_none(conn: Connection) -> None:
    assert (await switch(conn, "litigation", False, "root")).version == 2
    assert (await switch(conn, "litigation", False, "root")).version == 2
    assert await audited(conn) == 1
    (feature,) = [one for one in await list_features(conn) if one.code == "litigation"]
    assert (feature.is_on, feature.version) == (False, 2)


async def test_an_unknown_feature_and_an_old_version_are_refused(conn: Connection) -> None:
    for code, version, refusal in (("poetry", None, "unknown_feature"), ("litigation", 7, "version_differs")):
        with pytest.raises(Refused) as refused:
            await switch(conn, code, False, "root", version=version)
        assert refused.value.refusals[0].code == refusal


async def test_of_two_switches_from_one_version_one_wins(pool: Pool) -> None:
    async def off(actor: str) -> object:
        return await transaction(pool, lambda conn: switch(conn, "litigation", False, actor, version=1))

    answers = await asyncio.gather(off("a"), off("b"), return_exceptions=True)
    assert sorted(type(one).__name__ for one in answers) == ["Feature", "Refused"]


async def test_another_process_learns_of_a_switch_within_seconds(pool: Pool) -> None:
    seconds = [0.0]
    features = Features(pool, monotonic=lambda: seconds[0])
    assert await features.is_on("litigation")
    await transaction(pool, lambda conn: switch(conn, "litigation", False, "root"))
    seconds[0] = 4.9
    assert "litigation" in await features.on()
    seconds[0] = 5.0
    assert not await features.is_on("litigation")


async def test_routes_of_a_feature_that_is_off_are_gone(ask: Asking) -> None:
    path = "/accounts/A1/operations/1/litigation"
    for method in ("PUT", "DELETE"):
        answer = await ask.change(method, path, json={"reason": "x"} if method == "PUT" else None)
        assert codes(answer) == ["unknown_account"]
    listed = (await ask.get("/features")).json()["items"]
    (before,) = [one for one in listed if one["code"] == "litigation"]
    assert before["on"]
    put: dict[str, Any] = {
        "json": {"on": False, "reason": "not used here"},
        "headers": {"if-match": f'"{before["version"]}"'},
    }
    answer = await ask.send("PUT", "/features/litigation", **put)
    assert (answer.status_code, answer.json()["on"], answer.headers["etag"]) == (200, False, '"2"'), answer.text
    for method in ("PUT", "DELETE"):
        answer = await ask.change(method, path, json={"reason": "x"} if method == "PUT" else None)
        assert (answer.status_code, codes(answer)) == (404, ["feature_off"])
    again = await ask.send("PUT", "/features/litigation", **put)
    assert (again.status_code, codes(again)) == (412, ["version_differs"])
    on = await ask.send("PUT", "/features/litigation", json={"on": True}, headers={"if-match": '"2"'})
    assert on.json()["on"]
    assert codes(await ask.send("DELETE", path)) == ["unknown_account"]


async def test_only_an_administrator_switches_and_says_from_which_version(
    ask: Asking, pool: Pool, clock: Clock
) -> None:
    agent = replace(ask, token=await make_token(pool, clock, "agent"))
    assert (await agent.get("/features")).status_code == 200
    denied = await agent.send("PUT", "/features/litigation", json={"on": False}, headers={"if-match": '"1"'})
    assert denied.status_code == 403
    bare = await ask.send("PUT", "/features/litigation", json={"on": False})
    assert (bare.status_code, codes(bare)) == (428, ["if_match_missing"])
    unknown = await ask.send("PUT", "/features/poetry", json={"on": False}, headers={"if-match": '"1"'})
    assert (unknown.status_code, codes(unknown)) == (404, ["unknown_feature"])
