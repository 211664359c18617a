"""Files of entries: what was exported, with its digest; ask for one, download it, make it again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date

from litestar import Response
from litestar.response import Redirect, Stream

from solde.access import Permission
from solde.accounting.export_model import MEDIA, Asked, Export
from solde.accounting.exports import FORMS, NOT_WRITTEN, get_export, list_exports, read_parts
from solde.accounting.fec import ENCODINGS, SEPARATORS
from solde.accounting.keeping import get_file_years, set_file_years
from solde.app.jobs.books import repeat_export, start_export
from solde.customers import Seller, list_sellers
from solde.db import Connection
from solde.kernel.paging import decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse

from ...spooled import attachment
from .. import formats
from ..acting import Done, act_once
from ..addresses import Address
from ..grid import Action, Cell, Column, Empty, Grid, Row, heads, pages
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..refused import by_field
from .accounting_generating import check_may_act
from .accounting_head import accounting_tabs
from .actions.typed import Given, Typed
from .jobs import translated

PLACE = "/accounting/exports"
LARGEST = 2**62
WORDS = {"fec": "FEC", "csv": "CSV", "xlsx": "Excel", "jsonl": "JSON Lines"}
COLUMNS = (
    Column("file", "File", place="lead", fixed=True),
    Column("days", "Days"),
    Column("rows", "Entries", kind="money"),
    Column("debit", "Debit", kind="money", place="value"),
    Column("credit", "Credit", kind="money"),
    Column("digest", "Digest (SHA-256)", spare=3),
    Column("known", "As of", spare=2),
    Column("by", "By", spare=4),
)


@web_page(PLACE, name="accounting_exports", permission=Permission.JOURNAL)
async def exports_page(page: Page) -> Response[str]:
    """Every file that was asked for, newest first."""
    cursor, limit = page.query.get("cursor"), page.preferences.rows
    place = decode_cursor(cursor, 1)[0] if cursor else None
    before = place if isinstance(place, int) else None
    async with page.reading() as conn:
        found = await list_exports(conn, seller_id=page.visitor.seller_id, before=before, limit=limit + 1)
    following = encode_cursor([found[limit - 1].export_id]) if len(found) > limit else None
    may_act = page.visitor.may(Permission.ACCOUNTING) and page.visitor.seller is None
    return page.show(
        "accounting/exports.html",
        title=t("Exports of entries"),
        tabs=accounting_tabs(page.visitor, PLACE),
        may_act=may_act,
        grid=_grid(found[:limit], cursor, following, may_act=may_act),
    )


def _grid(found: list[Export], cursor: str | None, following: str | None, *, may_act: bool) -> Grid:
    address = Address(PLACE)
    first, after = pages(address, cursor, following)
    repeat = Action(t("Make again"), f"{PLACE}/repeat", "refresh-cw", one=True, why_one=t("Choose one file."))
    return Grid(
        name="accounting-exports",
        caption=t("Files of entries, newest first"),
        heads=heads(translated(COLUMNS), address, "", descending=True, sortable=False),
        rows=tuple(_row(one) for one in found),
        empty=Empty(
            t("No file yet"),
            t(
                "A file holds the entries of some days, as they were when it was asked for. Export entries makes the first."
            ),
        ),
        actions=(repeat,) if may_act else (),
        first=first,
        next=after,
    )


def _row(one: Export) -> Row:
    href = f"{PLACE}/{one.export_id}/file" if one.has_file else ""
    written = one.rows is not None
    currency = one.asked.currency or "EUR"
    gone = t("no longer kept") if written and not one.has_file else ""
    sub = " ".join(part for part in (WORDS[one.asked.form], one.seller, one.asked.currency, gone) if part)
    return Row(
        key=str(one.export_id),
        label=one.file_name,
        cells=(
            Cell(one.file_name, "link" if href else "text", href=href, sub=sub),
            Cell(f"{formats.day(one.asked.from_on)} – {formats.day(one.asked.until_on)}"),
            Cell(
                formats.whole(one.rows or 0) if written else t("not written yet"), "money", "" if written else "quiet"
            ),
            Cell(formats.money(one.debit, currency) if one.debit is not None else "", "money"),
            Cell(formats.money(one.credit, currency) if one.credit is not None else "", "money"),
            Cell((one.sha256 or "")[:16], tone="quiet", title=one.sha256 or ""),
            Cell(formats.instant(one.known_at), tone="quiet"),
            Cell(one.created_by, tone="quiet"),
        ),
    )


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
        typed = Typed(Given(data.items()))
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


def _asked(data: Mapping[str, str], sellers: list[Seller], first: date, last: date) -> Asked:
    """What is asked for; a FEC of the only seller needs no choice."""
    form = data.get("format", "")
    is_fec = form == "fec"
    chosen = next((one for one in sellers if one.code == data.get("seller")), None)
    if chosen is None and is_fec and len(sellers) == 1:
        chosen = sellers[0]
    currency = data.get("currency", "").strip().upper() or (chosen.currency if is_fec and chosen else "")
    return Asked(
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
    exports_page, export_file, new_export, make_export, repeat_form, repeat, keeping_form, keep_so_long,
]  # fmt: skip
