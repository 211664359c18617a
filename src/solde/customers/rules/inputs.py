"""The forms as a page draws them: tabs in order, and of each field its label, what is put in, whether it is mandatory.

Source: product §1.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..model import CustomerKind, Level
from . import forms
from .forms import Tabs


class Input(StrEnum):
    """What a field takes."""

    TEXT = "text"
    CODE = "code"
    SELECT = "select"
    DATE = "date"
    EMAIL = "email"
    PHONE = "phone"
    MONEY = "money"
    COUNTRY = "country"
    LANGUAGE = "language"
    CURRENCY = "currency"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a form. `path` is where refusals place it; `choices` names the list a select offers."""

    name: str
    path: str
    label: str
    input: Input
    mandatory: bool
    longest: int
    choices: str | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FormTab:
    """A tab of a form with its fields, in order."""

    name: str
    label: str
    fields: tuple[FormField, ...]


TAB_LABELS: Mapping[str, str] = {
    "general": "General",
    "customer_info": "Customer info",
    "billing": "Billing",
    "contact": "Contact",
    "paying_account": "Paying account",
    "group": "Group",
    "accounting": "Accounting",
    "user_account": "User account",
}

_LABELS: Mapping[str, str] = {
    "code": "Code",
    "name": "Name",
    "legal_form": "Legal form",
    "registration_number": "Registration no.",
    "vat_number": "VAT no.",
    "title": "Title",
    "last_name": "Last name",
    "first_name": "First name",
    "birth_date": "Birth date",
    "address_1": "Address",
    "address_2": "Address, second line",
    "postcode": "Postcode",
    "city": "City",
    "region": "Region",
    "country": "Country",
    "language": "Language",
    "email": "Email",
    "phone": "Phone",
    "billing_cycle": "Billing cycle",
    "tax_category": "Tax category",
    "invoice_mode": "Invoice mode",
    "delivery": "Delivery",
    "billing_account": "Billing account",
    "billing_account_code": "Billing account code",
    "billing_account_description": "Billing account description",
    "user_account_code": "User account code",
    "user_account_description": "User account description",
    "account_code": "Account code",
    "account_description": "Account description",
    "description": "Description",
    "payer": "Paid by",
    "currency": "Currency",
    "payment_method": "Payment method",
    "payment_terms": "Payment terms",
    "payment_mode": "Prepaid or postpaid",
    "credit_limit": "Credit limit",
    "iban": "IBAN",
    "seller": "Seller",
    "category": "Customer category",
    "brand": "Brand",
    "general_client_account": "General client account",
    "analytic_1": "Analytic code 1",
    "analytic_2": "Analytic code 2",
    "analytic_3": "Analytic code 3",
}

_INPUTS: Mapping[str, Input] = {
    **dict.fromkeys(forms.CODES, Input.CODE),
    **dict.fromkeys(
        ("billing_cycle", "tax_category", "invoice_mode", "delivery", "payment_method", "payment_terms", "payment_mode",
         "seller", "category", "billing_account"),
        Input.SELECT,
    ),
    "birth_date": Input.DATE,
    "email": Input.EMAIL,
    "phone": Input.PHONE,
    "credit_limit": Input.MONEY,
    "country": Input.COUNTRY,
    "language": Input.LANGUAGE,
    "currency": Input.CURRENCY,
    "payer": Input.ACCOUNT,
}  # fmt: skip
_WITH_CHOICES = frozenset({Input.SELECT, Input.COUNTRY, Input.LANGUAGE, Input.CURRENCY})

_HINTS: Mapping[str, str] = {
    **dict.fromkeys(forms.CODES, "Leave blank to have it numbered."),
    "payer": "Code of the account that pays; blank: this account.",
    "credit_limit": "Blank: unlimited. 0: no credit.",
    "vat_number": "Checked by the rules of the country.",
    "registration_number": "Checked by the rules of the country.",
    "phone": "With its country, such as +33 1 42 68 53 00.",
    "account_description": "Blank: the customer's name.",
    "billing_account_description": "Blank: the customer's name.",
    "user_account_description": "Blank: the customer's name.",
    "description": "Blank: the customer's name.",
}


def creation_form(kind: CustomerKind) -> tuple[FormTab, ...]:
    """The form of a new customer; `kind` and `code` stand above its tabs."""
    return _form(forms.TABS[kind], forms.MANDATORY[kind])


def account_form() -> tuple[FormTab, ...]:
    """The form of a further account."""
    return _form(forms.ACCOUNT_TABS, forms.ACCOUNT_MANDATORY)


def billing_account_form() -> tuple[FormTab, ...]:
    """The form of a further billing account."""
    return _form(forms.BILLING_ACCOUNT_TABS, forms.BILLING_ACCOUNT_MANDATORY)


def user_account_form() -> tuple[FormTab, ...]:
    """The form of a further user account; the choices of its billing account are those of the account."""
    return _form(forms.USER_ACCOUNT_TABS, ())


def edit_form(level: Level, kind: CustomerKind) -> tuple[FormTab, ...]:
    """The form by which a level is changed: every field that may change."""
    mandatory: Collection[str] = {
        Level.CUSTOMER: forms.MANDATORY[kind],
        Level.ACCOUNT: forms.ACCOUNT_MANDATORY,
        Level.BILLING_ACCOUNT: forms.BILLING_ACCOUNT_MANDATORY,
    }.get(level, frozenset())
    return _form(forms.EDIT_TABS[level][kind], mandatory)


def code_field() -> FormField:
    """The customer's own code, above the tabs of a new customer."""
    return _field("code", "code", mandatory=False)


def _form(tabs: Tabs, mandatory: Collection[str]) -> tuple[FormTab, ...]:
    return tuple(
        FormTab(tab, TAB_LABELS[tab], tuple(_field(f, f"{tab}.{f}", mandatory=f in mandatory) for f in fields))
        for tab, fields in tabs.items()
    )


def _field(name: str, path: str, *, mandatory: bool) -> FormField:
    takes = _INPUTS.get(name, Input.TEXT)
    choices = name if takes in _WITH_CHOICES else None
    return FormField(name, path, _LABELS[name], takes, mandatory, forms.longest(name), choices, _HINTS.get(name, ""))
