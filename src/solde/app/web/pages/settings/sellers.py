"""Sellers: who sells and invoices, and what letters say of them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.customers import Seller, list_sellers
from solde.customers.sellers import LETTER_FIELDS, NO_SUCH_SELLER, change_seller
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse

from ...form_errors import by_field
from ...i18n import t
from ...page import Page, web_form, web_page
from ...submit import act_once
from .saving import Done, Form, number_of, text_of

LIST = "/settings/sellers"
LABELS = {
    "name": "Name",
    "address_1": "Street and number",
    "address_2": "Further address line",
    "postcode": "Postcode",
    "city": "City",
    "region": "Region",
}


@web_page(LIST, name="settings_sellers")
async def sellers_page(page: Page) -> Response[str]:
    """The sellers; who is kept to one sees that one."""
    sellers = await _mine(page)
    return page.show(
        "settings/sellers.html",
        title=t("Sellers"),
        may=page.visitor.may(Permission.SETTINGS),
        sellers=[_shown(one) for one in sellers],
    )


async def _mine(page: Page) -> list[Seller]:
    async with page.reading() as conn:
        return [one for one in await list_sellers(conn) if page.visitor.seller in {None, one.code}]


def _shown(one: Seller) -> dict[str, str]:
    place = " ".join(filter(None, (one.postcode, one.city)))
    return {
        "code": one.code,
        "name": one.name,
        "address": ", ".join(filter(None, (one.address_1, one.address_2, place, one.region))),
        "country": one.country,
        "currency": one.currency,
        "time_zone": one.time_zone,
        "language": one.language,
        "href": _place(one.code),
    }


def _place(code: str) -> str:
    return f"{LIST}/{quote(code, safe='')}"


@web_page("/settings/sellers/{code:str}", name="settings_seller", permission=Permission.SETTINGS)
async def seller_dialog(page: Page, code: str) -> Response[str]:
    """The form of a seller."""
    seller = await _find(page, code)
    values = {name: getattr(seller, name) or "" for name in LETTER_FIELDS} | {"version": str(seller.version)}
    return _form(page, seller, values)


@web_form("/settings/sellers/{code:str}", everywhere=False, permission=Permission.SETTINGS)
async def save_seller(page: Page, code: str, data: Form) -> Redirect | Response[str]:
    """Change what letters say of a seller."""
    seller = await _find(page, code)
    given = {name: text_of(data, name) for name in LETTER_FIELDS}

    async def work(conn: Connection) -> Done:
        made = await change_seller(conn, seller.code, number_of(data, "version"), given, actor=page.visitor.actor)
        return Done(LIST, t("Seller {name} is changed.", name=made.name))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return _form(page, seller, data, refused)


async def _find(page: Page, code: str) -> Seller:
    found = next((one for one in await _mine(page) if one.code == code), None)
    if found is None:
        raise Refused(refuse(NO_SUCH_SELLER, "there is no seller {code!r}", code=code))
    return found


def _form(page: Page, seller: Seller, values: Mapping[str, str], refused: Refused | None = None) -> Response[str]:
    wrong, rest = by_field(refused.refusals, LETTER_FIELDS) if refused else ({}, [])
    return page.show(
        "settings/seller.html",
        status=200 if refused is None else 422,
        title=t("Seller {code}", code=seller.code),
        back=LIST,
        here=_place(seller.code),
        fields=[(name, t(LABELS[name])) for name in LETTER_FIELDS],
        values={**dict.fromkeys((*LETTER_FIELDS, "key", "version"), ""), **values},
        wrong={**dict.fromkeys(LETTER_FIELDS, ""), **wrong},
        rest=rest,
    )


route_handlers = [sellers_page, seller_dialog, save_seller]
