"""Check one field of a customer's form as it is left, so that what is wrong is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from litestar import Response

from solde.access import Permission
from solde.customers import NewCustomer, Seller
from solde.customers import store as customer_store
from solde.customers.model import Payer
from solde.customers.rules.creation import check_codes
from solde.customers.rules.editing import CHECKED_BY_COUNTRY
from solde.customers.rules.fields import Placed, ReferenceData, Value, check_payer, plain_code, read_texts, read_values
from solde.customers.rules.forms import CODES
from solde.db import Connection
from solde.kernel.dates import today_in

from ..page import Form, Page, web_form
from .customer_fields import WORLD, Choices, bare, in_words, options_of, read_typed
from .customer_form import kind_of, offered

BY_COUNTRY = (*CHECKED_BY_COUNTRY, "phone")
"""Fields of the customer that are checked as its country does, so again when another country is chosen."""


@web_form("/new/customer/check", everywhere=False, permission=Permission.CUSTOMERS)
async def check_field(page: Page, data: Form) -> Response[dict[str, dict[str, str]]]:
    """What is wrong with the field just left, and with those its country decides about; what its code stands for."""
    name = data.get("field", "")
    prefix = name.removesuffix(bare(name))
    async with page.reading() as conn:
        choices, sellers = await offered(conn, page.visitor)
        typed = _typed(name, prefix, data, choices)
        today = today_in(sellers[0].time_zone, page.now())
        refusals = await _check(conn, typed, data, sellers, today)
    code = _code(name, typed, choices)
    return Response(
        {
            "wrong": {prefix + field: in_words(refusal) for field, refusal in refusals},
            "checked": {prefix + field: str(value) for field, value in typed.items() if value is not None},
            "codes": {name: code} if code else {},
            "said": {name: dict(options_of(bare(name), choices))[code]} if code else {},
        },
        headers={"Cache-Control": "no-store"},
    )


def _typed(name: str, prefix: str, data: Mapping[str, str], choices: Choices) -> dict[str, Value]:
    """What is to be checked; a field that is blank is told of when the form is sent."""
    fields = [bare(name), *(BY_COUNTRY if name == "country" else ())]
    return {field: read_typed(field, data.get(prefix + field, ""), choices) for field in fields}


async def _check(
    conn: Connection, typed: Mapping[str, Value], data: Mapping[str, str], sellers: list[Seller], today: date
) -> Placed:
    asked = {field: value for field, value in typed.items() if value is not None}
    # A form sends only fields of its own kind of customer, so each of them has a place.
    texts, refusals = read_texts(asked, dict.fromkeys(asked, ""))
    payer = plain_code(str(texts["payer"])) if "payer" in texts else None
    payers = await customer_store.find_payers(conn, [payer]) if payer else {}
    settings = await customer_store.list_setting_codes(conn)
    known = ReferenceData({one.code: one for one in sellers}, settings, payers)
    _, more = read_values(texts, known, today, data.get("country", "").strip().upper() or None)
    own = data.get("account_code", "").strip() or None
    currency, seller = data.get("currency", "").strip().upper() or None, _seller(data, payers.get(payer or ""), sellers)
    paying = check_payer(texts.get("payer"), currency, own, payers, seller)
    return [*refusals, *more, *paying, *await _check_codes(conn, texts, data)]


def _seller(data: Mapping[str, str], payer: Payer | None, sellers: list[Seller]) -> str | None:
    """The seller whose account is paid for; a form that names none is of a customer whose seller the visitor has."""
    given, offered_ = data.get("seller", "").strip(), {one.code for one in sellers}
    return given or (payer.seller if payer is not None and payer.seller in offered_ else None)


async def _check_codes(conn: Connection, texts: Mapping[str, Value], data: Mapping[str, str]) -> Placed:
    """Is a code given by hand free?"""
    codes: dict[str, Any] = {f: c for f in CODES if f in texts and (c := plain_code(str(texts[f])))}
    if not codes:
        return []
    new = replace(NewCustomer(kind=kind_of(data.get("kind"))), **codes)
    (clashes,) = check_codes([new], [new], await customer_store.find_taken_codes(conn, [new]))
    return [(field, refusal) for field in codes for refusal in clashes]


def _code(name: str, typed: Mapping[str, Value], choices: Choices) -> str:
    """The code of the country, language or currency that is typed, as the register writes it."""
    text = str(typed[bare(name)] or "") if bare(name) in WORLD else ""
    return (
        next((code for code, _ in options_of(bare(name), choices) if code.lower() == text.lower()), "") if text else ""
    )


route_handlers = [check_field]
