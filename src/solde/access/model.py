"""Values of access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a token is for; `rules.PERMISSIONS` says what each role may do."""

    VIEWER = "viewer"
    AGENT = "agent"
    ACCOUNTANT = "accountant"
    ADMIN = "admin"
    AUDITOR = "auditor"
    PROGRAM = "program"


class Permission(StrEnum):
    """One thing that may be allowed."""

    READ = "read"
    CUSTOMERS = "customers"
    OPERATIONS = "operations"
    ANY_TYPE = "any_type"
    MATCHING = "matching"
    LITIGATION = "litigation"
    PAYMENTS = "payments"
    IMPORTS = "imports"
    SETTINGS = "settings"
    AUDIT = "audit"
    VERIFY = "verify"
    TOKENS = "tokens"


@dataclass(frozen=True, slots=True)
class Token:
    """An API token as it is listed: never the secret, only its beginning."""

    token_id: int
    name: str
    prefix: str
    role: Role
    seller: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class CreatedToken:
    """A token just made, with the secret that is shown this once."""

    token: Token
    secret: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the token's name as actor, what it may do, and the seller it is kept to, if any."""

    token_id: int
    actor: str
    role: Role
    permissions: frozenset[Permission]
    seller: str | None
    expires_at: datetime | None
