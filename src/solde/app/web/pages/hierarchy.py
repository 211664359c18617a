"""The Accounts tab: the customer's accounts, billing accounts and user accounts, and the dialogs that add one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from solde.access import Permission
from solde.balances import Figures, Moment, balances_of_many
from solde.customers import (
    Account,
    Customer,
    NewAccount,
    NewBillingAccount,
    NewUserAccount,
    add_accounts,
    add_billing_accounts,
    add_user_accounts,
    get_account,
    get_customer,
    list_choices,
)
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.refusals import Refused

from .. import formats
from ..addresses import Address, account_path, customer_path
from ..form_errors import by_field
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from .customer_head import account_asked, head

ACCOUNT_FIELDS: Sequence[tuple[str, str, str]] = (
    ("account_code", "Code", ""),
    ("account_description", "Description", ""),
    ("currency", "Currency", "currency"),
    ("payment_mode", "Payment mode", "payment_mode"),
    ("payment_method", "Payment method", "payment_method"),
    ("payment_terms", "Payment terms", "payment_terms"),
    ("payer", "Payer", ""),
    ("credit_limit", "Credit limit", ""),
    ("billing_cycle", "Billing cycle", "billing_cycle"),
    ("tax_category", "Tax category", "tax_category"),
)
BILLING_FIELDS: Sequence[tuple[str, str, str]] = (
    ("code", "Code", ""),
    ("description", "Description", ""),
    ("billing_cycle", "Billing cycle", "billing_cycle"),
    ("tax_category", "Tax category", "tax_category"),
    ("delivery", "Delivery", "delivery"),
    ("email", "Email", ""),
)
USER_FIELDS: Sequence[tuple[str, str, str]] = (
    ("billing_account", "Billing account", "billing_account"),
    ("code", "Code", ""),
    ("description", "Description", ""),
)
MUST = {"currency", "payment_mode", "payment_method", "payment_terms", "billing_cycle", "tax_category"}
HINTS = {
    "account_code": "Blank: made from the customer's code.",
    "code": "Blank: made from the account's code.",
    "payer": "Code of another paying account; blank: this account pays.",
    "credit_limit": "The most the customer may borrow; blank: unlimited.",
}


@web_page("/customers/{code:str}/accounts", name="customer_accounts")
async def accounts_page(page: Page, code: str) -> Response[str]:
    """The hierarchy with what each account owes."""
    async with page.reading() as conn:
        customer = await get_customer(conn, code, page.visitor.seller_id)
        moment = Moment(today_in(customer.time_zone, page.now()))
        definitions = await page.services.definitions.get(conn)
        default = next(one for one in definitions if one.draft.is_default)
        choices = await list_choices(conn)
        found = await balances_of_many(conn, [a.account_id for a in customer.accounts], [default], moment)
    labels = {(field, one.code): t(one.label) for field, all_ in choices.items() for one in all_}
    may = page.visitor.may(Permission.CUSTOMERS)
    account = account_asked(customer, page.query.get("account"))
    return page.show(
        "customers/accounts.html",
        title=f"{customer.name} · {t('Accounts')}",
        head=head(customer, account, page.visitor, "accounts", choices, await page.services.features.on()),
        accounts=[
            _account(
                customer,
                one,
                (found.get(one.account_id) or [Figures()])[0],
                labels,
                may=may,
                may_state=page.visitor.may(Permission.CUSTOMER_CLOSE),
            )
            for one in customer.accounts
        ],
        add=customer_path(customer.code, "accounts", "new") if may and customer.state != "CLOSED" else "",
        stopped=t("The customer is closed") if may and customer.state == "CLOSED" else "",
        payments={"PREPAID": t("Prepaid"), "POSTPAID": t("Postpaid")},
    )


def _account(
    customer: Customer,
    account: Account,
    figures: Figures,
    labels: Mapping[tuple[str, str], str],
    *,
    may: bool,
    may_state: bool,
) -> dict[str, object]:
    state, tone = formats.STATES.get(account.state, (account.state, "grey"))
    open_ = account.state != "CLOSED"
    edit = Address(customer_path(customer.code, "edit"), [("account", account.code)])
    return {
        "code": account.code,
        "description": account.description if account.description != account.code else "",
        "href": account_path(account.code),
        "state": t(state),
        "tone": tone,
        "reason": account.state_reason or "",
        "size": formats.size(figures.balance, account.currency),
        "word": formats.direction_word(figures.balance),
        "side": formats.DIRECTIONS[figures.direction],
        "currency": account.currency,
        "payer": account.payer or t("this account"),
        "mode": account.payment_mode,
        "terms": labels.get(("payment_terms", account.payment_terms or ""), account.payment_terms or ""),
        "method": labels.get(("payment_method", account.payment_method or ""), account.payment_method or ""),
        "limit": "" if account.credit_limit is None else formats.money(account.credit_limit, account.currency),
        "edit": str(edit) if may else "",
        "state_href": account_path(account.code, "state") if may_state else "",
        "add_billing": account_path(account.code, "billing-accounts", "new") if may and open_ else "",
        "add_user": account_path(account.code, "user-accounts", "new") if may and open_ else "",
        "below": [
            {
                "code": billing.code,
                "description": billing.description if billing.description != billing.code else "",
                "cycle": labels.get(("billing_cycle", billing.billing_cycle or ""), billing.billing_cycle or ""),
                "email": billing.email or "",
                "edit": str(edit.with_(billing=billing.code)) if may else "",
                "users": [
                    {
                        "code": user.code,
                        "description": user.description if user.description != user.code else "",
                        "edit": str(edit.with_(billing=billing.code, user=user.code)) if may else "",
                    }
                    for user in billing.user_accounts
                ],
            }
            for billing in account.billing_accounts
        ],
    }


@web_page("/customers/{code:str}/accounts/new", name="new_account", permission=Permission.CUSTOMERS)
async def new_account(page: Page, code: str) -> Response[str]:
    """The dialog that adds an account, filled in like the first one."""
    async with page.reading() as conn:
        customer = await get_customer(conn, code, page.visitor.seller_id)
    first, billing = customer.accounts[0], next(iter(customer.accounts[0].billing_accounts), None)
    typed = {
        "currency": first.currency,
        "payment_mode": first.payment_mode,
        "payment_method": first.payment_method or "",
        "payment_terms": first.payment_terms or "",
        "billing_cycle": (billing and billing.billing_cycle) or "",
        "tax_category": (billing and billing.tax_category) or "",
    }
    return await _account_dialog(page, customer, typed)


@web_form("/customers/{code:str}/accounts/new", permission=Permission.CUSTOMERS)
async def add_account(page: Page, code: str, data: Form) -> Response[str] | Redirect:
    """Add an account to the customer, with a billing account and a user account below it."""
    async with page.reading() as conn:
        customer = await get_customer(conn, code, page.visitor.seller_id)
    new = NewAccount(customer=customer.code, **_typed(data, ACCOUNT_FIELDS))

    async def work(conn: Connection) -> Done:
        (made,) = await add_accounts(conn, [new], actor=page.visitor.actor, now=page.now())
        if isinstance(made, tuple):
            raise Refused(made)
        text = t("Account {code} added", code=made.account_code)
        return Done(
            customer_path(customer.code, "accounts"), text, href=account_path(made.account_code), label=t("Open")
        )

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _account_dialog(page, customer, data, refused)


def _typed(data: Mapping[str, str], fields: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    return {name: text for name, _, _ in fields if (text := data.get(name, "").strip())}


async def _account_dialog(
    page: Page, customer: Customer, typed: Mapping[str, str], refused: Refused | None = None
) -> Response[str]:
    return await _dialog(
        page, t("Add an account"), ACCOUNT_FIELDS, typed, refused,
        action=customer_path(customer.code, "accounts", "new"), back=customer_path(customer.code, "accounts"),
    )  # fmt: skip


async def _dialog(
    page: Page,
    title: str,
    fields: Sequence[tuple[str, str, str]],
    typed: Mapping[str, str],
    refused: Refused | None,
    *,
    action: str,
    back: str,
    choices: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> Response[str]:
    async with page.reading() as conn:
        known = {
            field: [(one.code, t(one.label)) for one in found] for field, found in (await list_choices(conn)).items()
        }
    known |= {field: list(found) for field, found in (choices or {}).items()}
    names = [name for name, _, _ in fields]
    wrong, rest = by_field(refused.refusals, names) if refused else ({}, [])
    return page.show(
        "customers/level.html",
        status=422 if refused else 200,
        title=title,
        back=back,
        size="large" if len(fields) > 6 else "small",
        action=action,
        key=typed.get("key", ""),
        rest=rest,
        fields=[
            {
                "name": name,
                "label": t(label),
                "value": typed.get(name, ""),
                "wrong": wrong.get(name, ""),
                "options": list(known.get(choice, ())) if choice else [],
                "must": name in MUST,
                "hint": t(HINTS[name]) if name in HINTS else "",
            }
            for name, label, choice in fields
        ],
    )


@web_page("/accounts/{code:str}/{level:str}/new", name="new_level")
async def new_level(page: Page, code: str, level: str) -> Response[str]:
    """The dialog that adds a billing account or a user account."""
    return await _level_dialog(page, code, level, {}, None)


@web_form("/accounts/{code:str}/{level:str}/new", permission=Permission.CUSTOMERS)
async def add_level(page: Page, code: str, level: str, data: Form) -> Response[str] | Redirect:
    """Add a billing account or a user account to an account."""
    _known_level(level)
    async with page.reading() as conn:
        found = await get_account(conn, code, page.visitor.seller_id)
    now, fields = page.now(), BILLING_FIELDS if level == "billing-accounts" else USER_FIELDS
    typed = _typed(data, fields)

    async def work(conn: Connection) -> Done:
        if level == "billing-accounts":
            new = NewBillingAccount(account=found.account.code, **typed)
            (made,) = await add_billing_accounts(conn, [new], actor=page.visitor.actor, now=now)
            text = "Billing account {code} added"
        else:
            below = NewUserAccount(account=found.account.code, **typed)
            (made,) = await add_user_accounts(conn, [below], actor=page.visitor.actor, now=now)
            text = "User account {code} added"
        if isinstance(made, tuple):
            raise Refused(made)
        return Done(customer_path(found.customer.code, "accounts"), t(text, code=made.code))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _level_dialog(page, code, level, data, refused)


def _known_level(level: str) -> None:
    if level not in {"billing-accounts", "user-accounts"}:
        raise NotFoundException


async def _level_dialog(
    page: Page, code: str, level: str, typed: Mapping[str, str], refused: Refused | None
) -> Response[str]:
    page.visitor.require(Permission.CUSTOMERS)
    _known_level(level)
    async with page.reading() as conn:
        found = await get_account(conn, code, page.visitor.seller_id)
    is_billing = level == "billing-accounts"
    first = next(iter(found.account.billing_accounts), None)
    if is_billing and first and refused is None:
        typed = {"billing_cycle": first.billing_cycle or "", "tax_category": first.tax_category or ""}
    billing = [(one.code, one.description or one.code) for one in found.account.billing_accounts]
    return await _dialog(
        page, t("Add a billing account") if is_billing else t("Add a user account"),
        BILLING_FIELDS if is_billing else USER_FIELDS, typed, refused,
        action=account_path(code, level, "new"), back=customer_path(found.customer.code, "accounts"),
        choices={"billing_account": billing},
    )  # fmt: skip


route_handlers = [accounts_page, new_account, add_account, new_level, add_level]
