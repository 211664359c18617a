"""Close accounting periods and open them again: the dialogs, and what is dated there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse
from solde.operations.rejected import DatedThere, count_dated
from solde.periods import PeriodScope, PeriodTurn, Year, find_period, find_year, list_years, turn_period, turn_year
from solde.periods.api import check_may_turn
from solde.periods.rules import UNKNOWN_PERIOD, check_turn

from .. import formats
from ..form_errors import by_field
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..texts import as_sentence
from ..visitors import Visitor
from .accounting_periods import PLACE, year_path

CLOSES = {"close": True, "reopen": False}
COUNTED_SECONDS = 4.0
SCOPES = {PeriodScope.REGULAR: "Regular users", PeriodScope.ALL: "All"}


@dataclass(frozen=True, slots=True)
class PeriodChoice:
    """What a dialog is about: a period of a year, or the whole year."""

    label: str
    number: int | None
    closes: bool

    @property
    def path(self) -> str:
        """Its address."""
        verb = "close" if self.closes else "reopen"
        if self.number is None:
            return year_path(self.label, verb)
        return f"{PLACE}/{quote(self.label, safe='')}/{self.number}/{verb}"


@web_page("/accounting/periods/{label:str}/{number:int}/{verb:str}", name="turn_period")
async def turn_form(page: Page, label: str, number: int, verb: str) -> Response[str]:
    """Ask for whom a period is closed, or opened again."""
    return await _dialog(page, _place(page.visitor, label, number, verb), {})


@web_form("/accounting/periods/{label:str}/{number:int}/{verb:str}")
async def turn(page: Page, label: str, number: int, verb: str, data: Form) -> Response[str] | Redirect:
    """Close it, or open it again."""
    return await _act(page, _place(page.visitor, label, number, verb), data)


@web_form("/accounting/periods/{label:str}/{number:int}/{verb:str}/preview")
async def preview_turn(page: Page, label: str, number: int, verb: str, data: Form) -> Response[str]:
    """Count what is dated in it."""
    return await _preview(page, _place(page.visitor, label, number, verb), data)


@web_page("/accounting/years/{label:str}/close", name="close_year")
async def close_year_form(page: Page, label: str) -> Response[str]:
    """Ask for whom a whole year is closed."""
    return await _dialog(page, PeriodChoice(label, None, closes=True), {})


@web_form("/accounting/years/{label:str}/close")
async def close_year(page: Page, label: str, data: Form) -> Response[str] | Redirect:
    """Close it."""
    return await _act(page, PeriodChoice(label, None, closes=True), data)


@web_form("/accounting/years/{label:str}/close/preview")
async def preview_close_year(page: Page, label: str, data: Form) -> Response[str]:
    """Count what is dated in it."""
    return await _preview(page, PeriodChoice(label, None, closes=True), data)


def _place(visitor: Visitor, label: str, number: int, verb: str) -> PeriodChoice:
    """What an address is about.

    Refuses: forbidden, unknown_accounting_period.
    """
    visitor.require(Permission.PERIODS)
    if verb not in CLOSES:
        raise Refused(refuse(UNKNOWN_PERIOD, "nothing is done by {verb!r}", verb=verb))
    return PeriodChoice(label, number, CLOSES[verb])


async def _act(page: Page, place: PeriodChoice, data: Mapping[str, str]) -> Response[str] | Redirect:
    scope = _scope(data)
    check_may_turn(page.visitor, scope, closes=place.closes)

    async def work(conn: Connection) -> Done:
        reason = data.get("reason", "").strip() or None
        if place.number is None:
            await turn_year(conn, place.label, scope, closes=True, actor=page.visitor.actor, reason=reason)
        else:
            turns = [PeriodTurn(place.label, place.number, scope, place.closes)]
            await turn_period(conn, turns, actor=page.visitor.actor, reason=reason)
        return Done(PLACE, _done(place, scope))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _dialog(page, place, data, refused)


def _done(place: PeriodChoice, scope: PeriodScope) -> str:
    name = place.label if place.number is None else f"{place.label}/{place.number}"
    if not place.closes:
        return t("{period} is open again.", period=name)
    if scope is PeriodScope.ALL:
        return t("{period} is closed for all.", period=name)
    return t("{period} is closed for regular users.", period=name)


def _scope(data: Mapping[str, str]) -> PeriodScope:
    return PeriodScope.ALL if data.get("scope") == PeriodScope.ALL else PeriodScope.REGULAR


def _choices(visitor: Visitor, year: Year, place: PeriodChoice) -> list[tuple[str, str]]:
    """For whom this person may turn it as it stands."""
    periods = year.periods if place.number is None else (find_period(year, place.number),)
    found = []
    for scope, words in SCOPES.items():
        may = visitor.may(
            Permission.PERIODS if place.closes and scope is PeriodScope.REGULAR else Permission.PERIODS_FOR_ALL
        )
        turns = [check_turn(PeriodTurn(year.label, p.number, scope, place.closes), p, "asked") for p in periods]
        if may and any(bad is None for bad in turns):
            found.append((scope.value, t(words)))
    return found


async def _dialog(
    page: Page, place: PeriodChoice, data: Mapping[str, str], refused: Refused | None = None
) -> Response[str]:
    page.visitor.require(Permission.PERIODS)
    async with page.reading() as conn:
        year = find_year(await list_years(conn), place.label)
    scopes = _choices(page.visitor, year, place)
    check_may_turn(page.visitor, PeriodScope(scopes[0][0]) if scopes else PeriodScope.REGULAR, closes=place.closes)
    wrong, rest = by_field(refused.refusals, ("scope", "reason")) if refused else ({}, [])
    days = year if place.number is None else find_period(year, place.number)
    name = place.label if place.number is None else t("period {n} of {label}", n=place.number, label=place.label)
    return page.show(
        "accounting/turn.html",
        status=422 if refused else 200,
        title=t("Close {period}", period=name) if place.closes else t("Open {period} again", period=name),
        days=f"{formats.day(days.starts_on)} – {formats.day(days.ends_on)}",
        closes=place.closes,
        action=place.path,
        back=PLACE,
        key=data.get("key", ""),
        scopes=scopes,
        fields={"scope": data.get("scope", ""), "reason": data.get("reason", "")},
        wrong=wrong,
        rest=rest,
    )


async def _preview(page: Page, place: PeriodChoice, data: Mapping[str, str]) -> Response[str]:
    page.visitor.require(Permission.PERIODS)
    async with page.reading() as conn:
        year = find_year(await list_years(conn), place.label)
        days = year if place.number is None else find_period(year, place.number)
        found = await count_dated(conn, days.starts_on, days.ends_on, seconds=COUNTED_SECONDS)
    return page.show(
        "accounting/turn_preview.html",
        title="",
        counts=[] if found is None else _counted(found),
        note=_note(place, _scope(data)),
    )


def _counted(found: DatedThere) -> list[tuple[str, str]]:
    rows = (
        (t("posted, not exported yet"), found.posted),
        (t("exported"), found.exported),
        (t("rejected, waiting to be repaired"), found.rejected),
        (t("export failed"), found.failed),
    )
    return [(words, formats.whole(count)) for words, count in rows if count or words == rows[0][0]]


def _note(place: PeriodChoice, scope: PeriodScope) -> str:
    if not place.closes:
        if scope is PeriodScope.ALL:
            return t("It stays closed for regular users until it is opened for them too.")
        return t("Everybody who posts may date operations in it again.")
    if scope is PeriodScope.ALL:
        return t("Nobody posts in it any more, programs included.")
    return as_sentence(t("Programs, accountants and administrators may still post in it"))


route_handlers = [turn_form, turn, preview_turn, close_year_form, close_year, preview_close_year]
