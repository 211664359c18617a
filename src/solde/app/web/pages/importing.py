"""Import a file: bring it, say what its columns hold, see what every row would do, then import it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from litestar import Response
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from solde.access import Permission
from solde.app import uploads
from solde.app.jobs import Job, get_job
from solde.app.uploads import NewUpload, Occasion, Upload
from solde.customers import Like, Seller, list_sellers
from solde.customers.store import list_setting_codes
from solde.db import Connection, transaction
from solde.files import check_one_file, file_called
from solde.imports import template
from solde.kernel.dates import today_in
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

from ...spooled import attachment
from .. import formats
from .. import job_words as words
from ..addresses import Address
from ..i18n import t
from ..likes import like_words
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..texts import sentence
from ..understood import understood
from ..visitors import Visitor
from .jobs import LARGEST, errors_grid, shown_job

NO_FILE = declare("import_no_file", Kind.INVALID, "Choose a file, or drop one on the form.")
TOO_LARGE = declare("import_file_too_large", Kind.INVALID, "Import it with `solde import`, or in parts.")
BAD_COLUMNS = declare("import_columns_unfit", Kind.INVALID, "Say for each column of the file what it holds.")
NOT_JUDGED = declare("import_not_judged", Kind.CONFLICT, "Wait until every row has been judged, then import.")

LARGEST_FILE = 100_000_000
CHUNK = 1 << 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class What:
    """What is imported: its part of the address, its job, its words, and where it belongs."""

    name: str
    kind: str
    label: str
    text: str
    home: str


WHATS: Mapping[str, What] = {
    one.name: one
    for one in (
        What(
            "customers", "import_customers", "Customers",
            "One row a customer, with its account, billing account and user account. Codes that are there stay as they are.", "/",
        ),
        What(
            "receivables", "import_receivables", "Receivables",
            "One row an invoice and, if it was settled, how. Customers who are not there are made. The same file twice adds nothing.",
            "/",
        ),
        What(
            "payments", "import_payments", "Payments",
            "One row a payment. It pays the invoices it names, or the oldest due first. The same file twice adds nothing.",
            "/payments",
        ),
    )
}  # fmt: skip


def below(tail: str = "") -> list[str]:
    """The addresses of a step, one for each thing that is imported: the router takes no name in front of a fixed part."""
    return [f"/import/{name}{tail}" for name in WHATS]


def what_of(page: Page) -> What:
    """What the address names."""
    return WHATS[page.path.split("/")[2]]


@web_page(below(), name="import_start", permission=Permission.IMPORTS)
async def start_page(page: Page) -> Response[str]:
    """Bring a file."""
    return await _start(page, what_of(page))


async def _start(page: Page, what: What, refused: Refused | None = None) -> Response[str]:
    async with page.reading() as conn:
        sellers = await sellers_of(conn, page.visitor)
    sort = uploads.SORTS[what.kind]
    return page.show(
        "importing/start.html",
        status=422 if refused else 200,
        title=t("Import a file"),
        step=1,
        what=what.name,
        label=t(what.label),
        text=t(what.text),
        whats=[(t(one.label), f"/import/{one.name}", one is what) for one in WHATS.values()],
        sellers=[(one.code, one.name) for one in sellers],
        templates=_templates(what),
        columns=[
            (column, column in sort.required, *(t(one) if i == 0 else one for i, one in enumerate(sort.holds[column])))
            for column in sort.columns
            if column in sort.holds
        ],
        most=LARGEST_FILE,
        most_words=f"{LARGEST_FILE // 1_000_000} MB",
        rest=[sentence(one.text) for one in refused.refusals] if refused else [],
    )


async def sellers_of(conn: Connection, visitor: Visitor) -> list[Seller]:
    """The sellers this person may import for."""
    return [one for one in await list_sellers(conn) if visitor.seller_id in {None, one.seller_id}]


def _templates(what: What) -> list[tuple[str, str]]:
    if what.name != "customers":
        return [(t("Excel"), f"/import/{what.name}/template.xlsx"), (t("CSV"), f"/import/{what.name}/template.csv")]
    return [
        (t("Companies, Excel"), "/import/customers/template.xlsx?kind=COMPANY"),
        (t("Companies, CSV"), "/import/customers/template.csv?kind=COMPANY"),
        (t("Individuals, Excel"), "/import/customers/template.xlsx?kind=INDIVIDUAL"),
        (t("Individuals, CSV"), "/import/customers/template.csv?kind=INDIVIDUAL"),
    ]


@web_page([*below("/template.xlsx"), *below("/template.csv")], name="import_template")
async def import_template(page: Page) -> Response[bytes]:
    """An empty file to fill in."""
    what, suffix = what_of(page), page.path.rpartition(".")[2]
    as_workbook, kind = suffix == "xlsx", page.query.get("kind", "COMPANY").upper()
    if what.name == "customers":
        async with page.reading() as conn:
            choices = {field: sorted(codes) for field, codes in (await list_setting_codes(conn)).items()}
            choices["seller"] = [one.code for one in await sellers_of(conn, page.visitor)]
        content, called = template(kind, suffix, choices), f"customers-{kind.lower()}.{suffix}"
    else:
        content = uploads.empty_file(uploads.SORTS[what.kind], what.label, as_workbook=as_workbook)
        called = f"{what.name}.{suffix}"
    media = XLSX if as_workbook else "text/csv; charset=utf-8"
    headers = {"Content-Disposition": attachment(called), "Cache-Control": "private, no-cache"}
    return Response(content, media_type=media, headers=headers)


@web_form(below(), largest=LARGEST_FILE + CHUNK, takes_file=True, everywhere=False)
async def bring(page: Page) -> Response[str] | Redirect:
    """Keep the file; where its columns are known every row is judged at once, otherwise it is asked what they hold."""
    what = what_of(page)
    page.visitor.require(Permission.IMPORTS)
    try:
        with tempfile.TemporaryDirectory(prefix="solde-import-") as folder:
            return await _brought(page, what, Path(folder))
    except Refused as refused:
        return await _start(page, what, refused)


async def _brought(page: Page, what: What, folder: Path) -> Redirect:
    form = await page.request.form()
    check_one_file(form)
    sent = form.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise Refused(refuse(NO_FILE, "no file was chosen", field="file"))
    file_name = file_called(sent.filename)
    file = await _kept(sent, folder)
    sort, services = uploads.SORTS[what.kind], page.services
    head = await uploads.read_head(file, sort)
    async with page.reading() as conn:
        sellers = await sellers_of(conn, page.visitor)
    seller = next((one for one in sellers if one.code == form.get("seller")), sellers[0])
    new = NewUpload(what.kind, file, file_name, page.visitor.actor, seller.code, head)
    guessed = uploads.guess(head, sort)
    is_known = uploads.is_plain(guessed, head, sort)

    async def work(conn: Connection) -> int:
        upload_id = await uploads.add_upload(conn, new, page.now())
        upload = await uploads.get_upload(conn, upload_id, actor=page.visitor.actor, kind=what.kind)
        chosen = await uploads.choose_mapping(
            conn, upload, uploads.written(guessed, head, sort) if is_known else "", unidentified="unidentified" in form
        )
        if is_known:
            await uploads.begin_check(conn, chosen, occasion(page, seller))
        return upload_id

    upload_id = await transaction(services.pool, work)
    return Redirect(f"/import/{what.name}/{upload_id}" + ("" if is_known else "/columns"), status_code=303)


async def _kept(sent: UploadFile, folder: Path) -> Path:
    """The file on disk; refuses import_file_too_large."""
    file, size = folder / "file", 0
    try:
        with file.open("wb") as target:
            while chunk := await sent.read(CHUNK):
                size += len(chunk)
                if size > LARGEST_FILE:
                    said = say("the file is larger than {largest_file} MB", largest_file=LARGEST_FILE // 1_000_000)
                    raise Refused(refuse(TOO_LARGE, said, field="file"))
                target.write(chunk)
    finally:
        await sent.close()
    return file


def occasion(page: Page, seller: Seller) -> Occasion:
    """Who acts, now, on the seller's day."""
    now = page.now()
    return Occasion(page.visitor.actor, now, today_in(seller.time_zone, now))


