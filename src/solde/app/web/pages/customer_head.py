"""The frame of the 360° view: what stands on top of every tab of a customer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solde.access import Permission
from solde.customers import Account, Customer

from .. import formats
from ..addresses import account_path, customer_path
from ..i18n import t
from ..visitors import Visitor

TABS = ("overview", "balance", "accounts", "activity")
LABELS: Mapping[str, str] = {
    "overview": "Overview",
    "balance": "Balance",
    "accounts": "Accounts",
    "activity": "Activity",
}
"""The tabs in order; a later feature adds its own here."""

CUSTOMER_STATES: Mapping[str, tuple[str, str]] = {"ACTIVE": ("Active", "green"), "CLOSED": ("Closed", "grey")}


def head(customer: Customer, account: Account, visitor: Visitor, tab: str) -> dict[str, object]:
    """Name, state, tabs, the other accounts, the general area, and what may be done with the customer."""
    state, tone = formats.STATES.get(account.state, (account.state, "grey"))
    return {
        "name": customer.name,
        "customer": customer.code,
        "account": account.code,
        "currency": account.currency,
        "state": t(state),
        "tone": tone,
        "state_reason": account.state_reason or "",
        "incomplete": [t(_field_label(path)) for path in customer.incomplete],
        "href": account_path(account.code),
        "customer_href": customer_path(customer.code),
        "others": [(a.code, a.currency, account_path(a.code)) for a in customer.accounts if a.code != account.code],
        "tabs": [(t(LABELS[one]), tab_path(one, customer, account), one == tab) for one in TABS],
        "general": general(customer, account),
        "edit": customer_path(customer.code, "edit") if visitor.may(Permission.CUSTOMERS) else "",
        "menu": _menu(customer, account, visitor),
    }


def tab_path(tab: str, customer: Customer, account: Account) -> str:
    """The address of a tab; the Balance tab is of one account."""
    if tab == "balance":
        return account_path(account.code)
    return customer_path(customer.code) if tab == "overview" else customer_path(customer.code, tab)


def _menu(customer: Customer, account: Account, visitor: Visitor) -> list[tuple[str, str]]:
    """What may be done with the customer: label and the address of its dialog."""
    found: list[tuple[str, str]] = []
    if visitor.may(Permission.CUSTOMERS):
        found.append((t("Block, suspend or activate"), account_path(account.code, "state")))
    if visitor.may(Permission.CUSTOMER_CLOSE) and customer.state != "CLOSED":
        found.append((t("Close the customer"), customer_path(customer.code, "close")))
    return found


def _field_label(path: str) -> str:
    name = path.rpartition(".")[2].replace("_", " ")
    return name[:1].upper() + name[1:]


def general(customer: Customer, account: Account) -> list[tuple[str, list[tuple[str, str]]]]:
    """The facts of the customer in the tabs of the creation form: title, then labels and values that are there."""
    billing = account.billing_accounts[0] if account.billing_accounts else None
    person = customer.kind == "INDIVIDUAL"
    address = ", ".join(
        filter(None, (customer.address_1, customer.address_2, customer.postcode, customer.city, customer.region))
    )
    contact = " ".join(filter(None, (customer.title, customer.first_name, customer.last_name)))
    groups: Sequence[tuple[str, Sequence[tuple[str, object]]]] = (
        (
            "Customer" if person else "General",
            (
                ("Code", customer.code), ("Name", customer.name), ("Legal form", customer.legal_form),
                ("Registration no.", customer.registration_number), ("VAT no.", customer.vat_number),
                ("Birth date", customer.birth_date), ("Address", address), ("Country", customer.country),
                ("Language", customer.language),
            ),
        ),
        ("Contact", (("Contact", contact), ("Email", customer.email), ("Phone", customer.phone))),
        (
            "Billing",
            (
                ("Billing cycle", billing and billing.billing_cycle), ("Tax category", billing and billing.tax_category),
                ("Invoice mode", account.invoice_mode), ("Delivery", billing and billing.delivery),
            ),
        ),
        (
            "Paying account",
            (
                ("Account", account.code), ("Payer", account.payer or t("this account")), ("Currency", account.currency),
                ("Payment method", account.payment_method), ("Payment terms", account.payment_terms),
                ("Payment mode", account.payment_mode), ("IBAN", account.iban),
                ("Credit limit", None if account.credit_limit is None else formats.money(account.credit_limit, account.currency)),
            ),
        ),
        ("Group", (("Seller", customer.seller), ("Category", customer.category), ("Brand", customer.brand))),
        (
            "Accounting",
            (
                ("General client account", account.general_client_account), ("Analytic code 1", account.analytic_1),
                ("Analytic code 2", account.analytic_2), ("Analytic code 3", account.analytic_3),
            ),
        ),
    )  # fmt: skip
    return [
        (t(title), [(t(label), str(value)) for label, value in facts if value not in (None, "")])
        for title, facts in groups
    ]
