"""Customer balances: the list in its order, the default, deleting, and what each was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.balances import (
    Authorship,
    Definition,
    change_definition,
    definition_authors,
    definition_versions,
    definitions_now,
    delete_definition,
    order_definitions,
    pick,
)
from solde.balances.rules import MEASURES
from solde.db import Connection
from solde.kernel.refusals import NOT_FOUND, Refused, refuse

from ... import formats
from ...i18n import t
from ...page import Page, web_form, web_page
from ...texts import sentence
from ...toasts import done
from .differences import TextDifference, differences, in_words
from .saving import Done, Form, act_once, number_of

LIST = "/settings/balances"
Authors = Mapping[tuple[int, int], Authorship]


@web_page(LIST, name="settings_balances")
async def balances_page(page: Page) -> Response[str]:
    """The balances in their order."""
    async with page.reading() as conn:
        definitions, authors = await definitions_now(conn), await definition_authors(conn)
    return page.show(
        "settings/balances.html",
        title=t("Customer balances"),
        may=page.visitor.may_for_all(Permission.SETTINGS),
        order=",".join(d.code for d in definitions),
        balances=[_shown(d, authors) for d in definitions],
    )


def _shown(definition: Definition, authors: Authors) -> dict[str, object]:
    draft = definition.draft
    return {
        "code": draft.code,
        "label": t(draft.label),
        "is_default": draft.is_default,
        "words": in_words(draft),
        "measure": measure_in_words(draft.measure),
        "version": definition.version,
        **changed_by(definition, authors),
    }


def measure_in_words(measure: str) -> str:
    """A measure as a short word."""
    words = {"amount": t("Amount"), "open": t("Open and undisputed")}
    return words[measure] if measure in MEASURES else t("Own expression")


def changed_by(definition: Definition, authors: Authors) -> dict[str, str]:
    """Who made a version, when and why; shipped ones were made by nobody."""
    author = authors.get((definition.definition_id, definition.version))
    if author is None or author.actor is None or definition.recorded_at is None:
        return {"by": t("shipped"), "at": "", "reason": ""}
    at = formats.instant(definition.recorded_at)
    return {"by": author.actor, "at": at, "reason": author.reason or ""}


@web_form("/settings/balances/{code:str}/move", permission=Permission.SETTINGS)
async def move_balance(page: Page, code: str, data: Form) -> Redirect:
    """Move a balance up or down in the order."""
    seen = [one for one in data.get("order", "").split(",") if one]
    wanted = moved(seen, code, -1 if data.get("move") == "up" else 1)

    async def work(conn: Connection) -> Done:
        label = t(pick(await definitions_now(conn), code).label)
        await order_definitions(conn, wanted, seen=seen, actor=page.visitor.actor)
        place = wanted.index(code) + 1
        return Done(LIST, t("{label} is now number {place}.", label=label, place=place))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return done(LIST, sentence(refused.refusals[0].text), tone="bad")


def moved(order: Sequence[str], code: str, step: int) -> list[str]:
    """The order with one moved by a place; as it is where it cannot be moved. Pure."""
    codes = list(order)
    if code not in codes or not 0 <= codes.index(code) + step < len(codes):
        return codes
    place = codes.index(code)
    codes[place], codes[place + step] = codes[place + step], codes[place]
    return codes


@web_page("/settings/balances/{code:str}/default", name="settings_balance_default")
async def default_dialog(page: Page, code: str) -> Response[str]:
    """Ask whether a balance becomes the default."""
    return await _dialog(page, code, "default")


@web_page("/settings/balances/{code:str}/delete", name="settings_balance_delete")
async def delete_dialog(page: Page, code: str) -> Response[str]:
    """Ask whether a balance is deleted."""
    return await _dialog(page, code, "delete")


async def _dialog(
    page: Page, code: str, verb: str, form: Mapping[str, str] | None = None, refused: Refused | None = None
) -> Response[str]:
    page.visitor.require(Permission.SETTINGS)
    async with page.reading() as conn:
        definitions = await definitions_now(conn)
    definition, default = pick(definitions, code), pick(definitions, None)
    titles = {
        "default": t("Make “{label}” the default", label=t(definition.label)),
        "delete": t("Delete “{label}”", label=t(definition.label)),
    }
    return page.show(
        "settings/balance_dialog.html",
        status=200 if refused is None else 422,
        title=titles[verb],
        verb=verb,
        back=LIST,
        balance=definition.draft,
        version=definition.version,
        default=t(default.label),
        rest=[] if refused is None else [sentence(r.text) for r in refused.refusals],
        key=(form or {}).get("key", ""),
        reason=(form or {}).get("reason", ""),
    )


@web_form("/settings/balances/{code:str}/default", permission=Permission.SETTINGS)
async def make_default(page: Page, code: str, data: Form) -> Redirect | Response[str]:
    """Make a balance the default one."""

    async def work(conn: Connection) -> Done:
        before = pick(await definitions_now(conn), code)
        draft = replace(before.draft, is_default=True)
        version, reason = number_of(data, "version"), data.get("reason") or None
        await change_definition(conn, code, draft, version=version, actor=page.visitor.actor, reason=reason)
        return Done(LIST, t("{label} is now the default balance.", label=t(before.label)))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _dialog(page, code, "default", data, refused)


@web_form("/settings/balances/{code:str}/delete", permission=Permission.SETTINGS)
async def delete_balance(page: Page, code: str, data: Form) -> Redirect | Response[str]:
    """Take a balance out of force."""

    async def work(conn: Connection) -> Done:
        before = pick(await definitions_now(conn), code)
        version, reason = number_of(data, "version"), data.get("reason") or None
        await delete_definition(conn, code, version=version, actor=page.visitor.actor, reason=reason)
        href = f"{LIST}/{code}/versions"
        return Done(LIST, t("{label} is deleted.", label=t(before.label)), href=href, label=t("Its history"))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _dialog(page, code, "delete", data, refused)


@web_page("/settings/balances/{code:str}/versions", name="settings_balance_versions")
async def versions_page(page: Page, code: str) -> Response[str]:
    """Every version of a balance, newest first, with what each changed."""
    async with page.reading() as conn:
        versions, authors = await definition_versions(conn, code), await definition_authors(conn, code)
    if not versions:
        raise Refused(refuse(NOT_FOUND, "there never was a balance {code!r}", code=code))
    return page.show(
        "settings/balance_versions.html",
        title=t("History of “{label}”", label=t(versions[0].label)),
        code=code,
        deleted=versions[0].deleted,
        versions=[
            {
                "version": one.version,
                "deleted": one.deleted,
                "newest": one is versions[0] and not one.deleted,
                "differences": _steps(one, versions[i + 1 : i + 2]),
                **changed_by(one, authors),
            }
            for i, one in enumerate(versions)
        ],
    )


def _steps(version: Definition, older: Sequence[Definition]) -> list[TextDifference]:
    """What a version changed of the one before it; a code used again begins anew."""
    before = next((one.draft for one in older if one.definition_id == version.definition_id), None)
    return differences(before, version.draft)


route_handlers = [
    balances_page,
    move_balance,
    default_dialog,
    make_default,
    delete_dialog,
    delete_balance,
    versions_page,
]
__all__ = ["LIST", "changed_by", "measure_in_words", "moved", "route_handlers"]
