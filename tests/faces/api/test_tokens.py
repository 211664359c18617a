"""The form of tokens, without a database."""

from __future__ import annotations

import pytest

from solde.access import Role
from solde.access.rules.tokens import RANDOM_BYTES, hash_of, is_well_formed, make_secret, prefix_of


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("random", [bytes(RANDOM_BYTES), bytes([255] * RANDOM_BYTES), bytes(range(RANDOM_BYTES))])
def test_a_token_is_well_formed_and_tells_its_role(role: Role, random: bytes) -> None:
    secret = make_secret(role, random)
    assert is_well_formed(secret)
    assert secret.startswith(f"solde_{role}_")
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
