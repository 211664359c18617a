"""Payment methods: how customers pay, and the operation types that stand behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from solde.access import Permission
from solde.customers import PaymentMethod
from solde.customers.methods import NO_SUCH_METHOD, change_method, create_method
from solde.customers.store import list_payment_methods
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse
from solde.operations import Side, Types, load_types

from ... import store
from ...i18n import t
from ...reading import reading
from ...refused import by_field
from ...render import page
from ...visitors import Visitor
from .acting import Done, Form, act_once, text_of

LIST = "/settings/methods"
FIELDS = ("code", "label", "payment_type")


@get(LIST, name="settings_methods", include_in_schema=False)
async def methods_page(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The payment methods and what they are posted as."""
    async with reading(request) as conn:
        methods, types = await list_payment_methods(conn), await load_types(conn)
        routes = await store.payment_routes(conn)
    return page(
        "settings/methods.html",
        request,
        visitor=visitor,
        title=t("Payment methods"),
        may=visitor.may_for_all(Permission.SETTINGS),
        methods=[_shown(one, types, routes.get(one.payment_type, (None, None))) for one in methods],
    )


def _shown(method: PaymentMethod, types: Types, route: tuple[str | None, str | None]) -> dict[str, object]:
    codes = (method.payment_type, *route)
    return {
        "code": method.code,
        "label": t(method.label),
        "types": [None if code is None else (code, t(types.by_code[code].label)) for code in codes],
    }


@get("/settings/new-method", name="settings_new_method", include_in_schema=False)
async def new_method_dialog(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The form of a new method."""
    visitor.require(Permission.SETTINGS)
    return await _form(request, visitor, {}, None)


@post("/settings/new-method", status_code=303, include_in_schema=False)
async def make_method(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], data: Form
) -> Redirect | Response[str]:
    """Make a method."""
    visitor.require(Permission.SETTINGS)
    new = PaymentMethod(text_of(data, "code"), text_of(data, "label"), data.get("payment_type", ""))

    async def work(conn: Connection) -> Done:
        types = payment_types(await load_types(conn))
        made = await create_method(conn, new, payment_types=types, actor=visitor.actor)
        return Done(LIST, t("Payment method {label} is made.", label=t(made.label)))

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        return await _form(request, visitor, data, None, refused)


@get("/settings/methods/{code:str}", name="settings_method", include_in_schema=False)
async def method_dialog(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str]
) -> Response[str]:
    """The form of a method."""
    visitor.require(Permission.SETTINGS)
    method = await _find(request, code)
    return await _form(request, visitor, {"label": method.label, "payment_type": method.payment_type}, method)


@post("/settings/methods/{code:str}", status_code=303, include_in_schema=False)
async def save_method(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], data: Form
) -> Redirect | Response[str]:
    """Change a method."""
    visitor.require(Permission.SETTINGS)
    wanted = PaymentMethod(code, text_of(data, "label"), data.get("payment_type", ""))
    seen = PaymentMethod(code, data.get("seen_label", ""), data.get("seen_payment_type", ""))

    async def work(conn: Connection) -> Done:
        types = payment_types(await load_types(conn))
        made = await change_method(conn, wanted, payment_types=types, seen=seen, actor=visitor.actor)
        return Done(LIST, t("Payment method {label} is changed.", label=t(made.label)))

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        return await _form(request, visitor, data, await _find(request, code), refused)


def payment_types(types: Types) -> dict[str, str]:
    """The operation types that a payment may be posted as, with their labels."""
    found = (one for one in types.by_code.values() if one.side is Side.CREDIT and one.class_ in {"P", "AP"})
    return {one.code: t(one.label) for one in sorted(found, key=lambda one: one.code) if not one.deposit}


async def _find(request: Request[Any, Any, State], code: str) -> PaymentMethod:
    async with reading(request) as conn:
        found = next((one for one in await list_payment_methods(conn) if one.code == code), None)
    if found is None:
        raise Refused(refuse(NO_SUCH_METHOD, f"there is no payment method {code!r}"))
    return found


async def _form(
    request: Request[Any, Any, State],
    visitor: Visitor,
    values: Mapping[str, str],
    method: PaymentMethod | None,
    refused: Refused | None = None,
) -> Response[str]:
    async with reading(request) as conn:
        types = payment_types(await load_types(conn))
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    return page(
        "settings/method.html",
        request,
        visitor=visitor,
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
