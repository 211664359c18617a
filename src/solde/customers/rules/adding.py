"""Which accounts, billing accounts and user accounts may be added to what is there. Pure: no database, no clock.

Source: product §1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from solde.kernel.refusals import UNKNOWN_ACCOUNT, Kind, Refusal, declare, refuse
from solde.kernel.texts import Label, say

from ..model import AccountState, InvoiceMode, KnownAccount, KnownCustomer, PaymentMode
from ..requests import NewAccount, NewBillingAccount, NewCustomer, NewUserAccount
from . import forms
from .creation import CODE_PREFIX
from .fields import FIELD_MISSING, Placed, ReferenceData, Value, check_payer, read_texts, read_values
from .near import did_you_mean
from .states import CUSTOMER_CLOSED, UNKNOWN_CUSTOMER

ACCOUNT_IS_CLOSED = declare("closed_account_takes_nothing", Kind.CONFLICT, "Reopen the account, or use another one.")
CUSTOMER_OF_OTHER_SELLER = declare(
    "customer_of_other_seller", Kind.CONFLICT, "Name the seller the customer belongs to, or leave the seller blank."
)
NO_SUCH_BILLING_ACCOUNT = declare(
    "billing_account_not_of_account", Kind.INVALID, "Use the code of a billing account of this account."
)

STEMS: Mapping[str, str] = {"billing_account_code": "BA-", "user_account_code": "UA-"}
"""What stands before an account's code in the codes made for the levels below it."""
_FIELDS = tuple(field.name for field in fields(NewAccount) if field.name not in {"customer", "seller"})
_OF_CUSTOMER = ("country", "language", "email")


@dataclass(frozen=True, slots=True)
class Added:
    """A further account in the form it is kept, as a request for its customer, with the paths of what it lacks."""

    request: NewCustomer
    customer: KnownCustomer
    payer_account_id: int | None
    incomplete: tuple[str, ...]


def account_of(new: NewCustomer) -> NewAccount:
    """The account that a request for a customer asks for, to be added to the customer of that code."""
    asked: dict[str, Any] = {f: getattr(new, f) for f in _FIELDS if f not in _OF_CUSTOMER}
    return NewAccount(customer=new.code or "", seller=new.seller, **asked)


def check_account(
    new: NewAccount,
    customer: KnownCustomer | None,
    known: ReferenceData,
    today: date,
    *,
    allow_incomplete: bool = False,
) -> Added | list[Refusal]:
    """Read every field of a further account, or tell all that is missing or wrong, each on its tab.

    Refuses: unknown_customer, customer_of_other_seller, customer_closed, field_missing, and what fields refuse.
    """
    path = forms.paths_of(forms.ACCOUNT_TABS)
    texts, refusals = read_texts({field: getattr(new, field) for field in _FIELDS}, path)
    values, more = read_values(texts, known, today, None if customer is None else customer.country)
    refusals += more + check_payer(
        values.get("payer"), values.get("currency"), values.get("account_code"), known.payers,
        None if customer is None else customer.seller,
    )  # fmt: skip
    missing = [f for f in path if f in forms.ACCOUNT_MANDATORY and texts.get(f, "") is None]
    if not allow_incomplete:
        refusals += _missing(missing)
    found = _check_customer(new, customer) + [refusal.at(field=path.get(f, f)) for f, refusal in refusals]
    if found:
        return found
    assert customer is not None, "an unknown customer is refused"
    return _complete(customer, values, known, tuple(path[f] for f in missing))


def _missing(missing: Sequence[str]) -> Placed:
    return [
        (field, refuse(FIELD_MISSING, "{name} is missing", name=Label(field.replace("_", " ")))) for field in missing
    ]


def _check_customer(new: NewAccount, customer: KnownCustomer | None) -> list[Refusal]:
    if customer is None:
        return [refuse(UNKNOWN_CUSTOMER, "there is no customer {customer!r}", customer=new.customer, field="customer")]
    refusals: list[Refusal] = []
    if new.seller is not None and new.seller.strip() not in {"", customer.seller}:
        said = say("customer {code!r} belongs to another seller", code=customer.code)
        refusals.append(refuse(CUSTOMER_OF_OTHER_SELLER, said, field="seller"))
    if customer.state == AccountState.CLOSED:
        refusals.append(refuse(CUSTOMER_CLOSED, "customer {code!r} is closed", code=customer.code, field="customer"))
    return refusals


