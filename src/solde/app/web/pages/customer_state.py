"""Change the state of an account, close a customer: what holds them open in words and amounts, and why it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.closing import Blocker, BlockerKind, close_account, close_customer, find_blockers
from solde.customers import Account, AccountInHierarchy, AccountState, get_account, get_customer, set_account_state
from solde.customers.rules.states import UNKNOWN_STATE
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse

from .. import formats
from ..addresses import account_path, customer_path, is_own_path
from ..form_errors import by_field
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from .customer_edit import plain

TITLES: Mapping[str, str] = {
    AccountState.ACTIVE: "Activate account {code}",
    AccountState.BLOCKED: "Block account {code}",
    AccountState.SUSPENDED: "Suspend account {code}",
    AccountState.CLOSED: "Close account {code}",
}
CONFIRMS: Mapping[str, str] = {
    AccountState.ACTIVE: "Activate account",
    AccountState.BLOCKED: "Block account",
    AccountState.SUSPENDED: "Suspend account",
    AccountState.CLOSED: "Close account",
}
EFFECTS: Mapping[str, str] = {
    AccountState.ACTIVE: "It is as any other account again.",
    AccountState.BLOCKED: "Everybody sees that it is blocked, and why. It still takes operations.",
    AccountState.SUSPENDED: "Everybody sees that it is suspended, and why. It still takes operations.",
    AccountState.CLOSED: "It takes no operation any more. It stays to be seen, and can be activated again.",
}
DONE: Mapping[str, str] = {
    AccountState.ACTIVE: "Account {code} is active",
    AccountState.BLOCKED: "Account {code} is blocked",
    AccountState.SUSPENDED: "Account {code} is suspended",
    AccountState.CLOSED: "Account {code} is closed",
}
BLOCKERS: Mapping[BlockerKind, str] = {
    BlockerKind.OWES: "Owes",
    BlockerKind.HOLDS_CREDIT: "Holds a credit",
    BlockerKind.OPEN_DEBITS: "Open debits",
    BlockerKind.OPEN_CREDITS: "Open credits",
    BlockerKind.DEPOSITS: "Security deposits",
    BlockerKind.ACTIVE_PLANS: "Active instalment plans",
    BlockerKind.PAYS_FOR_OTHERS: "Pays for other accounts",
    BlockerKind.UNBILLED: "Unbilled items",
}

COUNTED = frozenset(
    {
        BlockerKind.OPEN_DEBITS,
        BlockerKind.OPEN_CREDITS,
        BlockerKind.DEPOSITS,
        BlockerKind.ACTIVE_PLANS,
        BlockerKind.PAYS_FOR_OTHERS,
        BlockerKind.UNBILLED,
    }
)
"""What is counted; what an account owes is one sum."""

WORDS: Mapping[BlockerKind, str] = {
    BlockerKind.OWES: "DR",
    BlockerKind.OPEN_DEBITS: "DR",
    BlockerKind.ACTIVE_PLANS: "DR",
    BlockerKind.HOLDS_CREDIT: "CR",
    BlockerKind.OPEN_CREDITS: "CR",
}


@web_page("/accounts/{account:str}/state", permission=Permission.CUSTOMER_CLOSE, name="account_state")
async def state_dialog(page: Page, account: str) -> Response[str]:
    """Ask why; before an account is closed, tell what holds it open."""
    return await _state_dialog(page, account, dict(page.query))


@web_form("/accounts/{account:str}/state", permission=Permission.CUSTOMER_CLOSE)
async def change_state(page: Page, account: str, data: Form) -> Response[str] | Redirect:
    """Change the state, or say why it stays."""
    state, code = data.get("state", ""), plain(account)

    async def work(conn: Connection) -> Done:
        account_id = (await get_account(conn, code, page.visitor.seller_id)).account.account_id
        reason, now = data.get("reason"), page.now()
        if state == AccountState.CLOSED:
            await close_account(conn, account_id, reason, actor=page.visitor.actor, now=now)
        else:
            await set_account_state(conn, account_id, state, reason, actor=page.visitor.actor, now=now)
        return Done(_back(data, account_path(code)), t(DONE[state], code=code))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _state_dialog(page, account, data, refused)


@web_page("/customers/{code:str}/close", name="close_customer")
async def close_dialog(page: Page, code: str) -> Response[str]:
    """Ask why; tell what holds any of its accounts open."""
    return await _close_dialog(page, code, dict(page.query))


@web_form("/customers/{code:str}/close", permission=Permission.CUSTOMER_CLOSE)
async def close_with_accounts(page: Page, code: str, data: Form) -> Response[str] | Redirect:
    """Close the customer with all its accounts, or say everything that holds any of them open."""

    async def work(conn: Connection) -> Done:
        customer = await get_customer(conn, plain(code), page.visitor.seller_id)
        now = page.now()
        await close_customer(conn, customer.customer_id, data.get("reason"), actor=page.visitor.actor, now=now)
        return Done(_back(data, customer_path(customer.code)), t("Customer {code} is closed", code=customer.code))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _close_dialog(page, code, data, refused)


def _back(data: Mapping[str, str], otherwise: str) -> str:
    back = data.get("back", "")
    return back if is_own_path(back) else otherwise


async def _state_dialog(
    page: Page, code: str, data: Mapping[str, str], refused: Refused | None = None
) -> Response[str]:
    state = data.get("state", "")
    async with page.reading() as conn:
        found = await get_account(conn, plain(code), page.visitor.seller_id)
        blockers = await find_blockers(conn, [found.account.account_id]) if state == AccountState.CLOSED else []
    account = found.account
    if state not in TITLES:
        return _choice_dialog(page, found, data, refused)
    return _dialog(
        page,
        data,
        refused,
        title=t(TITLES[state], code=account.code),
        confirm=t(CONFIRMS[state]),
        effect=t(EFFECTS[state]),
        href=account_path(account.code, "state"),
        back=_back(data, account_path(account.code)),
        state=state,
        now=_state_now(found),
        stopped=t("The account is in that state already") if state == account.state else "",
        blockers=blockers,
        of=found.customer.name,
    )


def _choice_dialog(
    page: Page, found: AccountInHierarchy, data: Mapping[str, str], refused: Refused | None
) -> Response[str]:
    """Ask for the state too, where none is named."""
    account = found.account
    states = [(one.value, t(formats.STATES[one][0]), t(EFFECTS[one])) for one in AccountState if one != account.state]
    return _dialog(
        page,
        data,
        None if refused is None else Refused(refuse(UNKNOWN_STATE, "Choose a state")),
        title=t("State of account {code}", code=account.code),
        confirm=t("Change the state"),
        effect="",
        href=account_path(account.code, "state"),
        back=_back(data, account_path(account.code)),
        state="",
        now=_state_now(found),
        stopped="" if states else t("Who may close accounts may open it again"),
        blockers=[],
        of=found.customer.name,
        states=states,
    )


async def _close_dialog(
    page: Page, code: str, data: Mapping[str, str], refused: Refused | None = None
) -> Response[str]:
    page.visitor.require(Permission.CUSTOMER_CLOSE)
    async with page.reading() as conn:
        customer = await get_customer(conn, plain(code), page.visitor.seller_id)
        still_open = [one for one in customer.accounts if one.state != AccountState.CLOSED]
        blockers = await find_blockers(conn, [one.account_id for one in still_open])
    closed = customer.state == AccountState.CLOSED
    return _dialog(
        page,
        data,
        refused,
        title=t("Close customer {code}", code=customer.code),
        confirm=t("Close customer"),
        effect=_what_closes(still_open),
        href=customer_path(customer.code, "close"),
        back=_back(data, customer_path(customer.code)),
        state=AccountState.CLOSED,
        now="",
        stopped=t("The customer is closed already") if closed else "",
        blockers=blockers,
        of=customer.name,
    )


def _what_closes(still_open: Sequence[Account]) -> str:
    codes = ", ".join(one.code for one in still_open)
    if not codes:
        return t("All of its accounts are closed already.")
    return t(
        "Closes these accounts with it: {codes}. They take no operation any more, and can be activated again.",
        codes=codes,
    )


def _state_now(found: AccountInHierarchy) -> str:
    label, _ = formats.STATES[found.account.state]
    since = found.account.state_changed_at
    if since is None:
        return t("Now: {state}", state=t(label))
    why = found.account.state_reason or ""
    return t("Now: {state}, since {day}. {why}", state=t(label), day=formats.day(since.date()), why=why)


def _dialog(
    page: Page,
    data: Mapping[str, str],
    refused: Refused | None,
    *,
    state: str,
    stopped: str,
    blockers: Sequence[Blocker],
    states: Sequence[tuple[str, str, str]] = (),
    **values: object,
) -> Response[str]:
    """The dialog; what holds an account open stands in a table of its own, so it is not told a second time."""
    told = [one for one in (refused.refusals if refused else ()) if one.field != "account"]
    wrong, rest = by_field(told, {"reason"})
    if refused and not told and not blockers:
        # What held it open a moment ago is gone: tell it as it was.
        rest = by_field(refused.refusals, set())[1]
    return page.show(
        "customers/state.html",
        status=422 if refused else 200,
        size="large" if blockers else "small",
        state=state,
        states=states,
        danger=state == AccountState.CLOSED,
        stopped=stopped or (t("Settle what holds it open first") if blockers else ""),
        blockers=[_shown(one) for one in blockers],
        reason=data.get("reason", ""),
        wrong=wrong.get("reason", ""),
        rest=rest,
        key=data.get("key", ""),
        **values,
    )


def _shown(one: Blocker) -> dict[str, str]:
    """What holds an account open: what it is, how many, how much, and where to settle it."""
    amount = "" if one.amount is None else formats.money(one.amount, one.currency)
    return {
        "account": one.account,
        "href": account_path(one.account),
        "what": t(BLOCKERS[one.kind]),
        "count": formats.whole(one.count) if one.kind in COUNTED else "",
        "amount": amount,
        "currency": one.currency if amount else "",
        "word": WORDS.get(one.kind, ""),
    }


route_handlers = [state_dialog, change_state, close_dialog, close_with_accounts]
