"""Values of customers: what a form or a file asks for, what is kept, what a search finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum


class CustomerKind(StrEnum):
    """What sort of person in law."""

    COMPANY = "COMPANY"
    INDIVIDUAL = "INDIVIDUAL"


class AccountState(StrEnum):
    """What an account may still do."""

    ACTIVE = "ACTIVE"
    BLOCKED = "BLOCKED"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


class PaymentMode(StrEnum):
    """Pays before or after consuming."""

    PREPAID = "PREPAID"
    POSTPAID = "POSTPAID"


class InvoiceMode(StrEnum):
    """What becomes unbilled, and what is invoiced at once (product §8)."""

    INDIVIDUAL = "INDIVIDUAL"
    CONSOLIDATED = "CONSOLIDATED"
    NONE = "NONE"


class Level(StrEnum):
    """The levels of the hierarchy, from above."""

    CUSTOMER = "customer"
    ACCOUNT = "account"
    BILLING_ACCOUNT = "billing_account"
    USER_ACCOUNT = "user_account"


class SearchField(IntEnum):
    """The eight fields the search box looks in; the smaller number wins where one word stands in several."""

    CUSTOMER_CODE = 1
    ACCOUNT_CODE = 2
    USER_ACCOUNT_CODE = 3
    REGISTRATION_NUMBER = 4
    CUSTOMER_DESCRIPTION = 5
    ACCOUNT_DESCRIPTION = 6
    USER_ACCOUNT_DESCRIPTION = 7
    COUNTRY = 8


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """What must be known of a customer to change it or to add to it."""

    customer_id: int
    code: str
    kind: str
    name: str
    country: str | None
    language: str | None
    email: str | None
    seller_id: int
    seller: str
    state: str
    incomplete: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """What must be known of an account to add to it; `billing_accounts` holds their keys by code, oldest first."""

    account_id: int
    code: str
    state: str
    customer: KnownCustomer
    billing_accounts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Editable:
    """A customer, account, billing account or user account as it is before a change.

    `account_id` is where the change is told: of a customer its first account. `fixed` are fields that never change.
    """

    level: Level
    code: str
    key: int
    customer_id: int
    account_id: int
    kind: str
    country: str | None
    time_zone: str
    version: int
    pays_for_others: bool
    fixed: Mapping[str, str]
    fields: Mapping[str, str | date | Decimal | None]


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells and invoices."""

    seller_id: int
    code: str
    name: str
    country: str
    currency: str
    time_zone: str
    language: str
    address_1: str | None = None
    address_2: str | None = None
    postcode: str | None = None
    city: str | None = None
    region: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of a settings list."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """How a customer pays; `payment_type` is the operation type of such a payment."""

    code: str
    label: str
    payment_type: str


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """When an invoice is due."""

    code: str
    label: str
    days: int


@dataclass(frozen=True, slots=True)
class AccountRef:
    """What an action on an account's money needs to know of it."""

    account_id: int
    code: str
    customer_id: int
    seller_id: int
    currency: str
    state: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Payer:
    """An account named as the payer of another."""

    account_id: int
    currency: str
    state: str
    has_payer: bool
    seller: str


@dataclass(frozen=True, slots=True)
class UserAccount:
    """Who consumes."""

    user_account_id: int
    billing_account_id: int
    code: str
    description: str
    state: str
    version: int


@dataclass(frozen=True, slots=True)
class BillingAccount:
    """What is invoiced."""

    billing_account_id: int
    code: str
    description: str
    billing_cycle: str | None
    tax_category: str | None
    country: str | None
    language: str | None
    email: str | None
    delivery: str | None
    state: str
    version: int
    user_accounts: tuple[UserAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """A customer account with the levels below it."""

    account_id: int
    code: str
    description: str
    currency: str
    state: str
    state_reason: str | None
    state_changed_at: datetime | None
    payer: str | None
    payment_method: str | None
    payment_terms: str | None
    payment_mode: str
    credit_limit: Decimal | None
    invoice_mode: str
    iban: str | None
    general_client_account: str | None
    analytic_1: str | None
    analytic_2: str | None
    analytic_3: str | None
    version: int
    billing_accounts: tuple[BillingAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer with every level below it."""

    customer_id: int
    code: str
    kind: str
    name: str
    title: str | None
    last_name: str | None
    first_name: str | None
    birth_date: date | None
    legal_form: str | None
    registration_number: str | None
    vat_number: str | None
    address_1: str | None
    address_2: str | None
    postcode: str | None
    city: str | None
    region: str | None
    country: str | None
    language: str | None
    email: str | None
    phone: str | None
    seller_id: int
    seller: str
    time_zone: str
    category: str | None
    brand: str | None
    state: str
    incomplete: tuple[str, ...]
    created_at: datetime
    version: int
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountInHierarchy:
    """One customer account, and the customer with all its accounts."""

    account: Account
    customer: Customer


@dataclass(frozen=True, slots=True)
class CustomerFilters:
    """What a list of customers or of accounts is narrowed to.

    Account state, currency and payment mode ask for a customer with one account that has them all.
    """

    kind: str | None = None
    country: str | None = None
    category: str | None = None
    seller: str | None = None
    account_state: str | None = None
    incomplete: bool | None = None
    state: str | None = None
    currency: str | None = None
    payment_mode: str | None = None


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An account as the customer list shows it."""

    account_id: int
    code: str
    currency: str
    state: str


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """A line of the customer list."""

    customer_id: int
    code: str
    name: str
    kind: str
    country: str | None
    registration_number: str | None
    seller: str
    category: str | None
    state: str
    incomplete: tuple[str, ...]
    accounts: tuple[FoundAccount, ...]


@dataclass(frozen=True, slots=True)
class Like:
    """A customer just made, an older one it is like, and what they share: vat_number, registration_number, name."""

    code: str
    like: str
    name: str
    same: tuple[str, ...]
