"""The form of a new customer: its tabs, their fields, which are mandatory, how long a text may be.

Source: product §1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..model import CustomerKind, Level

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

Tabs = Mapping[str, tuple[str, ...]]
"""The fields of each tab, in order."""

TABS: Mapping[CustomerKind, Tabs] = {
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
    "last_name", "country", "language", "email", "billing_cycle", "tax_category",
    "currency", "payment_method", "payment_terms", "payment_mode", "seller", "category",
)  # fmt: skip

MANDATORY: Mapping[CustomerKind, frozenset[str]] = {
    CustomerKind.COMPANY: frozenset({"name", *_MANDATORY}),
    CustomerKind.INDIVIDUAL: frozenset({"first_name", *_MANDATORY}),
}

_OF_BILLING_ACCOUNT = ("billing_cycle", "tax_category", "delivery", "country", "language", "email")

ACCOUNT_TABS: Tabs = {
    "paying_account": _PAYING_ACCOUNT,
    "billing": (*_BILLING, "country", "language", "email"),
    "accounting": _ACCOUNTING,
}
"""The form of a further account; its country, language and email are those of its billing account."""

BILLING_ACCOUNT_TABS: Tabs = {"billing": ("code", "description", *_OF_BILLING_ACCOUNT)}
USER_ACCOUNT_TABS: Tabs = {"user_account": ("billing_account", "code", "description")}

ACCOUNT_MANDATORY = frozenset({
    "billing_cycle", "tax_category", "currency", "payment_method", "payment_terms", "payment_mode",
})  # fmt: skip
BILLING_ACCOUNT_MANDATORY = frozenset({"billing_cycle", "tax_category"})

_OF_ACCOUNT = ("description", "payer", "payment_method", "payment_terms", "payment_mode", "credit_limit", "iban")

_CUSTOMER_EDIT: Mapping[CustomerKind, Tabs] = {
    CustomerKind.COMPANY: {
        "general": ("name", "legal_form", "registration_number", "vat_number", *_ADDRESS),
        "contact": ("title", "last_name", "first_name", "email", "phone"),
        "group": ("category", "brand"),
    },
    CustomerKind.INDIVIDUAL: {
        "customer_info": TABS[CustomerKind.INDIVIDUAL]["customer_info"],
        "billing": ("category",),
    },
}
_BELOW_EDIT: Mapping[Level, Tabs] = {
    Level.ACCOUNT: {"paying_account": _OF_ACCOUNT, "billing": ("invoice_mode",), "accounting": _ACCOUNTING},
    Level.BILLING_ACCOUNT: {"billing": ("description", *_OF_BILLING_ACCOUNT)},
    Level.USER_ACCOUNT: {"user_account": ("description",)},
}
EDIT_TABS: Mapping[Level, Mapping[CustomerKind, Tabs]] = {
    Level.CUSTOMER: _CUSTOMER_EDIT,
    **{level: dict.fromkeys(CustomerKind, tabs) for level, tabs in _BELOW_EDIT.items()},
}
"""What may be changed of each level: everything of its creation but codes, kind, currency and seller."""

CODES = ("code", "account_code", "billing_account_code", "user_account_code")

# Personal facts: they may have to be erased one day, so no audit record repeats them.
PERSONAL = frozenset({
    "name", "title", "last_name", "first_name", "birth_date", "address_1", "address_2", "postcode", "city",
    "email", "phone", "iban", "account_description", "billing_account_description", "user_account_description",
    "description",
})  # fmt: skip

LONGEST_CODE = 50
LONGEST_DEFAULT = 100
LONGEST: Mapping[str, int] = dict.fromkeys(CODES, LONGEST_CODE) | {
    "name": 200,
    "description": 200,
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
    return {"kind": "kind", "code": "code", **paths_of(TABS[kind])}


def paths_of(tabs: Tabs) -> Mapping[str, str]:
    """The path of every field on these tabs."""
    return {field: f"{tab}.{field}" for tab, fields in tabs.items() for field in fields}


def longest(field: str) -> int:
    """How many characters a field may have."""
    return LONGEST.get(field, LONGEST_DEFAULT)