async def seller_of(conn: Connection, visitor: Visitor, upload: Upload) -> Seller:
    """The seller a file is for; one that this person may no longer act for is not found."""
    found = next((one for one in await sellers_of(conn, visitor) if one.code == upload.seller), None)
    if found is None:
        raise NotFoundException(str(upload.upload_id))
    return found


@web_page(below("/{number:int}"), name="import_preview")
async def preview_page(page: Page, number: int) -> Response[str] | Redirect:
    """What every row would do: counts, and every bad row, before anything is written."""
    what = what_of(page)
    page.visitor.require(Permission.IMPORTS)
    return await _preview(page, what, number)


async def _preview(
    page: Page, what: What, number: int, refused: Refused | None = None, key: str = ""
) -> Response[str] | Redirect:
    sort = uploads.SORTS[what.kind]
    here, cursor = f"/import/{what.name}/{number}", page.query.get("cursor")
    async with page.reading() as conn:
        upload = await uploads.get_upload(conn, min(number, LARGEST), actor=page.visitor.actor, kind=what.kind)
        seller = await seller_of(conn, page.visitor, upload)
        if upload.check_job_id is None:
            return Redirect(f"{here}/columns", status_code=303)
        rows = await understood(conn, upload, occasion(page, seller).today)
        job = await get_job(conn, upload.check_job_id)
        grid = await errors_grid(conn, job, Address(here), cursor, page.preferences.rows)
    return page.show(
        "importing/preview.html",
        status=422 if refused else 200,
        title=t("Import {what}", what=t(what.label).lower()),
        step=3,
        what=what.name,
        here=here,
        home=what.home,
        upload=_shown(upload),
        job=shown_job(job, page.now()),
        results=words.result_of(job),
        outlook=_outlook(job),
        understood=rows,
        unused=uploads.unused(uploads.read_back(upload.mapping, upload.head, sort), upload.head),
        duplicates=_duplicates(job),
        grid=grid,
        key=key,
        rest=[sentence(one.text) for one in refused.refusals] if refused else [],
    )


