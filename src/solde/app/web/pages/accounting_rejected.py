"""The rejected queue: operations dated in a closed period, and the dialog that repairs a selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection, transaction
from solde.kernel import paging
from solde.kernel.money import exponent
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.operations import PostingStatus, Side
from solde.operations.rejected import RejectedOperation, Repair, Repaired, Way, count_rejected, list_rejected, repair
from solde.periods import Year, list_years
from solde.periods.rules import period_on

from .. import formats
from ..acting import Done, act_once
from ..addresses import Address, account_path
from ..grid import Action, Cell, Column, Empty, Grid, Row, heads, pages
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..refused import by_field
from .accounting_head import accounting_tabs
from .actions.typed import Given, Typed

NOTHING_SELECTED = declare("nothing_selected", Kind.INVALID, "Select operations of the queue first.")

PLACE = "/accounting/rejected"
REPAIR = f"{PLACE}/repair"
SHOWS = {"rejected": PostingStatus.REJECTED, "failed": PostingStatus.EXPORT_FAILED}
COLUMNS = (
    Column("operation", "Operation", place="lead", fixed=True),
    Column("customer", "Customer"),
    Column("type", "Type"),
    Column("day", "Accounting day", kind="date"),
    Column("period", "Period"),
    Column("debit", "Debit", kind="money", place="value", fixed=True),
    Column("credit", "Credit", kind="money", place="value", fixed=True),
    Column("why", "Why"),
    Column("recorded", "Recorded", spare=1),
)
WAYS = {
    Way.FORCE: "Move to the next open period",
    Way.POST: "Post by its own day, if that is open again",
    Way.RE_DATE: "Give another accounting day",
}
COUNTED_MOST = 10_000
SHOWN_MOST = 12
DONE = {
    Way.FORCE: "{n} operations are posted in the next open period.",
    Way.POST: "{n} operations are posted.",
    Way.RE_DATE: "{n} operations have a new accounting day.",
}


@web_page(PLACE, name="accounting_rejected")
async def rejected_page(page: Page) -> Response[str]:
    """What waits to be repaired."""
    asked = page.query
    show = "failed" if asked.get("show") == "failed" else "rejected"
    cursor = asked.get("cursor")
    async with page.reading() as conn:
        counts = {
            key: await count_rejected(conn, status, page.visitor.seller_id, COUNTED_MOST)
            for key, status in SHOWS.items()
        }
        found = await list_rejected(
            conn, page.visitor.seller_id, status=SHOWS[show], limit=page.preferences.rows, cursor=cursor
        )
        years = await list_years(conn)
    address = Address(PLACE, [("show", "" if show == "rejected" else show)])
    labels = {"rejected": t("Rejected"), "failed": t("Export failed")}
    return page.show(
        "accounting/rejected.html",
        title=t("Rejected by accounting"),
        tabs=accounting_tabs(page.visitor, PLACE),
        shows=[
            (labels[key], _count(count), str(address.with_(show=None if key == "rejected" else key)), key == show)
            for key, count in counts.items()
        ],
        grid=_grid(found, years, address, cursor, may=page.visitor.may(Permission.PERIODS), show=show),
    )


def _count(count: int) -> str:
    return formats.whole(count) + ("+" if count == COUNTED_MOST else "")


def _grid(
    found: paging.Page[RejectedOperation],
    years: Sequence[Year],
    address: Address,
    cursor: str | None,
    *,
    may: bool,
    show: str,
) -> Grid:
    first, following = pages(address, cursor, found.next)
    columns = [replace(column, label=t(column.label)) for column in COLUMNS]
    return Grid(
        name="rejected",
        caption=t("Operations that accounting rejected"),
        heads=heads(columns, address, "", descending=False, sortable=False),
        rows=tuple(_row(one, years) for one in found.items),
        empty=Empty(
            t("Nothing waits"),
            t("What is posted with a day of a closed period comes here. It counts in every balance meanwhile."),
        ),
        sums=(("debit", t("debit"), False), ("credit", t("credit"), False)),
        actions=_actions(show) if may else (),
        first=first,
        next=following,
    )


def _actions(show: str) -> tuple[Action, ...]:
    move = Action(
        t("Other accounting day"), f"{REPAIR}?way=redate", "calendar", key="d", needs=("waits",), why=t("Select some.")
    )
    if show == "failed":
        return (move,)
    return (
        Action(
            t("Move to the next open period"), f"{REPAIR}?way=force", "chevron-right", key="f", needs=("waits",),
            why=t("Select some."), variant="primary",
        ),
        Action(t("Post"), f"{REPAIR}?way=post", "check", key="p", needs=("waits",), why=t("Select some.")),
        move,
    )  # fmt: skip


def _row(one: RejectedOperation, years: Sequence[Year]) -> Row:
    found = period_on(years, one.own_day)
    money, is_debit = formats.money(one.amount, one.currency), one.side is Side.DEBIT
    name = one.reference or t("No. {n}", n=one.number)
    href = account_path(one.account, "operations", str(one.number))
    return Row(
        key=f"{one.account}:{one.number}",
        label=f"{one.account} {name}",
        cells=(
            Cell(name, "link", href=href, opens=True, sub=one.account, title=one.description or ""),
            Cell(one.customer, tone="quiet"),
            Cell(t(one.label), title=one.code),
            Cell(formats.day(one.own_day), "date"),
            Cell("" if found is None else f"{found[0].label}/{found[1].number}", tone="quiet"),
            Cell(money if is_debit else "", "money"),
            Cell("" if is_debit else money, "money", "credit"),
            Cell(why(one.reason), title=one.detail or ""),
            Cell(formats.instant(one.recorded_at), tone="quiet"),
        ),
        unit=one.currency,
        decimals=exponent(one.currency),
        kinds=("waits",),
        sums={
            "debit": formats.micros(one.amount) if is_debit else "0",
            "credit": "0" if is_debit else formats.micros(one.amount),
        },
    )


def why(reason: str) -> str:
    """Why an operation stands with accounting as it does, in words."""
    words = {
        "CLOSED_PERIOD": t("its period was closed"),
        "FORCED": t("moved to an open period"),
        "RE_DATED": t("given another day"),
        "REPOSTED": t("posted again"),
    }
    return words.get(reason, reason)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is typed into the dialog: which operations, and how they are repaired."""

    chosen: tuple[tuple[str, int], ...]
    way: Way
    on: date | None
    reason: str | None


