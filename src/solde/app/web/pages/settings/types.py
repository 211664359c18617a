"""Operation types: the list, a new one, and what of one may change."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse
from solde.operations import CLASSES, OperationType, Side, load_types
from solde.operations.type_changes import (
    UNKNOWN_TYPE_CODE,
    NewType,
    TypeChange,
    change_of,
    change_type,
    create_type,
)

from ...form_errors import by_field
from ...i18n import t
from ...page import Page, web_form, web_page
from .saving import Done, Form, act_once, text_of

LIST = "/settings/types"
FIELDS = ("code", "label", "class", "side", "account", "contra_account", "second_contra_account", "journal")
ACCOUNTS = ("account", "contra_account", "second_contra_account", "journal")
SIDES = {"debit": "Debit", "credit": "Credit"}


@web_page(LIST, name="settings_types")
async def types_page(page: Page) -> Response[str]:
    """The operation types by class."""
    async with page.reading() as conn:
        found = list((await load_types(conn)).by_code.values())
    groups = [(CLASSES[c], c, sorted((k for k in found if k.class_ == c), key=lambda k: k.code)) for c in CLASSES]
    return page.show(
        "settings/types.html",
        title=t("Operation types"),
        may=page.visitor.may_for_all(Permission.SETTINGS),
        groups=[(label, c, [_shown(one) for one in kinds]) for label, c, kinds in groups if kinds],
    )


def _shown(kind: OperationType) -> dict[str, object]:
    return {
        "code": kind.code,
        "label": t(kind.label),
        "side": kind.side.word,
        "account": kind.account or "",
        "contra": " / ".join(one for one in (kind.contra_account, kind.second_contra_account) if one),
        "journal": kind.journal or "",
        "manual": kind.manual_creation,
        "deposit": kind.deposit,
    }


@web_page("/settings/new-type", name="settings_new_type", permission=Permission.SETTINGS)
async def new_type_dialog(page: Page) -> Response[str]:
    """The form of a new type."""
    return _form(page, {"manual_creation": "true"}, None)


@web_form("/settings/new-type", permission=Permission.SETTINGS)
async def make_type(page: Page, data: Form) -> Redirect | Response[str]:
    """Make a type."""
    new = NewType(
        code=text_of(data, "code"),
        label=text_of(data, "label"),
        class_=data.get("class", ""),
        side=data.get("side", ""),
        manual_creation=data.get("manual_creation") == "true",
        **{name: text_of(data, name) or None for name in ACCOUNTS},
    )

    async def work(conn: Connection) -> Done:
        made = await create_type(conn, new, actor=page.visitor.actor)
        return Done(LIST, t("Operation type {code} is made.", code=made.code))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return _form(page, data, None, refused)
    finally:
        page.services.types.forget()


@web_page("/settings/types/{code:str}", name="settings_type")
async def type_dialog(page: Page, code: str) -> Response[str]:
    """The form of a type; who may not change it reads it."""
    kind = await _find(page, code)
    return _form(page, _values(kind), kind)


@web_form("/settings/types/{code:str}", permission=Permission.SETTINGS)
async def save_type(page: Page, code: str, data: Form) -> Redirect | Response[str]:
    """Change a type."""
    wanted, seen = (
        _change(data),
        _change({n.removeprefix("seen_"): v for n, v in data.items() if n.startswith("seen_")}),
    )

    async def work(conn: Connection) -> Done:
        await change_type(conn, code, wanted, seen=seen, actor=page.visitor.actor)
        return Done(LIST, t("Operation type {code} is changed.", code=code))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return _form(page, data, await _find(page, code), refused)
    finally:
        page.services.types.forget()


async def _find(page: Page, code: str) -> OperationType:
    async with page.reading() as conn:
        kind = (await load_types(conn)).by_code.get(code)
    if kind is None:
        raise Refused(refuse(UNKNOWN_TYPE_CODE, "there is no operation type {code!r}", code=code))
    return kind


def _change(form: Mapping[str, str]) -> TypeChange:
    return TypeChange(
        label=text_of(form, "label"),
        manual_creation=form.get("manual_creation") == "true",
        **{name: text_of(form, name) or None for name in ACCOUNTS},
    )


def _values(kind: OperationType) -> dict[str, str]:
    change = change_of(kind)
    texts = {name: getattr(change, name) or "" for name in ("label", *ACCOUNTS)}
    return {**texts, "manual_creation": "true" if change.manual_creation else ""}


def _form(
    page: Page, values: Mapping[str, str], kind: OperationType | None, refused: Refused | None = None
) -> Response[str]:
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    title = t("New operation type") if kind is None else t("Operation type {code}", code=kind.code)
    known = {**dict.fromkeys((*FIELDS, "manual_creation", "key"), ""), **values}
    return page.show(
        "settings/type.html",
        status=200 if refused is None else 422,
        title=title,
        back=LIST,
        may=page.visitor.may_for_all(Permission.SETTINGS),
        kind=kind,
        seen=_values(kind) if kind else {},
        class_label="" if kind is None else t(CLASSES[kind.class_]),
        side_label="" if kind is None else t("Debit") if kind.side is Side.DEBIT else t("Credit"),
        values=known,
        wrong={**dict.fromkeys(FIELDS, ""), **wrong},
        rest=rest,
        classes=[(code, f"{code} · {t(label)}") for code, label in CLASSES.items()],
        sides=[(code, t(label)) for code, label in SIDES.items()],
    )


route_handlers = [types_page, new_type_dialog, make_type, type_dialog, save_type]
