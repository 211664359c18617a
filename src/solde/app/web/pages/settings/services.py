"""Services: what charges and credits are for, and the tax in them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused, refuse
from solde.unbilled import Service, add_service, edit_service, list_services
from solde.unbilled.rules import NO_SUCH_SERVICE, TAX_RATE_UNFIT

from ... import formats
from ...amounts import read_rate
from ...form_errors import by_field
from ...i18n import t
from ...page import Page, web_form, web_page
from .saving import Done, Form, act_once, number_of, text_of

LIST = "/settings/services"
FIELDS = ("code", "label", "tax_rate", "active", "version")


@web_page(LIST, name="settings_services", feature="adjustments")
async def services_page(page: Page) -> Response[str]:
    """The services and their tax rates."""
    async with page.reading() as conn:
        services = await list_services(conn)
    return page.show(
        "settings/services.html",
        title=t("Services"),
        may=page.visitor.may_for_all(Permission.SETTINGS),
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


@web_page("/settings/new-service", name="settings_new_service")
async def new_service_dialog(page: Page) -> Response[str]:
    """The form of a new service."""
    return await _form(page, {}, None)


@web_form("/settings/new-service", permission=Permission.SETTINGS, feature="adjustments")
async def make_service(page: Page, data: Form) -> Redirect | Response[str]:
    """Make a service."""

    async def work(conn: Connection) -> Done:
        rate = _rate(data)
        made = await add_service(conn, text_of(data, "code"), text_of(data, "label"), rate, actor=page.visitor.actor)
        return Done(LIST, t("Service {label} is made.", label=t(made.label)))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _form(page, data, None, refused)


@web_page(
    "/settings/services/{code:str}", name="settings_service", permission=Permission.SETTINGS, feature="adjustments"
)
async def service_dialog(page: Page, code: str) -> Response[str]:
    """The form of a service."""
    one = await _find(page, code)
    values = {
        "label": one.label, "tax_rate": formats.plain_text(one.tax_rate), "active": "true" if one.active else "",
        "version": str(one.version),
    }  # fmt: skip
    return await _form(page, values, one)


@web_form("/settings/services/{code:str}", permission=Permission.SETTINGS, feature="adjustments")
async def save_service(page: Page, code: str, data: Form) -> Redirect | Response[str]:
    """Change a service."""

    async def work(conn: Connection) -> Done:
        made = await edit_service(
            conn, code, text_of(data, "label"), _rate(data), active=data.get("active") == "true",
            actor=page.visitor.actor, version=number_of(data, "version"),
        )  # fmt: skip
        return Done(LIST, t("Service {label} is changed.", label=t(made.label)))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _form(page, data, await _find(page, code), refused)


def _rate(data: Mapping[str, str]) -> Decimal:
    found = read_rate(text_of(data, "tax_rate"))
    if isinstance(found, Refusal):
        raise Refused(refuse(TAX_RATE_UNFIT, found.text, field="tax_rate"))
    return found


async def _find(page: Page, code: str) -> Service:
    async with page.reading() as conn:
        found = next((one for one in await list_services(conn) if one.code == code), None)
    if found is None:
        raise Refused(refuse(NO_SUCH_SERVICE, "there is no service {code!r}", code=code))
    return found


async def _form(
    page: Page, values: Mapping[str, str], service: Service | None, refused: Refused | None = None
) -> Response[str]:
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    return page.show(
        "settings/service.html",
        status=200 if refused is None else 422,
        title=t("New service") if service is None else t("Service {code}", code=service.code),
        back=LIST,
        code="" if service is None else service.code,
        values={**dict.fromkeys((*FIELDS, "key"), ""), **values},
        wrong={**dict.fromkeys(FIELDS, ""), **wrong},
        rest=rest,
    )


route_handlers = [services_page, new_service_dialog, make_service, service_dialog, save_service]
