"""The balance adjustment wizard: which operation, how much and for what, what will be made; then done once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.access.rules.permissions import WORDS
from solde.adjustments import AccountStanding, AdjustmentRequest, AdjustmentType, Option, standings_of
from solde.adjustments.api import amount_of, check_permission, settled, type_of
from solde.adjustments.card_adjustments import ask_gateway
from solde.adjustments.executors import content_of
from solde.adjustments.options import options_of
from solde.adjustments.shapes import AdjustmentShape
from solde.adjustments.words import LABELS
from solde.approvals import Executed, Proposal, Waiting
from solde.cards import CardState
from solde.cards.model import CardKind
from solde.customers import AccountInHierarchy, get_account, list_choices
from solde.db import Connection, transaction
from solde.kernel.dates import today_in
from solde.kernel.refusals import Refusal, Refused

from .. import formats, toasts
from ..addresses import Address, account_path, customer_path
from ..adjustment_words import EFFECTS, GROUPS, HINTS, digit_of
from ..form_errors import by_field
from ..i18n import t
from ..page import Page, web_form, web_page
from ..submit import Done, act_once
from ..texts import written
from ..visitors import Visitor
from .actions.typed import FormFields
from .adjusting_form import AdjustmentForm, ask_for, shown_fields
from .adjusting_summary import figure, made_of, money_of, pays_of, rows_of
from .cards.tab import transaction_path
from .customer_head import head


@dataclass(frozen=True, slots=True)
class Seat:
    """An account at the wizard: how it stands, and what can run now."""

    visitor: Visitor
    found: AccountInHierarchy
    standing: AccountStanding
    options: dict[AdjustmentType, Option]
    top: dict[str, object]
    today: date

    @property
    def code(self) -> str:
        return self.found.account.code

    @property
    def account_id(self) -> int:
        return self.found.account.account_id


async def sit(page: Page, conn: Connection, code: str) -> Seat:
    """Load the account; refuses feature_off, forbidden, unknown_account."""
    services = page.services
    await services.features.check("adjustments")
    page.visitor.require(Permission.ADJUSTMENTS)
    found = await get_account(conn, code, page.visitor.seller_id)
    account, today = found.account, today_in(found.customer.time_zone, page.now())
    standing = (await standings_of(conn, [account.account_id]))[account.account_id]
    cards_on = await services.features.is_on("card_payments")
    options = await options_of(conn, standing, page.visitor.permissions, cards_on=cards_on, now=page.now())
    top = head(found.customer, account, page.visitor, "balance", await list_choices(conn), await services.features.on())
    return Seat(page.visitor, found, standing, {one.type: one for one in options}, top, today)


@web_page("/accounts/{code:str}/adjust", name="adjust")
async def adjust_page(page: Page, code: str) -> Response[str]:
    """The first step, which operation; with a type in the address the second, how much and for what."""
    asked = page.query.get("type")
    async with page.reading() as conn:
        seat = await sit(page, conn, code)
        if asked:
            kind = type_of(asked)
            form = await ask_for(conn, kind, seat.standing, FormFields(), page.visitor.actor, page.now(), seat.today)
            return _details(page, seat, form)
    return page.show("customers/adjust_choose.html", title=t("Adjust balance"), **_frame(seat), groups=_groups(seat))


@web_form("/accounts/{code:str}/adjust/details")
async def details_again(page: Page, code: str) -> Response[str]:
    """Back from the summary to the second step, with all that was typed."""
    given = await _given(page)
    async with page.reading() as conn:
        seat = await sit(page, conn, code)
        form = await ask_for(
            conn, type_of(given.one("type")), seat.standing, given, page.visitor.actor, page.now(), seat.today
        )
    return _details(page, seat, form)


@web_form("/accounts/{code:str}/adjust/summary")
async def summary(page: Page, code: str) -> Response[str]:
    """The third step: what will be made, tried in the database and taken back, and the balance before and after."""
    given = await _given(page)

    async def work(conn: Connection) -> Response[str]:
        seat = await sit(page, conn, code)
        form = await ask_for(
            conn, type_of(given.one("type")), seat.standing, given, page.visitor.actor, page.now(), seat.today
        )
        if form.request is None:
            return _details(page, seat, form, form.refusals)
        try:
            why, told = await _try(page, conn, seat, form.request)
        except Refused as refused:
            return _details(page, seat, form, refused.refusals)
        return page.show(
            "customers/adjust_summary.html", title=t("Adjust balance"), **_frame(seat),
            type=form.kind.value, label=t(LABELS[form.kind]), hidden=form.hidden, why=why,
            rows=rows_of(told, prepaid=seat.standing.is_prepaid), made=made_of(told, form),
            pays=await pays_of(conn, seat.account_id, told), key=given.one("key"),
        )  # fmt: skip

    return await transaction(page.services.pool, work, dry_run=True)


@web_form("/accounts/{code:str}/adjust")
async def finish(page: Page, code: str) -> Response[str] | Redirect:
    """Do it, once for the form's key; of a card the gateway is asked when that is written down."""
    given, services = await _given(page), page.services
    account = await services.directory.get(code, page.visitor.seller)
    made: list[AdjustmentShape] = []

    async def work(conn: Connection) -> Done:
        seat = await sit(page, conn, code)
        form = await ask_for(
            conn, type_of(given.one("type")), seat.standing, given, page.visitor.actor, page.now(), seat.today
        )
        if form.request is None:
            raise Refused(form.refusals)
        done = await _submit(page, conn, seat, form.request)
        if isinstance(done, Waiting):
            await _rehearse(page, conn, seat, form.request)
            said = t("Waits for approval: {why}", why=written(done.why))
            return Done(account_path(code), said, "wait", f"/approvals/{done.approval_id}", t("Show"))
        assert isinstance(done.answer, AdjustmentShape), "executors of adjustments answer so"
        made.append(done.answer)
        return _done(done.answer, form, seat)

    try:
        answer = await act_once(page, given.told(), work, account_id=account.account_id)
    except Refused as refused:
        return await _refused(page, code, given, refused)
    if made and made[0].transaction_id is not None:
        return await _after_the_gateway(page, account.account_id, code, made[0])
    return answer


