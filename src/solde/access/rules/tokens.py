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

from ..model import Role
from .permissions import check_role
from .users import near

TOKEN_NAME_MISSING = declare(
    "token_name_missing", Kind.INVALID, "Name the token after the person or program that will use it."
)
UNKNOWN_SELLER = declare(
    "token_seller_unknown", Kind.INVALID, "Use a code of GET /api/v1/sellers, or none for every seller."
)
EXPIRY_PAST = declare("token_expiry_past", Kind.INVALID, "Choose an instant in the future, or none.")

LONGEST_NAME = 100
RANDOM_BYTES = 24
PREFIX_SHOWN = 6
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_FORM = re.compile(r"solde_[a-z]+_[0-9A-Za-z]{33}[0-9A-Za-z]{6}")


def make_secret(role: Role, random: bytes) -> str:
    """The text of a token: what it is for, its random part, a checksum that tells a misspelt token at once."""
    assert len(random) == RANDOM_BYTES, "a token holds 192 random bits"
    stem = f"solde_{role.value}_{_base62(int.from_bytes(random), 33)}"
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
    name: str, role: str, seller: str | None, expires_at: datetime | None, *, sellers: Collection[str], now: datetime
) -> list[Refusal]:
    """Every reason why a token cannot be made."""
    refusals: list[Refusal] = []
    if not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        refusals.append(
            refuse(TOKEN_NAME_MISSING, f"a token has a name of 1 to {LONGEST_NAME} characters", field="name")
        )
    if (bad := check_no_card_number(name, "name")) is not None:
        refusals.append(bad)
    refusals += check_role(role, tuple(Role))
    if seller is not None and seller not in sellers:
        refusals.append(refuse(UNKNOWN_SELLER, f"there is no seller {seller!r}{near(seller, sellers)}", field="seller"))
    if expires_at is not None and expires_at <= now:
        refusals.append(refuse(EXPIRY_PAST, f"{expires_at.isoformat()} has passed", field="expires_at"))
    return refusals
