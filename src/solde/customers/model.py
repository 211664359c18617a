"""Values of customers: what a form or a file asks for, what is kept, what a search finds."""

from __future__ import annotations

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
class NewCustomer:
    """A customer to be created with all its levels, as written by a person, a program or a file.

    `forms.TABS` says on which tab each field stands. Of a company, title, names, email and phone are
    those of its billing contact; an individual's `name` is made from its names where it is blank.
    `payer` is the code of the account that pays instead; blank: this one pays.
    """

    kind: str = CustomerKind.COMPANY
    code: str | None = None
    name: str | None = None
    legal_form: str | None = None
    registration_number: str | None = None
    vat_number: str | None = None
    title: str | None = None
    last_name: str | None = None
    first_name: str | None = None
    birth_date: date | str | None = None
    address_1: str | None = None
    address_2: str | None = None
    postcode: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    language: str | None = None
    email: str | None = None
    phone: str | None = None
    billing_cycle: str | None = None
    tax_category: str | None = None
    invoice_mode: str | None = None
    delivery: str | None = None
    billing_account_code: str | None = None
    billing_account_description: str | None = None
    user_account_code: str | None = None
    user_account_description: str | None = None
    account_code: str | None = None
    account_description: str | None = None
    payer: str | None = None
    currency: str | None = None
    payment_method: str | None = None
    payment_terms: str | None = None
    payment_mode: str | None = None
    credit_limit: Decimal | str | None = None
    iban: str | None = None
    seller: str | None = None
    category: str | None = None
    brand: str | None = None
    general_client_account: str | None = None
    analytic_1: str | None = None
    analytic_2: str | None = None
    analytic_3: str | None = None


@dataclass(frozen=True, slots=True)
class CreatedCustomer:
    """The keys of all levels of a customer just made; `incomplete` names the mandatory fields it lacks."""

    customer_id: int
    customer_code: str
    account_id: int
    account_code: str
    billing_account_id: int
    billing_account_code: str
    user_account_id: int
    user_account_code: str
    incomplete: tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class UserAccount:
    """Who consumes."""

    user_account_id: int
    billing_account_id: int
    code: str
    description: str
    state: str


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
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountInHierarchy:
    """One customer account, and the customer with all its accounts."""

    account: Account
    customer: Customer


@dataclass(frozen=True, slots=True)
class CustomerFilters:
    """What a list of customers is narrowed to; `account_state` asks for a customer with such an account."""

    kind: str | None = None
    country: str | None = None
    category: str | None = None
    seller: str | None = None
    account_state: str | None = None
    incomplete: bool | None = None


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
