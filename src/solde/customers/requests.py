"""What is asked for to be created, as written by a person, a program or a file, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .model import CustomerKind, Level


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
class NewAccount:
    """A further account of a customer that exists, with its billing account and user account.

    `customer` is the customer's code; `seller`, where it is named, must be the customer's own. Country, language and
    email are those of the billing account; blank, they are the customer's.
    """

    customer: str
    seller: str | None = None
    account_code: str | None = None
    account_description: str | None = None
    payer: str | None = None
    currency: str | None = None
    payment_method: str | None = None
    payment_terms: str | None = None
    payment_mode: str | None = None
    credit_limit: Decimal | str | None = None
    iban: str | None = None
    billing_cycle: str | None = None
    tax_category: str | None = None
    invoice_mode: str | None = None
    delivery: str | None = None
    country: str | None = None
    language: str | None = None
    email: str | None = None
    billing_account_code: str | None = None
    billing_account_description: str | None = None
    user_account_code: str | None = None
    user_account_description: str | None = None
    general_client_account: str | None = None
    analytic_1: str | None = None
    analytic_2: str | None = None
    analytic_3: str | None = None


@dataclass(frozen=True, slots=True)
class CreatedAccount:
    """The keys of a further account just made; `incomplete` names the mandatory fields it lacks."""

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
class NewBillingAccount:
    """A further billing account of an account; country, language and email are the customer's where blank."""

    account: str
    code: str | None = None
    description: str | None = None
    billing_cycle: str | None = None
    tax_category: str | None = None
    delivery: str | None = None
    country: str | None = None
    language: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class NewUserAccount:
    """A further user account of an account, below one of its billing accounts; the first one where none is named."""

    account: str
    billing_account: str | None = None
    code: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class CreatedLevel:
    """A billing account or user account just made."""

    account_id: int
    account_code: str
    key: int
    code: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one level, made from the version that was read: the new texts of the fields named; None blanks one."""

    level: Level
    code: str
    version: int
    changes: Mapping[str, str | date | Decimal | None]
