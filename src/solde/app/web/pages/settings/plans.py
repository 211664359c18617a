"""Instalment plans: what the plans of each seller keep to, and the days on which nobody pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.customers import Seller, list_customer_categories, list_sellers
from solde.customers.rules.creation import UNKNOWN_SELLER
from solde.db import Connection
from solde.instalments.model import EVERY_CURRENCY, EVERY_SELLER, Holiday, Limits, Remainder, Rule, Shift, Start, Unit
from solde.instalments.settings import load_holidays, load_rules, put_holidays, put_rule
from solde.kernel.money import plain
from solde.kernel.refusals import Refusal, Refused, refuse

from ... import formats
from ...amounts import as_typed, read_amount, read_rate
from ...days import read_day
from ...form_errors import by_field
from ...i18n import t
from ...page import Page, web_form, web_page
from ...texts import written
from ...visitors import Visitor
from ..actions.planning import REMAINDERS, STARTS, UNITS
from ..plans import FEATURE
from .saving import Done, Form, act_once, number_of, text_of

LIST = "/settings/plans"
EVERY = "-"
"""The rule of every seller, in an address; no seller is called so."""
SHIFTS = {Shift.NONE: "Stay there", Shift.NEXT: "Next working day", Shift.PREVIOUS: "Working day before"}
AMOUNTS = {"least": "least", "most": "most", "least_instalment": "least_instalment", "fee": "fee"}
REFUSED_AS = {"min_amount": "least", "max_amount": "most", "min_instalment": "least_instalment", "fee": "fee"}
SPARE = 2
"""Blank rows for limits of further currencies."""
LIMITS_MOST = 40
FIELDS = (
    "default_count", "most_count", "start", "unit", "remainder", "shift", "grace_days", "interest", "categories",
    "limits", "reason",
)  # fmt: skip


@web_page(LIST, name="settings_plans", feature=FEATURE)
async def plans_settings(page: Page) -> Response[str]:
    """The rules, that of every seller first, and each seller's calendar."""
    async with page.reading() as conn:
        sellers = [one for one in await list_sellers(conn) if page.visitor.seller in {None, one.code}]
        rules = await load_rules(conn)
        days = await load_holidays(conn, [one.seller_id for one in sellers])
    may = page.visitor.may(Permission.SETTINGS)
    shown: list[tuple[str, str, int]] = [(EVERY, t("Every seller"), EVERY_SELLER)]
    shown += [(one.code, one.name, one.seller_id) for one in sellers]
    return page.show(
        "settings/plans.html",
        title=t("Instalment plans"),
        may=may,
        rules=[
            _rule(code, name, rules.get(key), may=may and (key != EVERY_SELLER or page.visitor.seller is None))
            for code, name, key in shown
        ],
        calendars=[
            {"code": one.code, "name": one.name, "days": [(d.on_day.isoformat(), d.label) for d in days.get(one.seller_id, ())]}
            for one in sellers
        ],
    )  # fmt: skip


def _rule(code: str, name: str, rule: Rule | None, *, may: bool) -> dict[str, object]:
    return {
        "code": code,
        "name": name,
        "href": f"{LIST}/rules/{code}" if may else "",
        "facts": [] if rule is None else _facts(rule),
        "limits": [] if rule is None else [_limit(currency, one) for currency, one in sorted(rule.limits.items())],
    }


def _facts(rule: Rule) -> list[tuple[str, str]]:
    grace = t("Only by a person") if rule.grace_days is None else t("after {n} days overdue", n=rule.grace_days)
    interest = t("{rate} % a year", rate=plain(rule.interest)) if rule.interest else t("none")
    return [
        (t("Instalments"), t("{n}, {most} at most", n=rule.default_count, most=rule.most_count)),
        (t("Starts"), t(STARTS[rule.start])),
        (t("Apart"), t(UNITS[rule.unit])),
        (t("What is left over"), t(REMAINDERS[rule.remainder])),
        (t("On weekends and holidays"), t(SHIFTS[rule.shift])),
        (t("Broken"), grace),
        (t("Interest"), interest),
        (t("Customers"), ", ".join(rule.categories) or t("every category")),
    ]


def _limit(currency: str, one: Limits) -> tuple[str, str]:
    words = (
        (t("from {amount}"), one.least), (t("to {amount}"), one.most),
        (t("instalment from {amount}"), one.least_instalment), (t("fee {amount}"), one.fee or None),
    )  # fmt: skip
    unit = "EUR" if currency == EVERY_CURRENCY else currency
    said = [text.format(amount=formats.money(amount, unit)) for text, amount in words if amount is not None]
    name = t("every other currency") if currency == EVERY_CURRENCY else currency
    return name, ", ".join(said) or t("without limit")


