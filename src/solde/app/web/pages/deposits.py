"""The Deposits tab of a customer, and one deposit with its history."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from litestar import Response

from solde.customers import Account, get_account, get_customer, list_choices
from solde.deposits import (
    Deposit,
    DepositEntry,
    DepositState,
    EntryKind,
    Listed,
    StepRole,
    deposits_of_accounts,
    get_deposit,
    history_of,
)
from solde.deposits.rules import is_expired, possible
from solde.kernel.dates import today_in
from solde.kernel.money import ZERO

from .. import formats
from ..addresses import Address, account_path, tab_path
from ..i18n import t
from ..page import Page, web_page
from ..visitors import Visitor
from .account_view import STOPPED_STATES
from .actions import catalogue
from .customer_head import account_asked, head

FEATURE = "security_deposits"
STATES: Mapping[DepositState, tuple[str, str]] = {
    DepositState.VALIDATED: ("Requested", "amber"),
    DepositState.HOLD: ("Partly funded", "amber"),
    DepositState.LOCKED: ("Funded", "green"),
    DepositState.UNLOCKED: ("In use", "green"),
    DepositState.REFUNDED: ("Refunded", "grey"),
    DepositState.AUTO_REFUND: ("Refunded on expiry", "grey"),
    DepositState.CANCELED: ("Cancelled", "grey"),
}
KINDS: Mapping[EntryKind, str] = {
    EntryKind.REQUEST: "Asked for",
    EntryKind.FUND: "Money received",
    EntryKind.PAY: "Paid",
    EntryKind.REFUND: "Given back",
    EntryKind.AUTO_REFUND: "Given back on expiry",
    EntryKind.CANCEL: "Taken back",
    EntryKind.FUNDING_REJECTED: "Payment rejected",
}
PARTS: Mapping[StepRole, str] = {
    StepRole.REQUEST: "request",
    StepRole.PAYMENT: "payment",
    StepRole.HELD: "held",
    StepRole.USED: "used",
    StepRole.PAYING: "pays",
    StepRole.REFUND: "refund",
    StepRole.CANCEL: "cancellation",
    StepRole.REJECTION: "rejection",
}


@web_page("/customers/{code:str}/deposits", name="customer_deposits")
async def deposits_page(page: Page, code: str) -> Response[str]:
    """The deposits of all accounts of a customer."""
    features = await _features(page)
    async with page.reading() as conn:
        customer = await get_customer(conn, code, page.visitor.seller_id)
        found = await deposits_of_accounts(conn, [a.account_id for a in customer.accounts])
        choices = await list_choices(conn)
    account = account_asked(customer, page.query.get("account"))
    today = today_in(customer.time_zone, page.now())
    may = bool(catalogue.allowed(page.visitor, features, "deposits"))
    return page.show(
        "deposits/tab.html",
        title=f"{customer.name} · {t('Deposits')}",
        head=head(customer, account, page.visitor, "deposits", choices, features),
        rows=[_row(one, today, several=len(customer.accounts) > 1) for one in found],
        several=len(customer.accounts) > 1,
        held=_sums(found),
        ask=account_path(account.code, "actions", "deposit-request") if may else "",
        ask_of=account.code if len(customer.accounts) > 1 else "",
        stopped=t(STOPPED_STATES.get(account.state, "")),
    )


async def _features(page: Page) -> frozenset[str]:
    """The features that are on; refuses feature_off."""
    await page.services.features.check(FEATURE)
    return await page.services.features.on()


def _sums(found: Sequence[Listed]) -> list[str]:
    """What is held in all, by currency."""
    currencies = sorted({one.deposit.currency for one in found if one.deposit.balance > 0})
    return [
        f"{formats.money(sum((x.deposit.balance for x in found if x.deposit.currency == one), ZERO), one)} {one}"
        for one in currencies
    ]


def _row(one: Listed, today: date, *, several: bool) -> dict[str, object]:
    return {
        **_facts(one.deposit, today),
        "href": _path(one.account, one.deposit),
        "account": one.account if several else "",
    }


def _path(account: str, deposit: Deposit) -> str:
    return account_path(account, "deposits", str(deposit.number))


def _facts(d: Deposit, today: date) -> dict[str, object]:
    state, tone = STATES[d.state]
    used_up = d.state is DepositState.UNLOCKED and d.balance == 0
    return {
        "number": d.number,
        "name": d.name,
        "template": d.template_code,
        "state": t("Used up") if used_up else t(state),
        "tone": "grey" if used_up else tone,
        "expected": formats.money(d.expected, d.currency),
        "held": formats.money(d.balance, d.currency),
        "holds": d.balance > 0,
        "asked": formats.money(d.asked, d.currency) if d.asked else "",
        "currency": d.currency,
        "until": formats.day(d.valid_until),
        "expired": is_expired(d, today) and (d.balance > 0 or d.asked > 0),
        "percent": int(d.balance * 100 / d.expected),
    }


@web_page("/accounts/{code:str}/deposits/{number:int}", name="deposit")
async def deposit_page(page: Page, code: str, number: int) -> Response[str]:
    """One deposit: what is held, what can be done with it, and every step with what it posted."""
    features = await _features(page)
    async with page.reading() as conn:
        found = await get_account(conn, code, page.visitor.seller_id)
        deposit = await get_deposit(conn, found.account.account_id, number)
        entries = await history_of(conn, deposit)
    today = today_in(found.customer.time_zone, page.now())
    stopped = t(STOPPED_STATES.get(found.account.state, ""))
    gone = {entry.concerns for entry in entries if entry.kind is EntryKind.FUNDING_REJECTED}
    may_reject = bool(catalogue.allowed(page.visitor, features, "funding"))
    return page.show(
        "deposits/detail.html",
        title=deposit.name,
        back_href=tab_path(found.customer.code, "deposits", code),
        back_label=t("{name}, deposits", name=found.customer.name),
        detail_href=_path(code, deposit),
        deposit=_facts(deposit, today),
        acts=_acts(page.visitor, features, found.account, deposit, stopped),
        facts=_known(deposit, code),
        steps=[
            _step(entry, gone, deposit, found.account, stopped=stopped, may=may_reject) for entry in reversed(entries)
        ],
    )


def _acts(
    visitor: Visitor, features: Collection[str], account: Account, deposit: Deposit, stopped: str
) -> list[dict[str, str]]:
    """What may be done with a deposit, each with its address or the reason why it is not possible."""
    kinds = possible(deposit)
    primary = "deposit-fund" if "fund" in kinds else "deposit-pay"
    return [
        {
            "label": t(entry.label),
            "icon": entry.icon,
            "variant": "primary" if entry.code == primary else "outline",
            "href": _act_href(account.code, entry.code, deposit),
            "reason": stopped or t(catalogue.why_not(entry.wants, kinds)),
        }
        for entry in catalogue.allowed(visitor, features, "deposit")
    ]


def _act_href(account: str, action: str, deposit: Deposit, **more: str) -> str:
    asked = [("deposit", str(deposit.number)), *more.items()]
    return str(Address(account_path(account, "actions", action), asked))


def _known(d: Deposit, account: str) -> list[tuple[str, str]]:
    facts = (
        (t("Account"), account),
        (t("Number"), str(d.number)),
        (t("Template"), d.template_code),
        (t("Valid until"), formats.day(d.valid_until) or t("no end")),
        (t("Last funded by"), d.method or ""),
    )
    return [(label, text) for label, text in facts if text]


def _step(
    entry: DepositEntry, gone: Collection[int | None], deposit: Deposit, account: Account, *, stopped: str, may: bool
) -> dict[str, object]:
    state, tone = STATES[entry.state_after]
    payment = next((n for n, part in entry.operations.items() if part is StepRole.PAYMENT), None)
    return {
        "what": t(KINDS[entry.kind]),
        "amount": formats.money(entry.amount, deposit.currency),
        "held": formats.money(entry.balance_after, deposit.currency),
        "state": t(state),
        "tone": tone,
        "on": formats.day(entry.effective_on),
        "at": formats.instant(entry.recorded_at),
        "actor": entry.actor,
        "reason": entry.reason or "",
        "concerns": None
        if entry.concerns is None
        else (entry.concerns, account_path(account.code, "operations", str(entry.concerns))),
        "operations": [
            (t(PARTS[part]), number, account_path(account.code, "operations", str(number)))
            for number, part in entry.operations.items()
        ],
        "reject": ""
        if payment is None or not may or stopped or not 0 < entry.amount <= deposit.balance or payment in gone
        else _act_href(account.code, "deposit-reject", deposit, payment=str(payment)),
    }


route_handlers = [deposits_page, deposit_page]
