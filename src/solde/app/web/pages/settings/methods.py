"""Payment methods: how customers pay, and the operation types that stand behind."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.customers import PaymentMethod
from solde.customers.methods import NO_SUCH_METHOD, change_method, create_method
from solde.customers.store import list_payment_methods
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse
from solde.operations import Side, Types, load_types

from ... import store
from ...form_errors import by_field
from ...i18n import t
from ...page import Page, web_form, web_page
from .saving import Done, Form, act_once, text_of

LIST = "/settings/methods"
FIELDS = ("code", "label", "payment_type")


@web_page(LIST, name="settings_methods")
async def methods_page(page: Page) -> Response[str]:
    """The payment methods and what they are posted as."""
    async with page.reading() as conn:
        methods, types = await list_payment_methods(conn), await load_types(conn)
        routes = await store.payment_routes(conn)
    return page.show(
        "settings/methods.html",
        title=t("Payment methods"),
        may=page.visitor.may_for_all(Permission.SETTINGS),
        methods=[_shown(one, types, routes.get(one.payment_type, (None, None))) for one in methods],
    )


def _shown(method: PaymentMethod, types: Types, route: tuple[str | None, str | None]) -> dict[str, object]:
    codes = (method.payment_type, *route)
    return {
        "code": method.code,
        "label": t(method.label),
        "types": [None if code is None else (code, t(types.by_code[code].label)) for code in codes],
    }


@web_page("/settings/new-method", name="settings_new_method", permission=Permission.SETTINGS)
async def new_method_dialog(page: Page) -> Response[str]:
    """The form of a new method."""
    return await _form(page, {}, None)


@web_form("/settings/new-method", permission=Permission.SETTINGS)
async def make_method(page: Page, data: Form) -> Redirect | Response[str]:
    """Make a method."""
    new = PaymentMethod(text_of(data, "code"), text_of(data, "label"), data.get("payment_type", ""))

    async def work(conn: Connection) -> Done:
        types = payment_types(await load_types(conn))
        made = await create_method(conn, new, payment_types=types, actor=page.visitor.actor)
        return Done(LIST, t("Payment method {label} is made.", label=t(made.label)))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _form(page, data, None, refused)


@web_page("/settings/methods/{code:str}", name="settings_method", permission=Permission.SETTINGS)
async def method_dialog(page: Page, code: str) -> Response[str]:
    """The form of a method."""
    method = await _find(page, code)
    return await _form(page, {"label": method.label, "payment_type": method.payment_type}, method)


@web_form("/settings/methods/{code:str}", permission=Permission.SETTINGS)
async def save_method(page: Page, code: str, data: Form) -> Redirect | Response[str]:
    """Change a method."""
    wanted = PaymentMethod(code, text_of(data, "label"), data.get("payment_type", ""))
    seen = PaymentMethod(code, data.get("seen_label", ""), data.get("seen_payment_type", ""))

    async def work(conn: Connection) -> Done:
        types = payment_types(await load_types(conn))
        made = await change_method(conn, wanted, payment_types=types, seen=seen, actor=page.visitor.actor)
        return Done(LIST, t("Payment method {label} is changed.", label=t(made.label)))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _form(page, data, await _find(page, code), refused)


def payment_types(types: Types) -> dict[str, str]:
    """The operation types that a payment may be posted as, with their labels."""
    found = (one for one in types.by_code.values() if one.side is Side.CREDIT and one.class_ in {"P", "AP"})
    return {one.code: t(one.label) for one in sorted(found, key=lambda one: one.code) if not one.deposit}


async def _find(page: Page, code: str) -> PaymentMethod:
    async with page.reading() as conn:
        found = next((one for one in await list_payment_methods(conn) if one.code == code), None)
    if found is None:
        raise Refused(refuse(NO_SUCH_METHOD, "there is no payment method {code!r}", code=code))
    return found


async def _form(
    page: Page, values: Mapping[str, str], method: PaymentMethod | None, refused: Refused | None = None
) -> Response[str]:
    async with page.reading() as conn:
        types = payment_types(await load_types(conn))
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    return page.show(
        "settings/method.html",
        status=200 if refused is None else 422,
        title=t("New payment method") if method is None else t("Payment method {code}", code=method.code),
        back=LIST,
        method=method,
        values={**dict.fromkeys((*FIELDS, "key"), ""), **values},
        wrong={**dict.fromkeys(FIELDS, ""), **wrong},
        rest=rest,
        types=[(code, f"{code} · {label}") for code, label in types.items()],
    )


route_handlers = [methods_page, new_method_dialog, make_method, method_dialog, save_method]