async def _seller(conn: Connection, visitor: Visitor, code: str) -> Seller | None:
    """The seller of an address, None for every seller; refuses unknown_seller, also that of another."""
    if code == EVERY and visitor.seller is None:
        return None
    found = next((one for one in await list_sellers(conn) if one.code == code), None)
    if found is None or visitor.seller not in {None, code}:
        raise Refused(refuse(UNKNOWN_SELLER, "there is no seller {code!r} of yours", code=code))
    return found


@web_page(f"{LIST}/rules/{{code:str}}", name="settings_plan_rule", permission=Permission.SETTINGS, feature=FEATURE)
async def rule_dialog(page: Page, code: str) -> Response[str]:
    """The form of a rule; a seller without one begins with that of every seller."""
    return await _rule_form(page, code, None)


async def _rule_form(
    page: Page, code: str, given: Mapping[str, str] | None, refused: Refused | None = None
) -> Response[str]:
    async with page.reading() as conn:
        seller = await _seller(conn, page.visitor, code)
        rules, categories = await load_rules(conn), await list_customer_categories(conn)
    key = EVERY_SELLER if seller is None else seller.seller_id
    known = rules.get(key)
    values = (
        _typed(known or rules[EVERY_SELLER], 0 if known is None else known.version) if given is None else dict(given)
    )
    rows = _count_rows(values)
    names = [*FIELDS, *(f"{name}-{place}" for place in range(rows) for name in ("currency", *AMOUNTS))]
    wrong, rest = by_field(refused.refusals, names) if refused else ({}, [])
    return page.show(
        "settings/plan_rule.html",
        status=200 if refused is None else 422,
        title=t("Instalment plans of {seller}", seller=t("every seller") if seller is None else seller.name),
        back=LIST,
        size="large",
        href=f"{LIST}/rules/{code}",
        values={**dict.fromkeys((*names, "key", "version"), ""), **values},
        wrong={**dict.fromkeys(names, ""), **wrong},
        rest=rest,
        rows=list(range(rows)),
        chosen=values.get("categories", "").split("\n"),
        categories=[(one.code, t(one.label)) for one in categories],
        starts=[(one.value, t(words)) for one, words in STARTS.items()],
        units=[(one.value, t(words)) for one, words in UNITS.items()],
        remainders=[(one.value, t(words)) for one, words in REMAINDERS.items()],
        shifts=[(one.value, t(words)) for one, words in SHIFTS.items()],
    )


def _typed(rule: Rule, version: int) -> dict[str, str]:
    values = {
        "version": str(version), "default_count": str(rule.default_count), "most_count": str(rule.most_count),
        "start": rule.start.value, "unit": rule.unit.value, "remainder": rule.remainder.value,
        "shift": rule.shift.value, "grace_days": "" if rule.grace_days is None else str(rule.grace_days),
        "interest": plain(rule.interest), "categories": "\n".join(rule.categories),
    }  # fmt: skip
    for place, (currency, one) in enumerate(sorted(rule.limits.items())):
        amounts = {name: getattr(one, name) for name in AMOUNTS}
        values |= {
            f"{name}-{place}": "" if not amount else as_typed(amount, currency) for name, amount in amounts.items()
        }
        values[f"currency-{place}"] = currency
    return values


def _count_rows(values: Mapping[str, str]) -> int:
    used = [
        int(name[9:]) for name, text in values.items() if name.startswith("currency-") and text and name[9:].isdecimal()
    ]
    return min(max(used, default=-1) + 1 + SPARE, LIMITS_MOST)


@web_form(f"{LIST}/rules/{{code:str}}", everywhere=False, permission=Permission.SETTINGS, feature=FEATURE)
async def save_rule(page: Page, code: str) -> Redirect | Response[str]:
    """Write a rule whole."""
    data = await _read_form(page)

    async def work(conn: Connection) -> Done:
        seller = await _seller(conn, page.visitor, code)
        rule = _rule_of(data, EVERY_SELLER if seller is None else seller.seller_id)
        categories = [one.code for one in await list_customer_categories(conn)]
        reason = text_of(data, "reason") or None
        try:
            await put_rule(
                conn, rule, categories, page.visitor.actor, version=number_of(data, "version"), reason=reason
            )
        except Refused as refused:
            raise Refused(_placed(one, data) for one in refused.refusals) from None
        return Done(LIST, t("The rule is changed."))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _rule_form(page, code, data, refused)


async def _read_form(page: Page) -> dict[str, str]:
    """The fields of a form; categories ticked stand in one, a line each."""
    items = await page.typed()
    data = dict(items)
    data["categories"] = "\n".join(text for name, text in items if name == "categories")
    return data


