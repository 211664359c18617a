"""The form of a new customer: its tabs, their fields, which are mandatory, how long a text may be.

Source: product §1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..model import CustomerKind

_ADDRESS = ("address_1", "address_2", "postcode", "city", "region", "country", "language")
_BILLING = (
    "billing_cycle", "tax_category", "invoice_mode", "delivery",
    "billing_account_code", "billing_account_description", "user_account_code", "user_account_description",
)  # fmt: skip
_PAYING_ACCOUNT = (
    "account_code", "account_description", "payer", "currency",
    "payment_method", "payment_terms", "payment_mode", "credit_limit", "iban",
)  # fmt: skip
_ACCOUNTING = ("general_client_account", "analytic_1", "analytic_2", "analytic_3")

TABS: Mapping[CustomerKind, Mapping[str, tuple[str, ...]]] = {
    CustomerKind.COMPANY: {
        "general": ("name", "legal_form", "registration_number", "vat_number", *_ADDRESS),
        "billing": _BILLING,
        "contact": ("title", "last_name", "first_name", "email", "phone"),
        "paying_account": _PAYING_ACCOUNT,
        "group": ("seller", "category", "brand"),
        "accounting": _ACCOUNTING,
    },
    CustomerKind.INDIVIDUAL: {
        "customer_info": ("title", "last_name", "first_name", "name", "birth_date", *_ADDRESS, "email", "phone"),
        "billing": (*_BILLING, "seller", "category"),
        "paying_account": _PAYING_ACCOUNT,
        "accounting": _ACCOUNTING,
    },
}
"""The tabs of each kind, in order, with their fields. `kind` and `code` stand above the tabs."""

_MANDATORY = (
    "last_name", "first_name", "country", "language", "email", "billing_cycle", "tax_category",
    "currency", "payment_method", "payment_terms", "payment_mode", "seller", "category",
)  # fmt: skip

MANDATORY: Mapping[CustomerKind, frozenset[str]] = {
    CustomerKind.COMPANY: frozenset({"name", *_MANDATORY}),
    CustomerKind.INDIVIDUAL: frozenset(_MANDATORY),
}

CODES = ("code", "account_code", "billing_account_code", "user_account_code")

# Personal facts: they may have to be erased one day, so no audit record repeats them.
PERSONAL = frozenset({
    "name", "title", "last_name", "first_name", "birth_date", "address_1", "address_2", "postcode", "city",
    "email", "phone", "iban", "account_description", "billing_account_description", "user_account_description",
})  # fmt: skip

LONGEST_CODE = 50
LONGEST_DEFAULT = 100
LONGEST: Mapping[str, int] = dict.fromkeys(CODES, LONGEST_CODE) | {
    "name": 200,
    "account_description": 200,
    "billing_account_description": 200,
    "user_account_description": 200,
    "address_1": 200,
    "address_2": 200,
    "title": 30,
    "postcode": 20,
    "email": 254,
    "general_client_account": 30,
}


@cache
def paths(kind: CustomerKind) -> Mapping[str, str]:
    """The path of every field of this kind: `vat_number` → `general.vat_number`."""
    in_tabs = {field: f"{tab}.{field}" for tab, fields in TABS[kind].items() for field in fields}
    return {"kind": "kind", "code": "code", **in_tabs}


def longest(field: str) -> int:
    """How many characters a field may have."""
    return LONGEST.get(field, LONGEST_DEFAULT)
