"""The rejected queue: operations dated in a closed period, and the dialog that repairs a selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection, transaction
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.operations.rejected import Repair, Repaired, Way, repair

from .. import formats
from ..form_errors import by_field
from ..grid import Action
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..texts import written
from ..visitors import Visitor
from .actions.typed import FieldReader, FormFields

NOTHING_SELECTED = declare("nothing_selected", Kind.INVALID, "Select operations of the queue first.")

PLACE = "/accounting/rejected"
REPAIR = f"{PLACE}/repair"
WAYS = {
    Way.FORCE: "Move to the next open period",
    Way.POST: "Post by its own day, if that is open again",
    Way.RE_DATE: "Give another accounting day",
}
SHOWN_MOST = 12
DONE = {
    Way.FORCE: "{n} operations are posted in the next open period.",
    Way.POST: "{n} operations are posted.",
    Way.RE_DATE: "{n} operations have a new accounting day.",
}


def actions_of(visitor: Visitor, show: str) -> tuple[Action, ...]:
    """What may be done with selected rows."""
    if not visitor.may(Permission.PERIODS):
        return ()
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


@dataclass(frozen=True, slots=True)
class RepairRequest:
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
        refused = [written(one.text) for one in found.refusals]
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


def _read(data: Mapping[str, str]) -> RepairRequest:
    typed = FieldReader(FormFields(data.items()))
    way = next((one for one in Way if one.value == data.get("way")), Way.FORCE)
    on, reason = typed.day("date"), typed.text("reason")
    if typed.refusals:
        raise Refused(typed.refusals)
    chosen = [_place(text) for text in data.get("chosen", "").split()]
    found = tuple(place for place in chosen if place is not None)
    if not found:
        raise Refused(refuse(NOTHING_SELECTED, "No operation is selected"))
    return RepairRequest(found, way, on, reason)


def _place(text: str) -> tuple[str, int] | None:
    code, _, number = text.rpartition(":")
    return (code, int(number)) if code and number.isascii() and number.isdigit() and len(number) < 19 else None


async def _repair_of(page: Page, wish: RepairRequest) -> Repair:
    """The repair of a selection, each account within the visitor's seller."""
    accounts = await page.services.directory.find({code for code, _ in wish.chosen}, page.visitor.seller)
    keys = tuple((accounts[code].account_id, number) for code, number in wish.chosen if code in accounts)
    if not keys:
        raise Refused(refuse(NOTHING_SELECTED, "No operation is selected"))
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


route_handlers = [repair_form, preview_repair, repair_chosen]