def _complete(
    customer: KnownCustomer, values: Mapping[str, Value], known: ReferenceData, missing: tuple[str, ...]
) -> Added:
    """Fill what the schema wants and nobody said: the seller's currency, the modes, the customer's address."""
    read: dict[str, Any] = {field: value for field, value in values.items() if value is not None}
    payer = None if read.get("payer") == read.get("account_code") else known.payers.get(read.get("payer", ""))
    assumed = {
        "currency": known.sellers[customer.seller].currency,
        "payment_mode": PaymentMode.POSTPAID,
        "invoice_mode": InvoiceMode.CONSOLIDATED,
        **{field: getattr(customer, field) for field in _OF_CUSTOMER},
    }
    request = NewCustomer(kind=customer.kind, name=customer.name, seller=customer.seller, **(assumed | read))
    return Added(request, customer, None if payer is None else payer.account_id, missing)


def stem_of(field: str, account_code: str) -> str:
    """What a code made for a level below an account begins with: ACME has BA-ACME, CUST-000123 has BA-000123."""
    return STEMS[field] + account_code.removeprefix(CODE_PREFIX)


def with_code(new: NewCustomer, field: str, made: str | None) -> NewCustomer:
    """The request with a code made for this field, where it has none."""
    code: dict[str, Any] = {field: getattr(new, field) or made}
    return replace(new, **code)


BelowAccount = NewBillingAccount | NewUserAccount


@dataclass(frozen=True, slots=True)
class AddedBelow:
    """A further billing account or user account: its fields as they are kept, and its account."""

    account: KnownAccount
    billing_account_id: int | None
    values: Mapping[str, Value]


def check_below(
    new: BelowAccount, account: KnownAccount | None, known: ReferenceData, today: date
) -> AddedBelow | list[Refusal]:
    """Read every field of a further billing account or user account, or tell all that is missing or wrong.

    Refuses: unknown_account, closed_account_takes_nothing, billing_account_not_of_account, field_missing, and what
    fields refuse.
    """
    billing = isinstance(new, NewBillingAccount)
    path = forms.paths_of(forms.BILLING_ACCOUNT_TABS if billing else forms.USER_ACCOUNT_TABS)
    texts, refusals = read_texts({field: getattr(new, field) for field in path}, path)
    values, more = read_values(texts, known, today, None if account is None else account.customer.country)
    missing = [f for f in path if billing and f in forms.BILLING_ACCOUNT_MANDATORY and texts.get(f, "") is None]
    placed = refusals + more + _missing(missing)
    found = _check_above(new, account, values) + [refusal.at(field=path[f]) for f, refusal in placed]
    if found:
        return found
    assert account is not None, "an unknown account is refused"
    if billing:
        customer = account.customer
        inherited = {f: values.get(f) or getattr(customer, f) for f in _OF_CUSTOMER}
        return AddedBelow(account, None, {**values, **inherited})
    return AddedBelow(account, _billing_account(account, values), values)


def _check_above(new: BelowAccount, account: KnownAccount | None, values: Mapping[str, Value]) -> list[Refusal]:
    if account is None:
        return [refuse(UNKNOWN_ACCOUNT, "there is no account {account!r}", account=new.account, field="account")]
    if account.state == AccountState.CLOSED:
        return [refuse(ACCOUNT_IS_CLOSED, "account {code!r} is closed", code=account.code, field="account")]
    named = values.get("billing_account")
    if named is None or str(named) in account.billing_accounts:
        return []
    said = say(
        "account {code!r} has no billing account {named!r}{hint}",
        code=account.code,
        named=named,
        hint=did_you_mean(str(named), account.billing_accounts),
    )
    return [refuse(NO_SUCH_BILLING_ACCOUNT, said, field="user_account.billing_account")]


def _billing_account(account: KnownAccount, values: Mapping[str, Value]) -> int:
    """The billing account named, or else the account's first."""
    named = values.get("billing_account")
    return next(iter(account.billing_accounts.values())) if named is None else account.billing_accounts[str(named)]
