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
    KnownAccount,
    KnownCustomer,
    Payer,
    PaymentMethod,
    PaymentTerms,
    Seller,
    Setting,
    UserAccount,
)
from .requests import NewCustomer
from .rules.forms import CODES

sql = load(__package__)

SELLER_ADDRESS = ("address_1", "address_2", "postcode", "city", "region")
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


async def lock_seller(conn: Connection, code: str) -> Seller | None:
    """A seller, kept from others until the transaction ends."""
    row = await (await conn.execute(sql.lock_seller, {"code": code})).fetchone()
    return None if row is None else Seller(*row)


async def update_seller(conn: Connection, seller: Seller) -> None:
    """Write what letters say of a seller."""
    values = {name: getattr(seller, name) for name in ("seller_id", "name", *SELLER_ADDRESS)}
    await conn.execute(sql.update_seller, values)


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


async def lock_payment_method(conn: Connection, code: str) -> PaymentMethod | None:
    """A way of paying, locked."""
    row = await (await conn.execute(sql.lock_payment_method, {"code": code})).fetchone()
    return None if row is None else PaymentMethod(*row)


async def insert_payment_method(conn: Connection, method: PaymentMethod) -> bool:
    """Write a new way of paying; False where the code is taken."""
    values = {"code": method.code, "label": method.label, "payment_type": method.payment_type}
    return await (await conn.execute(sql.insert_payment_method, values)).fetchone() is not None


async def update_payment_method(conn: Connection, method: PaymentMethod) -> None:
    """Change a way of paying."""
    values = {"code": method.code, "label": method.label, "payment_type": method.payment_type}
    await conn.execute(sql.update_payment_method, values)


async def list_settings(conn: Connection) -> dict[str, list[Setting]]:
    """What each field with a settings list may hold, in the order it is offered."""
    found: dict[str, list[Setting]] = {}
    for field, code, label in await (await conn.execute(sql.list_settings)).fetchall():
        found.setdefault(field, []).append(Setting(code, label))
    return found


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


async def find_free_codes(
    conn: Connection, wanted: Mapping[tuple[str, str], int], given: Sequence[str], pass_over: int
) -> dict[tuple[str, str], list[str]]:
    """Free codes by field and stem, as many as wanted where so many are found; none of them is in `given`."""
    values = {
        "fields": [field for field, _ in wanted],
        "stems": [stem for _, stem in wanted],
        "wanted": list(wanted.values()),
        "given": list(given),
        "pass_over": pass_over,
    }
    found: dict[tuple[str, str], list[str]] = {}
    for field, stem, code in await (await conn.execute(sql.find_free_codes, values)).fetchall():
        found.setdefault((field, stem), []).append(code)
    return found


async def lock_customers(conn: Connection, codes: Sequence[str]) -> None:
    """Lock customers; none of them is changed by others until the transaction ends."""
    await conn.execute(sql.lock_customers, {"codes": list(codes)})


async def find_customers(conn: Connection, codes: Sequence[str]) -> dict[str, KnownCustomer]:
    """The customers of these codes; an unknown code is absent."""
    rows = await (await conn.execute(sql.find_customers, {"codes": list(codes)})).fetchall()
    return {row[1]: KnownCustomer(*(*row[:-1], tuple(row[-1]))) for row in rows}


async def list_known_accounts(conn: Connection, codes: Sequence[str]) -> dict[str, KnownAccount]:
    """The accounts of these codes with their customers and billing accounts; an unknown code is absent."""
    rows = await (await conn.execute(sql.list_known_accounts, {"codes": list(codes)})).fetchall()
    customers = await find_customers(conn, sorted({row[3] for row in rows}))
    return {
        row[1]: KnownAccount(row[0], row[1], row[2], customers[row[3]], dict(zip(row[4], row[5], strict=True)))
        for row in rows
    }


async def lock_accounts(conn: Connection, account_ids: Sequence[int]) -> dict[int, str]:
    """Lock accounts in the order of their keys; gives the state of each."""
    rows = await (await conn.execute(sql.lock_accounts, {"account_ids": list(account_ids)})).fetchall()
    return dict(rows)


async def draw_account_ids(conn: Connection, count: int) -> list[tuple[int, int, int]]:
    """Keys of accounts, billing accounts and user accounts."""
    rows = await (await conn.execute(sql.draw_account_ids, {"count": count})).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


