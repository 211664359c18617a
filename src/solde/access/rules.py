"""Tokens and permissions. Pure: no database, no web."""

from __future__ import annotations

import hashlib
import re
import string
import zlib
from collections.abc import Collection, Mapping
from datetime import datetime
from difflib import get_close_matches

from solde.kernel.refusals import FORBIDDEN, Kind, Refusal, declare, refuse

from .model import Caller, Permission, Role

TOKEN_NAME_MISSING = declare(
    "token_name_missing", Kind.INVALID, "Name the token after the person or program that will use it."
)
UNKNOWN_ROLE = declare("unknown_role", Kind.INVALID, "Use one of the roles named in the message.")
UNKNOWN_SELLER = declare(
    "token_seller_unknown", Kind.INVALID, "Use a code of GET /api/v1/sellers, or none for every seller."
)
EXPIRY_PAST = declare("token_expiry_past", Kind.INVALID, "Choose an instant in the future, or none.")

_P = Permission
_WORK = frozenset({_P.READ, _P.CUSTOMERS, _P.OPERATIONS, _P.MATCHING, _P.LITIGATION, _P.PAYMENTS})

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({_P.READ}),
    Role.AGENT: _WORK,
    Role.ACCOUNTANT: _WORK | {_P.IMPORTS, _P.VERIFY},
    Role.ADMIN: frozenset(Permission),
    Role.AUDITOR: frozenset({_P.READ, _P.AUDIT, _P.VERIFY}),
    Role.PROGRAM: _WORK | {_P.ANY_TYPE, _P.IMPORTS},
}
"""What each role may do. `any_type` posts operations of types that people may not create by hand."""

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
    """What is kept of a token. Its 192 random bits need no salt and no slow hash."""
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
    if role not in list(Role):
        refusals.append(refuse(UNKNOWN_ROLE, f"{role!r} is not one of {', '.join(Role)}", field="role"))
    if seller is not None and seller not in sellers:
        near = get_close_matches(seller, sellers, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        refusals.append(refuse(UNKNOWN_SELLER, f"there is no seller {seller!r}{hint}", field="seller"))
    if expires_at is not None and expires_at <= now:
        refusals.append(refuse(EXPIRY_PAST, f"{expires_at.isoformat()} has passed", field="expires_at"))
    return refusals


def may(caller: Caller, permission: Permission) -> Refusal | None:
    """None where the caller may; otherwise why not."""
    if permission in caller.permissions:
        return None
    roles = ", ".join(role for role, allowed in PERMISSIONS.items() if permission in allowed)
    return refuse(
        FORBIDDEN, f"the permission {permission} is missing; the role {caller.role} does not have it ({roles} do)"
    )
