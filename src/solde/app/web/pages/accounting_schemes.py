"""Schemes on screen: which entries the operations of a type give; changed as a new version, tried on real operations first."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.accounting.journal_labels import list_journals, list_taxes
from solde.accounting.model import AccountSource, Scheme, SchemeLine, Taken
from solde.accounting.rules import LINES_MOST, TaxRate
from solde.accounting.schemes import (
    SchemeTrial,
    assign,
    get_scheme,
    list_general_accounts,
    list_schemes,
    list_versions,
    save_scheme,
    try_scheme,
)
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.operations import Side

from .. import formats
from ..form_errors import by_field
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..texts import written
from .accounting_generating import check_may_act
from .accounting_head import accounting_tabs

PLACE = "/accounting/schemes"
NEW = "new"
LINES_BLANK, LINES_LEAST = 1, 3
"""How many empty lines a form offers beside those of the scheme, and how many lines at least."""
SIDES = {"same": "Side of the operation", "opposite": "Opposite side"}
SOURCES = {
    AccountSource.TYPE: "Account of the type",
    AccountSource.CONTRA: "Contra account of the type",
    AccountSource.SECOND_CONTRA: "Second contra account of the type",
    AccountSource.FIXED: "Fixed account",
    AccountSource.TAX: "Account of the tax",
}
TAKES = {Taken.WHOLE: "Whole amount", Taken.NET: "Net", Taken.TAX: "Tax", Taken.REST: "The rest"}


@web_page(PLACE, name="accounting_schemes", permission=Permission.JOURNAL)
async def schemes_page(page: Page) -> Response[str]:
    """Every scheme with the types that follow it, types without one, general accounts."""
    async with page.reading() as conn:
        found = await list_schemes(conn)
        generals = await list_general_accounts(conn)
        taxes = await list_taxes(conn)
        journals = await list_journals(conn)
    types = (await page.services.types.get()).by_code
    followed = {code for one in found for code in one.types}
    return page.show(
        "accounting/schemes.html",
        title=t("Accounting schemes"),
        tabs=accounting_tabs(page.visitor, PLACE),
        may_act=page.visitor.may(Permission.ACCOUNTING) and page.visitor.seller is None,
        schemes=[_shown(one) for one in found],
        without=[(code, t(kind.label)) for code, kind in types.items() if code not in followed],
        generals=generals,
        taxes=[_tax_shown(one) for one in taxes],
        journals=journals,
    )


def _tax_shown(tax: TaxRate) -> dict[str, object]:
    rate = t("every other") if tax.rate is None else formats.percent(tax.rate)
    return {"code": tax.code, "label": tax.label, "rate": rate, "account": tax.account}


def _shown(scheme: Scheme) -> dict[str, object]:
    return {
        "code": scheme.code,
        "label": t(scheme.label),
        "version": scheme.version,
        "types": scheme.types,
        "lines": [_line_words(line) for line in scheme.lines],
    }


def _line_words(line: SchemeLine) -> dict[str, object]:
    account = line.fixed_account if line.account is AccountSource.FIXED else t(SOURCES[line.account])
    return {
        "side": t(SIDES["same" if line.same_side else "opposite"]),
        "account": account,
        "amount": t(TAKES[line.amount]),
        "customer": line.customer,
        "label": line.label or "",
    }


@web_page([f"{PLACE}/new", f"{PLACE}/{{code:str}}/edit"], name="accounting_scheme")
async def scheme_form(page: Page, code: str = NEW) -> Response[str]:
    """The form of a scheme, new or as it is in force."""
    check_may_act(page.visitor)
    return await _dialog(page, code, {})


@web_form([f"{PLACE}/new", f"{PLACE}/{{code:str}}/edit"])
async def keep_scheme(page: Page, data: Form, code: str = NEW) -> Response[str] | Redirect:
    """Keep it as the next version, and let types follow it."""
    check_may_act(page.visitor)

    async def work(conn: Connection) -> Done:
        known = int(data["version"]) if code != NEW and data.get("version", "").isdecimal() else None
        scheme = read_scheme(data, code)
        before = None if known is None else await get_scheme(conn, code)
        changed = (
            before is None or before.version != known or (before.label, before.lines) != (scheme.label, scheme.lines)
        )
        if changed:
            await save_scheme(conn, scheme, known=known, actor=page.visitor.actor)
        if types := data.get("types", "").split():
            await assign(conn, scheme.code, types, actor=page.visitor.actor)
        return Done(PLACE, t("Scheme {code} holds from now on.", code=scheme.code))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _dialog(page, code, data, refused)


@web_form(f"{PLACE}/try")
async def try_it(page: Page, data: Form) -> Response[str]:
    """The entries that the latest operations would give under what is typed."""
    check_may_act(page.visitor)
    refused: list[str] = []
    tried: list[SchemeTrial] = []
    try:
        scheme = read_scheme({**data, "label": data.get("label", "").strip() or "Trial"}, "TRIAL")
        async with page.reading() as conn:
            following = list(await _types_of(conn, data.get("of", "")))
            tried = await try_scheme(
                conn, scheme, [*data.get("types", "").split(), *following], seller_id=page.visitor.seller_id
            )
    except Refused as bad:
        refused = [written(one.text) for one in bad.refusals]
    return page.show(
        "accounting/scheme_preview.html", title="", refused=refused,
        tried=[_tried(one) for one in tried],
    )  # fmt: skip


async def _types_of(conn: Connection, code: str) -> tuple[str, ...]:
    return next((one.types for one in await list_schemes(conn) if one.code == code), ())


def _tried(one: SchemeTrial) -> dict[str, object]:
    return {
        "operation": f"{one.account or ''} {one.code} {one.number}".strip(),
        "currency": one.currency,
        "entries": [
            {
                "account": entry.general_account,
                "auxiliary": entry.auxiliary or "",
                "label": entry.label,
                "debit": formats.money(entry.amount, one.currency) if entry.side is Side.DEBIT else "",
                "credit": formats.money(entry.amount, one.currency) if entry.side is Side.CREDIT else "",
            }
            for entry in one.entries
        ],
    }


def read_scheme(data: Mapping[str, str], code: str) -> Scheme:
    """A scheme as typed; a line without an amount is none."""
    lines = []
    for n in range(LINES_MOST):
        given = {name: data.get(f"{name}-{n}", "").strip() for name in ("side", "account", "fixed", "amount", "label")}
        if given["amount"] not in set(Taken):
            continue
        source = AccountSource(given["account"]) if given["account"] in set(AccountSource) else AccountSource.TYPE
        lines.append(
            SchemeLine(
                same_side=given["side"] != "opposite", account=source, amount=Taken(given["amount"]),
                fixed_account=given["fixed"] or None, customer=data.get("customer", "0") == str(n),
                analytic=data.get(f"analytic-{n}") == "true", label=given["label"] or None,
            )
        )  # fmt: skip
    named = data.get("code", "").strip().upper() if code == NEW else code
    return Scheme(named, data.get("label", "").strip(), tuple(lines))


async def _dialog(page: Page, code: str, data: Mapping[str, str], refused: Refused | None = None) -> Response[str]:
    async with page.reading() as conn:
        found = None if code == NEW else await get_scheme(conn, code)
        versions = [] if found is None else await list_versions(conn, code)
        generals = await list_general_accounts(conn)
    types = (await page.services.types.get()).by_code
    shown = read_scheme(data, code) if data else found or Scheme("", "", ())
    wrong, rest = by_field(refused.refusals, ("code", "label")) if refused else ({}, [])
    return page.show(
        "accounting/scheme.html",
        status=422 if refused else 200,
        title=t("New scheme") if found is None else t("Scheme {code}", code=code),
        size="large",
        back=PLACE,
        href=f"{PLACE}/new" if found is None else f"{PLACE}/{code}/edit",
        key=data.get("key", ""),
        is_new=found is None,
        scheme=shown,
        version="" if found is None else data.get("version", str(found.version)),
        of="" if found is None else code,
        types=data.get("types", ""),
        known_types=[(one, t(kind.label)) for one, kind in types.items()],
        generals=[(one.code, t(one.label)) for one in generals],
        rows=[_typed(shown, n) for n in range(min(LINES_MOST, max(LINES_LEAST, len(shown.lines) + LINES_BLANK)))],
        customer=next((n for n, line in enumerate(shown.lines) if line.customer), 0),
        sides=[(value, t(label)) for value, label in SIDES.items()],
        sources=[(one.value, t(label)) for one, label in SOURCES.items()],
        amounts=[(one.value, t(label)) for one, label in TAKES.items()],
        versions=[
            (one.version, formats.instant(one.recorded_at), one.label) for one in versions[1:] if one.recorded_at
        ],
        wrong=wrong,
        rest=rest,
    )


def _typed(scheme: Scheme, n: int) -> dict[str, object]:
    if n >= len(scheme.lines):
        return {"side": "opposite", "account": "CONTRA", "fixed": "", "amount": "", "label": "", "analytic": False}
    line = scheme.lines[n]
    return {
        "side": "same" if line.same_side else "opposite",
        "account": line.account.value,
        "fixed": line.fixed_account or "",
        "amount": line.amount.value,
        "label": line.label or "",
        "analytic": line.analytic,
    }


route_handlers = [schemes_page, scheme_form, keep_scheme, try_it]
