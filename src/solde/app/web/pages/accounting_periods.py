"""Accounting years: the list with their periods, and the dialogs that make a year and change its policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import quote

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection
from solde.kernel.dates import add_months
from solde.kernel.refusals import Refused, refuse
from solde.periods import (
    Cut,
    NewYear,
    OnClosed,
    Period,
    PeriodScope,
    Policy,
    Year,
    change_policy,
    create_year,
    find_year,
    list_years,
)
from solde.periods.api import check_may_turn
from solde.periods.rules import BAD_POLICY

from .. import days, formats
from ..form_errors import by_field
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from .accounting_head import accounting_tabs
from .actions.typed import FieldReader, FormFields

PLACE = "/accounting/periods"
CUTS = {
    Cut.MONTHLY: "Months",
    Cut.QUARTERLY: "Quarters",
    Cut.HALF_YEARLY: "Half-years",
    Cut.NONE: "One period",
}
WAYS = {OnClosed.BLOCK: "Reject it", OnClosed.FORCE: "Move it to the next open period"}
POLICY = ("on_closed", "force_day", "regular_after", "all_after")


@web_page(PLACE, name="accounting_periods")
async def periods_page(page: Page) -> Response[str]:
    """Every year with its periods, the newest first."""
    async with page.reading() as conn:
        years = await list_years(conn)
    return page.show(
        "accounting/periods.html",
        title=t("Accounting periods"),
        tabs=accounting_tabs(page.visitor, PLACE),
        years=[_shown(year) for year in reversed(years)],
        may_close=page.visitor.may(Permission.PERIODS) and page.visitor.seller is None,
        may_all=page.visitor.may(Permission.PERIODS_FOR_ALL) and page.visitor.seller is None,
    )


def _shown(year: Year) -> dict[str, object]:
    return {
        "label": year.label,
        "href": year_path(year.label),
        "days": f"{formats.day(year.starts_on)} – {formats.day(year.ends_on)}",
        "policy": policy_words(year.policy),
        "open_regular": not year.is_closed(PeriodScope.REGULAR),
        "open_all": not year.is_closed(PeriodScope.ALL),
        "periods": [_period(year, period) for period in year.periods],
    }


def _period(year: Year, period: Period) -> dict[str, object]:
    changed = period.changed_by is not None and (period.reason or period.is_closed(PeriodScope.REGULAR))
    return {
        "number": period.number,
        "name": _name(period),
        "days": f"{formats.day(period.starts_on)} – {formats.day(period.ends_on)}",
        "href": f"{PLACE}/{quote(year.label, safe='')}/{period.number}",
        "regular": not period.is_closed(PeriodScope.REGULAR),
        "everybody": not period.is_closed(PeriodScope.ALL),
        "changed": t("{who}, {when}", who=period.changed_by, when=formats.instant(period.changed_at))
        if changed and period.changed_at
        else "",
        "reason": period.reason or "",
    }


def _name(period: Period) -> str:
    """A period that is a month is called by it."""
    first, last = period.starts_on, period.ends_on
    is_month = first.day == 1 and last == add_months(first, 1) - timedelta(days=1)
    return days.month(first) if is_month else t("Period {n}", n=period.number)


def year_path(label: str, *more: str) -> str:
    """The address of what is done with a year."""
    return "/".join(["/accounting/years", quote(label, safe=""), *more])


def policy_words(policy: Policy) -> str:
    """A policy in a sentence."""
    said = [t("What is dated in a closed period is rejected.")]
    if policy.on_closed is OnClosed.FORCE:
        said = [t("What is dated in a closed period moves to day {day} of the next open one.", day=policy.force_day)]
    if policy.regular_after is not None:
        said.append(t("Closed for regular users {n} days after the end.", n=policy.regular_after))
    if policy.all_after is not None:
        said.append(t("Closed for all {n} days after the end.", n=policy.all_after))
    return " ".join(said)


@web_page("/accounting/years/new", name="new_accounting_year")
async def new_year_form(page: Page) -> Response[str]:
    """The form of a new year."""
    check_may_turn(page.visitor, PeriodScope.ALL, closes=True)
    return await _new_dialog(page, {})


@web_form("/accounting/years/new")
async def make_year(page: Page, data: Form) -> Response[str] | Redirect:
    """Make a year."""
    check_may_turn(page.visitor, PeriodScope.ALL, closes=True)

    async def work(conn: Connection) -> Done:
        made = await create_year(conn, _read_year(data), actor=page.visitor.actor)
        return Done(PLACE, t("The accounting year {label} is made.", label=made.label))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _new_dialog(page, data, refused)


def _read_year(data: Mapping[str, str]) -> NewYear:
    typed = FieldReader(FormFields(data.items()))
    label = typed.text("label", needed=True)
    starts_on, ends_on = typed.day("starts_on"), typed.day("ends_on")
    for name, value in (("starts_on", starts_on), ("ends_on", ends_on)):
        if value is None and not any(bad.field == name for bad in typed.refusals):
            typed.text(name, needed=True)
    policy = _read_policy(data, typed)
    if typed.refusals or label is None or starts_on is None or ends_on is None:
        raise Refused(typed.refusals)
    return NewYear(label, starts_on, ends_on, Cut(data.get("cut", "MONTHLY")), policy)


def _read_policy(data: Mapping[str, str], typed: FieldReader) -> Policy:
    whole = {name: _whole(typed, data, name) for name in POLICY[1:]}
    on_closed = OnClosed.FORCE if data.get("on_closed") == OnClosed.FORCE else OnClosed.BLOCK
    return Policy(on_closed, whole["force_day"] or 1, whole["regular_after"], whole["all_after"])


def _whole(typed: FieldReader, data: Mapping[str, str], name: str) -> int | None:
    text = data.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        typed.refusals.append(refuse(BAD_POLICY, "Give a whole number", field=name))
        return None
    return int(text)


async def _new_dialog(page: Page, data: Mapping[str, str], refused: Refused | None = None) -> Response[str]:
    async with page.reading() as conn:
        years = await list_years(conn)
    starts_on = years[-1].ends_on + timedelta(days=1) if years else date(page.now().year, 1, 1)
    before = date(starts_on.year + 1, starts_on.month, min(starts_on.day, 28)) - timedelta(days=1)
    label = str(starts_on.year) if before.year == starts_on.year else f"{starts_on.year}-{before.year}"
    fields = {
        "label": label, "starts_on": starts_on.isoformat(), "ends_on": before.isoformat(), "cut": Cut.MONTHLY.value,
        **_policy_fields(years[-1].policy if years else Policy()),
    }  # fmt: skip
    wrong, rest = by_field(refused.refusals, fields) if refused else ({}, [])
    return page.show(
        "accounting/new_year.html",
        status=422 if refused else 200,
        title=t("New accounting year"),
        back=PLACE,
        key=data.get("key", ""),
        fields={name: data.get(name, value) for name, value in fields.items()},
        cuts=[(cut.value, t(words)) for cut, words in CUTS.items()],
        ways=[(way.value, t(words)) for way, words in WAYS.items()],
        wrong=wrong,
        rest=rest,
    )


def _policy_fields(policy: Policy) -> dict[str, str]:
    days = {"regular_after": policy.regular_after, "all_after": policy.all_after}
    texts = {name: "" if after is None else str(after) for name, after in days.items()}
    return {"on_closed": policy.on_closed.value, "force_day": str(policy.force_day), **texts}


@web_page("/accounting/years/{label:str}/policy", name="accounting_policy")
async def policy_form(page: Page, label: str) -> Response[str]:
    """The form of a year's policy."""
    check_may_turn(page.visitor, PeriodScope.ALL, closes=True)
    return await _policy_dialog(page, label, {})