async def draw_billing_account_ids(conn: Connection, count: int) -> list[int]:
    """Keys of billing accounts."""
    return [row[0] for row in await (await conn.execute(sql.draw_billing_account_ids, {"count": count})).fetchall()]


async def draw_user_account_ids(conn: Connection, count: int) -> list[int]:
    """Keys of user accounts."""
    return [row[0] for row in await (await conn.execute(sql.draw_user_account_ids, {"count": count})).fetchall()]


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


async def merge_search_terms(conn: Connection, terms: Mapping[tuple[int, str], int]) -> None:
    """Add words, by customer and word the field each stands in, to customers that are there."""
    await conn.execute(
        sql.merge_search_terms,
        {
            "terms": [term for _, term in terms],
            "customer_ids": [customer_id for customer_id, _ in terms],
            "fields": list(terms.values()),
        },
    )


async def set_incomplete(conn: Connection, paths: Mapping[int, Sequence[str]]) -> None:
    """Note which mandatory fields customers lack."""
    values = {"customer_ids": list(paths), "incomplete": [" ".join(missing) for missing in paths.values()]}
    await conn.execute(sql.set_incomplete, values)


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


async def method_of(conn: Connection, account_id: int) -> str | None:
    """The payment method that an account usually pays by."""
    row = await (await conn.execute(sql.method_of, {"account_id": account_id})).fetchone()
    return None if row is None else row[0]


async def find_customer_id(conn: Connection, code: str, seller_id: int | None = None) -> int | None:
    """The key of a customer, where the seller has it."""
    row = await (await conn.execute(sql.find_customer_id, {"code": code, "seller_id": seller_id})).fetchone()
    return None if row is None else int(row[0])


async def get_customer(conn: Connection, customer_id: int) -> Customer:
    """A customer without the levels below."""
    row = await (await conn.execute(sql.get_customer, {"customer_id": customer_id})).fetchone()
    assert row is not None, "the directory names no customer that is not there"
    return Customer(*(*row[:-3], tuple(row[-3]), *row[-2:]))


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


async def lock_owners(conn: Connection, account_ids: Sequence[int]) -> None:
    """Lock the customers that accounts belong to."""
    await conn.execute(sql.lock_owners, {"account_ids": list(account_ids)})


async def lock_customer(conn: Connection, customer_id: int) -> str:
    """Lock a customer; gives its state."""
    row = await (await conn.execute(sql.lock_customer, {"customer_id": customer_id})).fetchone()
    assert row is not None, "a customer never disappears"
    return str(row[0])


async def list_account_ids(conn: Connection, customer_id: int) -> list[int]:
    """The keys of a customer's accounts, the first one first."""
    rows = await (await conn.execute(sql.list_account_ids, {"customer_id": customer_id})).fetchall()
    return [row[0] for row in rows]


async def read_state_reasons(conn: Connection, account_ids: Sequence[int]) -> dict[int, str | None]:
    """Why accounts are in their states."""
    rows = await (await conn.execute(sql.read_state_reasons, {"account_ids": list(account_ids)})).fetchall()
    return dict(rows)


async def set_account_states(conn: Connection, account_ids: Sequence[int], state: str) -> None:
    """Change the state the ledger looks at."""
    await conn.execute(sql.set_account_states, {"account_ids": list(account_ids), "state": state})


async def set_state_reasons(conn: Connection, account_ids: Sequence[int], reason: str, now: datetime) -> None:
    """Note why states changed and when."""
    await conn.execute(sql.set_state_reasons, {"account_ids": list(account_ids), "reason": reason, "now": now})


async def close_customer(conn: Connection, customer_id: int) -> None:
    """Put a customer out of work."""
    await conn.execute(sql.close_customer, {"customer_id": customer_id})


async def reopen_owners(conn: Connection, account_ids: Sequence[int]) -> None:
    """Put the customers of accounts to work again."""
    await conn.execute(sql.reopen_owners, {"account_ids": list(account_ids)})


async def note_viewed(conn: Connection, actor: str, customer_id: int, now: datetime, kept: int) -> None:
    """Note that somebody looked at a customer, and forget all but the newest `kept`."""
    values = {"actor": actor, "customer_id": customer_id, "now": now, "kept": kept}
    await conn.execute(sql.note_viewed, values)