def _rule_of(form: Mapping[str, str], seller_id: int) -> Rule:
    """The rule as typed; refuses unfit amounts and choices that are none."""
    refusals: list[Refusal] = []
    limits: dict[str, Limits] = {}
    for place in range(_count_rows(form)):
        currency = text_of(form, f"currency-{place}", 3).upper()
        amounts = {name: _amount(form, f"{name}-{place}", refusals, currency) for name in AMOUNTS}
        if currency:
            fee = amounts["fee"]
            limits[currency] = Limits(
                amounts["least"], amounts["most"], amounts["least_instalment"], Decimal(0) if fee is None else fee
            )
    interest = _amount(form, "interest", refusals)
    if refusals:
        raise Refused(refusals)
    grace = text_of(form, "grace_days")
    return Rule(
        seller_id, number_of(form, "default_count"), number_of(form, "most_count"),
        _one_of(Start, form, "start"), _one_of(Unit, form, "unit"), _one_of(Remainder, form, "remainder"),
        _one_of(Shift, form, "shift"), tuple(one for one in form.get("categories", "").split("\n") if one),
        (number_of(form, "grace_days") if grace.isdecimal() else -1) if grace else None,
        interest or Decimal(0), limits=limits,
    )  # fmt: skip


def _one_of(choices: Any, form: Mapping[str, str], name: str) -> Any:
    """A choice by its code; the first where it is none, which no form sends."""
    return next((one for one in choices if one.value == form.get(name)), next(iter(choices)))


def _amount(form: Mapping[str, str], name: str, refusals: list[Refusal], currency: str | None = None) -> Decimal | None:
    text = text_of(form, name)
    found = (read_rate(text) if currency is None else read_amount(text, currency)) if text else None
    if isinstance(found, Refusal):
        refusals.append(found.at(field=name))
        return None
    return found


def _placed(bad: Refusal, form: Mapping[str, str]) -> Refusal:
    """A refusal beside the field of the form that it concerns."""
    words = (bad.field or "").split(".")
    if len(words) != 3 or words[0] != "limits":
        return bad
    place = next((p for p in range(LIMITS_MOST) if text_of(form, f"currency-{p}", 3).upper() == words[1]), 0)
    return bad.at(field=f"{REFUSED_AS[words[2]]}-{place}")


@web_page(f"{LIST}/holidays/{{code:str}}", name="settings_holidays", permission=Permission.SETTINGS, feature=FEATURE)
async def holidays_dialog(page: Page, code: str) -> Response[str]:
    """The calendar of a seller, a day a line."""
    async with page.reading() as conn:
        seller = await _seller(conn, page.visitor, code)
        days = [] if seller is None else (await load_holidays(conn, [seller.seller_id])).get(seller.seller_id, ())
    text = "\n".join(f"{day.on_day} {day.label}" for day in days)
    return _holidays_form(page, code, {"holidays": text})


def _holidays_form(
    page: Page,
    code: str,
    values: Mapping[str, str],
    refusals: Sequence[Refusal] = (),
) -> Response[str]:
    return page.show(
        "settings/plan_holidays.html",
        status=422 if refusals else 200,
        title=t("Holidays of {seller}", seller=code),
        back=LIST,
        href=f"{LIST}/holidays/{code}",
        values={"holidays": "", "reason": "", "key": "", **values},
        rest=[written(one.text) for one in refusals],
    )


@web_form(f"{LIST}/holidays/{{code:str}}", everywhere=False, permission=Permission.SETTINGS, feature=FEATURE)
async def save_holidays(page: Page, code: str, data: Form) -> Redirect | Response[str]:
    """Write a calendar whole."""

    async def work(conn: Connection) -> Done:
        seller = await _seller(conn, page.visitor, code)
        if seller is None:
            raise Refused(refuse(UNKNOWN_SELLER, "every seller has a calendar of its own"))
        days = read_holidays(data.get("holidays", ""))
        await put_holidays(conn, seller.seller_id, days, page.visitor.actor, reason=text_of(data, "reason") or None)
        return Done(LIST, t("The calendar is changed."))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return _holidays_form(page, code, data, refused.refusals)


def read_holidays(text: str) -> list[Holiday]:
    """Days as typed, one a line: the day, then its name; refuses date_not_readable."""
    days: list[Holiday] = []
    refusals: list[Refusal] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        day, _, label = line.strip().partition(" ")
        found = read_day(day)
        if isinstance(found, Refusal):
            refusals.append(found)
        else:
            days.append(Holiday(found, label.strip()))
    if refusals:
        raise Refused(refusals)
    return days


route_handlers = [plans_settings, rule_dialog, save_rule, holidays_dialog, save_holidays]
