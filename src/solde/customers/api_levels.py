"""JSON routes that add to customers and change what is there: accounts, billing accounts, user accounts, states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import DryRun
from solde.access.routing import route
from solde.db import Connection
from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say

from .adding import add_accounts
from .adding_below import add_billing_accounts, add_user_accounts
from .bodies import body_of, given_in
from .directory import seller_scope
from .editing import UNKNOWN_BILLING_ACCOUNT, UNKNOWN_USER_ACCOUNT, edit_levels
from .lists import get_account, get_customer
from .model import Account, AccountState, BillingAccount, Level, UserAccount
from .requests import Edit, NewAccount, NewBillingAccount, NewUserAccount
from .rules.forms import ACCOUNT_TABS, BILLING_ACCOUNT_TABS, EDIT_TABS, USER_ACCOUNT_TABS
from .shapes import (
    AccountPage,
    BillingAccountShape,
    CreatedCustomerShape,
    CreatedLevelShape,
    CustomerShape,
    UserAccountShape,
    account_shape,
    billing_shape,
    created_shape,
    customer_shape,
    user_shape,
)
from .states import set_account_state

T = TypeVar("T")

CLOSE_ELSEWHERE = declare(
    "close_by_its_own_action", Kind.INVALID, "Close an account by POST /api/v1/accounts/{account}/close."
)

_REASON = ("reason", Annotated[str | None, Meta(description="Why, for those who look later.")], None)
_FIXED = ("code", "kind", "seller", "currency")


def _change_body(title: str, level: Level) -> type[msgspec.Struct]:
    fixed: Any = [(name, str | msgspec.UnsetType, msgspec.UNSET) for name in _FIXED]
    told = f"What of a {level.replace('_', ' ')} shall change, by tab or side by side; null blanks a field."
    return body_of(title, told, EDIT_TABS[level].values(), change=True, more=[_REASON, *fixed])


AccountBody = body_of("AccountBody", "A further account with the levels below it.", [ACCOUNT_TABS], change=False)
BillingAccountBody = body_of("BillingAccountBody", "A further billing account.", [BILLING_ACCOUNT_TABS], change=False)
UserAccountBody = body_of("UserAccountBody", "A further user account.", [USER_ACCOUNT_TABS], change=False)
CustomerChange = _change_body("CustomerChange", Level.CUSTOMER)
AccountChange = _change_body("AccountChange", Level.ACCOUNT)
BillingAccountChange = _change_body("BillingAccountChange", Level.BILLING_ACCOUNT)
UserAccountChange = _change_body("UserAccountChange", Level.USER_ACCOUNT)


class StateBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The state an account shall have."""

    state: Annotated[str, Meta(extra_json_schema={"enum": ["ACTIVE", "BLOCKED", "SUSPENDED"]})]
    reason: Annotated[str, Meta(description="Why, for those who look later.")]


_ACCOUNT = msgspec.json.Decoder(AccountBody)
_BILLING_ACCOUNT = msgspec.json.Decoder(BillingAccountBody)
_USER_ACCOUNT = msgspec.json.Decoder(UserAccountBody)
_CHANGES = {
    Level.CUSTOMER: msgspec.json.Decoder(CustomerChange),
    Level.ACCOUNT: msgspec.json.Decoder(AccountChange),
    Level.BILLING_ACCOUNT: msgspec.json.Decoder(BillingAccountChange),
    Level.USER_ACCOUNT: msgspec.json.Decoder(UserAccountChange),
}
_STATE = msgspec.json.Decoder(StateBody)


def _code(ask: Ask, name: str) -> str:
    # No code holds a null character, and the database does not take one.
    return ask.path(name).replace("\0", "")


def _one(answers: Sequence[T | tuple[Refusal, ...]]) -> T:
    """The answer to a batch of one; raises what it refuses."""
    (answer,) = answers
    if isinstance(answer, tuple):
        raise Refused(answer)
    return answer


@route(
    "POST",
    "/customers/{code}/accounts",
    permission=Permission.CUSTOMERS,
    tag="Customers",
    query=DryRun,
    keyed=True,
    status=201,
    body=AccountBody,
    gives=CreatedCustomerShape,
    problems=(403, 404, 409),
    example={
        "paying_account": {
            "currency": "USD",
            "payment_method": "WIRETRANSFER",
            "payment_terms": "NET30",
            "payment_mode": "POSTPAID",
        },
        "billing": {"billing_cycle": "MONTHLY", "tax_category": "EXPORT"},
    },
)
async def post_account(ask: Ask) -> Answer:
    """Add an account to a customer, with its billing account and user account.

    Everything that is missing or wrong is named at once. Blank codes are made; country, language and email of the
    billing account are the customer's unless given.
    """
    code, seller_id, body = _code(ask, "code"), await seller_scope(ask), await ask.body(_ACCOUNT)

    async def work(conn: Connection) -> Answer:
        customer = await get_customer(conn, code, seller_id)
        new = NewAccount(customer.code, **given_in(body))
        return ok(created_shape(_one(await add_accounts(conn, [new], actor=ask.actor, now=ask.now()))), 201)

    return await ask.act(work, dry_run=ask.query(DryRun).dry_run)


