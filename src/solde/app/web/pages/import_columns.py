"""The step of an import where a person says what the columns of the file hold, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.app import uploads
from solde.app.uploads import ENCODINGS, FileReading, Sort, Upload, Verdicts
from solde.db import Connection
from solde.files import FileMapping, cell_of, parse_mapping
from solde.files.mapping import NEGATIVES
from solde.files.texts import text_of
from solde.kernel.refusals import Kind, Refused, refuse
from solde.kernel.texts import Text, say

from ...spooled import attachment
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..texts import sentence
from .import_formats import amount_choices, date_choices, question
from .importing import BAD_COLUMNS, What, below, occasion, seller_of, what_of
from .jobs import LARGEST

WHOSE = {"account_code", "customer_code"}


@web_page(below("/{number:int}/columns"), name="import_columns")
async def columns_page(page: Page, number: int) -> Response[str]:
    """What each column of the file holds, as guessed or chosen before."""
    what = what_of(page)
    page.visitor.require(Permission.IMPORTS)
    return await _form(page, what, number)


async def _form(
    page: Page, what: What, number: int, data: Mapping[str, str] | None = None, refused: Refused | None = None
) -> Response[str]:
    async with page.reading() as conn:
        upload = await uploads.get_upload(conn, min(number, LARGEST), actor=page.visitor.actor, kind=what.kind)
        await seller_of(conn, page.visitor, upload)
    sort, head = uploads.SORTS[what.kind], upload.head
    chosen = uploads.read_back(upload.mapping, head, sort) if data is None else _chosen(data, upload, sort)
    verdicts = uploads.judge(head, chosen.places, sort)
    missing = uploads.lacking(chosen, sort)
    constant = list(dict.fromkeys([*missing, *chosen.constants, *sort.constant]))
    return page.show(
        "importing/columns.html",
        status=422 if refused else 200,
        title=t("Import {what}", what=t(what.label).lower()),
        step=2,
        what=what.name,
        here=f"/import/{what.name}/{upload.upload_id}",
        upload={"file": upload.file_name},
        key="" if data is None else data.get("key", ""),
        columns=[
            (place, title, _samples(upload, place), chosen.places.get(place, ""))
            for place, title in enumerate(head.columns)
            if title or place in chosen.places or _samples(upload, place)
        ],
        choices=[(one, f"{one} *" if one in sort.required else one) for one in sort.columns],
        constant=[(one, one in missing, chosen.constants.get(one, "")) for one in constant],
        date_formats=date_choices(verdicts.dates, chosen.date_format),
        amount_formats=amount_choices(verdicts.amounts, chosen.amount_format),
        encodings=list(dict.fromkeys([*ENCODINGS, head.encoding])),
        sheets=head.sheets if len(head.sheets) > 1 else [],
        chosen=chosen,
        has_negatives=verdicts.has_negatives and "type" in sort.columns,
        lacking=missing,
        questions=[sentence(one) for one in _questions(chosen, sort, verdicts)],
        is_payments=what.name == "payments",
        names_nobody=names_nobody(chosen),
        unidentified=upload.unidentified if data is None else "unidentified" in data,
        rest=[sentence(one.text) for one in refused.refusals] if refused else [],
    )  # fmt: skip


def names_nobody(chosen: FileReading) -> bool:
    """Is there nothing in the file, nor said for every row, that tells whose a row is?"""
    return not WHOSE & {*chosen.places.values(), *chosen.constants}


def _samples(upload: Upload, place: int) -> list[str]:
    """What stands in a column in the first rows and the oddest."""
    rows = (*upload.head.first, *upload.head.odd)
    return [text for _, row in rows if place < len(row) and (text := text_of(cell_of(row[place])).strip())][:3]


def _questions(chosen: FileReading, sort: Sort, verdicts: Verdicts) -> list[Text]:
    asked = uploads.open_questions(chosen, sort)
    said: list[Text] = []
    if "date_format" in asked and not verdicts.dates.is_clear:
        said.append(question(verdicts.dates, "dates"))
    if "amount_format" in asked and not verdicts.amounts.is_clear:
        said.append(question(verdicts.amounts, "amounts"))
    return said


def _chosen(data: Mapping[str, str], upload: Upload, sort: Sort) -> FileReading:
    """What the form says; formats that it leaves open are those the whole columns tell beyond doubt."""
    places = {place: data.get(f"column-{place}", "") for place in range(len(upload.head.columns))}
    constants = {one: data.get(f"same-{one}", "").replace("\0", "").strip()[:200] for one in sort.columns}
    header = data.get("header_row", "")
    chosen = FileReading(
        {place: column for place, column in places.items() if column in sort.columns},
        {name: value for name, value in constants.items() if value},
        data.get("date_format", "").replace("\0", "").strip()[:100],
        data.get("amount_format", "").replace("\0", "").strip()[:20],
        data["encoding"] if data.get("encoding") in ENCODINGS else upload.head.encoding,
        data.get("sheet", upload.head.sheet or "") if upload.head.sheets else "",
        int(header) if header.isascii() and header.isdigit() and int(header[:7]) > 0 else upload.head.header_row,
        data["negative"] if data.get("negative") in NEGATIVES else "refuse",
        "skip_totals" in data,
        "make_codes" in data,
    )
    verdicts = uploads.judge(upload.head, chosen.places, sort)
    if not chosen.date_format and verdicts.dates.is_clear:
        chosen = replace(chosen, date_format=", ".join(verdicts.dates.formats))
    if not chosen.amount_format and verdicts.amounts.is_clear:
        chosen = replace(chosen, amount_format=verdicts.amounts.formats[0])
    return chosen


@web_form(below("/{number:int}/columns"), everywhere=False)
async def choose_columns(page: Page, number: int, data: Form) -> Response[str] | Redirect:
    """Keep what the columns hold, and let every row be judged; or read the file another way."""
    what = what_of(page)
    page.visitor.require(Permission.IMPORTS)

    async def work(conn: Connection) -> Done:
        upload = await uploads.get_upload(conn, min(number, LARGEST), actor=page.visitor.actor, kind=what.kind)
        seller = await seller_of(conn, page.visitor, upload)
        here, sort = f"/import/{what.name}/{upload.upload_id}", uploads.SORTS[what.kind]
        chosen = _chosen(data, upload, sort)
        if "again" in data or _is_elsewhere(chosen, upload):
            mapping = FileMapping(
                encoding=chosen.encoding, sheet=chosen.sheet or None, header_row=_header_row(chosen, upload)
            )
            await uploads.read_again(conn, upload, sort, mapping)
            return Done(f"{here}/columns", t("The file was read again."))
        again = await uploads.choose_mapping(
            conn, upload, _mapping(data, upload, sort), unidentified="unidentified" in data
        )
        await uploads.begin_check(conn, again, occasion(page, seller))
        return Done(here, t("Every row is judged now; nothing is written yet."))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        if any(one.kind is Kind.NOT_FOUND for one in refused.refusals):
            raise
        return await _form(page, what, number, data, refused)


def _is_elsewhere(chosen: FileReading, upload: Upload) -> bool:
    """Is the table said to be elsewhere than it was read from?"""
    head = upload.head
    return (chosen.sheet, chosen.encoding, chosen.header_row) != (head.sheet or "", head.encoding, head.header_row)


def _header_row(chosen: FileReading, upload: Upload) -> int | None:
    """The line of the header that was said; on another sheet it is looked for."""
    is_moved = chosen.sheet != (upload.head.sheet or "") and chosen.header_row == upload.head.header_row
    return None if is_moved else chosen.header_row


def _mapping(data: Mapping[str, str], upload: Upload, sort: Sort) -> str:
    """The mapping file that the form means.

    Refuses: import_columns_unfit; what `parse_mapping` refuses.
    """
    chosen = _chosen(data, upload, sort)
    said = [say("no column holds {column}, which every row needs", column=one) for one in uploads.lacking(chosen, sort)]
    said += [say("several columns are said to hold {column}", column=one) for one in uploads.doubled(chosen)]
    said += _questions(chosen, sort, uploads.judge(upload.head, chosen.places, sort))
    if said:
        raise Refused([refuse(BAD_COLUMNS, one) for one in said])
    text = uploads.written(chosen, upload.head, sort)
    parse_mapping(text, sort.columns)
    return text


@web_page(below("/{number:int}/mapping.toml"), name="import_mapping")
async def mapping_file(page: Page, number: int) -> Response[str]:
    """The mapping that was chosen, as `solde import … --mapping` takes it."""
    what = what_of(page)
    page.visitor.require(Permission.IMPORTS)
    async with page.reading() as conn:
        upload = await uploads.get_upload(conn, min(number, LARGEST), actor=page.visitor.actor, kind=what.kind)
        await seller_of(conn, page.visitor, upload)
    sort = uploads.SORTS[what.kind]
    text = upload.mapping or uploads.written(uploads.guess(upload.head, sort), upload.head, sort)
    headers = {"Content-Disposition": attachment(f"{what.name}.toml"), "Cache-Control": "private, no-cache"}
    return Response(text, media_type="application/toml", headers=headers)


route_handlers = [columns_page, choose_columns, mapping_file]
