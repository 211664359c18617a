"""The definition lab: a balance is written here, tried on the real data while it is typed, and saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.balances import Definition, Draft, change_definition, create_definition, definition_authors, definitions_now
from solde.balances import pick as pick_definition
from solde.db import Connection
from solde.expressions import function_list, properties
from solde.kernel.refusals import VERSION_DIFFERS, Refused
from solde.operations import OperationType, Side, Types, load_types

from ...i18n import t
from ...page import Page, web_form, web_page
from ...texts import sentence
from .balances import LIST, changed_by
from .differences import differences
from .drafts import DefinitionDraft, next_position, read_typed, typed_of
from .saving import Done, act_once
from .trying import TrialResult, try_draft

NEW = "/settings/new-balance"
LAB = "/settings/balance-lab"


@dataclass(frozen=True, slots=True)
class LabForm:
    """What the editor works on: what was typed, the definition in force under that code, all of them, the types."""

    typed: DefinitionDraft
    before: Definition | None
    definitions: tuple[Definition, ...]
    types: Types

    @property
    def draft(self) -> Draft:
        return self.typed.draft(self.before, next_position(self.definitions))

    @property
    def path(self) -> str:
        """The address of the editor."""
        return f"{LIST}/{self.typed.code}/edit" if self.before is not None else NEW


@web_page(NEW, name="settings_new_balance", permission=Permission.SETTINGS)
async def new_balance(page: Page) -> Response[str]:
    """The editor, empty, or as an address says."""
    typed = read_typed(page.query)
    async with page.reading() as conn:
        bench = LabForm(typed, None, await definitions_now(conn), await load_types(conn))
    return _editor(page, bench, TrialResult())


@web_page("/settings/balances/{code:str}/edit", name="settings_balance")
async def edit_balance(page: Page, code: str) -> Response[str]:
    """The editor of a balance as it is, or as an address says. Who may not change it reads it."""
    async with page.reading() as conn:
        definitions, types = await definitions_now(conn), await load_types(conn)
        before = pick_definition(definitions, code)
        asked = "label" in page.query and page.visitor.may(Permission.SETTINGS)
        typed = read_typed(page.query, code=code) if asked else typed_of(before)
        bench = LabForm(typed, before, definitions, types)
        tried = await try_draft(page, conn, bench.draft, types, before) if asked else TrialResult()
    return _editor(page, bench, tried)


@web_form(LAB, everywhere=False, permission=Permission.SETTINGS)
async def try_it(page: Page) -> Response[str]:
    """Try what was typed: the editor again with what came of it, or for its script that alone. Nothing is saved."""
    form = await page.request.form()
    async with page.reading() as conn:
        bench = await _bench(conn, read_typed(form), existing=form.get("existing") == "true")
        tried = await try_draft(page, conn, bench.draft, bench.types, bench.before)
    part = page.request.headers.get("solde-lab") is not None
    return _editor(page, bench, tried, template="settings/lab_tried.html" if part else "settings/lab.html")


async def _bench(conn: Connection, typed: DefinitionDraft, *, existing: bool) -> LabForm:
    definitions, types = await definitions_now(conn), await load_types(conn)
    before = pick_definition(definitions, typed.code) if existing else None
    return LabForm(typed, before, definitions, types)


def _editor(page: Page, bench: LabForm, tried: TrialResult, *, template: str = "settings/lab.html") -> Response[str]:
    before = bench.before
    title = t("New balance") if before is None else t("Balance “{label}”", label=t(before.label))
    return page.show(
        template,
        title=title,
        may=page.visitor.may_for_all(Permission.SETTINGS),
        typed=bench.typed,
        existing=before is not None,
        is_default=before is not None and before.draft.is_default,
        in_force=0 if before is None else before.version,
        save=f"{LIST}/{bench.typed.code}/confirm" if before is not None else f"{NEW}/confirm",
        lab=LAB,
        back=LIST,
        sides=_sides(bench),
        tried=tried,
        functions=[(f.name, f.signature, f.result.value, f.doc) for f in function_list()],
        properties=[(p.path, p.kind.value, p.doc, p.values) for p in properties()],
    )


def _sides(bench: LabForm) -> list[dict[str, object]]:
    typed = bench.typed
    return [
        _side("debit", t("Debits"), typed.debit, typed.debit_types, _types_of(bench, Side.DEBIT)),
        _side("credit", t("Credits"), typed.credit, typed.credit_types, _types_of(bench, Side.CREDIT)),
    ]


def _side(name: str, label: str, kind: str, chosen: tuple[str, ...], types: list[OperationType]) -> dict[str, object]:
    """The choice of a side: the chosen types come first."""
    known = {one.code for one in types}
    return {
        "name": name,
        "label": label,
        "kind": kind,
        "count": len(chosen),
        "types": sorted([(one.code, t(one.label), one.code in chosen) for one in types], key=lambda row: not row[2]),
        "strangers": [code for code in chosen if code not in known],
    }


def _types_of(bench: LabForm, side: Side) -> list[OperationType]:
    return sorted((one for one in bench.types.by_code.values() if one.side is side), key=lambda one: one.code)


@web_page(f"{NEW}/confirm", name="settings_new_balance_confirm", permission=Permission.SETTINGS)
async def confirm_new(page: Page) -> Response[str]:
    """Show what a new balance would be, and ask."""
    return await _confirmation(page, read_typed(page.query), existing=False)


@web_page("/settings/balances/{code:str}/confirm", name="settings_balance_confirm", permission=Permission.SETTINGS)
async def confirm_change(page: Page, code: str) -> Response[str]:
    """Show what a change of a balance would be, and ask."""
    return await _confirmation(page, read_typed(page.query, code=code), existing=True)


async def _confirmation(
    page: Page,
    typed: DefinitionDraft,
    *,
    existing: bool,
    form: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> Response[str]:
    async with page.reading() as conn:
        bench = await _bench(conn, typed, existing=existing)
        tried = await try_draft(page, conn, bench.draft, bench.types, bench.before)
        meanwhile = await _meanwhile(conn, bench)
    before, changes = bench.before, differences(None if bench.before is None else bench.before.draft, bench.draft)
    conflict = {VERSION_DIFFERS.code} if meanwhile else set()
    rest = [] if refused is None else [sentence(r.text) for r in refused.refusals if r.code not in conflict]
    known = [f"{wrong.words}" for wrongs in tried.wrong.values() for wrong in wrongs]
    label = typed.label or typed.code
    return page.show(
        "settings/lab_confirm.html",
        status=200 if refused is None else 422,
        title=t("Save the new balance “{label}”", label=label) if before is None else t("Save “{label}”", label=label),
        size="large",
        action=NEW if before is None else f"{LIST}/{typed.code}",
        back=f"{bench.path}?{urlencode(typed.pairs())}",
        fields=[(name, value) for name, value in typed.pairs() if name != "version"],
        version=0 if before is None else before.version,
        meanwhile=meanwhile,
        differences=changes,
        tried=tried,
        rest=[*rest, *known, *tried.rest],
        can_save=not tried.is_wrong and bool(changes),
        reason=(form or {}).get("reason", ""),
        key=(form or {}).get("key", "") if refused is not None and not meanwhile else "",
    )


async def _meanwhile(conn: Connection, bench: LabForm) -> dict[str, str] | None:
    """Who changed the definition since the editor was opened, if anybody did."""
    before = bench.before
    if before is None or bench.typed.version in {0, before.version}:
        return None
    return changed_by(before, await definition_authors(conn, before.code)) | {"version": str(before.version)}


@web_form(NEW, permission=Permission.SETTINGS)
async def save_new(page: Page) -> Redirect | Response[str]:
    """Put a new balance in force."""
    form = await page.request.form()
    typed = read_typed(form)

    async def work(conn: Connection) -> Done:
        draft = typed.draft(None, next_position(await definitions_now(conn)))
        made = await create_definition(conn, draft, actor=page.visitor.actor, reason=_reason(form))
        return Done(LIST, t("{label} is in force.", label=made.label))

    said = _said(form, typed)
    try:
        return await act_once(page, said, work)
    except Refused as refused:
        return await _confirmation(page, typed, existing=False, form=said, refused=refused)


@web_form("/settings/balances/{code:str}", permission=Permission.SETTINGS)
async def save_change(page: Page, code: str) -> Redirect | Response[str]:
    """Put a new version of a balance in force."""
    form = await page.request.form()
    typed = read_typed(form, code=code)

    async def work(conn: Connection) -> Done:
        before = pick_definition(await definitions_now(conn), code)
        made = await change_definition(
            conn, code, typed.draft(before), version=typed.version, actor=page.visitor.actor, reason=_reason(form)
        )
        text = t("Version {version} of {label} is in force.", version=made.version, label=made.label)
        return Done(LIST, text, href=f"{LIST}/{code}/versions", label=t("What changed"))

    said = _said(form, typed)
    try:
        return await act_once(page, said, work)
    except Refused as refused:
        return await _confirmation(page, typed, existing=True, form=said, refused=refused)


def _reason(form: Mapping[str, Any]) -> str | None:
    text = "".join(c for c in str(form.get("reason") or "")[:500] if c.isprintable()).strip()
    return text or None


def _said(form: Mapping[str, Any], typed: DefinitionDraft) -> dict[str, str]:
    """The whole form as one text each: what was typed, the reason, the one-time key."""
    return {"typed": urlencode(typed.pairs()), "reason": _reason(form) or "", "key": str(form.get("key") or "")}


route_handlers = [new_balance, edit_balance, try_it, confirm_new, confirm_change, save_new, save_change]
