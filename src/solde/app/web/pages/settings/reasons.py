"""Reasons of litigation: what may be chosen when an invoice is disputed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse
from solde.litigation import Reason, change_reason, create_reason, list_reasons
from solde.litigation.reasons import NO_SUCH_REASON

from ...acting import Done, act_once
from ...i18n import t
from ...reading import reading
from ...refused import by_field
from ...render import page
from ...visitors import Visitor
from .acting import Form, number_of, text_of

LIST = "/settings/litigation-reasons"
NEW = "/settings/new-litigation-reason"
FIELDS = ("code", "label", "position", "is_active")


async def _check(request: Request[Any, Any, State], visitor: Visitor, permission: Permission) -> None:
    """Refuses forbidden, feature_off."""
    visitor.require(permission)
    await request.app.state.features.check("litigation")


@get(LIST, name="settings_reasons", include_in_schema=False)
async def reasons_page(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The reasons in their order, those no longer used too."""
    await _check(request, visitor, Permission.READ)
    async with reading(request) as conn:
        reasons = await list_reasons(conn)
    return page(
        "settings/reasons.html",
        request,
        visitor=visitor,
        title=t("Litigation reasons"),
        may=visitor.may_for_all(Permission.SETTINGS),
        reasons=[{"code": r.code, "label": t(r.label), "active": r.is_active, "position": r.position} for r in reasons],
    )


@get(NEW, name="settings_new_reason", include_in_schema=False)
async def new_reason_dialog(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The form of a new reason."""
    await _check(request, visitor, Permission.SETTINGS)
    return _form(request, visitor, {}, None)


@post(NEW, status_code=303, include_in_schema=False)
async def make_reason(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], data: Form
) -> Redirect | Response[str]:
    """Make a reason."""
    await _check(request, visitor, Permission.SETTINGS)

    async def work(conn: Connection) -> Done:
        position = number_of(data, "position") if data.get("position", "").strip() else None
        made = await create_reason(
            conn, text_of(data, "code"), text_of(data, "label"), actor=visitor.actor, position=position
        )
        return Done(LIST, t("Reason {label} is made.", label=t(made.label)))

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        return _form(request, visitor, data, None, refused)


@get(LIST + "/{code:str}", name="settings_reason", include_in_schema=False)
async def reason_dialog(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str]
) -> Response[str]:
    """The form of a reason."""
    await _check(request, visitor, Permission.SETTINGS)
    reason = await _find(request, code)
    return _form(request, visitor, _told(reason), reason)


@post(LIST + "/{code:str}", status_code=303, include_in_schema=False)
async def save_reason(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], data: Form
) -> Redirect | Response[str]:
    """Change a reason, or take it out of use."""
    await _check(request, visitor, Permission.SETTINGS)
    seen = Reason(code, data.get("seen_label", ""), "seen_active" in data, number_of(data, "seen_position"))

    async def work(conn: Connection) -> Done:
        made = await change_reason(
            conn, code, actor=visitor.actor, label=text_of(data, "label"), position=number_of(data, "position"),
            is_active="is_active" in data, seen=seen,
        )  # fmt: skip
        return Done(LIST, t("Reason {label} is changed.", label=t(made.label)))

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        told = {name: data[name] for name in (*FIELDS, "key") if name in data}
        return _form(request, visitor, told, replace(seen), refused)


def _told(reason: Reason) -> dict[str, str]:
    active = {"is_active": "true"} if reason.is_active else {}
    return {"label": reason.label, "position": str(reason.position), **active}


async def _find(request: Request[Any, Any, State], code: str) -> Reason:
    async with reading(request) as conn:
        found = next((one for one in await list_reasons(conn) if one.code == code), None)
    if found is None:
        raise Refused(refuse(NO_SUCH_REASON, f"there is no reason {code!r}"))
    return found


def _form(
    request: Request[Any, Any, State],
    visitor: Visitor,
    values: Mapping[str, str],
    reason: Reason | None,
    refused: Refused | None = None,
) -> Response[str]:
    """The dialog; `reason` is as it was when the form was opened."""
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    seen = (
        None
        if reason is None
        else {"code": reason.code, "label": reason.label, "position": reason.position, "active": reason.is_active}
    )
    return page(
        "settings/reason.html",
        request,
        visitor=visitor,
        status=200 if refused is None else 422,
        title=t("New reason") if reason is None else t("Reason {code}", code=reason.code),
        back=LIST,
        reason=seen,
        values={**dict.fromkeys((*FIELDS, "key"), ""), **values},
        wrong={**dict.fromkeys(FIELDS, ""), **wrong},
        rest=rest,
    )  # fmt: skip


route_handlers = [reasons_page, new_reason_dialog, make_reason, reason_dialog, save_reason]