@route(
    "POST",
    "/accounts/{account}/billing-accounts",
    location="/accounts/{account}/billing-accounts/{code}",
    permission=Permission.CUSTOMERS,
    tag="Customers",
    query=DryRun,
    keyed=True,
    status=201,
    body=BillingAccountBody,
    gives=CreatedLevelShape,
    problems=(403, 404, 409),
    example={"billing_cycle": "MONTHLY", "tax_category": "STANDARD"},
)
async def post_billing_account(ask: Ask) -> Answer:
    """Add a billing account to an account."""
    code, seller_id, body = _code(ask, "account"), await seller_scope(ask), await ask.body(_BILLING_ACCOUNT)

    async def work(conn: Connection) -> Answer:
        account = (await get_account(conn, code, seller_id)).account
        new = NewBillingAccount(account.code, **given_in(body))
        made = _one(await add_billing_accounts(conn, [new], actor=ask.actor, now=ask.now()))
        return ok(CreatedLevelShape(made.account_code, made.code), 201)

    return await ask.act(work, dry_run=ask.query(DryRun).dry_run)


@route(
    "POST",
    "/accounts/{account}/user-accounts",
    location="/accounts/{account}/user-accounts/{code}",
    permission=Permission.CUSTOMERS,
    tag="Customers",
    query=DryRun,
    keyed=True,
    status=201,
    body=UserAccountBody,
    gives=CreatedLevelShape,
    problems=(403, 404, 409),
    example={"description": "Phones of the sales team"},
)
async def post_user_account(ask: Ask) -> Answer:
    """Add a user account to an account, below the billing account named or else the first."""
    code, seller_id, body = _code(ask, "account"), await seller_scope(ask), await ask.body(_USER_ACCOUNT)

    async def work(conn: Connection) -> Answer:
        account = (await get_account(conn, code, seller_id)).account
        new = NewUserAccount(account.code, **given_in(body))
        made = _one(await add_user_accounts(conn, [new], actor=ask.actor, now=ask.now()))
        return ok(CreatedLevelShape(made.account_code, made.code), 201)

    return await ask.act(work, dry_run=ask.query(DryRun).dry_run)


@route(
    "GET",
    "/accounts/{account}/billing-accounts/{code}",
    tag="Customers",
    gives=BillingAccountShape,
    problems=(404,),
)
async def read_billing_account(ask: Ask) -> Answer:
    """Read a billing account; its ETag is the version to send as If-Match."""
    seller_id = await seller_scope(ask)
    async with ask.pool.connection() as conn:
        account = (await get_account(conn, _code(ask, "account"), seller_id)).account
    return _billing_answer(account, _code(ask, "code"))


@route("GET", "/accounts/{account}/user-accounts/{code}", tag="Customers", gives=UserAccountShape, problems=(404,))
async def read_user_account(ask: Ask) -> Answer:
    """Read a user account; its ETag is the version to send as If-Match."""
    seller_id = await seller_scope(ask)
    async with ask.pool.connection() as conn:
        account = (await get_account(conn, _code(ask, "account"), seller_id)).account
    return _user_answer(account, _code(ask, "code"))


@route(
    "PATCH",
    "/customers/{code}",
    permission=Permission.CUSTOMERS,
    tag="Customers",
    versioned=True,
    body=CustomerChange,
    gives=CustomerShape,
    problems=(403, 404, 409),
)
async def patch_customer(ask: Ask) -> Answer:
    """Change what is known of a customer.

    Fields not named stay, null blanks one. Everything that is wrong is named at once, by tab and field. Code, kind
    and seller never change.
    """
    code, seller_id = _code(ask, "code"), await seller_scope(ask)
    edit, reason = await _edit_of(ask, Level.CUSTOMER, code)

    async def work(conn: Connection) -> Answer:
        await _edit(ask, conn, edit, reason, seller_id)
        customer = await get_customer(conn, code, seller_id)
        return ok(customer_shape(customer), etag=f'"{customer.version}"')

    return await ask.change(work)


@route(
    "PATCH",
    "/accounts/{account}",
    permission=Permission.CUSTOMERS,
    tag="Customers",
    versioned=True,
    body=AccountChange,
    gives=AccountPage,
    problems=(403, 404, 409),
)
async def patch_account(ask: Ask) -> Answer:
    """Change what is known of a customer account: who pays and how, its credit limit, its accounting codes."""
    code, seller_id = _code(ask, "account"), await seller_scope(ask)
    edit, reason = await _edit_of(ask, Level.ACCOUNT, code)

    async def work(conn: Connection) -> Answer:
        await _edit(ask, conn, edit, reason, seller_id)
        found = await get_account(conn, code, seller_id)
        page = AccountPage(account_shape(found.account), customer_shape(found.customer))
        return ok(page, etag=f'"{found.account.version}"')

    return await ask.change(work)


