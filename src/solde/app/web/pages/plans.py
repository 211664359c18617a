"""The Plans tab: the instalment plans of an account, how far each is, and one of them with its instalments and history."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from litestar import Response

from solde.access import Permission
from solde.customers import Account, get_account, get_customer, list_choices
from solde.instalments import Instalment, Plan, PlanDebit, PlanFilter, PlanState
from solde.instalments.reading import PlanInFull, list_plans, read_plan
from solde.kernel.dates import today_in
from solde.operations import Operation
from solde.operations import store as operation_store

from .. import formats
from ..addresses import Address, account_path, customer_path
from ..i18n import t
from ..page import Page, web_page
from ..visitors import Visitor
from .actions.catalogue import BY_CODE
from .actions.submission import name_of
from .customer_head import account_asked, head

FEATURE = "instalment_plans"
A_PAGE = 25
STATES = {
    PlanState.DRAFT: ("Draft", "grey"),
    PlanState.ACTIVE: ("Active", "blue"),
    PlanState.COMPLETED: ("Paid", "green"),
    PlanState.BROKEN: ("Broken", "red"),
    PlanState.CANCELED: ("Cancelled", "grey"),
}
ACTIONS = {PlanState.DRAFT: ("plan-activate", "plan-edit", "plan-cancel"), PlanState.ACTIVE: ("plan-break",)}
"""What can be done with a plan in a state; the first is the primary one of a draft."""


@web_page("/customers/{code:str}/plans", name="customer_plans", feature=FEATURE)
async def plans_page(page: Page, code: str) -> Response[str]:
    """The plans of an account, newest first."""
    asked = page.query
    async with page.reading() as conn:
        customer = await get_customer(conn, code, page.visitor.seller_id)
        account = account_asked(customer, asked.get("account"))
        found = await list_plans(
            conn, PlanFilter(account.account_id), now=page.now(), cursor=asked.get("cursor") or None,
            limit=A_PAGE,
        )  # fmt: skip
        choices = await list_choices(conn)
    address = Address(customer_path(customer.code, "plans"), [("account", asked.get("account") or "")])
    return page.show(
        "plans/list.html",
        title=f"{customer.name} · {t('Plans')}",
        head=head(customer, account, page.visitor, "plans", choices, await page.services.features.on()),
        plans=[_row(plan, account) for plan in found.items],
        may=page.visitor.may(Permission.INSTALMENTS),
        balance_href=account_path(account.code),
        first=str(address) if asked.get("cursor") else "",
        next=str(address.with_(cursor=found.next)) if found.next else "",
    )


def _row(plan: Plan, account: Account) -> dict[str, object]:
    label, tone = STATES[plan.state]
    return {
        "number": str(plan.plan_number),
        "href": account_path(account.code, "plans", str(plan.plan_number)),
        "state": t(label),
        "tone": tone,
        "amount": formats.money(plan.amount, plan.currency),
        "paid": formats.money(plan.paid, plan.currency),
        "open": formats.money(plan.open, plan.currency) if plan.creation_number else "",
        "overdue": formats.money(plan.overdue, plan.currency) if plan.overdue else "",
        "percent": _percent(plan.paid, plan.amount),
        "count": str(plan.count),
        "next": formats.day(plan.next_due_on),
        "last": formats.day(plan.last_due_on),
        "note": plan.note or "",
    }


def _percent(part: Decimal, whole: Decimal) -> str:
    return str(int(part * 100 / whole))


@web_page("/accounts/{code:str}/plans/{number:int}", name="plan", feature=FEATURE)
async def plan_page(page: Page, code: str, number: int) -> Response[str]:
    """One plan: its instalments, what it puts off, what was done with it, and what can be done now."""
    now = page.now()
    async with page.reading() as conn:
        seen = await get_account(conn, code, page.visitor.seller_id)
        found = await read_plan(conn, seen.account.account_id, min(number, 2**62), now)
        named = [debit.number for debit in found.debits]
        operations = await operation_store.get_operations(conn, seen.account.account_id, named)
    plan, customer = found.plan, seen.customer
    accounts = customer.accounts
    own = [] if accounts and accounts[0].code == code else [("account", code)]
    today = today_in(customer.time_zone, now)
    return page.show(
        "plans/plan.html",
        title=t("Plan {n}", n=plan.plan_number),
        back_href=str(Address(customer_path(customer.code, "plans"), own)),
        back_label=t("{name}, plans of {account}", name=customer.name, account=code),
        detail_href=account_path(code, "plans", str(number)),
        plan=_row(plan, seen.account),
        currency=plan.currency,
        acts=_acts(plan, page.visitor, code, closed=seen.account.state == "CLOSED"),
        instalments=[_instalment(one, plan, code, is_late=one.due_on < today) for one in found.instalments],
        debits=_debits(found.debits, operations, plan, code),
        posted=_posted(plan, code),
        facts=_facts(found),
        history=_history(plan),
    )


def _acts(plan: Plan, visitor: Visitor, code: str, *, closed: bool) -> list[dict[str, str]]:
    if not visitor.may(Permission.INSTALMENTS):
        return []
    entries = [BY_CODE[one] for one in ACTIONS.get(plan.state, ())]
    return [
        {
            "label": t(entry.label),
            "href": f"{account_path(code, 'actions', entry.code)}?plan={plan.plan_number}",
            "icon": entry.icon,
            "variant": "primary" if entry.code == "plan-activate" else "outline",
            "reason": t("The account is closed: it takes no operation") if closed else "",
        }
        for entry in entries
    ]


def _instalment(one: Instalment, plan: Plan, code: str, *, is_late: bool) -> dict[str, object]:
    number = one.operation_number
    return {
        "number": str(one.instalment_number),
        "due": formats.day(one.due_on),
        "amount": formats.money(one.amount, plan.currency),
        "paid": formats.money(one.paid, plan.currency) if number else "",
        "open": formats.money(one.open, plan.currency) if number else "",
        "state": _state_of(one, is_late=is_late),
        "href": account_path(code, "operations", str(number)) if number else "",
    }


def _state_of(one: Instalment, *, is_late: bool) -> tuple[str, str]:
    """What an instalment is, in a word, and its tone."""
    if one.operation_number is None:
        return t("Planned"), "grey"
    if one.open == 0:
        return (t("Settled"), "grey") if one.given_up else (t("Paid"), "green")
    if is_late:
        return t("Overdue"), "red"
    return (t("Partly paid"), "amber") if one.paid else (t("To pay"), "blue")


def _debits(
    debits: Sequence[PlanDebit], operations: Sequence[Operation], plan: Plan, code: str
) -> list[dict[str, str]]:
    by_number = {o.number: o for o in operations}
    return [
        {
            "name": name_of(by_number[debit.number]),
            "label": t(by_number[debit.number].label),
            "href": account_path(code, "operations", str(debit.number)),
            "amount": formats.money(debit.amount, plan.currency),
        }
        for debit in debits
    ]


def _posted(plan: Plan, code: str) -> list[tuple[str, str, str]]:
    """What its activation posted besides the instalments: what, the number, where."""
    made = (
        (t("Credit posted"), plan.creation_number),
        (t("Fee"), plan.fee_number),
        (t("Interest"), plan.interest_number),
    )
    return [
        (words, t("No. {n}", n=number), account_path(code, "operations", str(number)))
        for words, number in made
        if number is not None
    ]


def _facts(found: PlanInFull) -> list[tuple[str, str]]:
    plan = found.plan
    facts = (
        (t("Put off"), formats.money(plan.debt, plan.currency)),
        (t("Fee"), formats.money(plan.fee, plan.currency) if plan.fee else ""),
        (t("Interest"), formats.money(plan.interest, plan.currency) if plan.interest else ""),
        (t("Owed again when broken"), formats.money(plan.unmatched, plan.currency) if plan.unmatched else ""),
        (t("Note"), plan.note or ""),
    )
    return [(label, value) for label, value in facts if value]


def _history(plan: Plan) -> list[tuple[str, str, str]]:
    """What was done with it: words, when and by whom, why."""
    ended = t("Broken") if plan.state is PlanState.BROKEN else t("Cancelled")
    steps = (
        (t("Drafted"), plan.drafted_at, plan.drafted_by, ""),
        (t("Activated"), plan.activated_at, plan.activated_by, ""),
        (ended, plan.ended_at, plan.ended_by, plan.end_reason or ""),
    )
    return [(words, f"{formats.instant(at)} · {who}", why) for words, at, who, why in steps if at is not None]


route_handlers = [plans_page, plan_page]
