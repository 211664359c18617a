"""Values of access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person or a token is for; `rules.permissions` says what each may do."""

    VIEWER = "viewer"
    AGENT = "agent"
    CASHIER = "cashier"
    CONTROLLER = "controller"
    ACCOUNTANT = "accountant"
    ADMIN = "admin"
    AUDITOR = "auditor"
    PROGRAM = "program"


class Permission(StrEnum):
    """One thing that may be allowed."""

    READ = "read"
    CUSTOMERS = "customers"
    CUSTOMER_CLOSE = "customer_close"
    OPERATIONS = "operations"
    ANY_TYPE = "any_type"
    MATCHING = "matching"
    LITIGATION = "litigation"
    DEPOSITS = "deposits"
    INSTALMENTS = "instalments"
    PAYMENTS = "payments"
    REFUNDS = "refunds"
    WRITE_OFFS = "write_offs"
    CREDIT_NOTES = "credit_notes"
    TRANSFERS = "transfers"
    ADJUSTMENTS = "adjustments"
    IMPORTS = "imports"
    APPROVALS = "approvals"
    SETTINGS = "settings"
    USERS = "users"
    TOKENS = "tokens"
    AUDIT = "audit"
    VERIFY = "verify"
    WEBHOOKS = "webhooks"
    JOBS = "jobs"
    PERIODS = "periods"
    PERIODS_FOR_ALL = "periods_for_all"
    LATE_POSTING = "late_posting"
    ACCOUNTING = "accounting"
    JOURNAL = "journal"
    CARDS = "cards"


@dataclass(frozen=True, slots=True)
class Token:
    """An API token as it is listed: never the secret, only its beginning.

    `listed`: the permissions it has in the place of those of its role; its role is then that of a program, whose limits
    hold for it.
    """

    token_id: int
    name: str
    prefix: str
    role: Role
    listed: frozenset[Permission] | None
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
class UserState:
    """What of a person an administrator may change."""

    name: str
    role: str
    seller: str | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in. `seller` keeps them to one seller's customers; none lets them see all."""

    user_id: int
    login: str
    name: str
    role: Role
    seller: str | None
    is_active: bool
    must_change_password: bool
    created_at: datetime
    password_changed_at: datetime
    last_sign_in_at: datetime | None
    version: int

    @property
    def state(self) -> UserState:
        """What of them may change."""
        return UserState(self.name, self.role.value, self.seller, self.is_active)

    @property
    def is_chief(self) -> bool:
        """May this person administer everything, of every seller?"""
        return self.is_active and self.role is Role.ADMIN and self.seller is None


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person to add."""

    login: str
    name: str
    role: str
    seller: str | None = None


@dataclass(frozen=True, slots=True)
class UserChange:
    """What shall change of a person; None leaves it, an empty seller stands for every seller."""

    name: str | None = None
    role: str | None = None
    seller: str | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class WebSession:
    """A sign-in in a browser, as its owner sees it."""

    session_id: int
    address: str
    browser: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Client:
    """The browser somebody signs in with: its network address, what it calls itself, the id that its cookie keeps for good."""

    address: str
    browser: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in just made: the id that only the cookie knows, and when it ends at the latest."""

    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Throttle:
    """Sign-ins that failed for one login or from one network address, and when the next is looked at."""

    subject: bytes
    failures: int
    last_failed_at: datetime
    open_at: datetime