@route(
    "PATCH",
    "/accounts/{account}/billing-accounts/{code}",
    permission=Permission.CUSTOMERS,
    tag="Customers",
    versioned=True,
    body=BillingAccountChange,
    gives=BillingAccountShape,
    problems=(403, 404, 409),
)
async def patch_billing_account(ask: Ask) -> Answer:
    """Change a billing account: cycle, tax category, where invoices go."""
    account, code, seller_id = _code(ask, "account"), _code(ask, "code"), await seller_scope(ask)
    edit, reason = await _edit_of(ask, Level.BILLING_ACCOUNT, code)

    async def work(conn: Connection) -> Answer:
        _billing_account((await get_account(conn, account, seller_id)).account, code)
        await _edit(ask, conn, edit, reason, seller_id)
        return _billing_answer((await get_account(conn, account, seller_id)).account, code)

    return await ask.change(work)


@route(
    "PATCH",
    "/accounts/{account}/user-accounts/{code}",
    permission=Permission.CUSTOMERS,
    tag="Customers",
    versioned=True,
    body=UserAccountChange,
    gives=UserAccountShape,
    problems=(403, 404, 409),
)
async def patch_user_account(ask: Ask) -> Answer:
    """Change a user account."""
    account, code, seller_id = _code(ask, "account"), _code(ask, "code"), await seller_scope(ask)
    edit, reason = await _edit_of(ask, Level.USER_ACCOUNT, code)

    async def work(conn: Connection) -> Answer:
        _user_account((await get_account(conn, account, seller_id)).account, code)
        await _edit(ask, conn, edit, reason, seller_id)
        return _user_answer((await get_account(conn, account, seller_id)).account, code)

    return await ask.change(work)


async def _edit_of(ask: Ask, level: Level, code: str) -> tuple[Edit, str | None]:
    version, changes = ask.version(), given_in(await ask.body(_CHANGES[level]))
    reason = changes.pop("reason", None)
    return Edit(level, code, version, changes), reason


async def _edit(ask: Ask, conn: Connection, edit: Edit, reason: str | None, seller_id: int | None) -> None:
    await edit_levels(conn, [edit], actor=ask.actor, now=ask.now(), reason=reason, seller_id=seller_id)


def _billing_account(account: Account, code: str) -> BillingAccount:
    for billing in account.billing_accounts:
        if billing.code == code:
            return billing
    said = say("account {code!r} has no billing account {billing!r}", code=account.code, billing=code)
    raise Refused(refuse(UNKNOWN_BILLING_ACCOUNT, said))


def _user_account(account: Account, code: str) -> UserAccount:
    for user in (user for billing in account.billing_accounts for user in billing.user_accounts):
        if user.code == code:
            return user
    raise Refused(
        refuse(UNKNOWN_USER_ACCOUNT, "account {code!r} has no user account {user!r}", code=account.code, user=code)
    )


def _billing_answer(account: Account, code: str) -> Answer:
    billing = _billing_account(account, code)
    return ok(billing_shape(billing), etag=f'"{billing.version}"')


def _user_answer(account: Account, code: str) -> Answer:
    user = _user_account(account, code)
    return ok(user_shape(user), etag=f'"{user.version}"')


@route(
    "POST",
    "/accounts/{account}/state",
    permission=Permission.CUSTOMER_CLOSE,
    tag="Customers",
    query=DryRun,
    keyed=True,
    body=StateBody,
    gives=AccountPage,
    problems=(403, 404, 409),
    example={"state": "BLOCKED", "reason": "Card reported stolen"},
)
async def post_state(ask: Ask) -> Answer:
    """Block, suspend or activate an account, also one that was closed.

    Today a state other than CLOSED is told and refuses nothing: a blocked or suspended account takes invoices, charges and payments.
    """
    code, seller_id, body = _code(ask, "account"), await seller_scope(ask), await ask.body(_STATE)
    if body.state == AccountState.CLOSED:
        raise Refused(refuse(CLOSE_ELSEWHERE, "an account is closed by an action of its own", field="state"))

    async def work(conn: Connection) -> Answer:
        account_id = (await get_account(conn, code, seller_id)).account.account_id
        await set_account_state(conn, account_id, body.state, body.reason, actor=ask.actor, now=ask.now())
        found = await get_account(conn, code, seller_id)
        return ok(AccountPage(account_shape(found.account), customer_shape(found.customer)))

    return await ask.act(work, dry_run=ask.query(DryRun).dry_run)


route_handlers: list[HTTPRouteHandler] = [
    post_account,
    post_billing_account,
    post_user_account,
    read_billing_account,
    read_user_account,
    patch_customer,
    patch_account,
    patch_billing_account,
    patch_user_account,
    post_state,
]
__all__ = ["route_handlers"]
