"""JSON routes of customers: settings lists, the customer list, creation with all levels, the hierarchy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import fields, replace
from typing import Annotated, Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import DryRun, Paged
from solde.access.routing import route
from solde.db import Connection
from solde.kernel.refusals import FORBIDDEN, Refused, refuse

from . import api_levels, api_sellers, store
from .actions import create_customer
from .bodies import body_of, field_of, given_in
from .directory import seller_scope
from .likes import find_likes
from .lists import get_account, get_customer, search_customers
from .model import CustomerFilters
from .requests import NewCustomer
from .rules.forms import TABS
from .shapes import (
    AccountPage,
    CreatedCustomerShape,
    CustomerShape,
    FoundCustomerShape,
    PaymentMethodShape,
    SettingShape,
    account_shape,
    created_shape,
    customer_shape,
    found_shape,
)


class SettingList(msgspec.Struct, frozen=True):
    """A settings list."""

    items: list[SettingShape]
    next: str | None = None


class PaymentMethodList(msgspec.Struct, frozen=True):
    """Payment methods."""

    items: list[PaymentMethodShape]
    next: str | None = None


class CustomerList(msgspec.Struct, frozen=True):
    """A page of customers."""

    items: list[FoundCustomerShape]
    next: str | None


class CustomerQuery(Paged, frozen=True, kw_only=True):
    """What the customer list is narrowed to."""

    q: Annotated[str | None, Meta(description="Beginnings of words in codes, names, registration number, country.")] = (
        None
    )
    kind: str | None = None
    country: str | None = None
    category: str | None = None
    seller: str | None = None
    account_state: Annotated[str | None, Meta(description="Has an account in this state.")] = None
    incomplete: Annotated[bool | None, Meta(description="Lacks mandatory fields.")] = None
    state: Annotated[str | None, Meta(description="ACTIVE or CLOSED.")] = None
    currency: Annotated[str | None, Meta(description="Has an account in this currency.")] = None
    payment_mode: Annotated[str | None, Meta(description="Has a PREPAID or a POSTPAID account.")] = None


_KIND = Annotated[str, Meta(extra_json_schema={"enum": ["COMPANY", "INDIVIDUAL"]})]
CustomerBody = body_of(
    "CustomerBody",
    "A new customer with all its levels: its fields by tab, or side by side.",
    TABS.values(),
    change=False,
    more=[("kind", _KIND, "COMPANY"), field_of("code")],
)
_BODY = msgspec.json.Decoder(CustomerBody)


@route("GET", "/payment-methods", tag="Settings", gives=PaymentMethodList)
async def list_payment_methods(ask: Ask) -> Answer:
    """List how customers may pay."""
    async with ask.pool.connection() as conn:
        found = await store.list_payment_methods(conn)
    return ok(PaymentMethodList([PaymentMethodShape(m.code, m.label, m.payment_type) for m in found]))


@route("GET", "/customer-categories", tag="Settings", gives=SettingList)
async def list_customer_categories(ask: Ask) -> Answer:
    """List the sorts of customers."""
    return await _settings(ask, store.list_customer_categories)


async def _settings(ask: Ask, read: Callable[[Connection], Awaitable[list[Any]]]) -> Answer:
    async with ask.pool.connection() as conn:
        return ok(SettingList([SettingShape(one.code, one.label) for one in await read(conn)]))


@route("GET", "/customers", tag="Customers", query=CustomerQuery, gives=CustomerList)
async def list_customers(ask: Ask) -> Answer:
    """Search customers.

    Every word of `q` must be the beginning of a word in one of the eight searched fields; without `q` all, by name.
    """
    asked, seller_id = ask.query(CustomerQuery), await seller_scope(ask)
    filters = CustomerFilters(**{field.name: getattr(asked, field.name) for field in fields(CustomerFilters)})
    async with ask.pool.connection() as conn:
        page = await search_customers(
            conn, _searchable(asked.q), seller_id=seller_id, filters=filters, limit=asked.limit, cursor=asked.cursor
        )
    return ok(CustomerList([found_shape(found) for found in page.items], page.next))


def _searchable(q: str | None) -> str | None:
    # No text holds a null character, so it cannot be searched for.
    return None if q is None else q.replace("\0", "")


@route(
    "POST",
    "/customers",
    location="/customers/{customer}",
    everywhere=False,
    permission=Permission.CUSTOMERS,
    tag="Customers",
    query=DryRun,
    keyed=True,
    status=201,
    body=CustomerBody,
    gives=CreatedCustomerShape,
    problems=(403, 409),
    example={
        "kind": "COMPANY",
        "general": {"name": "Atelier Exemple SARL", "country": "FR", "language": "fr"},
        "billing": {"billing_cycle": "MONTHLY", "tax_category": "STANDARD"},
        "contact": {"last_name": "Exemple", "first_name": "Camille", "email": "camille@exemple.example"},
        "paying_account": {
            "currency": "EUR",
            "payment_method": "DIRECTDEBIT",
            "payment_terms": "NET30",
            "payment_mode": "POSTPAID",
        },
        "group": {"seller": "MAIN", "category": "BUSINESS"},
    },
)
async def post_customer(ask: Ask) -> Answer:
    """Create a customer with all its levels.

    Everything that is missing or wrong is named at once, by tab and field. Blank codes are generated. Customers of the seller that
    may be the same (VAT or registration number, or name and country) are named in the answer; they hinder nothing.
    """
    asked = NewCustomer(**given_in(await ask.body(_BODY)))
    own = ask.caller.seller
    if own is not None and asked.seller not in (None, own):
        raise Refused(
            refuse(FORBIDDEN, "this token creates customers of the seller {own} only", own=own, field="seller")
        )
    asked = asked if own is None else replace(asked, seller=own)

    async def work(conn: Connection) -> Answer:
        made = await create_customer(conn, asked, actor=ask.actor, now=ask.now())
        return ok(created_shape(made, await find_likes(conn, [made.customer_id])), 201)

    return await ask.act(work, dry_run=ask.query(DryRun).dry_run)


@route("GET", "/customers/{code}", tag="Customers", gives=CustomerShape, problems=(404,))
async def read_customer(ask: Ask) -> Answer:
    """Read a customer with its accounts, billing accounts and user accounts.

    Its ETag is the version to send as If-Match; each level below has a version of its own.
    """
    seller_id = await seller_scope(ask)
    async with ask.pool.connection() as conn:
        customer = await get_customer(conn, ask.path("code").replace("\0", ""), seller_id)
    return ok(customer_shape(customer), etag=f'"{customer.version}"')


@route("GET", "/accounts/{account}", tag="Customers", gives=AccountPage, problems=(404,))
async def read_account(ask: Ask) -> Answer:
    """Read a customer account, and the customer it belongs to.

    Its ETag is the version of the account to send as If-Match.
    """
    seller_id = await seller_scope(ask)
    async with ask.pool.connection() as conn:
        found = await get_account(conn, ask.path("account").replace("\0", ""), seller_id)
    page = AccountPage(account_shape(found.account), customer_shape(found.customer))
    return ok(page, etag=f'"{found.account.version}"')


route_handlers: list[HTTPRouteHandler] = [
    *api_sellers.route_handlers,
    list_payment_methods,
    list_customer_categories,
    list_customers,
    post_customer,
    read_customer,
    read_account,
    *api_levels.route_handlers,
]
__all__ = ["route_handlers"]
