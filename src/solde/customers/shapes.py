"""How customers look as JSON; commands print the same."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from solde.access.http import Day, Instant, Money
from solde.kernel.dates import format_instant
from solde.kernel.money import plain

from .model import Account, BillingAccount, Customer, FoundCustomer, Like, Seller, UserAccount
from .requests import CreatedAccount, CreatedCustomer


class SellerShape(msgspec.Struct, frozen=True):
    """Who sells and invoices."""

    code: str
    name: str
    country: str
    currency: str
    time_zone: str
    language: str
    address_1: str | None
    address_2: str | None
    postcode: str | None
    city: str | None
    region: str | None


class SettingShape(msgspec.Struct, frozen=True):
    """One line of a settings list."""

    code: str
    label: str


class PaymentMethodShape(msgspec.Struct, frozen=True):
    """How a customer pays, and the operation type of such a payment."""

    code: str
    label: str
    payment_type: str


class UserAccountShape(msgspec.Struct, frozen=True):
    """Who consumes."""

    code: str
    description: str
    state: str
    version: int


class BillingAccountShape(msgspec.Struct, frozen=True):
    """What is invoiced."""

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
    user_accounts: list[UserAccountShape]


class AccountShape(msgspec.Struct, frozen=True, kw_only=True):
    """A customer account with the levels below it."""

    code: str
    description: str
    currency: str
    state: str
    state_reason: str | None
    state_changed_at: Instant | None
    payer: str | None
    payment_method: str | None
    payment_terms: str | None
    payment_mode: str
    credit_limit: Money | None
    invoice_mode: str
    iban: str | None
    general_client_account: str | None
    analytic_1: str | None
    analytic_2: str | None
    analytic_3: str | None
    version: int
    billing_accounts: list[BillingAccountShape]


class CustomerShape(msgspec.Struct, frozen=True, kw_only=True):
    """A customer with every level below it."""

    code: str
    kind: str
    name: str
    title: str | None
    last_name: str | None
    first_name: str | None
    birth_date: Day | None
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
    seller: str
    category: str | None
    brand: str | None
    state: str
    incomplete: list[str]
    created_at: Instant
    version: int
    accounts: list[AccountShape]


class FoundAccountShape(msgspec.Struct, frozen=True):
    """An account as the customer list shows it."""

    code: str
    currency: str
    state: str


class FoundCustomerShape(msgspec.Struct, frozen=True):
    """A line of the customer list."""

    code: str
    name: str
    kind: str
    country: str | None
    registration_number: str | None
    seller: str
    category: str | None
    state: str
    incomplete: list[str]
    accounts: list[FoundAccountShape]


class LikeShape(msgspec.Struct, frozen=True):
    """A customer that may be the same: what they share is vat_number, registration_number or name."""

    customer: str
    name: str
    same: list[str]


class CreatedCustomerShape(msgspec.Struct, frozen=True):
    """The codes of all levels of a customer or a further account just made, and the customers that may be the same."""

    customer: str
    account: str
    billing_account: str
    user_account: str
    possible_duplicates: list[LikeShape]


class CreatedLevelShape(msgspec.Struct, frozen=True):
    """A billing account or user account just made."""

    account: str
    code: str


class AccountPage(msgspec.Struct, frozen=True):
    """A customer account, and whose it is."""

    account: AccountShape
    customer: CustomerShape


def seller_shape(seller: Seller) -> SellerShape:
    """A seller as JSON shows it."""
    return SellerShape(
        seller.code, seller.name, seller.country, seller.currency, seller.time_zone, seller.language, seller.address_1,
        seller.address_2, seller.postcode, seller.city, seller.region,
    )  # fmt: skip


def found_shape(found: FoundCustomer) -> FoundCustomerShape:
    """A line of the customer list as JSON shows it."""
    accounts = [FoundAccountShape(a.code, a.currency, a.state) for a in found.accounts]
    return FoundCustomerShape(
        found.code,
        found.name,
        found.kind,
        found.country,
        found.registration_number,
        found.seller,
        found.category,
        found.state,
        list(found.incomplete),
        accounts,
    )


def created_shape(made: CreatedCustomer | CreatedAccount, likes: Sequence[Like] = ()) -> CreatedCustomerShape:
    """A customer or a further account just made as JSON shows it."""
    return CreatedCustomerShape(
        made.customer_code, made.account_code, made.billing_account_code, made.user_account_code,
        [LikeShape(like.like, like.name, list(like.same)) for like in likes],
    )  # fmt: skip


def customer_shape(customer: Customer) -> CustomerShape:
    """A customer as JSON shows it."""
    same = {name: getattr(customer, name) for name in CustomerShape.__struct_fields__ if hasattr(customer, name)}
    return CustomerShape(
        **same
        | {
            "birth_date": None if customer.birth_date is None else customer.birth_date.isoformat(),
            "incomplete": list(customer.incomplete),
            "created_at": format_instant(customer.created_at),
            "accounts": [account_shape(account) for account in customer.accounts],
        }
    )


def account_shape(account: Account) -> AccountShape:
    """An account as JSON shows it."""
    same = {name: getattr(account, name) for name in AccountShape.__struct_fields__}
    return AccountShape(
        **same
        | {
            "state_changed_at": None if account.state_changed_at is None else format_instant(account.state_changed_at),
            "credit_limit": None if account.credit_limit is None else plain(account.credit_limit),
            "billing_accounts": [billing_shape(billing) for billing in account.billing_accounts],
        }
    )


def billing_shape(billing: BillingAccount) -> BillingAccountShape:
    """A billing account as JSON shows it."""
    return BillingAccountShape(
        billing.code,
        billing.description,
        billing.billing_cycle,
        billing.tax_category,
        billing.country,
        billing.language,
        billing.email,
        billing.delivery,
        billing.state,
        billing.version,
        [user_shape(user) for user in billing.user_accounts],
    )


def user_shape(user: UserAccount) -> UserAccountShape:
    """A user account as JSON shows it."""
    return UserAccountShape(user.code, user.description, user.state, user.version)
