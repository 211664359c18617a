"""The step of an import where a person says what the columns of the file hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from solde.access import Permission
from solde.app import uploads
from solde.app.uploads import AMOUNT_FORMATS, DATE_FORMATS, ENCODINGS, Reading, Sort, Upload
from solde.db import Connection
from solde.imports import parse_mapping
from solde.kernel.refusals import Kind, Refused, refuse

from ..acting import Done, act_once
from ..i18n import t
from ..reading import reading
from ..refused import sentence
from ..render import page
from ..visitors import Visitor
from .importing import BAD_COLUMNS, What, below, occasion, seller_of, what_of
from .jobs import LARGEST

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get(below("/{number:int}/columns"), name="import_columns", include_in_schema=False)
async def columns_page(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], number: FromPath[int]
) -> Response[str]:
    """What each column of the file holds, as guessed or chosen before."""
    what = what_of(request)
    visitor.require(Permission.IMPORTS)
    return await _form(request, visitor, what, number)


async def _form(
    request: Request[Any, Any, State],
    visitor: Visitor,
    what: What,
    number: int,
    data: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> Response[str]:
    async with reading(request) as conn:
        upload = await uploads.get_upload(conn, min(number, LARGEST), actor=visitor.actor, kind=what.kind)
        await seller_of(conn, visitor, upload)
    sort, head = uploads.SORTS[what.kind], upload.head
    chosen = uploads.read_back(upload.mapping, head, sort) if data is None else _chosen(data, upload, sort)
    constant = [*sort.constant, *(one for one in sort.required if one not in sort.constant)]
    return page(
        "importing/columns.html",
        request,
        visitor=visitor,
        status=422 if refused else 200,
        title=t("Import {what}", what=t(what.label).lower()),
        step=2,
        what=what.name,
        here=f"/import/{what.name}/{upload.upload_id}",
        upload={"file": upload.file_name},
        key="" if data is None else data.get("key", ""),
        columns=[
            (place, title, [row[place] for row in head.rows if place < len(row) and row[place]][:3], chosen.places.get(place, ""))
            for place, title in enumerate(head.columns)
        ],
        choices=[(one, f"{one} *" if one in sort.required else one) for one in sort.columns],
        constant=[(one, one in sort.required, chosen.constants.get(one, "")) for one in constant],
        date_formats=list(DATE_FORMATS),
        amount_formats=list(AMOUNT_FORMATS),
        encodings=list(ENCODINGS),
        chosen=chosen,
        lacking=uploads.lacking(chosen, sort),
        is_payments=what.name == "payments",
        unidentified=upload.unidentified if data is None else "unidentified" in data,
        rest=[sentence(one.message) for one in refused.refusals] if refused else [],
    )  # fmt: skip


def _chosen(data: Mapping[str, str], upload: Upload, sort: Sort) -> Reading:
    """What the form says; what it cannot say counts as not chosen."""

    def among(name: str, known: tuple[str, ...]) -> str:
        return data.get(name, "") if data.get(name) in known else known[0]

    places = {place: data.get(f"column-{place}", "") for place in range(len(upload.head.columns))}
    constants = {one: data.get(f"same-{one}", "").replace("\0", "").strip()[:200] for one in sort.columns}
    return Reading(
        {place: column for place, column in places.items() if column in sort.columns},
        {name: value for name, value in constants.items() if value},
        among("date_format", DATE_FORMATS),
        among("amount_format", tuple(AMOUNT_FORMATS)),
        among("encoding", ENCODINGS),
    )


@post(below("/{number:int}/columns"), status_code=303, include_in_schema=False)
async def choose_columns(
    request: Request[Any, Any, State],
    visitor: NamedDependency[Visitor],
    number: FromPath[int],
    data: Form,
) -> Response[str] | Redirect:
    """Keep what the columns hold, and let every row be judged."""
    what = what_of(request)
    visitor.require(Permission.IMPORTS)

    async def work(conn: Connection) -> Done:
        upload = await uploads.get_upload(conn, min(number, LARGEST), actor=visitor.actor, kind=what.kind)
        seller = await seller_of(conn, visitor, upload)
        mapping = _mapping(data, upload, uploads.SORTS[what.kind])
        again = await uploads.choose_mapping(conn, upload, mapping, unidentified="unidentified" in data)
        await uploads.begin_check(conn, again, occasion(request, visitor, seller))
        return Done(f"/import/{what.name}/{upload.upload_id}", t("Every row is judged now; nothing is written yet."))

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        if any(one.kind is Kind.NOT_FOUND for one in refused.refusals):
            raise
        return await _form(request, visitor, what, number, data, refused)


def _mapping(data: Mapping[str, str], upload: Upload, sort: Sort) -> str:
    """The mapping file that the form means.

    Refuses: import_columns_unfit; what `parse_mapping` refuses.
    """
    chosen = _chosen(data, upload, sort)
    said = [t("no column holds {column}, which every row needs", column=one) for one in uploads.lacking(chosen, sort)]
    said += [t("several columns are said to hold {column}", column=one) for one in uploads.doubled(chosen)]
    if said:
        raise Refused([refuse(BAD_COLUMNS, one) for one in said])
    text = uploads.written(chosen, upload.head, sort)
    parse_mapping(text, sort.columns)
    return text


route_handlers = [columns_page, choose_columns]
