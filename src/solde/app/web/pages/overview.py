"""The Overview of a customer: key figures, how the balance went, how old what is open is, what happened last."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from litestar import Response

from solde.balances import AccountBalance, Moment
from solde.balances.ageing import Ageing, age_account
from solde.balances.trend import TrendPoint, read_trend
from solde.customers import Account, Customer, get_customer, list_choices
from solde.kernel.dates import today_in
from solde.operations import Operation, OperationFilter, Side, list_operations

from .. import formats, store
from ..addresses import Address, account_path
from ..charts import line_points, shares
from ..i18n import t
from ..page import Page, web_page
from ..store import Glance
from .customer_head import account_asked, head

LAST = 10
DISPUTES_MOST = 5


@web_page("/customers/{code:str}", name="customer_overview")
async def overview_page(page: Page, code: str) -> Response[str]:
    """A customer at a glance: of one account, the first unless another is asked for."""
    now = page.now()
    async with page.reading() as conn:
        customer = await get_customer(conn, code, page.visitor.seller_id)
        account = account_asked(customer, page.query.get("account"))
        today, key = today_in(customer.time_zone, now), account.account_id
        balances = await page.services.definitions.figures(conn, key, Moment(today))
        default = next(b.definition for b in balances if b.definition.draft.is_default)
        trend = await read_trend(conn, key, [default], today=today)
        ageing = await age_account(conn, key, default, Moment(today))
        glance = await store.account_at_a_glance(conn, key)
        last = await list_operations(conn, key, limit=LAST)
        disputed = OperationFilter(in_litigation=True)
        disputes = (await list_operations(conn, key, disputed, limit=DISPUTES_MOST)).items if ageing.disputed else []
        choices = await list_choices(conn)
    return page.show(
        "customers/overview.html",
        title=f"{customer.name} · {t('Overview')}",
        head=head(customer, account, page.visitor, "overview", choices, await page.services.features.on()),
        figures=[_card(one, account) for one in balances],
        glance=_glance(glance, ageing, account),
        trend=_trend(trend, account),
        ageing=_ageing(ageing, account),
        disputes=[_dispute(one, account) for one in disputes],
        disputes_href=str(Address(account_path(account.code), [("in_litigation", "true")])),
        contact=_contact(customer),
        last=[_operation(one, account) for one in last.items],
        balance_href=account_path(account.code),
    )


def _card(balance: AccountBalance, account: Account) -> dict[str, str]:
    figures, definition = balance.figures, balance.definition
    asked = [] if definition.draft.is_default else [("definition", definition.code)]
    return {
        "label": t(definition.label),
        "size": formats.size(figures.balance, account.currency),
        "word": formats.direction_word(figures.balance),
        "tone": formats.DIRECTIONS[figures.direction],
        "note": t(
            "{n} operations and items" if definition.draft.counts_unbilled else "{n} operations",
            n=formats.whole(figures.count),
        ),
        "href": str(Address(account_path(account.code), asked)),
    }


def _glance(glance: Glance, ageing: Ageing, account: Account) -> list[dict[str, str]]:
    """What is asked first on the telephone: overdue since when, what is not yet allocated or disputed, the last payment."""
    overdue, since = ageing.overdue, glance.oldest_due
    paid = glance.last_payment
    return [
        _fact(t("Overdue"), overdue, account, t("since {day}", day=formats.day(since)) if overdue and since else "", "debit"),
        _fact(t("Unallocated credits"), ageing.credits, account, "", "credit"),
        _fact(t("In litigation"), ageing.disputed, account, "", "debit"),
        _fact(t("Last payment"), paid, account, formats.day(glance.last_paid_on), "")
        if paid is not None
        else {"label": t("Last payment"), "size": "", "note": t("none lately"), "tone": "quiet"},
    ]  # fmt: skip


def _fact(label: str, amount: Decimal, account: Account, note: str, tone: str) -> dict[str, str]:
    size = f"{formats.money(amount, account.currency)} {account.currency}"
    return {"label": label, "size": size, "note": note, "tone": tone if amount else "quiet"}


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
        "scale": _scale(values, account),
        "flat": not any(values),
    }


def _scale(values: Sequence[Decimal], account: Account) -> list[str]:
    """What the upper and the lower edge of the chart stand for; zero is always within it."""
    edges = (max(Decimal(0), *values), min(Decimal(0), *values))
    return [
        f"{formats.size(edge, account.currency)} {formats.direction_word(edge)}".strip() if edge else "0"
        for edge in edges
    ]


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
        "credits": formats.money(-ageing.credits, account.currency) if ageing.credits else "",
        "total": formats.size(ageing.total, account.currency),
        "word": formats.direction_word(ageing.total),
        "tone": formats.DIRECTIONS[formats.direction(ageing.total)],
        "any": any(amounts),
    }


def _bucket_name(from_days: int, until_days: int | None) -> str:
    if not from_days:
        return t("Not due")
    return t("{n}+ days", n=from_days - 1) if until_days is None else t("{a}–{b} days", a=from_days, b=until_days)


def _contact(customer: Customer) -> dict[str, str]:
    """Whom to write to and to ring up; a company's is its billing contact."""
    return {
        "name": " ".join(filter(None, (customer.title, customer.first_name, customer.last_name))),
        "email": customer.email or "",
        "phone": customer.phone or "",
        "ring": "".join(c for c in customer.phone or "" if c.isdecimal() or c == "+"),
    }


def _dispute(o: Operation, account: Account) -> dict[str, str]:
    return {
        "reference": o.reference or t("No. {n}", n=o.number),
        "href": account_path(account.code, "operations", str(o.number)),
        "reason": o.litigation_reason or "",
        "amount": formats.money(o.disputed, o.currency),
    }


def _operation(o: Operation, account: Account) -> dict[str, str]:
    is_debit = o.side is Side.DEBIT
    matching, tone = formats.MATCHING[o.matching_status]
    return {
        "date": formats.day(o.operation_on),
        "label": t(o.label),
        "reference": o.reference or t("No. {n}", n=o.number),
        "href": account_path(account.code, "operations", str(o.number)),
        "amount": formats.money(o.amount, o.currency),
        "word": "DR" if is_debit else "CR",
        "side": "" if is_debit else "credit",
        "matching": t(matching),
        "tone": tone,
    }


route_handlers = [overview_page]
