"""Who may ask what: tokens, roles, sellers; the audit trail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from faces.api.asking import COMPLETE, Asking, codes, make_token

from solde.access import Role, create_token
from solde.access.rules.tokens import make_secret
from solde.db import Pool, transaction
from solde.kernel.dates import Clock


async def test_a_request_without_a_good_token_is_not_signed_in(ask: Asking) -> None:
    secret = make_secret(Role.ADMIN, bytes(24))
    for header in (
        {"authorization": ""},
        {"authorization": "Basic x"},
        {"authorization": "Bearer nonsense"},
        {"authorization": f"Bearer {secret}"},
    ):
        answer = await ask.send("GET", "/sellers", headers=header)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_expires_and_is_revoked(ask: Asking, pool: Pool, clock: Any) -> None:
    async def work(conn: Any) -> str:
        later = clock() + timedelta(hours=1)
        made = await create_token(
            conn, name="short", role="viewer", expires_at=later, sellers=[], actor="test", now=clock()
        )
        return made.secret

    short = Asking(ask.client, await transaction(pool, work))
    assert (await short.get("/sellers")).status_code == 200
    clock.advance(hours=2)
    ask.client.app.state.services.tokens._known.clear()
    assert (await short.get("/sellers")).status_code == 401
    made = (await ask.post("/tokens", {"name": "billing", "role": "program"})).json()
    other = Asking(ask.client, made["secret"])
    assert (await other.get("/sellers")).status_code == 200
    assert (await ask.send("DELETE", f"/tokens/{made['token']['id']}")).status_code == 204
    ask.client.app.state.services.tokens._known.clear()
    assert "revoked" in (await other.get("/sellers")).json()["detail"]
    assert codes(await ask.send("DELETE", f"/tokens/{made['token']['id']}")) == ["unknown_token"]


async def test_the_secret_of_a_token_is_kept_nowhere(ask: Asking, pool: Pool) -> None:
    made = await ask.post("/tokens", {"name": "billing", "role": "program"}, key="t")
    again = await ask.post("/tokens", {"name": "billing", "role": "program"}, key="t")
    secret = made.json()["secret"]
    assert again.json()["token"] == made.json()["token"]
    assert secret not in again.text
    assert secret not in (await ask.get("/tokens")).text
    async with pool.connection() as conn:
        for table in ("api_token", "audit_record", "idempotency"):
            rows = await (await conn.execute(f"select t::text from {table} t".encode())).fetchall()
            assert not any(secret in row[0] for row in rows)


async def test_use_of_a_token_is_noted(ask: Asking) -> None:
    await ask.get("/sellers")
    assert all(token["last_used_at"] for token in (await ask.get("/tokens")).json()["items"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "", "role": "viewer"}, "token_name_missing"),
        ({"name": "x", "role": "king"}, "unknown_role"),
        ({"name": "x", "role": "viewer", "seller": "NOBODY"}, "token_seller_unknown"),
        ({"name": "x", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"}, "token_expiry_past"),
    ],
)
async def test_an_unfit_token_is_refused(ask: Asking, body: dict[str, Any], code: str) -> None:
    assert codes(await ask.post("/tokens", body)) == [code]


READS = {"GET /sellers", "GET /me"}
WORKS = {"POST /accounts/A1/operations", "POST /accounts/A1/matches"}
ALLOWED = {
    "viewer": READS,
    "agent": READS | WORKS | {"POST /customers"},
    "cashier": READS | WORKS | {"POST /accounts/A1/payments"},
    "controller": READS | {"POST /accounts/A1/matches"},
    "accountant": READS | WORKS | {"POST /accounts/A1/payments", "GET /verify"},
    "auditor": READS | {"GET /audit", "GET /verify"},
    "program": READS | WORKS | {"POST /accounts/A1/payments", "POST /customers"},
    "admin": READS
    | WORKS
    | {
        "POST /accounts/A1/payments",
        "POST /customers",
        "GET /verify",
        "GET /audit",
        "GET /tokens",
        "GET /users",
        "POST /balance-definitions",
    },
}


@pytest.mark.parametrize("role", list(ALLOWED))
async def test_each_role_may_do_its_own_and_no_more(
    ask: Asking, account: str, pool: Pool, clock: Clock, role: str
) -> None:
    caller = Asking(ask.client, await make_token(pool, clock, role))
    for asked in sorted(ALLOWED["admin"]):
        method, path = asked.split()
        answer = await caller.send(
            method, path, headers={"idempotency-key": "k"}, json={} if method == "POST" else None
        )
        assert (answer.status_code != 403) == (asked in ALLOWED[role]), (asked, answer.text)


@pytest.fixture
async def stranger(ask: Asking, accounts: list[str], pool: Pool, clock: Clock) -> Asking:
    """A caller kept to another seller than the one who has the accounts."""
    async with pool.connection() as conn:
        await conn.execute(
            b"insert into seller (seller_id, code, name, country, currency, time_zone, language)"
            b" values (2, 'OTHER', 'Other', 'FR', 'EUR', 'Europe/Paris', 'fr')"
        )
    return Asking(ask.client, await make_token(pool, clock, "admin", seller="OTHER"))


async def test_another_sellers_accounts_are_not_there(ask: Asking, stranger: Asking) -> None:
    await ask.get("/accounts/A1/balances")
    paths = (
        "/accounts/A1",
        "/accounts/A1/balances",
        "/accounts/A1/operations",
        "/accounts/A1/matches",
        "/customers/C1",
        "/accounts/A1/operations/1",
    )
    assert {(await stranger.get(path)).status_code for path in paths} == {404}
    assert (await stranger.post("/accounts/A1/operations", {"type": "PAY_WIRE", "amount": "1"})).status_code == 404
    assert (
        await stranger.post("/operations", {"operations": [{"account": "A1", "type": "PAY_WIRE", "amount": "1"}]})
    ).status_code == 404
    assert (await stranger.get("/customers")).json()["items"] == []
    assert [s["code"] for s in (await stranger.get("/sellers")).json()["items"]] == ["OTHER"]
    assert (await stranger.get("/audit")).json()["items"] == []


async def test_a_seller_bound_token_creates_customers_of_its_seller_only(stranger: Asking) -> None:
    assert codes(await stranger.post("/customers", COMPLETE)) == ["forbidden"]
    made = await stranger.post("/customers", {k: v for k, v in COMPLETE.items() if k != "seller"})
    assert made.status_code == 201, made.text
    assert (await stranger.get(f"/customers/{made.json()['customer']}")).json()["seller"] == "OTHER"


async def test_the_audit_trail_tells_who_did_what(ask: Asking, account: str) -> None:
    for amount in ("1", "2", "3"):
        await ask.post(f"/accounts/{account}/operations", {"type": "PAY_WIRE", "amount": amount})
    first = (await ask.get(f"/audit?account={account}&verb=post&limit=2")).json()
    rest = (await ask.get(f"/audit?account={account}&verb=post&limit=2&cursor={first['next']}")).json()
    told = [item["after"]["operations"][0]["amount"] for item in first["items"] + rest["items"]]
    assert (told, rest["next"]) == (["3", "2", "1"], None)
    assert {item["actor"] for item in first["items"]} == {"admin of a test"}
    assert len((await ask.get("/audit")).json()["items"]) >= 4