async def _after_the_gateway(page: Page, account_id: int, code: str, told: AdjustmentShape) -> Redirect:
    services = page.services
    assert told.transaction_id is not None, "it is of a card"
    outcome = await ask_gateway(services.gateway, services.pool, account_id, told.transaction_id, clock=services.clock)
    one, path = outcome.transaction, account_path(code)
    label = t(LABELS[AdjustmentType(told.type)])
    if one.redirect_url and one.state is CardState.PENDING:
        said = t("{label}: the cardholder has to confirm it", label=label)
        return toasts.done(path, said, tone="wait", href=one.redirect_url, label=t("Confirm"))
    if one.state in {CardState.DECLINED, CardState.FAILED}:
        return toasts.done(path, t("{label}: declined ({code})", label=label, code=one.code or one.state), tone="bad")
    if one.is_live:
        return toasts.done(path, t("{label}: the gateway did not answer yet", label=label), tone="wait")
    said = t("{label}: {amount} done", label=label, amount=money_of(told.amount, told.currency))
    if one.kind is CardKind.AUTHORIZE:
        said = t("{said}, transaction {n}", said=said, n=one.number)
        return toasts.done(path, said, href=transaction_path(code, one.number), label=t("Show"))
    number = one.operation_number
    href = account_path(code, "operations", str(number)) if number and told.operations != [number] else ""
    return toasts.done(path, said, href=href, label=t("Show") if href else "")


async def _refused(page: Page, code: str, given: FormFields, refused: Refused) -> Response[str]:
    async with page.reading() as conn:
        seat = await sit(page, conn, code)
        form = await ask_for(
            conn, type_of(given.one("type")), seat.standing, given, page.visitor.actor, page.now(), seat.today
        )
    return _details(page, seat, form, refused.refusals)


async def _given(page: Page) -> FormFields:
    return FormFields(await page.typed())


async def _submit(page: Page, conn: Connection, seat: Seat, wish: AdjustmentRequest) -> Executed | Waiting:
    """Within the limits of who wants it; refuses forbidden, and what cannot run now."""
    visitor, now = seat.visitor, page.now()
    check_permission(wish.type, visitor.permissions)
    amount = await amount_of(conn, wish, now)
    wish = settled(wish, amount)
    if wish.type in {AdjustmentType.ECOMMERCE_PAYMENT, AdjustmentType.AUTHORIZATION_ONLY}:
        # Where the cardholder comes back to who has to confirm it on the gateway's page.
        wish = replace(wish, return_url=f"{page.request.base_url}".rstrip("/") + account_path(seat.code))
    proposal = Proposal(
        wish.type.kind, seat.account_id, amount, seat.standing.currency, content_of(wish), visitor.actor, visitor.role,
        wish.internal,
    )  # fmt: skip
    return await page.services.approvals.submit(conn, proposal, now=now, today=seat.today)


