"""Security deposits: their templates, the most they may be, and whether they are given back by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection
from solde.deposits import (
    DepositSettings,
    Limit,
    Template,
    TemplateChange,
    TemplateState,
    ValidityUnit,
    change_settings,
    change_template,
    create_template,
    get_settings,
    list_templates,
)
from solde.deposits.rules import NO_TEMPLATE
from solde.deposits.settings import ORDER, VALIDITY_UNFIT
from solde.kernel.refusals import Refusal, Refused, refuse

from ... import formats
from ...amounts import as_typed, read_amount
from ...form_errors import by_field
from ...i18n import t
from ...page import Page, web_form, web_page
from .saving import Done, Form, act_once, number_of, text_of

LIST = "/settings/deposits"
FEATURE = "security_deposits"
FIELDS = ("code", "label", "currency", "min", "max", "validity", "validity_unit", "state")
STATES: Mapping[TemplateState, tuple[str, str]] = {
    TemplateState.DRAFT: ("Draft", "amber"),
    TemplateState.ACTIVE: ("Active", "green"),
    TemplateState.ARCHIVED: ("Archived", "grey"),
}
UNITS: Mapping[ValidityUnit, str] = {
    ValidityUnit.DAYS: "days",
    ValidityUnit.WEEKS: "weeks",
    ValidityUnit.MONTHS: "months",
    ValidityUnit.YEARS: "years",
}
BLANK_LIMITS = 2
"""Further currencies that the form of the limits offers."""
LIMITS_MOST = 50


@web_page(LIST, name="settings_deposits", feature=FEATURE)
async def deposits_page(page: Page) -> Response[str]:
    """Templates and limits."""
    async with page.reading() as conn:
        templates, settings = await list_templates(conn), await get_settings(conn)
    return page.show(
        "settings/deposits.html",
        title=t("Security deposits"),
        may=page.visitor.may_for_all(Permission.SETTINGS),
        templates=[_shown(one) for one in templates],
        auto_refund=settings.auto_refund,
        limits=[
            (one.currency, _money(one.deposit_most, one.currency), _money(one.customer_most, one.currency))
            for one in settings.limits.values()
        ],
    )


def _shown(one: Template) -> dict[str, object]:
    state, tone = STATES[one.state]
    unit = None if one.validity_unit is None else UNITS[one.validity_unit]
    return {
        "code": one.code,
        "label": t(one.label),
        "currency": one.currency,
        "min": _money(one.least, one.currency),
        "max": _money(one.most, one.currency),
        "validity": "" if unit is None else f"{one.validity} {t(unit)}",
        "state": t(state),
        "tone": tone,
        "archived": one.state is TemplateState.ARCHIVED,
    }


def _money(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else formats.money(amount, currency)


@web_page(
    "/settings/new-deposit-template",
    name="settings_new_deposit_template",
    permission=Permission.SETTINGS,
    feature=FEATURE,
)
async def new_template_dialog(page: Page) -> Response[str]:
    """The form of a new template."""
    return _form(page, {"state": TemplateState.ACTIVE.value}, None)


@web_form("/settings/new-deposit-template", permission=Permission.SETTINGS, feature=FEATURE)
async def make_template(page: Page, data: Form) -> Redirect | Response[str]:
    """Make a template."""
    try:
        currency = text_of(data, "currency").upper()
        change = _typed(data, currency)
        new = Template(
            text_of(data, "code").upper(), change["label"], currency, change["least"],
            change["most"], change["validity"], change["validity_unit"], change["state"],
        )  # fmt: skip

        async def work(conn: Connection) -> Done:
            made = await create_template(conn, new, actor=page.visitor.actor)
            return Done(LIST, t("Template {label} is made.", label=t(made.label)))

        return await act_once(page, data, work)
    except Refused as refused:
        return _form(page, data, None, refused)


@web_page(
    "/settings/deposit-templates/{code:str}",
    name="settings_deposit_template",
    permission=Permission.SETTINGS,
    feature=FEATURE,
)
async def template_dialog(page: Page, code: str) -> Response[str]:
    """The form of a template."""
    one = await _find(page, code)
    values = {
        "label": one.label,
        "min": "" if one.least is None else as_typed(one.least, one.currency),
        "max": "" if one.most is None else as_typed(one.most, one.currency),
        "validity": "" if one.validity is None else str(one.validity),
        "validity_unit": "" if one.validity_unit is None else one.validity_unit.value,
        "state": one.state.value,
        "version": str(one.version),
    }
    return _form(page, values, one)


@web_form("/settings/deposit-templates/{code:str}", permission=Permission.SETTINGS, feature=FEATURE)
async def save_template(page: Page, code: str, data: Form) -> Redirect | Response[str]:
    """Change a template."""
    one = await _find(page, code)
    try:
        change = TemplateChange(**_typed(data, one.currency))

        async def work(conn: Connection) -> Done:
            made = await change_template(conn, code, change, number_of(data, "version"), actor=page.visitor.actor)
            return Done(LIST, t("Template {label} is changed.", label=t(made.label)))

        return await act_once(page, data, work)
    except Refused as refused:
        return _form(page, data, one, refused)


async def _find(page: Page, code: str) -> Template:
    async with page.reading() as conn:
        found = next((one for one in await list_templates(conn) if one.code == code), None)
    if found is None:
        raise Refused(refuse(NO_TEMPLATE, "there is no template {code!r}", code=code))
    return found


def _typed(data: Mapping[str, str], currency: str) -> dict[str, Any]:
    """What was typed of a template; refuses what cannot be read, with its place."""
    refusals: list[Refusal] = []
    bounds = {name: _amount(data, field, currency, refusals) for name, field in (("least", "min"), ("most", "max"))}
    count, unit = text_of(data, "validity"), data.get("validity_unit", "")
    if (count and not (count.isascii() and count.isdigit() and len(count) < 5)) or (unit and unit not in UNITS):
        refusals.append(
            refuse(
                VALIDITY_UNFIT, "{count!r} is no number of {unit}", count=count, unit=unit or "days", field="validity"
            )
        )
    state = data.get("state", "")
    if refusals:
        raise Refused(refusals)
    return {
        "label": text_of(data, "label"),
        **bounds,
        "validity": int(count) if count else None,
        "validity_unit": ValidityUnit(unit) if unit and count else None,
        "state": TemplateState(state) if state in set(TemplateState) else TemplateState.DRAFT,
    }


def _amount(data: Mapping[str, str], name: str, currency: str, refusals: list[Refusal]) -> Decimal | None:
    text = text_of(data, name)
    found = read_amount(text, currency) if text else None
    if isinstance(found, Refusal):
        refusals.append(found.at(field=name))
        return None
    return found


def _form(
    page: Page, values: Mapping[str, str], template: Template | None, refused: Refused | None = None
) -> Response[str]:
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    states = ORDER if template is None else ORDER[ORDER.index(template.state) :]
    return page.show(
        "settings/deposit_template.html",
        status=200 if refused is None else 422,
        title=t("New template") if template is None else t("Template {code}", code=template.code),
        back=LIST,
        template=template,
        values={**dict.fromkeys((*FIELDS, "key", "version"), ""), **values},
        wrong={**dict.fromkeys(FIELDS, ""), **wrong},
        rest=rest,
        units=[(unit.value, t(label)) for unit, label in UNITS.items()],
        states=[(state.value, t(STATES[state][0])) for state in states],
    )


@web_page("/settings/deposit-limits", name="settings_deposit_limits", permission=Permission.SETTINGS, feature=FEATURE)
async def limits_dialog(page: Page) -> Response[str]:
    """The form of the limits and of the automatic refund."""
    async with page.reading() as conn:
        settings = await get_settings(conn)
    return _limits_form(page, _as_typed(settings))


def _as_typed(settings: DepositSettings) -> dict[str, str]:
    values = {"auto_refund": "true" if settings.auto_refund else "", "version": str(settings.version)}
    for place, one in enumerate(settings.limits.values()):
        values[f"currency-{place}"] = one.currency
        values[f"deposit-{place}"] = "" if one.deposit_most is None else as_typed(one.deposit_most, one.currency)
        values[f"customer-{place}"] = "" if one.customer_most is None else as_typed(one.customer_most, one.currency)
    return values


@web_form("/settings/deposit-limits", permission=Permission.SETTINGS, feature=FEATURE)
async def save_limits(page: Page, data: Form) -> Redirect | Response[str]:
    """Set the limits and the automatic refund."""
    try:
        limits, places = _limits(data)

        async def work(conn: Connection) -> Done:
            try:
                await change_settings(
                    conn, auto_refund=data.get("auto_refund") == "true", limits=limits,
                    version=number_of(data, "version"), actor=page.visitor.actor,
                )  # fmt: skip
            except Refused as refused:
                raise Refused([_placed(one, places) for one in refused.refusals]) from None
            return Done(LIST, t("The settings of security deposits are changed."))

        return await act_once(page, data, work)
    except Refused as refused:
        return _limits_form(page, data, refused)


def _limits(data: Mapping[str, str]) -> tuple[list[Limit], list[int]]:
    """The limits as typed, and the row of each; a row without a currency is left out."""
    refusals: list[Refusal] = []
    limits, places = [], []
    for place in range(LIMITS_MOST):
        currency = text_of(data, f"currency-{place}").upper()
        if currency:
            amounts = [_amount(data, f"{name}-{place}", currency, refusals) for name in ("deposit", "customer")]
            limits.append(Limit(currency, *amounts))
            places.append(place)
    if refusals:
        raise Refused(refusals)
    return limits, places


def _placed(refusal: Refusal, places: Sequence[int]) -> Refusal:
    """A refusal of the settings, at the field of the form."""
    parts = (refusal.field or "").split(".")
    if len(parts) != 3:
        return refusal
    names = {"currency": "currency", "max_per_deposit": "deposit", "max_per_customer": "customer"}
    return refusal.at(field=f"{names[parts[2]]}-{places[int(parts[1])]}")


def _limits_form(page: Page, values: Mapping[str, str], refused: Refused | None = None) -> Response[str]:
    used = [place for place in range(LIMITS_MOST) if values.get(f"currency-{place}")]
    count = (max(used) + 1 if used else 0) + BLANK_LIMITS
    names = [f"{name}-{place}" for place in range(count) for name in ("currency", "deposit", "customer")]
    wrong, rest = by_field(refused.refusals, names) if refused else ({}, [])
    rows = [
        {
            name: {
                "name": f"{name}-{place}",
                "value": values.get(f"{name}-{place}", ""),
                "wrong": wrong.get(f"{name}-{place}", ""),
            }
            for name in ("currency", "deposit", "customer")
        }
        for place in range(count)
    ]
    return page.show(
        "settings/deposit_limits.html",
        status=200 if refused is None else 422,
        title=t("Limits of security deposits"),
        back=LIST,
        key=values.get("key", ""),
        version=values.get("version", ""),
        auto_refund=values.get("auto_refund") == "true",
        rows=rows,
        rest=rest,
    )


route_handlers = [
    deposits_page,
    new_template_dialog,
    make_template,
    template_dialog,
    save_template,
    limits_dialog,
    save_limits,
]