def _shown(upload: Upload) -> dict[str, object]:
    return {
        "id": upload.upload_id,
        "file": upload.file_name,
        "size": f"{formats.whole(max(1, upload.bytes // 1000))} kB",
        "seller": upload.seller or "",
        "job": upload.import_job_id,
        "unidentified": upload.unidentified,
    }


def _duplicates(job: Job) -> list[str]:
    """Customers the file would make that may be there already."""
    told = job.result.get("possible_duplicates", []) if isinstance(job.result, dict) else []
    return [
        f"{one['customer']} → {like_words(Like(one['customer'], one['like'], one['name'], tuple(one['same'])))}"
        for one in told
    ]


def _outlook(job: Job) -> dict[str, object]:
    """How many rows are good and bad, and why nothing can be imported, if so."""
    result = job.result if isinstance(job.result, dict) else {}
    bad, rows = int(result.get("refused", 0)), int(result.get("rows", 0)) - int(result.get("left_out", 0))
    new = sum(int(result.get(name, 0)) for name in ("added", "changed", "unidentified"))
    why = ""
    if job.is_over and not result:
        why = t("The file could not be read as it is.")
    elif job.is_over and not new:
        why = t("There is nothing to import: no row is good, or all of them are there already.")
    return {
        "rows": formats.whole(rows),
        "good": formats.whole(rows - bad),
        "bad": formats.whole(bad),
        "has_bad": bad > 0,
        "why": why,
    }


@web_form(below("/{number:int}/run"), everywhere=False)
async def run_import(page: Page, number: int, data: Form) -> Response[str] | Redirect:
    """Import it: all good rows, or all or nothing."""
    what = what_of(page)
    page.visitor.require(Permission.IMPORTS)
    keep_good = data.get("mode") == "good"

    async def work(conn: Connection) -> Done:
        upload = await uploads.get_upload(conn, min(number, LARGEST), actor=page.visitor.actor, kind=what.kind)
        seller = await seller_of(conn, page.visitor, upload)
        judged = None if upload.check_job_id is None else await get_job(conn, upload.check_job_id)
        if judged is None or not judged.is_over:
            raise Refused(refuse(NOT_JUDGED, "its rows are still being judged"))
        on = occasion(page, seller)
        job_id = await uploads.begin_import(conn, upload, on, keep_good=keep_good)
        return Done(f"/jobs/{job_id}", t("The import has begun."))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        if any(one.kind is Kind.NOT_FOUND for one in refused.refusals):
            raise
        return await _preview(page, what, number, refused, data.get("key", ""))


route_handlers = [start_page, import_template, bring, preview_page, run_import]
