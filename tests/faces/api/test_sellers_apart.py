"""What belongs to no seller is changed, and what belongs to another is seen, by nobody who is kept to one seller."""

from __future__ import annotations

import re

import pytest
from faces.api.asking import COMPLETE, Asking, codes, make_token
from litestar import Litestar
from litestar.testing import AsyncTestClient

from solde.access.routing import Declared
from solde.app.api.routes import api_routes
from solde.db import Pool
from solde.kernel.dates import Clock

OF_A_SELLER = {
    "PATCH /sellers/{code}", "POST /customers", "POST /operations", "POST /rejected-operations/repair",
    "POST /balance-definitions:preview", "POST /unidentified-receipts", "POST /unidentified-receipts/{id}/assignments",
    "POST /unidentified-receipts/{id}/return", "PUT /instalment-rules", "PUT /holidays", "POST /accounting-schemes:try",
    "POST /accounting-exports", "POST /accounting-exports/{id}/repeat", "POST /approvals/{id}/decision",
    "POST /approvals/{id}/withdrawal", "POST /webhooks", "PATCH /webhooks/{id}", "DELETE /webhooks/{id}",
    "POST /webhooks/{id}/test", "POST /webhooks/{id}/replay", "POST /deliveries/{id}/replay", "POST /receivables:import",
    "POST /customers:import", "POST /payments:import", "POST /jobs/{id}/cancel", "POST /users", "PATCH /users/{login}",
    "POST /users/{login}/password", "POST /tokens", "DELETE /tokens/{id}",
}  # fmt: skip
"""Changes of what a seller has: each looks at the caller's seller itself. A route that is new is in neither list by itself."""


def handlers() -> list[tuple[Declared, bool]]:
    """Every route that needs a token, and whether it concerns every seller."""
    found = [one for one in api_routes() if "everywhere" in one.opt]
    return [(one.opt["declared"], one.opt["everywhere"]) for one in found]


def filled(path: str, account: str = "A1", customer: str = "C1") -> str:
    path = path.replace("/customers/{code}", f"/customers/{customer}").replace("{account}", account)
    return re.sub(r"\{\w+\}", "1", path)


@pytest.fixture
async def other(client: AsyncTestClient[Litestar], pool: Pool, clock: Clock) -> Asking:
    """An administrator who is kept to another seller."""
    async with pool.connection() as conn:
        await conn.execute(
            "insert into seller (code, name, country, currency, time_zone, language)"
            " values ('OTHER', 'Other', 'FR', 'EUR', 'Europe/Paris', 'fr')"
        )
    return Asking(client, await make_token(pool, clock, "admin", seller="OTHER"))


def test_each_change_says_whether_it_concerns_every_seller() -> None:
    changes = [(told, shared) for told, shared in handlers() if told.method != "GET"]
    below = ("/accounts/{account}", "/customers/{code}")
    own = {f"{told.method} {told.path}" for told, shared in changes if not shared and not told.path.startswith(below)}
    assert own == OF_A_SELLER
    assert sum(shared for _, shared in changes) > 20


async def test_what_belongs_to_no_seller_is_not_changed_by_who_is_kept_to_one(other: Asking) -> None:
    for told, shared in handlers():
        if told.method == "GET" or not shared:
            continue
        headers = {"if-match": '"1"', "idempotency-key": told.name}
        answer = await other.send(told.method, filled(told.path), json=told.example, headers=headers)
        assert (answer.status_code, codes(answer)) == (403, ["forbidden"]), (told.method, told.path, answer.text)
        assert "every seller" in answer.text


async def test_no_read_shows_what_another_seller_has(other: Asking, ask: Asking, account: str) -> None:
    posted = {"operations": [{"type": "INV_STD", "amount": "98.76", "reference": "REF-OF-MAIN", "date": "2026-11-01"}]}
    assert (await ask.post(f"/accounts/{account}/operations", posted)).status_code == 201
    for told, _ in handlers():
        if told.method != "GET":
            continue
        answer = await other.get(filled(told.path, account))
        assert answer.status_code < 500, told.path
        assert "REF-OF-MAIN" not in answer.text, told.path
        assert f'"{account}"' not in answer.text, told.path
        if told.path.startswith("/accounts/"):
            assert answer.status_code == 404, told.path


async def test_a_trial_of_a_scheme_shows_the_own_operations_only(other: Asking, ask: Asking, account: str) -> None:
    posted = {"operations": [{"type": "INV_STD", "amount": "98.76", "reference": "REF-OF-MAIN", "date": "2026-11-01"}]}
    assert (await ask.post(f"/accounts/{account}/operations", posted)).status_code == 201
    scheme = next(told.example for told, _ in handlers() if told.path == "/accounting-schemes:try")
    assert "98.76" in (await ask.post("/accounting-schemes:try", scheme)).text
    answer = await other.post("/accounting-schemes:try", scheme)
    assert (answer.status_code, answer.json()["items"]) == (200, [])


async def test_an_account_of_another_seller_is_unknown_as_payer(other: Asking, ask: Asking, account: str) -> None:
    """Whether it is there, in another currency, closed or paid for by another: it is told of none."""
    new = COMPLETE | {"code": "O1", "account_code": "OA1", "currency": "EUR", "seller": "OTHER"}
    made = await other.post("/customers", new)
    assert made.status_code == 201, made.text
    for payer in (account, "A3", "NOBODY"):
        for who in (other, ask):
            changed = await who.send("PATCH", "/accounts/OA1", json={"payer": payer}, headers={"if-match": '"1"'})
            assert codes(changed) == ["unknown_account"], changed.text
            added = await who.post(
                "/customers", new | {"code": "O2", "account_code": "OA2", "payer": payer}, key=f"{payer} {who is ask}"
            )
            assert codes(added) == ["unknown_account"], added.text


async def test_the_books_of_every_seller_are_verified_by_who_is_kept_to_none(other: Asking) -> None:
    assert codes(await other.get("/verify")) == ["forbidden"]
    assert codes(await other.post("/verify")) == ["forbidden"]
