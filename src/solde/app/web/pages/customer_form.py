"""Create a customer: one form with tabs, for a company or an individual; fields are checked as they are left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.customers import (
    TABS,
    CustomerKind,
    NewCustomer,
    Seller,
    create_customer,
    creation_form,
    find_likes,
    list_choices,
    list_sellers,
    paths,
)
from solde.customers.rules.fields import UNKNOWN_SELLER
from solde.customers.rules.inputs import code_field
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused, refuse

from ..addresses import customer_path
from ..i18n import t
from ..likes import like_words
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..visitors import Visitor
from .customer_fields import Choices, FieldGroup, Filled, draw, draw_field, lists_of, placed, read_typed

NEW = "/new/customer"
"""Not below /customers: there every name is the code of a customer."""
DEFAULTS: Mapping[str, str] = {
    "billing_cycle": "MONTHLY",
    "tax_category": "STANDARD",
    "invoice_mode": "CONSOLIDATED",
    "delivery": "EMAIL",
    "payment_terms": "NET30",
    "payment_mode": "POSTPAID",
}
"""What most customers have; each is filled in where the settings lists still offer it."""

CATEGORIES = {CustomerKind.COMPANY: "BUSINESS", CustomerKind.INDIVIDUAL: "RESIDENTIAL"}
TITLES = {CustomerKind.COMPANY: "New company", CustomerKind.INDIVIDUAL: "New individual"}
KINDS = {CustomerKind.COMPANY: "Company", CustomerKind.INDIVIDUAL: "Individual"}


@web_page(NEW, name="new_customer", permission=Permission.CUSTOMERS)
async def new_customer_page(page: Page) -> Response[str]:
    """The form, filled with what most customers of the seller have."""
    kind = kind_of(page.query.get("kind"))
    async with page.reading() as conn:
        choices, sellers = await offered(conn, page.visitor)
    return _form(page, kind, defaults(kind, sellers[0], choices), choices, sellers)


@web_form(NEW, everywhere=False, permission=Permission.CUSTOMERS)
async def create_from_form(page: Page, data: Form) -> Response[str] | Redirect:
    """Create the customer with all its levels, or show everything that is missing or wrong."""
    kind = kind_of(data.get("switch") or data.get("kind"))
    async with page.reading() as conn:
        choices, sellers = await offered(conn, page.visitor)
    if data.get("switch"):
        return _form(page, kind, {**defaults(kind, sellers[0], choices), **data}, choices, sellers)
    asked = request_of(kind, data, choices)
    asked = replace(asked, seller=page.visitor.seller) if page.visitor.seller is not None else asked

    async def work(conn: Connection) -> Done:
        made = await create_customer(conn, asked, actor=page.visitor.actor, now=page.now())
        said = t("Customer {code} created", code=made.customer_code)
        likes = [like_words(one) for one in await find_likes(conn, [made.customer_id])]
        if likes:
            said = t("{said}. Perhaps there already: {likes}", said=said, likes=", ".join(likes))
        return Done(customer_path(made.customer_code), said)

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return _form(page, kind, data, choices, sellers, refused.refusals)


async def offered(conn: Connection, visitor: Visitor) -> tuple[Choices, list[Seller]]:
    """What fields offer, and the sellers this visitor may create customers of.

    Refuses: unknown_seller.
    """
    choices = await list_choices(conn)
    sellers = [one for one in await list_sellers(conn) if visitor.seller_id in {None, one.seller_id}]
    if not sellers:
        raise Refused(refuse(UNKNOWN_SELLER, "there is no seller {seller!r}", seller=visitor.seller))
    codes = {one.code for one in sellers}
    return {**choices, "seller": tuple(one for one in choices["seller"] if one.code in codes)}, sellers


def kind_of(text: str | None) -> CustomerKind:
    """Company or individual; a company unless said otherwise."""
    return CustomerKind.INDIVIDUAL if (text or "").upper() == CustomerKind.INDIVIDUAL else CustomerKind.COMPANY


def defaults(kind: CustomerKind, seller: Seller, choices: Choices) -> dict[str, str]:
    """What stands in a new form."""
    wanted = {**DEFAULTS, "category": CATEGORIES[kind]}
    kept = {f: code for f, code in wanted.items() if code in {one.code for one in choices.get(f, ())}}
    return {
        **kept,
        "seller": seller.code,
        "country": seller.country,
        "language": seller.language,
        "currency": seller.currency,
    }


def request_of(kind: CustomerKind, data: Mapping[str, str], choices: Choices) -> NewCustomer:
    """The customer that is typed."""
    typed: dict[str, Any] = {f: read_typed(f, data.get(f, ""), choices) for f in paths(kind) if f != "kind"}
    return NewCustomer(**{**typed, "kind": kind})


def _form(
    page: Page,
    kind: CustomerKind,
    values: Mapping[str, str],
    choices: Choices,
    sellers: list[Seller],
    refusals: tuple[Refusal, ...] = (),
) -> Response[str]:
    """The form with what was typed, and what was refused beside its field."""
    wrong, rest = placed(refusals, paths(kind))
    filled = Filled(values, wrong, choices, {"name": t("Blank: made of the names.")} if kind == "INDIVIDUAL" else {})
    tabs = draw([FieldGroup(creation_form(kind))], filled, TABS[kind])
    return page.show(
        "customers/form.html",
        status=422 if refusals else 200,
        title=t(TITLES[kind]),
        kind=kind.value,
        kinds=[(one.value, t(words), f"{NEW}?kind={one.value.lower()}") for one, words in KINDS.items()],
        code=draw_field(code_field(), filled),
        tabs=tabs,
        lists=lists_of(tabs),
        wrong_count=len(wrong),
        rest=rest,
        key=values.get("key", ""),
        sellers={
            one.code: {"country": one.country, "language": one.language, "currency": one.currency} for one in sellers
        },
    )


route_handlers = [new_customer_page, create_from_form]
