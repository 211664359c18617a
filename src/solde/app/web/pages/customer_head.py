"""The frame of the 360° view: what stands on top of every tab of a customer. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from solde.access import Permission
from solde.customers import Account, Customer, CustomerKind, creation_form

from .. import formats
from ..addresses import Address, account_path, customer_path
from ..i18n import t
from ..visitors import Visitor
from .customer_fields import Choices, as_text, options_of

TABS: Mapping[str, str] = {
    "overview": "Overview",
    "balance": "Balance",
    "unbilled": "Unbilled",
    "deposits": "Deposits",
    "plans": "Plans",
    "accounts": "Accounts",
    "cards": "Cards",
    "activity": "Activity",
}
"""The tabs in order; a later feature adds its own here."""
OPTIONAL: Mapping[str, str] = {
    "unbilled": "adjustments",
    "deposits": "security_deposits",
    "plans": "instalment_plans",
    "cards": "card_payments",
}
"""Tabs that are there while a feature is on, and the feature."""

OTHERS_SHOWN = 4
"""Other accounts that stand on top; the Accounts tab has all."""

Fact = tuple[str, str, bool]
"""A label, a value, and whether the value is missing."""


def account_asked(customer: Customer, code: str | None) -> Account:
    """The account that a tab of a customer shows: the first unless another is asked for."""
    assert customer.accounts, "a customer is made with an account"
    return next((one for one in customer.accounts if one.code == code), customer.accounts[0])


def head(
    customer: Customer, account: Account, visitor: Visitor, tab: str, choices: Choices, features: Collection[str]
) -> dict[str, object]:
    """Name, state, tabs, the other accounts, the general area, and what may be done with the customer.

    `features` are those that are on: a tab of another is not there.
    """
    others = [one for one in customer.accounts if one is not account]
    state, tone = formats.STATES.get(account.state, (account.state, "grey"))
    return {
        "name": customer.name,
        "customer": customer.code,
        "account": account.code,
        "currency": account.currency,
        "state": t(state),
        "tone": tone,
        "state_reason": account.state_reason or "",
        "incomplete": _missing(customer),
        "href": account_path(account.code),
        "customer_href": customer_path(customer.code),
        "others": [(a.code, a.currency, tab_path(_own_tab(tab), customer, a)) for a in others[:OTHERS_SHOWN]],
        "more": len(others[OTHERS_SHOWN:]),
        "all": customer_path(customer.code, "accounts"),
        "tabs": [
            (t(label), tab_path(one, customer, account), one == tab)
            for one, label in TABS.items()
            if one not in OPTIONAL or OPTIONAL[one] in features
        ],
        "general": general(customer, account, choices),
        "adjust": account_path(account.code, "adjust") if _may_adjust(account, visitor, features) else "",
        "edit": str(_of_account("edit", customer, account)) if visitor.may(Permission.CUSTOMERS) else "",
        "menu": _menu(customer, account, visitor),
    }


def _may_adjust(account: Account, visitor: Visitor, features: Collection[str]) -> bool:
    return "adjustments" in features and account.state != "CLOSED" and visitor.may(Permission.ADJUSTMENTS)


def tab_path(tab: str, customer: Customer, account: Account) -> str:
    """The address of a tab; every tab keeps the account that is looked at, the Balance tab is of it alone."""
    return account_path(account.code) if tab == "balance" else str(_of_account(tab, customer, account))


def _own_tab(tab: str) -> str:
    """Where another account is looked at: a tab of all accounts leads to its balance."""
    return tab if tab in {"overview", "balance", "unbilled", "plans", "cards"} else "balance"


def _of_account(tab: str, customer: Customer, account: Account) -> Address:
    path = customer_path(customer.code) if tab == "overview" else customer_path(customer.code, tab)
    return Address(path, [] if account is customer.accounts[0] else [("account", account.code)])


def _menu(customer: Customer, account: Account, visitor: Visitor) -> list[tuple[str, str]]:
    """What may be done with the customer: label and the address of its dialog."""
    found: list[tuple[str, str]] = []
    if visitor.may(Permission.CUSTOMER_CLOSE):
        found.append((t("Block, suspend or activate"), account_path(account.code, "state")))
    if visitor.may(Permission.CUSTOMER_CLOSE) and customer.state != "CLOSED":
        found.append((t("Close the customer"), customer_path(customer.code, "close")))
    return found


def _missing(customer: Customer) -> list[str]:
    """The mandatory fields it lacks, as the form calls them."""
    labels = {field.name: field.label for tab in creation_form(CustomerKind(customer.kind)) for field in tab.fields}
    names = [path.rpartition(".")[2] for path in customer.incomplete]
    return [t(labels.get(name, name)) for name in names]


def general(customer: Customer, account: Account, choices: Choices) -> list[tuple[str, list[Fact]]]:
    """The facts of the customer in the tabs of its creation form: those that are there, and those that must be and are not."""
    kept = {"code": customer.code} | _kept(customer, account)
    lacks = {path.rpartition(".")[2] for path in customer.incomplete}
    groups: list[tuple[str, list[Fact]]] = []
    for tab in creation_form(CustomerKind(customer.kind)):
        facts = [(t(f.label), _in_words(f.choices, kept.get(f.name, ""), choices), f.name in lacks) for f in tab.fields]
        groups.append((t(tab.label), [fact for fact in facts if fact[1] or fact[2]]))
    code: Fact = (t("Code"), customer.code, False)
    return [(groups[0][0], [code, *groups[0][1]]), *groups[1:]]


def _kept(customer: Customer, account: Account) -> dict[str, str]:
    """What is kept of the customer, the account and the first levels below it, by field of the form."""
    billing = account.billing_accounts[0] if account.billing_accounts else None
    user = billing.user_accounts[0] if billing and billing.user_accounts else None
    found: dict[str, str] = {}
    for level in (billing, account, customer):
        found |= {name: as_text(getattr(level, name)) for name in LEVEL_FIELDS if getattr(level, name, None)}
    below = (("account", account), ("billing_account", billing), ("user_account", user))
    found |= {f"{level}_code": one.code for level, one in below if one}
    found |= {f"{level}_description": one.description for level, one in below if one and one.description != one.code}
    limit = account.credit_limit
    found["payer"] = account.payer or t("this account")
    found["credit_limit"] = t("unlimited") if limit is None else formats.money(limit, account.currency)
    return found


LEVEL_FIELDS: Sequence[str] = sorted(
    {f.name for kind in CustomerKind for tab in creation_form(kind) for f in tab.fields}
    - {"payer", "credit_limit", "code"}
)


def _in_words(field: str | None, text: str, choices: Choices) -> str:
    """A code by its label, in the reader's language."""
    return dict(options_of(field, choices)).get(text, text) if field and text else text
