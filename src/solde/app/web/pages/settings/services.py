"""Services: what charges and credits are for, and the tax in them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused, refuse
from solde.unbilled import Service, add_service, edit_service, list_services
from solde.unbilled.rules import NO_SUCH_SERVICE, TAX_RATE_UNFIT

from ... import formats
from ...i18n import t
from ...reading import reading
from ...refused import by_field
from ...render import page
from ...visitors import Visitor
from ..actions.typed import typed_amount
from .acting import Done, Form, act_once, number_of, text_of

LIST = "/settings/services"
FIELDS = ("code", "label", "tax_rate", "active", "version")


@get(LIST, name="settings_services", include_in_schema=False)
async def services_page(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The services and their tax rates."""
    await request.app.state.features.check("adjustments")
    async with reading(request) as conn:
        services = await list_services(conn)
    return page(
        "settings/services.html",
        request,
        visitor=visitor,
        title=t("Services"),
        may=visitor.may_for_all(Permission.SETTINGS),
        services=[
            {
                "code": one.code,
                "label": t(one.label),
                "rate": formats.plain_text(one.tax_rate),
                "active": one.active,
                "is_service": one.is_service,
            }
            for one in services
        ],
    )


@get("/settings/new-service", name="settings_new_service", include_in_schema=False)
async def new_service_dialog(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The form of a new service."""
    return await _form(request, visitor, {}, None)


@post("/settings/new-service", status_code=303, include_in_schema=False)
async def make_service(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], data: Form
) -> Redirect | Response[str]:
    """Make a service."""
    await _check(request, visitor)

    async def work(conn: Connection) -> Done:
        rate = _rate(data)
        made = await add_service(conn, text_of(data, "code"), text_of(data, "label"), rate, actor=visitor.actor)
        return Done(LIST, t("Service {label} is made.", label=t(made.label)))

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        return await _form(request, visitor, data, None, refused)


@get("/settings/services/{code:str}", name="settings_service", include_in_schema=False)
async def service_dialog(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str]
) -> Response[str]:
    """The form of a service."""
    one = await _find(request, code)
    values = {
        "label": one.label, "tax_rate": formats.plain_text(one.tax_rate), "active": "true" if one.active else "",
        "version": str(one.version),
    }  # fmt: skip
    return await _form(request, visitor, values, one)


@post("/settings/services/{code:str}", status_code=303, include_in_schema=False)
async def save_service(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], data: Form
) -> Redirect | Response[str]:
    """Change a service."""
    await _check(request, visitor)

    async def work(conn: Connection) -> Done:
        made = await edit_service(
            conn, code, text_of(data, "label"), _rate(data), active=data.get("active") == "true",
            actor=visitor.actor, version=number_of(data, "version"),
        )  # fmt: skip
        return Done(LIST, t("Service {label} is changed.", label=t(made.label)))

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        return await _form(request, visitor, data, await _find(request, code), refused)


def _rate(data: Mapping[str, str]) -> Decimal:
    found = typed_amount(text_of(data, "tax_rate"))
    if isinstance(found, Refusal):
        raise Refused(refuse(TAX_RATE_UNFIT, found.message, field="tax_rate"))
    return found


async def _check(request: Request[Any, Any, State], visitor: Visitor) -> None:
    await request.app.state.features.check("adjustments")
    visitor.require(Permission.SETTINGS)


async def _find(request: Request[Any, Any, State], code: str) -> Service:
    async with reading(request) as conn:
        found = next((one for one in await list_services(conn) if one.code == code), None)
    if found is None:
        raise Refused(refuse(NO_SUCH_SERVICE, f"there is no service {code!r}"))
    return found


async def _form(
    request: Request[Any, Any, State],
    visitor: Visitor,
    values: Mapping[str, str],
    service: Service | None,
    refused: Refused | None = None,
) -> Response[str]:
    await _check(request, visitor)
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    return page(
        "settings/service.html",
        request,
        visitor=visitor,
        status=200 if refused is None else 422,
        title=t("New service") if service is None else t("Service {code}", code=service.code),
        back=LIST,
        code="" if service is None else service.code,
        values={**dict.fromkeys((*FIELDS, "key"), ""), **values},
        wrong={**dict.fromkeys(FIELDS, ""), **wrong},
        rest=rest,
    )


route_handlers = [services_page, new_service_dialog, make_service, service_dialog, save_service]