async def _rehearse(page: Page, conn: Connection, seat: Seat, wish: AdjustmentRequest) -> AdjustmentShape:
    now = page.now()
    told = await page.services.approvals.rehearse(
        conn, wish.type.kind, content_of(wish), actor=seat.visitor.actor, role=seat.visitor.role, now=now,
        today=seat.today,
    )  # fmt: skip
    assert isinstance(told, AdjustmentShape), "executors of adjustments answer so"
    return told


async def _try(page: Page, conn: Connection, seat: Seat, wish: AdjustmentRequest) -> tuple[str, AdjustmentShape]:
    """Why it would wait for a second person, if so, and what it would make."""
    done = await _submit(page, conn, seat, wish)
    if isinstance(done, Waiting):
        return written(done.why), await _rehearse(page, conn, seat, wish)
    assert isinstance(done.answer, AdjustmentShape), "executors of adjustments answer so"
    return "", done.answer


def _frame(seat: Seat) -> dict[str, Any]:
    """What stands on every step: the customer, and how the account stands."""
    one = seat.standing
    return {
        "head": seat.top,
        "back": customer_path(seat.found.customer.code),
        "start": account_path(seat.code, "adjust"),
        "currency": one.currency,
        "figures": _standing(one),
    }


def _standing(one: AccountStanding) -> list[tuple[str, str, str, str]]:
    """Label, figure, DR or CR in words, tone."""
    label = t("Funds") if one.is_prepaid else t("Current balance")
    unallocated = formats.money(one.unallocated, one.currency)
    return [
        (label, *figure(one.owed, one.currency, prepaid=one.is_prepaid)),
        (t("Unbilled"), *_unbilled(one)),
        (t("Unallocated payments"), unallocated, "", "credit" if one.unallocated else "quiet"),
    ]


def _unbilled(one: AccountStanding) -> tuple[str, str, str]:
    """What the next invoice will charge or credit."""
    tone = formats.DIRECTIONS[formats.direction(one.unbilled)]
    meant = {"debit": t("to be charged"), "credit": t("to be credited")}
    return formats.money(one.unbilled, one.currency), meant.get(tone, ""), tone


def _groups(seat: Seat) -> list[tuple[str, list[dict[str, str]]]]:
    start = account_path(seat.code, "adjust")
    return [(t(title), [_choice(seat, kind, start) for kind in kinds]) for title, kinds in GROUPS]


def _choice(seat: Seat, kind: AdjustmentType, start: str) -> dict[str, str]:
    option = seat.options[kind]
    return {
        "label": t(LABELS[kind]),
        "hint": t(HINTS[kind]),
        "effect": t(EFFECTS[kind.effect, seat.standing.is_prepaid]),
        "why": _why(option),
        "most": "" if option.most is None else formats.money(option.most, seat.standing.currency),
        "href": str(Address(start, [("type", kind.value)])),
        "digit": digit_of(kind),
    }


def _why(option: Option) -> str:
    """Why it cannot run now, in the reader's language."""
    if option.missing is not None:
        return t("Your role may not {what}.", what=t(WORDS[option.missing]))
    return t(option.why) if option.why else ""


def _details(page: Page, seat: Seat, form: AdjustmentForm, refusals: tuple[Refusal, ...] = ()) -> Response[str]:
    """The second step; what was refused stands beside its field."""
    option = seat.options[form.kind]
    wrong, rest = by_field(refusals, set(form.values))
    if option.why:
        rest = [_why(option), *rest]
    most = "" if option.most is None else formats.money(option.most, seat.standing.currency)
    return page.show(
        "customers/adjust_details.html", status=422 if refusals else 200, title=t("Adjust balance"),
        **_frame(seat), type=form.kind.value, label=t(LABELS[form.kind]), hint=t(HINTS[form.kind]),
        effect=t(EFFECTS[form.kind.effect, seat.standing.is_prepaid]), fields=shown_fields(form, wrong), rest=rest,
        stopped=bool(option.why), most=most,
    )  # fmt: skip


def _done(told: AdjustmentShape, form: AdjustmentForm, seat: Seat) -> Done:
    """What is said when it is done, with the way to what was made."""
    said = t("{label}: {amount} done", label=t(LABELS[form.kind]), amount=money_of(told.amount, told.currency))
    customer, code = seat.found.customer.code, seat.code
    if told.item is not None:
        tab = str(Address(customer_path(customer, "unbilled"), [("account", code)]))
        return Done(tab, said)
    href = account_path(code, "operations", str(told.operations[0])) if told.operations else ""
    return Done(account_path(code), said, href=href, label=t("Show") if href else "")


route_handlers = [adjust_page, details_again, summary, finish]
