"""Reasons of litigation: what may be chosen when an invoice is disputed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse
from solde.litigation import Reason, change_reason, create_reason, list_reasons
from solde.litigation.reasons import NO_SUCH_REASON

from ...form_errors import by_field
from ...i18n import t
from ...page import Page, web_form, web_page
from ...submit import Done, act_once
from .saving import Form, number_of, text_of

LIST = "/settings/litigation-reasons"
NEW = "/settings/new-litigation-reason"
FIELDS = ("code", "label", "position", "is_active")


@web_page(LIST, name="settings_reasons", feature="litigation")
async def reasons_page(page: Page) -> Response[str]:
    """The reasons in their order, those no longer used too."""
    async with page.reading() as conn:
        reasons = await list_reasons(conn)
    return page.show(
        "settings/reasons.html",
        title=t("Litigation reasons"),
        may=page.visitor.may_for_all(Permission.SETTINGS),
        reasons=[{"code": r.code, "label": t(r.label), "active": r.is_active, "position": r.position} for r in reasons],
    )


@web_page(NEW, name="settings_new_reason", permission=Permission.SETTINGS, feature="litigation")
async def new_reason_dialog(page: Page) -> Response[str]:
    """The form of a new reason."""
    return _form(page, {}, None)


@web_form(NEW, permission=Permission.SETTINGS, feature="litigation")
async def make_reason(page: Page, data: Form) -> Redirect | Response[str]:
    """Make a reason."""

    async def work(conn: Connection) -> Done:
        position = number_of(data, "position") if data.get("position", "").strip() else None
        made = await create_reason(
            conn, text_of(data, "code"), text_of(data, "label"), actor=page.visitor.actor, position=position
        )
        return Done(LIST, t("Reason {label} is made.", label=t(made.label)))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return _form(page, data, None, refused)


@web_page(LIST + "/{code:str}", name="settings_reason", permission=Permission.SETTINGS, feature="litigation")
async def reason_dialog(page: Page, code: str) -> Response[str]:
    """The form of a reason."""
    reason = await _find(page, code)
    return _form(page, _told(reason), reason)


@web_form(LIST + "/{code:str}", permission=Permission.SETTINGS, feature="litigation")
async def save_reason(page: Page, code: str, data: Form) -> Redirect | Response[str]:
    """Change a reason, or take it out of use."""
    seen = Reason(code, data.get("seen_label", ""), "seen_active" in data, number_of(data, "seen_position"))

    async def work(conn: Connection) -> Done:
        made = await change_reason(
            conn, code, actor=page.visitor.actor, label=text_of(data, "label"), position=number_of(data, "position"),
            is_active="is_active" in data, seen=seen,
        )  # fmt: skip
        return Done(LIST, t("Reason {label} is changed.", label=t(made.label)))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        told = {name: data[name] for name in (*FIELDS, "key") if name in data}
        return _form(page, told, replace(seen), refused)


def _told(reason: Reason) -> dict[str, str]:
    active = {"is_active": "true"} if reason.is_active else {}
    return {"label": reason.label, "position": str(reason.position), **active}


async def _find(page: Page, code: str) -> Reason:
    async with page.reading() as conn:
        found = next((one for one in await list_reasons(conn) if one.code == code), None)
    if found is None:
        raise Refused(refuse(NO_SUCH_REASON, "there is no reason {code!r}", code=code))
    return found


def _form(
    page: Page, values: Mapping[str, str], reason: Reason | None, refused: Refused | None = None
) -> Response[str]:
    """The dialog; `reason` is as it was when the form was opened."""
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    seen = (
        None
        if reason is None
        else {"code": reason.code, "label": reason.label, "position": reason.position, "active": reason.is_active}
    )
    return page.show(
        "settings/reason.html",
        status=200 if refused is None else 422,
        title=t("New reason") if reason is None else t("Reason {code}", code=reason.code),
        back=LIST,
        reason=seen,
        values={**dict.fromkeys((*FIELDS, "key"), ""), **values},
        wrong={**dict.fromkeys(FIELDS, ""), **wrong},
        rest=rest,
    )  # fmt: skip


route_handlers = [reasons_page, new_reason_dialog, make_reason, reason_dialog, save_reason]
