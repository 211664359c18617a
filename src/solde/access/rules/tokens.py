"""The form of tokens."""

from __future__ import annotations

import hashlib
import re
import string
import zlib
from collections.abc import Collection
from datetime import datetime

from solde.kernel.card_numbers import check_no_card_number
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import say

from ..model import Permission, Role
from .permissions import PERMISSIONS, check_given, check_permissions, check_role
from .users import near

TOKEN_NAME_MISSING = declare(
    "token_name_missing", Kind.INVALID, "Name the token after the person or program that will use it."
)
UNKNOWN_SELLER = declare(
    "token_seller_unknown", Kind.INVALID, "Use a code of GET /api/v1/sellers, or none for every seller."
)
RIGHTS_UNCLEAR = declare(
    "token_rights_unclear",
    Kind.INVALID,
    "Give a role or a list of permissions; a list is enough, reading is always in it.",
)
EXPIRY_PAST = declare("token_expiry_past", Kind.INVALID, "Choose an instant in the future, or none.")

LONGEST_NAME = 100
RANDOM_BYTES = 24
PREFIX_SHOWN = 6
LISTED = "listed"
"""Stands in a secret in the place of the role, where permissions are listed."""
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_FORM = re.compile(r"solde_[a-z]+_[0-9A-Za-z]{33}[0-9A-Za-z]{6}")


def make_secret(role: Role | None, random: bytes) -> str:
    """The text of a token: its role, if it has one, its random part, a checksum that tells a misspelt token at once."""
    assert len(random) == RANDOM_BYTES, "a token holds 192 random bits"
    stem = f"solde_{role.value if role else LISTED}_{_base62(int.from_bytes(random), 33)}"
    return stem + _checksum(stem)


def is_well_formed(secret: str) -> bool:
    """Could this be a token of ours? Says nothing about whether it is one."""
    return _FORM.fullmatch(secret) is not None and _checksum(secret[:-6]) == secret[-6:]


def _checksum(stem: str) -> str:
    return _base62(zlib.crc32(stem.encode()), 6)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def prefix_of(secret: str) -> str:
    """What of a token may be shown: enough to know it again."""
    head, _, random = secret.rpartition("_")
    return f"{head}_{random[:PREFIX_SHOWN]}"


def hash_of(secret: str) -> bytes:
    """What is kept of a token or of a session's id. Their 192 random bits and more need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def check_token(
    name: str,
    role: str | None,
    permissions: Collection[str] | None,
    seller: str | None,
    expires_at: datetime | None,
    *,
    sellers: Collection[str],
    giver: Collection[Permission] | None,
    now: datetime,
) -> list[Refusal]:
    """Every reason why a token cannot be made."""
    refusals: list[Refusal] = []
    if not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        said = say("a token has a name of 1 to {longest_name} characters", longest_name=LONGEST_NAME)
        refusals.append(refuse(TOKEN_NAME_MISSING, said, field="name"))
    if (bad := check_no_card_number(name, "name")) is not None:
        refusals.append(bad)
    refusals += _check_rights(role, permissions, giver)
    if seller is not None and seller not in sellers:
        said = say("there is no seller {seller!r}{hint}", seller=seller, hint=near(seller, sellers))
        refusals.append(refuse(UNKNOWN_SELLER, said, field="seller"))
    if expires_at is not None and expires_at <= now:
        refusals.append(
            refuse(EXPIRY_PAST, "{expires_at} has passed", expires_at=expires_at.isoformat(), field="expires_at")
        )
    return refusals


def _check_rights(
    role: str | None, permissions: Collection[str] | None, giver: Collection[Permission] | None
) -> list[Refusal]:
    """A role or a list, of what the giver has too."""
    if permissions is not None and role is None:
        if not permissions:
            return [refuse(RIGHTS_UNCLEAR, "the list of permissions is empty", field="permissions")]
        return check_permissions(permissions) or check_given(listed(permissions), giver, "permissions")
    if role is None or permissions is not None:
        neither, both = say("the token has neither a role nor permissions"), say("the token has a role and permissions")
        return [refuse(RIGHTS_UNCLEAR, neither if role is None else both, field="role")]
    return check_role(role, tuple(Role)) or check_given(PERMISSIONS[Role(role)], giver)


def listed(permissions: Collection[str]) -> frozenset[Permission]:
    """The permissions of a list; reading is always one of them."""
    return frozenset({Permission.READ, *map(Permission, permissions)})
