"""The forms of a journal's label and of a tax's account."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from solde.accounting.labels import list_journals, list_taxes, save_journal, save_tax
from solde.accounting.model import Journal
from solde.accounting.rules import TaxRate
from solde.accounting.schemes import list_general_accounts
from solde.db import Connection
from solde.kernel.money import parse_amount, plain
from solde.kernel.refusals import Refusal, Refused

from ..acting import Done, act_once
from ..i18n import t
from ..reading import reading
from ..refused import by_field
from ..render import page
from ..visitors import Visitor
from .accounting_generating import check_may_act

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

PLACE = "/accounting/schemes"
JOURNALS, TAXES = f"{PLACE}/journals", f"{PLACE}/taxes"
NEW = "new"


@get([f"{JOURNALS}/new", f"{JOURNALS}/{{code:str}}"], name="accounting_label", include_in_schema=False)
async def journal_form(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str] = NEW
) -> Response[str]:
    """The form of a journal's label."""
    check_may_act(visitor)
    return await _journal_dialog(request, visitor, code, {})


@post([f"{JOURNALS}/new", f"{JOURNALS}/{{code:str}}"], status_code=303, include_in_schema=False)
async def keep_journal(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], data: Form, code: FromPath[str] = NEW
) -> Response[str] | Redirect:
    """Label a journal."""
    check_may_act(visitor)

    async def work(conn: Connection) -> Done:
        known = _known(data, code)
        named = data.get("code", "").strip() if code == NEW else code
        journal = Journal(named, data.get("label", "").strip(), known or 0)
        saved = await save_journal(conn, journal, known=known, actor=visitor.actor)
        return Done(PLACE, t("Journal {code} is called {label}.", code=saved.code, label=saved.label))

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        return await _journal_dialog(request, visitor, code, data, refused)


async def _journal_dialog(
    request: Request[Any, Any, State],
    visitor: Visitor,
    code: str,
    data: Mapping[str, str],
    refused: Refused | None = None,
) -> Response[str]:
    async with reading(request) as conn:
        found = next((one for one in await list_journals(conn) if one.code == code), None)
    wrong, rest = by_field(refused.refusals, ("code", "label")) if refused else ({}, [])
    return page(
        "accounting/journal_label.html",
        request,
        visitor=visitor,
        status=422 if refused else 200,
        title=t("New journal") if found is None else t("Journal {code}", code=code),
        back=PLACE,
        href=f"{JOURNALS}/{code}",
        key=data.get("key", ""),
        is_new=found is None,
        code=data.get("code", ""),
        label=data.get("label", found.label if found else ""),
        version=data.get("version", str(found.version) if found else ""),
        wrong=wrong,
        rest=rest,
    )


@get([f"{TAXES}/new", f"{TAXES}/{{code:str}}"], name="accounting_tax", include_in_schema=False)
async def tax_form(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str] = NEW
) -> Response[str]:
    """The form of a tax."""
    check_may_act(visitor)
    return await _tax_dialog(request, visitor, code, {})


@post([f"{TAXES}/new", f"{TAXES}/{{code:str}}"], status_code=303, include_in_schema=False)
async def keep_tax(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], data: Form, code: FromPath[str] = NEW
) -> Response[str] | Redirect:
    """Say which general account takes a tax."""
    check_may_act(visitor)

    async def work(conn: Connection) -> Done:
        known = _known(data, code)
        named = data.get("code", "").strip().upper() if code == NEW else code
        tax = TaxRate(named, data.get("label", "").strip(), _rate(data), data.get("account", "").strip() or None)
        saved = await save_tax(conn, tax, known=known, actor=visitor.actor)
        return Done(PLACE, t("Tax {code} holds from now on.", code=saved.code))

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        return await _tax_dialog(request, visitor, code, data, refused)


async def _tax_dialog(
    request: Request[Any, Any, State],
    visitor: Visitor,
    code: str,
    data: Mapping[str, str],
    refused: Refused | None = None,
) -> Response[str]:
    async with reading(request) as conn:
        found = next((one for one in await list_taxes(conn) if one.code == code), None)
        generals = await list_general_accounts(conn)
    wrong, rest = by_field(refused.refusals, ("code", "label", "rate", "account")) if refused else ({}, [])
    rate = "" if found is None or found.rate is None else plain(found.rate)
    return page(
        "accounting/tax.html",
        request,
        visitor=visitor,
        status=422 if refused else 200,
        title=t("New tax") if found is None else t("Tax {code}", code=code),
        back=PLACE,
        href=f"{TAXES}/{code}",
        key=data.get("key", ""),
        is_new=found is None,
        code=data.get("code", ""),
        label=data.get("label", found.label if found else ""),
        rate=data.get("rate", rate),
        account=data.get("account", found.account or "" if found else ""),
        generals=[(one.code, one.label) for one in generals],
        version=data.get("version", str(found.version) if found else ""),
        wrong=wrong,
        rest=rest,
    )


def _known(data: Mapping[str, str], code: str) -> int | None:
    return int(data["version"]) if code != NEW and data.get("version", "").isdigit() else None


def _rate(data: Mapping[str, str]) -> Decimal | None:
    text = data.get("rate", "").replace("%", "").replace(",", ".").strip()
    found = parse_amount(text) if text else None
    if isinstance(found, Refusal):
        raise Refused(found.at(field="rate"))
    return found


route_handlers = [journal_form, keep_journal, tax_form, keep_tax]
