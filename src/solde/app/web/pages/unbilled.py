"""The Unbilled tab: what the next invoice will hold, what it comes to, what was done with the wizard."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from decimal import Decimal

from litestar import Response
from litestar.response import Redirect, Stream

from solde.access import Permission
from solde.adjustments import Adjustment, list_adjustments
from solde.adjustments.words import LABELS
from solde.approvals import Waiting
from solde.balances import Moment
from solde.customers import Account, get_account, get_customer, list_choices
from solde.db import Connection
from solde.extracts import FileFormat as FileForm
from solde.extracts import export_unbilled
from solde.kernel.dates import today_in
from solde.kernel.refusals import Refused
from solde.unbilled import UnbilledItem, UnbilledTotal, totals_of
from solde.unbilled.api import item_number
from solde.unbilled.proposing import propose_take_back
from solde.unbilled.rules import open_period
from solde.unbilled.store import LARGEST_NUMBER, cycles_of, get_item, list_items

from ...spooled import attachment, chunks_of, file_name, open_spool
from .. import formats
from ..addresses import Address, account_path, customer_path
from ..adjustment_words import KINDS, OUTCOMES
from ..form_errors import by_field
from ..i18n import t
from ..page import Page, web_form, web_page
from ..submit import Done, act_once
from ..texts import written
from ..visitors import Visitor
from .adjusting_summary import figure
from .customer_head import account_asked, head
from .settings.saving import Form, text_of

ROWS = 50
ADJUSTMENTS = 10


@web_page("/customers/{code:str}/unbilled", name="customer_unbilled", feature="adjustments")
async def unbilled_page(page: Page, code: str) -> Response[str]:
    """The items of an account that no invoice holds yet, newest first; with `billed` those billed since too."""
    asked = page.query
    before = int(asked["before"]) if asked.get("before", "").isdecimal() and len(asked["before"]) < 18 else None
    async with page.reading() as conn:
        customer = await get_customer(conn, code, page.visitor.seller_id)
        account = account_asked(customer, asked.get("account"))
        key = account.account_id
        total = (await totals_of(conn, [key]))[key]
        items = await list_items(
            conn, key, billed=bool(asked.get("billed")), before=before or LARGEST_NUMBER, limit=ROWS + 1
        )
        made = await list_adjustments(conn, key, limit=ADJUSTMENTS)
        cycle = (await cycles_of(conn, [key])).get(key)
        choices = await list_choices(conn)
    period = open_period(cycle, today_in(customer.time_zone, page.now()))
    kept = [("account", asked.get("account") or ""), ("billed", asked.get("billed") or "")]
    address = Address(customer_path(customer.code, "unbilled"), kept)
    return page.show(
        "customers/unbilled.html",
        title=f"{customer.name} · {t('Unbilled')}",
        head=head(customer, account, page.visitor, "unbilled", choices, await page.services.features.on()),
        cards=_cards(total, account),
        period=f"{formats.day(period.first_on)} – {formats.day(period.last_on)}",
        items=[_row(one, account, page.visitor) for one in items[:ROWS]],
        made=[_deed(one, account) for one in made],
        billed=bool(asked.get("billed")),
        toggle=str(address.with_(billed=None if asked.get("billed") else "1")),
        files=[
            (label, account_path(account.code, f"unbilled.{suffix}"))
            for label, suffix in ((t("Excel"), "xlsx"), ("CSV", "csv"))
        ],
        next=str(address.with_(before=str(items[ROWS - 1].item_number))) if len(items) > ROWS else "",
        first=str(address) if before else "",
    )


def _cards(total: UnbilledTotal, account: Account) -> list[tuple[str, str, str, str]]:
    """Label, figure with its sign, what it means, tone: what is charged is above zero, what is credited below."""
    net, tax = formats.parts(total.net, total.gross, account.currency)
    tone = formats.DIRECTIONS[formats.direction(total.gross)]
    meant = {"debit": t("to be charged"), "credit": t("to be credited")}
    return [
        (t("Gross"), formats.money(total.gross, account.currency), meant.get(tone, ""), tone),
        (t("Net"), net, "", ""),
        (t("Tax"), tax, "", ""),
    ]


def _row(one: UnbilledItem, account: Account, visitor: Visitor) -> dict[str, object]:
    currency = account.currency
    may = visitor.may(Permission.ADJUSTMENTS) and account.state != "CLOSED"
    free = one.corrects is None and one.corrected_by is None
    net, tax = formats.parts(one.net, one.gross, currency)
    return {
        "number": str(one.item_number),
        "on": formats.day(one.occurred_on),
        "kind": t(KINDS[one.kind.value]),
        "service": t(one.service_label),
        "comment": one.description or "",
        "internal": one.internal_comment or "",
        "net": net,
        "tax": tax,
        "exact": t("{net} net, {tax} tax", net=formats.money(one.net, currency), tax=formats.money(one.tax, currency)),
        "gross": formats.money(one.gross, currency),
        "tone": formats.DIRECTIONS[formats.direction(one.gross)],
        "actor": one.actor or "",
        "taken_back": "" if one.corrected_by is None else t("taken back by {n}", n=one.corrected_by),
        "corrects": "" if one.corrects is None else t("takes back {n}", n=one.corrects),
        "billed": "" if one.billed_by is None else account_path(account.code, "operations", str(one.billed_by)),
        "back": account_path(account.code, "unbilled", str(one.item_number), "take-back") if may and free else "",
    }


def _deed(one: Adjustment, account: Account) -> dict[str, object]:
    words, tone = OUTCOMES[one.outcome.value]
    prepaid, currency = one.payment_mode == "PREPAID", account.currency
    return {
        "number": one.number,
        "at": formats.instant(one.recorded_at),
        "label": t(LABELS[one.type]),
        "amount": formats.money(one.amount, currency),
        "before": figure(one.balance_before, currency, prepaid=prepaid),
        "after": figure(one.balance_after, currency, prepaid=prepaid),
        "outcome": t(words),
        "tone": tone,
        "actor": one.actor or "",
        "comment": one.internal or one.visible or "",
        "links": [(str(n), account_path(account.code, "operations", str(n))) for n in one.operations],
    }


@web_page("/accounts/{code:str}/unbilled.xlsx", name="unbilled_file")
async def unbilled_file(page: Page, code: str) -> Stream:
    """The unbilled items with their total, for Excel."""
    return await _file(page, code, FileForm.XLSX)


@web_page("/accounts/{code:str}/unbilled.csv")
async def unbilled_text(page: Page, code: str) -> Stream:
    """The same as text, values separated by commas."""
    return await _file(page, code, FileForm.CSV)


async def _file(page: Page, code: str, form: FileForm) -> Stream:
    services = page.services
    await services.features.check("adjustments")
    account = await services.directory.get(code, page.visitor.seller)
    today: date = today_in(account.time_zone, page.now())
    with ExitStack() as until_written:
        out = until_written.enter_context(open_spool())
        async with page.reading() as conn:
            await export_unbilled(conn, out, form, account, moment=Moment(today))
        until_written.pop_all()
    headers = {
        "Content-Disposition": attachment(file_name(code, "unbilled", today, suffix=form.value)),
        "Cache-Control": "private, no-cache",
    }
    return Stream(chunks_of(out), media_type=form.media_type, headers=headers)


@web_page("/accounts/{code:str}/unbilled/{number:str}/take-back", name="take_back_item")
async def take_back_dialog(page: Page, code: str, number: str) -> Response[str]:
    """Ask why an item is taken back."""
    return await _dialog(page, code, number, {})


@web_form("/accounts/{code:str}/unbilled/{number:str}/take-back")
async def take_back_item(page: Page, code: str, number: str, data: Form) -> Response[str] | Redirect:
    """Take the item back by its opposite, or let that wait for a second person."""
    services = page.services
    await services.features.check("adjustments")
    page.visitor.require(Permission.ADJUSTMENTS)
    account = await services.directory.get(code, page.visitor.seller)
    now = page.now()

    async def work(conn: Connection) -> Done:
        done = await propose_take_back(
            conn, services.approvals, page.visitor, account, item_number(number), text_of(data, "comment", 500) or None,
            now=now, today=today_in(account.time_zone, now),
        )  # fmt: skip
        back = await _tab(conn, page.visitor, code)
        if isinstance(done, Waiting):
            said = t("Waits for approval: {why}", why=written(done.why))
            return Done(back, said, "wait", f"/approvals/{done.approval_id}", t("Show"))
        return Done(back, t("Item {number} is taken back.", number=number))

    try:
        return await act_once(page, data, work, account_id=account.account_id)
    except Refused as refused:
        return await _dialog(page, code, number, data, refused)


async def _tab(conn: Connection, visitor: Visitor, code: str) -> str:
    found = await get_account(conn, code, visitor.seller_id)
    return str(Address(customer_path(found.customer.code, "unbilled"), [("account", code)]))


async def _dialog(
    page: Page, code: str, number: str, data: dict[str, str], refused: Refused | None = None
) -> Response[str]:
    await page.services.features.check("adjustments")
    page.visitor.require(Permission.ADJUSTMENTS)
    account = await page.services.directory.get(code, page.visitor.seller)
    async with page.reading() as conn:
        item = await get_item(conn, account.account_id, item_number(number))
        back = await _tab(conn, page.visitor, code)
    wrong, rest = by_field(refused.refusals, ("comment",)) if refused else ({}, [])
    gross = Decimal(0) if item is None else item.gross
    return page.show(
        "customers/unbilled_back.html",
        status=200 if refused is None else 422,
        title=t("Take back item {number}", number=number),
        back=back,
        href=account_path(code, "unbilled", number, "take-back"),
        what="" if item is None else f"{t(item.service_label)} · {item.description or t(KINDS[item.kind.value])}",
        amount=f"{formats.size(gross, account.currency)} {account.currency} {formats.direction_word(gross)}",
        values={"comment": "", "key": "", **data},
        wrong={"comment": "", **wrong},
        rest=rest,
    )


route_handlers = [unbilled_page, unbilled_file, unbilled_text, take_back_dialog, take_back_item]
