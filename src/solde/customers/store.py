"""Statements of customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from solde.db import Connection, load

from .model import (
    Account,
    AccountRef,
    BillingAccount,
    Customer,
    NewCustomer,
    Payer,
    PaymentMethod,
    PaymentTerms,
    Seller,
    Setting,
    UserAccount,
)
from .rules.forms import CODES

sql = load(__package__)

REQUEST_FIELDS = tuple(field.name for field in fields(NewCustomer))


@dataclass(frozen=True, slots=True)
class Draft:
    """A customer about to be written: its request with every code filled, its keys, and what it is found by."""

    request: NewCustomer
    seller_id: int
    payer_account_id: int | None
    incomplete: tuple[str, ...]
    customer_id: int
    account_id: int
    billing_account_id: int
    user_account_id: int
    sort_name: str
    terms: Mapping[str, int]


async def list_sellers(conn: Connection) -> list[Seller]:
    """Every seller; the first is the one taken where none is named."""
    return [Seller(*row) for row in await (await conn.execute(sql.list_sellers)).fetchall()]


async def list_customer_categories(conn: Connection) -> list[Setting]:
    """What sorts of customers there are."""
    return [Setting(*row) for row in await (await conn.execute(sql.list_customer_categories)).fetchall()]


async def list_billing_cycles(conn: Connection) -> list[Setting]:
    """How often billing accounts may be invoiced."""
    return [Setting(*row) for row in await (await conn.execute(sql.list_billing_cycles)).fetchall()]


async def list_tax_categories(conn: Connection) -> list[Setting]:
    """Which tax rules there are."""
    return [Setting(*row) for row in await (await conn.execute(sql.list_tax_categories)).fetchall()]


async def list_deliveries(conn: Connection) -> list[Setting]:
    """How invoices may reach a customer."""
    return [Setting(*row) for row in await (await conn.execute(sql.list_deliveries)).fetchall()]


async def list_payment_methods(conn: Connection) -> list[PaymentMethod]:
    """How customers may pay."""
    return [PaymentMethod(*row) for row in await (await conn.execute(sql.list_payment_methods)).fetchall()]


async def list_payment_terms(conn: Connection) -> list[PaymentTerms]:
    """When invoices may be due, the soonest first."""
    return [PaymentTerms(*row) for row in await (await conn.execute(sql.list_payment_terms)).fetchall()]


async def list_setting_codes(conn: Connection) -> dict[str, frozenset[str]]:
    """The codes each settings field may hold."""
    return _by_first(await (await conn.execute(sql.list_setting_codes)).fetchall())


def _by_first(rows: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for first, second in rows:
        groups.setdefault(first, set()).add(second)
    return {first: frozenset(members) for first, members in groups.items()}


async def find_payers(conn: Connection, codes: Sequence[str]) -> dict[str, Payer]:
    """The accounts of these codes, as payers of others."""
    rows = await (await conn.execute(sql.find_payers, {"codes": list(codes)})).fetchall()
    return {row[0]: Payer(*row[1:]) for row in rows}


async def draw_customer_codes(conn: Connection, prefix: str, count: int, given: Sequence[str]) -> list[str]:
    """Draw numbers; gives the free codes among them, none of which is in `given`."""
    values = {"prefix": prefix, "count": count, "given": list(given)}
    return [row[0] for row in await (await conn.execute(sql.draw_customer_codes, values)).fetchall()]


async def find_taken_codes(conn: Connection, requests: Sequence[NewCustomer]) -> dict[str, frozenset[str]]:
    """Which codes of the requests exist already, by field."""
    values = {field: [code for r in requests if (code := getattr(r, field))] for field in CODES}
    found = _by_first(await (await conn.execute(sql.find_taken_codes, values)).fetchall())
    return {field: found.get(field, frozenset()) for field in CODES}


async def draw_ids(conn: Connection, count: int) -> list[tuple[int, int, int, int]]:
    """Keys of customers, accounts, billing accounts and user accounts."""
    rows = await (await conn.execute(sql.draw_ids, {"count": count})).fetchall()
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def columns(drafts: Sequence[Draft], now: datetime, action_id: int) -> dict[str, object]:
    """The drafts as one list a column, for every insert below."""
    values: dict[str, object] = {field: [getattr(d.request, field) for d in drafts] for field in REQUEST_FIELDS}
    return values | {
        "seller_id": [d.seller_id for d in drafts],
        "payer_account_id": [d.payer_account_id for d in drafts],
        "incomplete": [" ".join(d.incomplete) for d in drafts],
        "customer_id": [d.customer_id for d in drafts],
        "account_id": [d.account_id for d in drafts],
        "billing_account_id": [d.billing_account_id for d in drafts],
        "user_account_id": [d.user_account_id for d in drafts],
        "sort_name": [d.sort_name for d in drafts],
        "now": now,
        "action_id": action_id,
    }


async def insert_customers(conn: Connection, values: Mapping[str, object]) -> None:
    """Write the customers of `columns`."""
    await conn.execute(sql.insert_customers, values)


async def insert_accounts(conn: Connection, values: Mapping[str, object]) -> None:
    """Write the ledger heads and the directory of the customer accounts of `columns`."""
    await conn.execute(sql.insert_accounts, values)


async def insert_account_profiles(conn: Connection, values: Mapping[str, object]) -> None:
    """Write the profiles of the customer accounts of `columns`."""
    await conn.execute(sql.insert_account_profiles, values)


async def insert_billing_accounts(conn: Connection, values: Mapping[str, object]) -> None:
    """Write the billing accounts of `columns`."""
    await conn.execute(sql.insert_billing_accounts, values)


async def insert_user_accounts(conn: Connection, values: Mapping[str, object]) -> None:
    """Write the user accounts of `columns`."""
    await conn.execute(sql.insert_user_accounts, values)


async def insert_search_terms(conn: Connection, drafts: Sequence[Draft]) -> None:
    """Write what the new customers are found by."""
    terms = [(term, d.customer_id, field) for d in drafts for term, field in d.terms.items()]
    await conn.execute(
        sql.insert_search_terms,
        {"terms": [t[0] for t in terms], "customer_ids": [t[1] for t in terms], "fields": [t[2] for t in terms]},
    )


async def count_terms(conn: Connection, words: Sequence[str], after_all: str, most: int) -> dict[str, int]:
    """How many entries of the search directory begin with each word; no more than `most` are counted."""
    values = {"words": list(words), "after_all": after_all, "most": most}
    return dict(await (await conn.execute(sql.count_terms, values)).fetchall())


async def resolve_accounts(
    conn: Connection, codes: Sequence[str], seller_id: int | None = None
) -> dict[str, AccountRef]:
    """The accounts of these codes, in one statement; an unknown code is absent."""
    values = {"codes": list(codes), "seller_id": seller_id}
    rows = await (await conn.execute(sql.resolve_accounts, values)).fetchall()
    return {row[1]: AccountRef(*row) for row in rows}


async def find_account(conn: Connection, code: str, seller_id: int | None = None) -> AccountRef | None:
    """The account of a code, where the seller has it."""
    row = await (await conn.execute(sql.find_account, {"code": code, "seller_id": seller_id})).fetchone()
    return None if row is None else AccountRef(*row)


async def find_customer_id(conn: Connection, code: str, seller_id: int | None = None) -> int | None:
    """The key of a customer, where the seller has it."""
    row = await (await conn.execute(sql.find_customer_id, {"code": code, "seller_id": seller_id})).fetchone()
    return None if row is None else int(row[0])


async def get_customer(conn: Connection, customer_id: int) -> Customer:
    """A customer without the levels below."""
    row = await (await conn.execute(sql.get_customer, {"customer_id": customer_id})).fetchone()
    assert row is not None, "the directory names no customer that is not there"
    return Customer(*(*row[:-2], tuple(row[-2]), row[-1]))


async def list_accounts(conn: Connection, customer_id: int) -> list[Account]:
    """The accounts of a customer without the levels below."""
    rows = await (await conn.execute(sql.list_accounts_of_customer, {"customer_id": customer_id})).fetchall()
    return [Account(*row) for row in rows]


async def list_billing_accounts(conn: Connection, customer_id: int) -> list[tuple[int, BillingAccount]]:
    """The billing accounts of a customer, each with the key of its account."""
    rows = await (await conn.execute(sql.list_billing_accounts, {"customer_id": customer_id})).fetchall()
    return [(row[0], BillingAccount(*row[1:])) for row in rows]


async def list_user_accounts(conn: Connection, customer_id: int) -> list[UserAccount]:
    """The user accounts of a customer."""
    rows = await (await conn.execute(sql.list_user_accounts, {"customer_id": customer_id})).fetchall()
    return [UserAccount(*row) for row in rows]


async def lock_account(conn: Connection, account_id: int) -> str | None:
    """Lock an account; gives its state."""
    row = await (await conn.execute(sql.lock_account, {"account_id": account_id})).fetchone()
    return None if row is None else str(row[0])


async def read_state_reason(conn: Connection, account_id: int) -> str | None:
    """Why the account is in its state."""
    row = await (await conn.execute(sql.read_state_reason, {"account_id": account_id})).fetchone()
    return None if row is None else row[0]


async def set_account_state(conn: Connection, account_id: int, state: str) -> None:
    """Change the state the ledger looks at."""
    await conn.execute(sql.set_account_state, {"account_id": account_id, "state": state})


async def set_state_reason(conn: Connection, account_id: int, reason: str, now: datetime) -> None:
    """Note why the state changed and when."""
    await conn.execute(sql.set_state_reason, {"account_id": account_id, "reason": reason, "now": now})
