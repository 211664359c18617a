"""Statements of changes to customers and the levels below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solde.db import Connection

from .model import Editable, Level
from .rules.editing import Planned
from .rules.search import sort_name
from .store import sql

_CUSTOMER = (
    "name", "legal_form", "registration_number", "vat_number", "title", "last_name", "first_name", "birth_date",
    "address_1", "address_2", "postcode", "city", "region", "country", "language", "email", "phone", "category", "brand",
)  # fmt: skip
_ACCOUNT = (
    "description", "payer", "payment_method", "payment_terms", "payment_mode", "credit_limit", "invoice_mode", "iban",
    "general_client_account", "analytic_1", "analytic_2", "analytic_3",
)  # fmt: skip
_BILLING_ACCOUNT = ("description", "billing_cycle", "tax_category", "country", "language", "email", "delivery")

_READS: Mapping[Level, tuple[bytes, tuple[str, ...]]] = {
    Level.CUSTOMER: (sql.find_editable_customers, _CUSTOMER),
    Level.ACCOUNT: (sql.find_editable_accounts, _ACCOUNT),
    Level.BILLING_ACCOUNT: (sql.find_editable_billing_accounts, _BILLING_ACCOUNT),
    Level.USER_ACCOUNT: (sql.find_editable_user_accounts, ("description",)),
}
_WRITES: Mapping[Level, bytes] = {
    Level.CUSTOMER: sql.update_customers,
    Level.ACCOUNT: sql.update_account_profiles,
    Level.BILLING_ACCOUNT: sql.update_billing_accounts,
    Level.USER_ACCOUNT: sql.update_user_accounts,
}


async def lock_customers_of(conn: Connection, codes: Mapping[Level, Sequence[str]]) -> None:
    """Lock the customers that these codes belong to."""
    await conn.execute(sql.lock_customers_of, {level.value: list(codes.get(level, ())) for level in Level})


async def find_editables(
    conn: Connection, level: Level, codes: Sequence[str], seller_id: int | None
) -> dict[str, Editable]:
    """What is there of a level by code, where the seller has it; an unknown code is absent."""
    statement, names = _READS[level]
    rows = await (await conn.execute(statement, {"codes": list(codes), "seller_id": seller_id})).fetchall()
    return {row[0]: Editable(*(level, *row[:10], dict(zip(names, row[10:], strict=True)))) for row in rows}


async def write_level(conn: Connection, level: Level, planned: Sequence[Planned]) -> None:
    """Write the fields of a level as planned."""
    columns: dict[str, object] = {f: [plan.after[f] for plan in planned] for f in _READS[level][1]}
    columns["key"] = [plan.before.key for plan in planned]
    columns["account_id"] = [plan.before.account_id for plan in planned]
    columns["sort_name"] = [sort_name(str(plan.after.get("name", ""))) for plan in planned]
    await conn.execute(_WRITES[level], columns)


async def follow_customers(conn: Connection, planned: Sequence[Planned]) -> None:
    """Carry a customer's new country, language and email to the billing accounts that had the old ones."""
    values: dict[str, object] = {"key": [plan.before.key for plan in planned]}
    for field in ("country", "language", "email"):
        values[field] = [plan.after[field] for plan in planned]
        values[f"old_{field}"] = [plan.before.fields[field] for plan in planned]
    await conn.execute(sql.follow_customers, values)


async def list_lacking(conn: Connection, customer_ids: Sequence[int]) -> list[tuple[int, list[str], list[str]]]:
    """Incomplete customers: what each is noted for, and which mandatory fields are blank now."""
    rows = await (await conn.execute(sql.list_lacking, {"customer_ids": list(customer_ids)})).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


async def list_searched(conn: Connection, customer_ids: Sequence[int]) -> list[tuple[int, int, str]]:
    """The texts customers are found by: customer, searched field, text."""
    rows = await (await conn.execute(sql.list_searched, {"customer_ids": list(customer_ids)})).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


async def replace_search_terms(
    conn: Connection, customer_ids: Sequence[int], terms: Mapping[tuple[int, str], int]
) -> None:
    """Let these customers be found by these words and no others."""
    owned = {"terms": [term for _, term in terms], "owners": [owner for owner, _ in terms]}
    await conn.execute(sql.drop_search_terms, {**owned, "customer_ids": list(customer_ids)})
    await conn.execute(sql.put_search_terms, {**owned, "fields": list(terms.values())})
