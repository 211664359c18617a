"""Tokens: their form, and what one with a list of permissions may do."""

from __future__ import annotations

from typing import Any

import pytest

from solde.access import Permission, Role, create_token
from solde.access.independence import permissions_of
from solde.access.rules.tokens import RANDOM_BYTES, hash_of, is_well_formed, make_secret, prefix_of
from solde.db import Pool, transaction
from solde.kernel.dates import Clock

from .asking import Asking, codes


@pytest.mark.parametrize("role", [*Role, None])
@pytest.mark.parametrize("random", [bytes(RANDOM_BYTES), bytes([255] * RANDOM_BYTES), bytes(range(RANDOM_BYTES))])
def test_a_token_is_well_formed_and_tells_its_role(role: Role | None, random: bytes) -> None:
    secret = make_secret(role, random)
    assert is_well_formed(secret)
    assert secret.startswith(f"solde_{role or 'listed'}_")
    assert len(hash_of(secret)) == 32


def test_a_misspelt_token_is_known_at_once() -> None:
    secret = make_secret(Role.ADMIN, bytes(range(RANDOM_BYTES)))
    for place in range(len("solde_admin_"), len(secret)):
        other = "a" if secret[place] != "a" else "b"
        assert not is_well_formed(secret[:place] + other + secret[place + 1 :])
    assert not is_well_formed(secret[:-1])
    assert not is_well_formed("")


def test_what_is_shown_of_a_token_is_too_short_to_guess_it() -> None:
    secret = make_secret(Role.ADMIN, bytes(range(RANDOM_BYTES)))
    assert prefix_of(secret) == secret[: len("solde_admin_") + 6]


async def listed(ask: Asking, *permissions: str, **more: Any) -> Asking:
    made = await ask.post("/tokens", {"name": "+".join(permissions), "permissions": permissions, **more})
    assert made.status_code == 201, made.text
    return Asking(ask.client, made.json()["secret"], ask.keys)


async def test_a_token_with_a_list_may_do_exactly_this_and_read(ask: Asking) -> None:
    reader = await listed(ask, "webhooks", "tokens")
    told = (await reader.get("/me")).json()
    assert (told["role"], told["permissions"]) == (None, ["read", "tokens", "webhooks"])
    assert (await reader.get("/webhooks")).status_code == 200
    assert (await reader.get("/customers")).status_code == 200
    refused = await reader.get("/users")
    assert (refused.status_code, codes(refused)) == (403, ["forbidden"])
    assert "the token does not have it" in refused.json()["errors"][0]["message"]
    shown = next(one for one in (await ask.get("/tokens")).json()["items"] if one["name"] == "webhooks+tokens")
    assert (shown["role"], shown["permissions"]) == (None, ["read", "tokens", "webhooks"])


async def test_nobody_gives_a_right_that_they_do_not_have(ask: Asking) -> None:
    kept = await listed(ask, "tokens", "users", seller="MAIN")
    for body in ({"role": "admin"}, {"role": "agent"}, {"permissions": ["refunds"]}):
        refused = await kept.post("/tokens", {"name": "more", "seller": "MAIN", **body})
        assert (refused.status_code, codes(refused)) == (403, ["forbidden"]), body
    less = {"name": "less", "seller": "MAIN", "permissions": ["users"]}
    assert codes(await kept.post("/tokens", {"name": "wide", "permissions": ["users"]})) == ["forbidden"]
    assert (await kept.post("/tokens", less)).status_code == 201
    anna = {"login": "anna", "name": "Anna", "role": "admin", "seller": "MAIN", "password": "three words suffice"}
    assert codes(await kept.post("/users", anna)) == ["forbidden"]
    assert (await ask.post("/users", anna)).status_code == 201
    assert codes(await kept.post("/users/anna/password", {"password": "another good one"})) == ["forbidden"]
    changed = await kept.send("PATCH", "/users/anna", headers={"if-match": '"1"'}, json={"role": "viewer"})
    assert codes(changed) == ["forbidden"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "token_rights_unclear"),
        ({"permissions": []}, "token_rights_unclear"),
        ({"role": "agent", "permissions": ["refunds"]}, "token_rights_unclear"),
        ({"permissions": ["refund"]}, "unknown_permission"),
    ],
)
async def test_a_token_has_a_role_or_a_list_of_known_permissions(ask: Asking, body: dict[str, Any], code: str) -> None:
    refused = await ask.post("/tokens", {"name": "unclear", **body})
    assert codes(refused) == [code]
    if code == "unknown_permission":
        assert "did you mean refunds?" in refused.text


async def test_what_waits_for_approval_knows_the_list_of_the_token_that_proposed(pool: Pool, clock: Clock) -> None:
    common: dict[str, Any] = {"sellers": [], "actor": "test", "now": clock()}
    for name, more in (("kept", {"permissions": ["refunds"]}), ("free", {"role": "program"})):
        await transaction(pool, lambda conn, name=name, more=more: create_token(conn, name=name, **more, **common))  # type: ignore[misc]
    async with pool.connection() as conn:
        assert await permissions_of(conn, "kept", "program") == {Permission.READ, Permission.REFUNDS}
        assert Permission.LATE_POSTING in await permissions_of(conn, "free", "program")
