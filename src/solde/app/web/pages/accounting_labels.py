"""The forms of a journal's label, of a tax's account and of a general account: a code, what it is called, and what else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from litestar import Response
from litestar.response import Redirect

from solde.accounting.journal_labels import list_journals, list_taxes, save_journal, save_tax
from solde.accounting.model import GeneralAccount, Journal
from solde.accounting.rules import TaxRate
from solde.accounting.schemes import list_general_accounts, save_general_account
from solde.db import Connection
from solde.kernel.money import plain
from solde.kernel.refusals import Refusal, Refused

from ..amounts import read_rate
from ..form_errors import by_field
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from .accounting_generating import check_may_act

Labelled = Journal | TaxRate | GeneralAccount
Draw = Callable[[Mapping[str, str], Refused | None], Awaitable[Response[str]]]

PLACE = "/accounting/schemes"
JOURNALS, TAXES, ACCOUNTS = f"{PLACE}/journals", f"{PLACE}/taxes", f"{PLACE}/accounts"
NEW = "new"
FIELDS = ("code", "label", "rate", "account")


@web_page([f"{JOURNALS}/new", f"{JOURNALS}/{{code:str}}"], name="accounting_label")
async def journal_form(page: Page, code: str = NEW) -> Response[str]:
    """The form of a journal's label."""
    check_may_act(page.visitor)
    return await _journal(page, code)({}, None)


@web_form([f"{JOURNALS}/new", f"{JOURNALS}/{{code:str}}"])
async def keep_journal(page: Page, data: Form, code: str = NEW) -> Response[str] | Redirect:
    """Label a journal."""
    check_may_act(page.visitor)

    async def work(conn: Connection) -> Done:
        known = _known(data, code)
        journal = Journal(_named(data, code), data.get("label", "").strip(), known or 0)
        saved = await save_journal(conn, journal, known=known, actor=page.visitor.actor)
        return Done(PLACE, t("Journal {code} is called {label}.", code=saved.code, label=saved.label))

    return await _keep(page, data, work, _journal(page, code))


def _journal(page: Page, code: str) -> Draw:
    async def draw(data: Mapping[str, str], refused: Refused | None) -> Response[str]:
        async with page.reading() as conn:
            found = _of(await list_journals(conn), code)
        title = t("New journal") if found is None else t("Journal {code}", code=code)
        told = _told(f"{JOURNALS}/{code}", title, data, refused, found)
        return page.show("accounting/journal_label.html", **told)

    return draw


@web_page([f"{TAXES}/new", f"{TAXES}/{{code:str}}"], name="accounting_tax")
async def tax_form(page: Page, code: str = NEW) -> Response[str]:
    """The form of a tax."""
    check_may_act(page.visitor)
    return await _tax(page, code)({}, None)


@web_form([f"{TAXES}/new", f"{TAXES}/{{code:str}}"])
async def keep_tax(page: Page, data: Form, code: str = NEW) -> Response[str] | Redirect:
    """Say which general account takes a tax."""
    check_may_act(page.visitor)

    async def work(conn: Connection) -> Done:
        named, account = _named(data, code), data.get("account", "").strip() or None
        tax = TaxRate(named.upper() if code == NEW else named, data.get("label", "").strip(), _rate(data), account)
        saved = await save_tax(conn, tax, known=_known(data, code), actor=page.visitor.actor)
        return Done(PLACE, t("Tax {code} holds from now on.", code=saved.code))

    return await _keep(page, data, work, _tax(page, code))


def _tax(page: Page, code: str) -> Draw:
    async def draw(data: Mapping[str, str], refused: Refused | None) -> Response[str]:
        async with page.reading() as conn:
            found, generals = _of(await list_taxes(conn), code), await list_general_accounts(conn)
        title = t("New tax") if found is None else t("Tax {code}", code=code)
        rate = "" if found is None or found.rate is None else plain(found.rate)
        return page.show(
            "accounting/tax.html",
            rate=data.get("rate", rate),
            account=data.get("account", found.account or "" if found else ""),
            generals=[(one.code, one.label) for one in generals],
            **_told(f"{TAXES}/{code}", title, data, refused, found),
        )

    return draw


@web_page([f"{ACCOUNTS}/new", f"{ACCOUNTS}/{{code:str}}"], name="general_account")
async def general_form(page: Page, code: str = NEW) -> Response[str]:
    """The form of a general account."""
    check_may_act(page.visitor)
    return await _general(page, code)({}, None)


@web_form([f"{ACCOUNTS}/new", f"{ACCOUNTS}/{{code:str}}"])
async def keep_general(page: Page, data: Form, code: str = NEW) -> Response[str] | Redirect:
    """Label a general account."""
    check_may_act(page.visitor)

    async def work(conn: Connection) -> Done:
        known, label = _known(data, code), data.get("label", "").strip()
        account = GeneralAccount(_named(data, code), label, data.get("receivable") == "true", known or 0)
        saved = await save_general_account(conn, account, known=known, actor=page.visitor.actor)
        return Done(PLACE, t("Account {code} is called {label}.", code=saved.code, label=saved.label))

    return await _keep(page, data, work, _general(page, code))


def _general(page: Page, code: str) -> Draw:
    async def draw(data: Mapping[str, str], refused: Refused | None) -> Response[str]:
        async with page.reading() as conn:
            found = _of(await list_general_accounts(conn), code)
        title = t("New general account") if found is None else t("Account {code}", code=code)
        ticked = data.get("receivable") == "true" if data else bool(found and found.receivable)
        told = _told(f"{ACCOUNTS}/{code}", title, data, refused, found)
        return page.show("accounting/general_account.html", receivable=ticked, **told)

    return draw


async def _keep(
    page: Page, data: Mapping[str, str], work: Callable[[Connection], Awaitable[Done]], draw: Draw
) -> Response[str] | Redirect:
    """Keep what is typed, or show the form again with what is wrong."""
    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await draw(data, refused)


def _of(known: Iterable[Any], code: str) -> Any:
    return next((one for one in known if one.code == code), None)


def _told(
    href: str, title: str, data: Mapping[str, str], refused: Refused | None, found: Labelled | None
) -> dict[str, Any]:
    """What each of the forms says: what was typed, or what is kept, and what is wrong with it."""
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    return {
        "status": 422 if refused else 200,
        "title": title,
        "back": PLACE,
        "href": href,
        "key": data.get("key", ""),
        "is_new": found is None,
        "code": data.get("code", ""),
        "label": data.get("label", found.label if found else ""),
        "version": data.get("version", str(found.version) if found else ""),
        "wrong": wrong,
        "rest": rest,
    }


def _named(data: Mapping[str, str], code: str) -> str:
    return data.get("code", "").strip() if code == NEW else code


def _known(data: Mapping[str, str], code: str) -> int | None:
    return int(data["version"]) if code != NEW and data.get("version", "").isdecimal() else None


def _rate(data: Mapping[str, str]) -> Decimal | None:
    text = data.get("rate", "").strip()
    found = read_rate(text) if text else None
    if isinstance(found, Refusal):
        raise Refused(found.at(field="rate"))
    return found


route_handlers = [journal_form, keep_journal, tax_form, keep_tax, general_form, keep_general]
