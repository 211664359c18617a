"""The dialogs of actions: each shows its form, tries what it would do, and does it once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from litestar import Response
from litestar.response import Redirect

from solde.actions.action import Action, Button
from solde.app.actions import ALL_ACTIONS
from solde.approvals import Executed
from solde.customers import find_account, get_account
from solde.db import Connection, transaction
from solde.kernel.dates import today_in
from solde.kernel.refusals import NOT_FOUND, UNKNOWN_ACCOUNT, Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say
from solde.matching.descriptions import MATCH, UNMATCH
from solde.operations import Operation
from solde.operations import store as operation_store

from ... import formats
from ...addresses import account_path, tab_path
from ...form_errors import by_field
from ...i18n import t
from ...page import Page, web_form, web_page
from ...submit import Done, act_once
from ...texts import sentence, written
from . import described, effects, manual, matching, paying, planning
from .catalogue import BY_CODE, CatalogueEntry
from .submission import ActionOutcome, FormContext, ShownForm, Submission, carry_out, name_of, outcome_of
from .typed import LEFT_BLANK, FormFields

ROWS_CHOSEN = declare("form_rows_chosen", Kind.INVALID, "Choose the rows that the action is for, in the list.")

ROWS_MOST = 200
ALIASES = {"operation_date": "date", "effective_date": "date", "type_code": "type"}
"""Names that actions give to fields which forms call otherwise."""

Fill = Callable[[Connection, FormContext], Awaitable[ShownForm]]


@dataclass(frozen=True, slots=True)
class Dialog:
    """How an action is asked for: what fills its form, its template, and what its button says.

    `is_read_alone`: what is confirmed is read without the other accounts of the customer.
    """

    fill: Fill
    template: str
    confirm: str
    danger: bool = False
    preview: str = "balance/preview.html"
    is_read_alone: bool = False


def _dialog_of(action: Action, button: Button) -> Dialog:
    """The dialog of a described action."""

    async def fill(conn: Connection, desk: FormContext) -> ShownForm:
        return await described.fill(conn, desk, action)

    return Dialog(fill, "balance/described.html", action.words.confirm or action.words.label, button.danger)


FORMS: Mapping[str, Dialog] = {
    "pay": Dialog(paying.pay, "balance/pay.html", "Register payment", is_read_alone=True),
    "plan": Dialog(planning.new_plan, "plans/new.html", "Activate the plan", preview="plans/preview.html"),
    "plan-edit": Dialog(planning.edit_plan, "plans/edit.html", "Save the draft", preview="plans/preview.html"),
    "new": Dialog(manual.new_operation, "balance/new.html", "Post operation"),
    **{action.dialog: _dialog_of(action, action.button) for action in ALL_ACTIONS if action.button is not None},
    "match": Dialog(matching.match_chosen, "balance/match.html", MATCH.words.label),
    "unmatch": Dialog(matching.unmatch_chosen, "balance/unmatch.html", UNMATCH.words.label),
}
"""The dialog of each action of the catalogue."""


async def _entry(page: Page, action: str) -> CatalogueEntry:
    """The action of an address.

    Refuses: not_found, forbidden, feature_off.
    """
    entry = BY_CODE.get(action)
    if entry is None or action not in FORMS:
        raise Refused(refuse(NOT_FOUND, "there is no action {action!r}", action=action))
    page.visitor.require(entry.permission)
    if entry.feature is not None:
        await page.services.features.check(entry.feature)
    return entry


async def _sit(
    page: Page,
    conn: Connection,
    code: str,
    entry: CatalogueEntry,
    given: FormFields,
    *,
    trial: bool = False,
    confirms: bool = False,
) -> FormContext:
    """Load the account and the chosen operations.

    Refuses: unknown_account, form_rows_chosen, not_found.
    """
    services = page.services
    found = await find_account(conn, code, page.visitor.seller_id)
    if found is None:
        raise Refused(refuse(UNKNOWN_ACCOUNT, "there is no account {code!r}", code=code))
    is_alone = confirms and FORMS[entry.code].is_read_alone
    levels = None if is_alone else await get_account(conn, code, page.visitor.seller_id)
    numbers = given.numbers("n")[:ROWS_MOST]
    chosen = await operation_store.get_operations(conn, found.account_id, numbers) if numbers else []
    by_number = {o.number: o for o in chosen}
    if missing := [n for n in numbers if n not in by_number]:
        raise Refused(refuse(NOT_FOUND, "account {code} has no operation {missing}", code=code, missing=missing[0]))
    if (entry.one and len(numbers) != 1) or (entry.place == "rows" and entry.needs_rows and not numbers):
        said = say(
            "{label}: {one} to be chosen, {count} are",
            label=entry.label,
            one="one row is" if entry.one else "rows are",
            count=len(numbers),
        )
        raise Refused(refuse(ROWS_CHOSEN, said))
    to = given.one("to")
    others = await services.directory.find([to], page.visitor.seller) if to else {}
    now = page.now()
    return FormContext(
        page.visitor, found, today_in(found.time_zone, now), now, await services.types.get(),
        services.types, given, tuple(by_number[n] for n in numbers), trial, confirms, others, levels,
    )  # fmt: skip


@web_page("/accounts/{code:str}/actions/{action:str}", name="action")
async def show_action(page: Page, code: str, action: str) -> Response[str]:
    """The form of an action, with what probably is wanted filled in."""
    entry = await _entry(page, action)
    async with page.reading() as conn:
        desk = await _sit(page, conn, code, entry, FormFields(page.query.multi_items()))
        form = await FORMS[action].fill(conn, desk)
    return _dialog(page, desk, entry, form)


@web_form("/accounts/{code:str}/actions/{action:str}/preview")
async def preview_action(page: Page, code: str, action: str) -> Response[str]:
    """What the action would do with what is typed: done in the database and taken back."""
    entry = await _entry(page, action)
    given = FormFields(await page.typed())

    async def work(conn: Connection) -> tuple[FormContext, ShownForm, dict[str, object]]:
        desk = await _sit(page, conn, code, entry, given, trial=True)
        form = await FORMS[action].fill(conn, desk)
        if form.wish is None:
            return desk, form, _untried(form.refusals)
        try:
            tried = await effects.try_out(conn, page.services.definitions, form.wish, desk)
        except Refused as refused:
            return desk, form, _untried(refused.refusals)
        return desk, form, effects.shown(tried, desk, given.digest())

    desk, form, seen = await transaction(page.services.pool, work, dry_run=True)
    if page.request.headers.get("solde-dialog"):
        return page.show(
            FORMS[action].preview, preview=seen, values=form.values, wrong={},
            currency=desk.currency,
        )  # fmt: skip
    return _dialog(page, desk, entry, form, preview=seen)


def _untried(refusals: tuple[Refusal, ...]) -> dict[str, object]:
    """A preview of what cannot be done; what is only not filled in yet is no fault."""
    said = [sentence(r.text) for r in refusals if r.code != LEFT_BLANK.code]
    return {"refused": said, "waiting": not said}


@web_form("/accounts/{code:str}/actions/{action:str}")
async def do_action(page: Page, code: str, action: str) -> Response[str] | Redirect:
    """Do it, once for the form's key; what is refused is said in the form, with all that was typed."""
    entry = await _entry(page, action)
    given = FormFields(await page.typed())

    account = await page.services.directory.get(code, page.visitor.seller)

    async def work(conn: Connection) -> Done:
        desk = await _sit(page, conn, code, entry, given, confirms=True)
        form = await FORMS[action].fill(conn, desk)
        if form.wish is None:
            raise Refused(form.refusals)
        return await _do(page, conn, form.wish, desk, form.back or _back(desk, entry))

    try:
        return await act_once(page, given.told(), work, account_id=account.account_id)
    except Refused as refused:
        async with page.reading() as conn:
            desk = await _sit(page, conn, code, entry, given)
            form = await FORMS[action].fill(conn, desk)
        return _dialog(page, desk, entry, form, refusals=refused.refusals)


