"""Files of entries: what was exported, with its digest; ask for one, download it, make it again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date

from litestar import Response
from litestar.response import Redirect, Stream

from solde.access import Permission
from solde.accounting.export_model import MEDIA, ExportRequest
from solde.accounting.exports import FORMS, NOT_WRITTEN, get_export, list_exports, read_parts
from solde.accounting.fec import ENCODINGS, SEPARATORS
from solde.accounting.listings import WORDS
from solde.accounting.retention import get_file_years, set_file_years
from solde.app.jobs.books import repeat_export, start_export
from solde.customers import Seller, list_sellers
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse

from ...spooled import attachment
from ..form_errors import by_field
from ..grid import Action
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..visitors import Visitor
from .accounting_generating import check_may_act
from .actions.typed import FieldReader, FormFields

PLACE = "/accounting/exports"
LARGEST = 2**62


def actions_of(visitor: Visitor, _show: str) -> tuple[Action, ...]:
    """What may be done with a file."""
    if not visitor.may_for_all(Permission.ACCOUNTING):
        return ()
    return (Action(t("Make again"), f"{PLACE}/repeat", "refresh-cw", one=True, why_one=t("Choose one file.")),)


@web_page(f"{PLACE}/{{number:int}}/file", name="accounting_export_file", permission=Permission.JOURNAL)
async def export_file(page: Page, number: int) -> Stream:
    """The file of an export."""
    async with page.reading() as conn:
        export = await get_export(conn, min(number, LARGEST), page.visitor.seller_id)
    if not export.has_file:
        raise Refused(refuse(NOT_WRITTEN, "the file of export {export_id} is not there", export_id=export.export_id))

    async def parts() -> AsyncIterator[bytes]:
        async with page.services.pool.connection() as conn:
            async for part in read_parts(conn, export):
                yield part

    headers = {"Content-Disposition": attachment(export.file_name), "Cache-Control": "private, no-cache"}
    return Stream(parts(), media_type=MEDIA[export.asked.form], headers=headers)


@web_page(f"{PLACE}/new", name="new_accounting_export")
async def new_export(page: Page) -> Response[str]:
    """Ask which entries, and as what."""
    check_may_act(page.visitor)
    return await _dialog(page, {})


@web_form(f"{PLACE}/new")
async def make_export(page: Page, data: Form) -> Response[str] | Redirect:
    """Let a worker write the file."""
    check_may_act(page.visitor)

    async def work(conn: Connection) -> Done:
        typed = FieldReader(FormFields(data.items()))
        first, last = typed.day("from"), typed.day("until")
        if first is None and not typed.refusals:
            typed.text("from", needed=True)
        if last is None and not typed.refusals:
            typed.text("until", needed=True)
        if typed.refusals or first is None or last is None:
            raise Refused(typed.refusals)
        asked = _asked(data, await list_sellers(conn), first, last)
        export, job = await start_export(conn, asked, actor=page.visitor.actor, seller=page.visitor.seller)
        return Done(f"/jobs/{job.job_id}", t("{file} is being written.", file=export.file_name))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _dialog(page, data, refused)


def _asked(data: Mapping[str, str], sellers: list[Seller], first: date, last: date) -> ExportRequest:
    """What is asked for; a FEC of the only seller needs no choice."""
    form = data.get("format", "")
    is_fec = form == "fec"
    chosen = next((one for one in sellers if one.code == data.get("seller")), None)
    if chosen is None and is_fec and len(sellers) == 1:
        chosen = sellers[0]
    currency = data.get("currency", "").strip().upper() or (chosen.currency if is_fec and chosen else "")
    return ExportRequest(
        form=form, from_on=first, until_on=last, seller_id=chosen.seller_id if chosen else None,
        currency=currency or None, siren=(data.get("siren", "").strip() or None) if is_fec else None,
        separator=data.get("separator", "tab") or "tab", encoding=data.get("encoding", "utf-8") or "utf-8",
    )  # fmt: skip


async def _dialog(page: Page, data: Mapping[str, str], refused: Refused | None = None) -> Response[str]:
    async with page.reading() as conn:
        sellers = await list_sellers(conn)
        today = await page.today(conn)
        latest = await list_exports(conn, seller_id=page.visitor.seller_id, limit=50)
    siren = next((one.asked.siren for one in latest if one.asked.siren), None)
    fields = {
        "format": "csv", "from": date(today.year, 1, 1).isoformat(), "until": today.isoformat(), "seller": "" if len(sellers) < 2 else sellers[0].code,
        "currency": "", "siren": siren or "", "separator": "tab", "encoding": "utf-8",
    }  # fmt: skip
    wrong, rest = by_field(refused.refusals, fields) if refused else ({}, [])
    return page.show(
        "accounting/new_export.html",
        status=422 if refused else 200,
        title=t("Export entries"),
        back=PLACE,
        key=data.get("key", ""),
        fields={name: data.get(name, value) for name, value in fields.items()},
        forms=[(form, WORDS[form]) for form in FORMS],
        sellers=[(one.code, one.name) for one in sellers],
        separators=[(name, t({"tab": "Tab", "pipe": "Pipe"}[name])) for name in SEPARATORS],
        encodings=[(name, name.upper()) for name in ENCODINGS],
        wrong=wrong,
        rest=rest,
    )


@web_page(f"{PLACE}/repeat", name="repeat_accounting_export")
async def repeat_form(page: Page) -> Response[str]:
    """Ask whether the file is to be made again."""
    check_may_act(page.visitor)
    return await _repeat_dialog(page, page.query.get("n", ""), "")


@web_form(f"{PLACE}/repeat")
async def repeat(page: Page, data: Form) -> Response[str] | Redirect:
    """Make it again; its job is refused unless it comes out the same."""
    check_may_act(page.visitor)

    async def work(conn: Connection) -> Done:
        export = await get_export(conn, _number(data.get("n", "")), page.visitor.seller_id)
        job = await repeat_export(conn, export, actor=page.visitor.actor, seller=page.visitor.seller)
        return Done(f"/jobs/{job.job_id}", t("{file} is being written.", file=export.file_name))

    return await act_once(page, data, work)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


async def _repeat_dialog(page: Page, number: str, key: str) -> Response[str]:
    async with page.reading() as conn:
        export = await get_export(conn, _number(number), page.visitor.seller_id)
    return page.show(
        "accounting/repeat_export.html", title=t("Make the file again"), back=PLACE, key=key,
        number=export.export_id, file=export.file_name, digest=export.sha256 or "",
    )  # fmt: skip


@web_page(f"{PLACE}/keeping", name="accounting_keeping")
async def keeping_form(page: Page) -> Response[str]:
    """Ask how long files are kept."""
    check_may_act(page.visitor)
    return await _keeping_dialog(page, {})


@web_form(f"{PLACE}/keeping")
async def keep_so_long(page: Page, data: Form) -> Response[str] | Redirect:
    """Say how long files are kept."""
    check_may_act(page.visitor)

    async def work(conn: Connection) -> Done:
        await set_file_years(conn, data.get("years", ""), actor=page.visitor.actor)
        return Done(PLACE, t("Files are kept for {n} years.", n=data.get("years", "").strip()))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _keeping_dialog(page, data, refused)


async def _keeping_dialog(page: Page, data: Mapping[str, str], refused: Refused | None = None) -> Response[str]:
    async with page.reading() as conn:
        years = await get_file_years(conn)
    wrong, rest = by_field(refused.refusals, ("years",)) if refused else ({}, [])
    return page.show(
        "accounting/keeping.html", status=422 if refused else 200,
        title=t("How long files are kept"), back=PLACE, key=data.get("key", ""), years=data.get("years", str(years)),
        wrong=wrong, rest=rest,
    )  # fmt: skip


route_handlers = [
    export_file, new_export, make_export, repeat_form, repeat, keeping_form, keep_so_long,
]  # fmt: skip
