"""People over the API, and who asks."""

from __future__ import annotations

from typing import Any

import pytest
from faces.api.asking import Asking, codes, make_token

from solde.db import Pool
from solde.kernel.dates import Clock

ANNA = {"login": "anna", "name": "Anna Keller", "role": "accountant", "password": "correct horse battery"}


async def test_a_user_is_added_read_changed_and_deactivated(ask: Asking) -> None:
    made = await ask.post("/users", ANNA)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    read = await ask.get("/users/Anna")
    assert (read.json(), read.headers["etag"]) == (made.json(), '"1"')
    assert read.json()["must_change_password"]
    wish: dict[str, Any] = {"role": "controller", "seller": "MAIN"}
    changed = await ask.send("PATCH", "/users/anna", headers={"if-match": '"1"'}, json=wish)
    assert (changed.json()["role"], changed.json()["seller"], changed.headers["etag"]) == ("controller", "MAIN", '"2"')
    wish = {"seller": None, "active": False}
    changed = await ask.send("PATCH", "/users/anna", headers={"if-match": '"2"'}, json=wish)
    assert (changed.json()["active"], changed.json()["seller"]) == (False, None)
    assert (await ask.get("/users")).json()["items"] == [changed.json()]


async def test_a_change_says_which_version_it_was_made_from(ask: Asking) -> None:
    await ask.post("/users", ANNA)
    answer = await ask.send("PATCH", "/users/anna", json={"name": "A"})
    assert (answer.status_code, codes(answer)) == (428, ["if_match_missing"])
    answer = await ask.send("PATCH", "/users/anna", headers={"if-match": '"7"'}, json={"name": "A"})
    assert (answer.status_code, codes(answer)) == (412, ["version_differs"])


async def test_a_new_password_must_be_changed_unless_told_otherwise(ask: Asking) -> None:
    await ask.post("/users", ANNA | {"must_change_password": False})
    assert not (await ask.get("/users/anna")).json()["must_change_password"]
    answer = await ask.post("/users/anna/password", {"password": "another good one"})
    assert (answer.status_code, answer.json()["must_change_password"], answer.json()["version"]) == (200, True, 2)
    assert codes(await ask.post("/users/anna/password", {"password": "short"})) == ["password_short"]


async def test_no_fast_hash_of_a_password_is_kept(ask: Asking, pool: Pool) -> None:
    first = await ask.post("/users", ANNA, key="u")
    again = await ask.post("/users", ANNA | {"password": "another good one"}, key="u")
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert codes(await ask.post("/users", ANNA | {"name": "Otto"}, key="u")) == ["idempotency_key_reused"]
    async with pool.connection() as conn:
        for table in ("audit_record", "idempotency"):
            rows = await (await conn.execute(f"select t::text from {table} t".encode())).fetchall()
            assert not any(ANNA["password"] in row[0] for row in rows)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"login": "A B"}, ["login_unfit"]),
        ({"role": "program"}, ["unknown_role"]),
        ({"seller": "NOBODY"}, ["user_seller_unknown"]),
        ({"name": " ", "password": "anna"}, ["user_name_missing", "password_short", "password_is_login"]),
    ],
)
async def test_an_unfit_user_is_refused_for_every_reason(ask: Asking, body: dict[str, Any], wrong: list[str]) -> None:
    assert codes(await ask.post("/users", ANNA | body)) == wrong


async def test_who_asks_is_told_what_it_may_do(ask: Asking, pool: Pool, clock: Clock) -> None:
    auditor = Asking(ask.client, await make_token(pool, clock, "auditor", seller="MAIN"))
    told = (await auditor.get("/me")).json()
    assert told == {
        "actor": "auditor of a test",
        "name": "auditor of a test",
        "role": "auditor",
        "seller": "MAIN",
        "permissions": ["read", "audit", "verify", "journal"],
        "expires_at": None,
    }
    assert (await auditor.get("/users")).status_code == 403


async def test_a_sellers_administrator_sees_and_makes_its_own_only(ask: Asking, pool: Pool, clock: Clock) -> None:
    await ask.post("/users", ANNA, key="by another")
    kept = Asking(ask.client, await make_token(pool, clock, "admin", seller="MAIN"))
    assert codes(await kept.post("/users", ANNA | {"login": "otto"})) == ["forbidden"]
    assert (await kept.post("/users", ANNA | {"login": "otto", "seller": "MAIN"})).status_code == 201
    assert [user["login"] for user in (await kept.get("/users")).json()["items"]] == ["otto"]
    assert (await kept.get("/users/anna")).status_code == 404
    assert (await kept.post("/users/anna/password", {"password": "another good one"})).status_code == 404
    answer = await kept.send("PATCH", "/users/anna", headers={"if-match": '"1"'}, json={"name": "A"})
    assert answer.status_code == 404
    answer = await kept.send("PATCH", "/users/otto", headers={"if-match": '"1"'}, json={"seller": None})
    assert codes(answer) == ["forbidden"]


async def test_a_sellers_administrator_makes_no_token_beyond_it(ask: Asking, pool: Pool, clock: Clock) -> None:
    kept = Asking(ask.client, await make_token(pool, clock, "admin", seller="MAIN"))
    assert codes(await kept.post("/tokens", {"name": "x", "role": "admin"})) == ["forbidden"]
    made = await kept.post("/tokens", {"name": "x", "role": "admin", "seller": "MAIN"})
    assert made.status_code == 201
    listed = (await kept.get("/tokens")).json()["items"]
    assert {token["seller"] for token in listed} == {"MAIN"}
    everybodys = [t["id"] for t in (await ask.get("/tokens")).json()["items"] if t["seller"] is None]
    assert (await kept.send("DELETE", f"/tokens/{everybodys[0]}")).status_code == 404