async def _do(page: Page, conn: Connection, wish: Submission, desk: FormContext, back: str) -> Done:
    """Do it within the limits of who wants it, or let it wait for a second person."""
    if wish.prepare is not None:
        wish = await wish.prepare(conn)
    if not wish.kind:
        outcome = await carry_out(conn, wish, desk)
        await _check_seen(conn, outcome, desk)
        return _done(wish, outcome, desk, back)
    answer = await page.services.approvals.submit(conn, wish.proposal(desk), now=desk.now, today=desk.today)
    if isinstance(answer, Executed):
        outcome = outcome_of(answer.answer, desk.account.code)
        await _check_seen(conn, outcome, desk)
        return _done(wish, outcome, desk, back)
    # What waits was tried before, so that nothing waits that could not be done.
    async with conn.transaction(force_rollback=True):
        await _check_seen(conn, await carry_out(conn, wish, desk), desk)
    said = t("Waits for approval: {why}", why=written(answer.why))
    return Done(back, said, "wait", f"/approvals/{answer.approval_id}", t("Show"))


async def _check_seen(conn: Connection, outcome: ActionOutcome, desk: FormContext) -> None:
    seen = desk.given.one("seen")
    if not seen:
        return
    touched = await effects.touched_by(conn, outcome, desk)
    if changed := effects.changes_since(seen, touched, desk.given.digest()):
        raise Refused(changed)