@web_page(REPAIR, name="repair_rejected", permission=Permission.PERIODS)
async def repair_form(page: Page) -> Response[str]:
    """Ask how a selection is repaired."""
    asked = page.query
    data = {"chosen": " ".join(asked.getall("n", [])), "way": asked.get("way", "force")}
    return await _dialog(page, data)


@web_form(f"{REPAIR}/preview", everywhere=False, permission=Permission.PERIODS)
async def preview_repair(page: Page, data: Form) -> Response[str]:
    """Which accounting day each would get."""
    made: list[Repaired] = []
    refused: list[str] = []
    try:
        wish = _read(data)
        tried = replace(wish, reason=wish.reason or "?")
        if tried.way is not Way.RE_DATE or tried.on is not None:
            repairs = await _repair_of(page, tried)
            made = await transaction(page.services.pool, lambda conn: repair(conn, repairs), dry_run=True)
    except Refused as found:
        refused = [one.message for one in found.refusals]
    rows = [
        (
            f"{one.standing.account} {one.standing.number}",
            formats.day(one.standing.own_day),
            formats.day(one.accounting_on),
        )
        for one in made[:SHOWN_MOST]
    ]
    more = len(made) - len(rows)
    return page.show(
        "accounting/repair_preview.html",
        title="",
        rows=rows,
        more=formats.whole(more) if more > 0 else "",
        refused=refused[:SHOWN_MOST],
    )


@web_form(REPAIR, everywhere=False, permission=Permission.PERIODS)
async def repair_chosen(page: Page, data: Form) -> Response[str] | Redirect:
    """Repair them, all or none."""
    try:
        wish = _read(data)
        repairs = await _repair_of(page, wish)

        async def work(conn: Connection) -> Done:
            made = await repair(conn, repairs)
            return Done(PLACE, t(DONE[wish.way], n=formats.whole(len(made))))

        return await act_once(page, data, work)
    except Refused as refused:
        return await _dialog(page, data, refused)


def _read(data: Mapping[str, str]) -> Wish:
    typed = Typed(Given(data.items()))
    way = next((one for one in Way if one.value == data.get("way")), Way.FORCE)
    on, reason = typed.day("date"), typed.text("reason")
    if typed.refusals:
        raise Refused(typed.refusals)
    chosen = [_place(text) for text in data.get("chosen", "").split()]
    found = tuple(place for place in chosen if place is not None)
    if not found:
        raise Refused(refuse(NOTHING_SELECTED, t("No operation is selected")))
    return Wish(found, way, on, reason)


def _place(text: str) -> tuple[str, int] | None:
    code, _, number = text.rpartition(":")
    return (code, int(number)) if code and number.isascii() and number.isdigit() and len(number) < 19 else None


async def _repair_of(page: Page, wish: Wish) -> Repair:
    """The repair of a selection, each account within the visitor's seller."""
    accounts = await page.services.directory.find({code for code, _ in wish.chosen}, page.visitor.seller)
    keys = tuple((accounts[code].account_id, number) for code, number in wish.chosen if code in accounts)
    if not keys:
        raise Refused(refuse(NOTHING_SELECTED, t("No operation is selected")))
    return Repair(keys, wish.way, page.visitor.actor, wish.reason, wish.on, page.visitor.posts_late)


async def _dialog(page: Page, data: Mapping[str, str], refused: Refused | None = None) -> Response[str]:
    fields = {name: data.get(name, "") for name in ("chosen", "way", "date", "reason")}
    wrong, rest = by_field(refused.refusals, {"date", "reason", "way"}) if refused else ({}, [])
    count = len(fields["chosen"].split())
    return page.show(
        "accounting/repair.html",
        status=422 if refused else 200,
        title=t("Repair {n} operations", n=formats.whole(count)) if count != 1 else t("Repair an operation"),
        back=PLACE,
        key=data.get("key", ""),
        fields=fields,
        ways=[(way.value, t(words)) for way, words in WAYS.items()],
        wrong=wrong,
        rest=rest[:SHOWN_MOST],
    )


route_handlers = [rejected_page, repair_form, preview_repair, repair_chosen]
