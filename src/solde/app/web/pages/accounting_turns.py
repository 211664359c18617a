"""Close accounting periods and open them again: the dialogs, and what is dated there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse
from solde.operations.rejected import DatedThere, count_dated
from solde.periods import Scope, Turn, Year, find_period, find_year, list_years, turn_period, turn_year
from solde.periods.api import check_may_turn
from solde.periods.rules import UNKNOWN_PERIOD, check_turn

from .. import formats
from ..acting import Done, act_once
from ..i18n import t
from ..reading import reading
from ..refused import by_field, sentence
from ..render import page
from ..visitors import Visitor
from .accounting_periods import PLACE, year_path

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

CLOSES = {"close": True, "reopen": False}
COUNTED_SECONDS = 4.0
SCOPES = {Scope.REGULAR: "Regular users", Scope.ALL: "All"}


@dataclass(frozen=True, slots=True)
class Place:
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


@get("/accounting/periods/{label:str}/{number:int}/{verb:str}", name="turn_period", include_in_schema=False)
async def turn_form(
    request: Request[Any, Any, State],
    visitor: NamedDependency[Visitor],
    label: FromPath[str],
    number: FromPath[int],
    verb: FromPath[str],
) -> Response[str]:
    """Ask for whom a period is closed, or opened again."""
    return await _dialog(request, visitor, _place(visitor, label, number, verb), {})


@post("/accounting/periods/{label:str}/{number:int}/{verb:str}", status_code=303, include_in_schema=False)
async def turn(
    request: Request[Any, Any, State],
    visitor: NamedDependency[Visitor],
    label: FromPath[str],
    number: FromPath[int],
    verb: FromPath[str],
    data: Form,
) -> Response[str] | Redirect:
    """Close it, or open it again."""
    return await _act(request, visitor, _place(visitor, label, number, verb), data)


@post("/accounting/periods/{label:str}/{number:int}/{verb:str}/preview", status_code=200, include_in_schema=False)
async def preview_turn(
    request: Request[Any, Any, State],
    visitor: NamedDependency[Visitor],
    label: FromPath[str],
    number: FromPath[int],
    verb: FromPath[str],
    data: Form,
) -> Response[str]:
    """Count what is dated in it."""
    return await _preview(request, visitor, _place(visitor, label, number, verb), data)


@get("/accounting/years/{label:str}/close", name="close_year", include_in_schema=False)
async def close_year_form(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], label: FromPath[str]
) -> Response[str]:
    """Ask for whom a whole year is closed."""
    return await _dialog(request, visitor, Place(label, None, closes=True), {})


@post("/accounting/years/{label:str}/close", status_code=303, include_in_schema=False)
async def close_year(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], label: FromPath[str], data: Form
) -> Response[str] | Redirect:
    """Close it."""
    return await _act(request, visitor, Place(label, None, closes=True), data)


@post("/accounting/years/{label:str}/close/preview", status_code=200, include_in_schema=False)
async def preview_close_year(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], label: FromPath[str], data: Form
) -> Response[str]:
    """Count what is dated in it."""
    return await _preview(request, visitor, Place(label, None, closes=True), data)


def _place(visitor: Visitor, label: str, number: int, verb: str) -> Place:
    """What an address is about.

    Refuses: forbidden, unknown_accounting_period.
    """
    visitor.require(Permission.PERIODS)
    if verb not in CLOSES:
        raise Refused(refuse(UNKNOWN_PERIOD, f"nothing is done by {verb!r}"))
    return Place(label, number, CLOSES[verb])


async def _act(
    request: Request[Any, Any, State], visitor: Visitor, place: Place, data: Mapping[str, str]
) -> Response[str] | Redirect:
    scope = _scope(data)
    check_may_turn(visitor, scope, closes=place.closes)

    async def work(conn: Connection) -> Done:
        reason = data.get("reason", "").strip() or None
        if place.number is None:
            await turn_year(conn, place.label, scope, closes=True, actor=visitor.actor, reason=reason)
        else:
            turns = [Turn(place.label, place.number, scope, place.closes)]
            await turn_period(conn, turns, actor=visitor.actor, reason=reason)
        return Done(PLACE, _done(place, scope))

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        return await _dialog(request, visitor, place, data, refused)


def _done(place: Place, scope: Scope) -> str:
    name = place.label if place.number is None else f"{place.label}/{place.number}"
    if not place.closes:
        return t("{period} is open again.", period=name)
    if scope is Scope.ALL:
        return t("{period} is closed for all.", period=name)
    return t("{period} is closed for regular users.", period=name)


def _scope(data: Mapping[str, str]) -> Scope:
    return Scope.ALL if data.get("scope") == Scope.ALL else Scope.REGULAR


def _choices(visitor: Visitor, year: Year, place: Place) -> list[tuple[str, str]]:
    """For whom this person may turn it as it stands."""
    periods = year.periods if place.number is None else (find_period(year, place.number),)
    found = []
    for scope, words in SCOPES.items():
        may = visitor.may(Permission.PERIODS if place.closes and scope is Scope.REGULAR else Permission.PERIODS_FOR_ALL)
        turns = [check_turn(Turn(year.label, p.number, scope, place.closes), p, "asked") for p in periods]
        if may and any(bad is None for bad in turns):
            found.append((scope.value, t(words)))
    return found


async def _dialog(
    request: Request[Any, Any, State],
    visitor: Visitor,
    place: Place,
    data: Mapping[str, str],
    refused: Refused | None = None,
) -> Response[str]:
    visitor.require(Permission.PERIODS)
    async with reading(request) as conn:
        year = find_year(await list_years(conn), place.label)
    scopes = _choices(visitor, year, place)
    check_may_turn(visitor, Scope(scopes[0][0]) if scopes else Scope.REGULAR, closes=place.closes)
    wrong, rest = by_field(refused.refusals, ("scope", "reason")) if refused else ({}, [])
    days = year if place.number is None else find_period(year, place.number)
    name = place.label if place.number is None else t("period {n} of {label}", n=place.number, label=place.label)
    return page(
        "accounting/turn.html",
        request,
        visitor=visitor,
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


async def _preview(
    request: Request[Any, Any, State], visitor: Visitor, place: Place, data: Mapping[str, str]
) -> Response[str]:
    visitor.require(Permission.PERIODS)
    async with reading(request) as conn:
        year = find_year(await list_years(conn), place.label)
        days = year if place.number is None else find_period(year, place.number)
        found = await count_dated(conn, days.starts_on, days.ends_on, seconds=COUNTED_SECONDS)
    return page(
        "accounting/turn_preview.html",
        request,
        visitor=visitor,
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


def _note(place: Place, scope: Scope) -> str:
    if not place.closes:
        if scope is Scope.ALL:
            return t("It stays closed for regular users until it is opened for them too.")
        return t("Everybody who posts may date operations in it again.")
    if scope is Scope.ALL:
        return t("Nobody posts in it any more, programs included.")
    return sentence(t("Programs, accountants and administrators may still post in it"))


route_handlers = [turn_form, turn, preview_turn, close_year_form, close_year, preview_close_year]
