"""What narrows a list of customers or of accounts, as SQL that any statement over them can take."""

from __future__ import annotations

from .model import CustomerFilters

Conditions = tuple[list[str], dict[str, object]]
"""SQL conditions, to be joined by `and`, and their parameters."""

_OF_CUSTOMER = {
    "seller_id": "c.seller_id = %(seller_id)s",
    "kind": "c.kind = %(kind)s",
    "country": "c.country = %(country)s",
    "category": "c.category = %(category)s",
    "seller": "c.seller_id = (select x.seller_id from seller x where x.code = %(seller)s)",
    "state": "c.state = %(state)s",
}
_OF_ACCOUNT = {
    "account_state": "{a}.state = %(account_state)s",
    "currency": "{a}.currency = %(currency)s",
    "payment_mode": "exists (select from account_profile z where z.account_id = {a}.account_id and z.payment_mode = %(payment_mode)s)",
}


def customer_conditions(filters: CustomerFilters, seller_id: int | None = None) -> Conditions:
    """Which customers `c` are listed; those of account fields ask for one account that meets them all."""
    conditions, values = _of_customer(filters, seller_id)
    inside, more = _of_account(filters, "y")
    if inside:
        conditions.append(
            "exists (select from account_directory x join account y on y.account_id = x.account_id"
            f" where x.customer_id = c.customer_id and {' and '.join(inside)})"
        )
    return conditions, values | more


def account_conditions(filters: CustomerFilters, seller_id: int | None = None) -> Conditions:
    """Which accounts `a` of customers `c` are listed."""
    conditions, values = _of_customer(filters, seller_id)
    inside, more = _of_account(filters, "a")
    return conditions + inside, values | more


def _of_customer(filters: CustomerFilters, seller_id: int | None) -> Conditions:
    asked = {"seller_id": seller_id} | {name: getattr(filters, name) for name in _OF_CUSTOMER if name != "seller_id"}
    values: dict[str, object] = {name: value for name, value in asked.items() if value is not None}
    conditions = [_OF_CUSTOMER[name] for name in values]
    if filters.incomplete is not None:
        conditions.append("c.incomplete <> '{}'" if filters.incomplete else "c.incomplete = '{}'")
    return conditions, values


def _of_account(filters: CustomerFilters, account: str) -> Conditions:
    values: dict[str, object] = {n: value for n in _OF_ACCOUNT if (value := getattr(filters, n)) is not None}
    return [_OF_ACCOUNT[name].replace("{a}", account) for name in values], values