@web_form("/accounting/years/{label:str}/policy")
async def keep_policy(page: Page, label: str, data: Form) -> Response[str] | Redirect:
    """Change it."""
    check_may_turn(page.visitor, PeriodScope.ALL, closes=True)

    async def work(conn: Connection) -> Done:
        typed = FieldReader(FormFields(data.items()))
        policy = _read_policy(data, typed)
        if typed.refusals:
            raise Refused(typed.refusals)
        version = data.get("version", "")
        known = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
        await change_policy(conn, label, policy, version=known, actor=page.visitor.actor)
        return Done(PLACE, t("The policy of {label} is changed.", label=label))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _policy_dialog(page, label, data, refused)


async def _policy_dialog(
    page: Page, label: str, data: Mapping[str, str], refused: Refused | None = None
) -> Response[str]:
    async with page.reading() as conn:
        year = find_year(await list_years(conn), label)
    fields = _policy_fields(year.policy)
    wrong, rest = by_field(refused.refusals, fields) if refused else ({}, [])
    return page.show(
        "accounting/policy.html",
        status=422 if refused else 200,
        title=t("Policy of {label}", label=label),
        back=PLACE,
        key=data.get("key", ""),
        version=data.get("version", str(year.version)),
        action=year_path(label, "policy"),
        fields={name: data.get(name, value) for name, value in fields.items()},
        ways=[(way.value, t(words)) for way, words in WAYS.items()],
        wrong=wrong,
        rest=rest,
    )


route_handlers = [periods_page, new_year_form, make_year, policy_form, keep_policy]