def _done(wish: Submission, outcome: ActionOutcome, desk: FormContext, back: str) -> Done:
    """What is said when it is done, with the way to what was posted."""
    code = desk.account.code
    numbers = [*outcome.posted_on(code), *(line.debit for line in outcome.lines), *outcome.argued]
    if not numbers and not outcome.href:
        return Done(back, wish.said)
    href = outcome.href or account_path(code, "operations", str(numbers[0]))
    return Done(back, wish.said, href=href, label=t("Show"))


PLACES = {"litigation": "/litigation"}
"""Lists that lead to an action of an account, and are returned to."""
TABS = {"deposit": "deposits", "deposits": "deposits", "funding": "deposits"}
"""Tabs of the customer that lead to an action, by where it is offered, and are returned to."""


def _back(desk: FormContext, entry: CatalogueEntry) -> str:
    code = desk.account.code
    if entry.place == "plans":
        return planning.plans_path(desk)
    if (tab := TABS.get(entry.place)) is not None:
        return tab_path(desk.customer.code, tab, code)
    return PLACES.get(desk.given.one("from")) or account_path(code)


def _dialog(
    page: Page,
    desk: FormContext,
    entry: CatalogueEntry,
    form: ShownForm,
    *,
    refusals: tuple[Refusal, ...] = (),
    preview: Mapping[str, object] | None = None,
) -> Response[str]:
    """The dialog with its form; what was refused stands beside its field."""
    dialog, code = FORMS[entry.code], desk.account.code
    names = {*form.fields, *(f"part-{o.number}" for o in desk.chosen), *form.values.get("named", ())}
    placed = [r if r.field in names else r.at(field=ALIASES.get(r.field or "", r.field)) for r in refusals]
    wrong, rest = by_field(placed, names)
    return page.show(
        dialog.template,
        status=422 if refusals else 200,
        title=t(entry.label),
        back=form.back or _back(desk, entry),
        place=desk.given.one("from") if desk.given.one("from") in PLACES else "",
        size="large",
        href=account_path(code, "actions", entry.code),
        confirm=t(dialog.confirm),
        danger=dialog.danger,
        key=desk.given.one("key"),
        chosen=[_chosen(o) for o in desk.chosen],
        of=f"{desk.customer.name} · {code}",
        currency=desk.currency,
        fields=form.fields,
        values=form.values,
        wrong=wrong,
        rest=rest,
        preview=preview,
    )


def _chosen(o: Operation) -> dict[str, object]:
    status, tone = formats.MATCHING[o.matching_status]
    return {
        "number": str(o.number),
        "label": t(o.label),
        "reference": name_of(o),
        "on": formats.day(o.operation_on),
        "due": formats.day(o.due_on) if o.side > 0 else "",
        "amount": formats.money(o.amount, o.currency),
        "available": formats.money(o.available, o.currency),
        "open": formats.money(o.open, o.currency),
        "disputed": formats.money(o.disputed, o.currency) if o.disputed else "",
        "word": "DR" if o.side > 0 else "CR",
        "status": t(status),
        "tone": tone,
    }


route_handlers = [show_action, preview_action, do_action]
