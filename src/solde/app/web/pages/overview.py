"""The Overview of a customer: key figures, how the balance went, how old what is open is, what happened last."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from solde.balances import AccountBalance, Moment
from solde.balances.ageing import Ageing, age_account
from solde.balances.trend import TrendPoint, read_trend
from solde.customers import Account, Customer, get_customer, note_viewed
from solde.db import transaction
from solde.kernel.dates import today_in
from solde.operations import Operation, Side, list_operations

from .. import formats
from ..addresses import Address, account_path, customer_path
from ..charts import line_points, shares
from ..i18n import t
from ..reading import reading
from ..render import page
from ..visitors import Visitor
from .customer_head import head

LAST = 8


@get("/customers/{code:str}", name="customer_overview", include_in_schema=False)
async def overview_page(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str]
) -> Response[str]:
    """A customer at a glance: of one account, the first unless another is asked for."""
    now = request.app.state.clock()
    async with reading(request) as conn:
        customer = await get_customer(conn, code, visitor.seller_id)
        account = account_asked(customer, request.query_params.get("account"))
        today = today_in(customer.time_zone, now)
        moment = Moment(today)
        balances = await request.app.state.definitions.figures(conn, account.account_id, moment)
        default = next(b.definition for b in balances if b.definition.draft.is_default)
        trend = await read_trend(conn, account.account_id, [default], today=today)
        ageing = await age_account(conn, account.account_id, default, moment)
        last = await list_operations(conn, account.account_id, limit=LAST)
    if visitor.user_id is not None:
        await transaction(
            request.app.state.pool, lambda conn: note_viewed(conn, visitor.actor, customer.customer_id, now=now)
        )
    return page(
        "customers/overview.html",
        request,
        visitor=visitor,
        title=f"{customer.name} · {t('Overview')}",
        head=head(customer, account, visitor, "overview"),
        figures=[_card(one, account) for one in balances],
        trend=_trend(trend, account),
        ageing=_ageing(ageing, account),
        last=[_operation(one, account) for one in last.items],
        balance_href=account_path(account.code),
        accounts=[
            (
                a.code,
                a.currency,
                str(Address(customer_path(customer.code), [("account", a.code)])),
                a.code == account.code,
            )
            for a in customer.accounts
        ],
        missing=head(customer, account, visitor, "overview")["incomplete"],
    )


def account_asked(customer: Customer, code: str | None) -> Account:
    """The account that a tab of a customer shows."""
    assert customer.accounts, "a customer is made with an account"
    return next((one for one in customer.accounts if one.code == code), customer.accounts[0])


def _card(balance: AccountBalance, account: Account) -> dict[str, str]:
    figures, definition = balance.figures, balance.definition
    return {
        "label": definition.label,
        "size": formats.size(figures.balance, account.currency),
        "word": formats.direction_word(figures.balance),
        "tone": formats.DIRECTIONS[figures.direction],
        "note": t("{n} operations", n=formats.whole(figures.count)),
        "href": str(
            Address(
                account_path(account.code), [] if definition.draft.is_default else [("definition", definition.code)]
            )
        ),
    }


def _trend(points: Sequence[TrendPoint], account: Account) -> dict[str, object]:
    values = [point.balances[0] for point in points]
    rows = [
        (
            formats.day(point.on),
            formats.size(value, account.currency),
            formats.direction_word(value),
            formats.DIRECTIONS[formats.direction(value)],
        )
        for point, value in zip(points, values, strict=True)
    ]
    return {
        "drawn": line_points(values),
        "rows": rows,
        "first": rows[0][0],
        "last": rows[-1][0],
        "flat": not any(values),
    }


def _ageing(ageing: Ageing, account: Account) -> dict[str, object]:
    amounts: list[Decimal] = [bucket.amount for bucket in ageing.buckets]
    names = [_bucket_name(bucket.from_days, bucket.until_days) for bucket in ageing.buckets]
    return {
        "rows": [
            {
                "name": name,
                "amount": formats.money(amount, account.currency),
                "start": start,
                "width": width,
                "step": place,
            }
            for place, (name, amount, (start, width)) in enumerate(zip(names, amounts, shares(amounts), strict=True))
        ],
        "disputed": formats.money(ageing.disputed, account.currency) if ageing.disputed else "",
        "credits": formats.money(ageing.credits, account.currency) if ageing.credits else "",
        "any": any(amounts),
    }


def _bucket_name(from_days: int, until_days: int | None) -> str:
    if not from_days:
        return t("Not due")
    return t("{n}+ days", n=from_days - 1) if until_days is None else t("{a}–{b} days", a=from_days, b=until_days)


def _operation(o: Operation, account: Account) -> dict[str, str]:
    is_debit = o.side is Side.DEBIT
    matching, tone = formats.MATCHING[o.matching_status]
    return {
        "date": formats.day(o.operation_on),
        "label": o.label,
        "reference": o.reference or t("No. {n}", n=o.number),
        "href": account_path(account.code, "operations", str(o.number)),
        "amount": formats.money(o.amount, o.currency),
        "word": "DR" if is_debit else "CR",
        "side": "" if is_debit else "credit",
        "matching": t(matching),
        "tone": tone,
    }


route_handlers = [overview_page]
