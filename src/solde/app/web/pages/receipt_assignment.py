"""Assign a receipt, or a part of it, to an account: the form, what it would do there, and doing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.actions.requests import content_of
from solde.approvals import Executed, Proposal
from solde.customers import AccountRef
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.refusals import Refused
from solde.operations import store as operation_store
from solde.payments import Allocate, AssignRequest, get_receipt, suggest_accounts
from solde.payments.rules import check_assignment, check_words

from .. import approval_words as words
from .. import formats
from ..addresses import account_path
from ..amounts import as_typed
from ..approval_preview import names_for, rehearse
from ..form_errors import by_field
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..texts import written
from .actions.typed import FieldReader, FormFields
from .receipts import LARGEST, shown_receipt

FIELDS = {"account", "amount", "allocate", "reason"}
KIND = "receipt_assignment"


@dataclass(frozen=True, slots=True)
class AssignmentRequest:
    """How much of a receipt belongs to which account, and what it pays there."""

    account: AccountRef
    amount: Decimal
    content: Mapping[str, object]
    reason: str | None


@web_page("/payments/receipts/{number:int}/assign", name="assign", permission=Permission.PAYMENTS)
async def assign_form(page: Page, number: int) -> Response[str]:
    """Ask whose it is."""
    given = {name: value for name, value in page.query.items() if name in {"account", "invoices"}}
    return await _dialog(page, number, given)


@web_form("/payments/receipts/{number:int}/assign/preview", everywhere=False, permission=Permission.PAYMENTS)
async def preview_assignment(page: Page, number: int, data: Form) -> Response[str]:
    """What the assignment would do with what is typed."""
    effect, refused = words.Preview(), list[str]()
    try:
        wish = await _wish(page, number, data)
    except Refused:
        # What is not typed yet is told when the form is sent.
        wish = None
    if wish is not None:
        account = wish.account
        answer, refusals = await rehearse(
            page, KIND, wish.content, actor=page.visitor.actor, role=page.visitor.role, time_zone=account.time_zone
        )
        async with page.reading() as conn:
            names = await names_for(
                page, conn, account.account_id, account.code, account.currency, wish.content, answer
            )
        effect, refused = words.preview(answer, names), [written(one.text) for one in refusals]
    return page.show("payments/preview.html", title="", effect=effect, refused=refused)


@web_form("/payments/receipts/{number:int}/assign", everywhere=False, permission=Permission.PAYMENTS)
async def assign(page: Page, number: int, data: Form) -> Response[str] | Redirect:
    """Assign it, or keep it for a second person."""
    try:
        wish = await _wish(page, number, data)
        return await act_once(
            page, data, lambda conn: _assigned(page, conn, number, wish),
            account_id=wish.account.account_id,
        )  # fmt: skip
    except Refused as refused:
        return await _dialog(page, number, data, refused)


async def _wish(page: Page, number: int, data: Mapping[str, str]) -> AssignmentRequest:
    """What is typed, read.

    Refuses: form_field_blank, unknown_account, an unfit amount, what `check_assignment` refuses.
    """
    async with page.reading() as conn:
        receipt = await get_receipt(conn, min(number, LARGEST), page.visitor.seller_id)
    typed = FieldReader(FormFields(data.items()), receipt.currency)
    code, amount = typed.text("account", needed=True), typed.amount("amount", needed=False)
    reason = typed.text("reason")
    if (bad := check_words(reason)) is not None:
        typed.refusals.append(bad)
    if typed.refusals or code is None:
        raise Refused(typed.refusals)
    try:
        account = await page.services.directory.get(code, page.visitor.seller)
    except Refused as refused:
        raise Refused(one.at(field="account") for one in refused.refusals) from None
    amount = receipt.rest if amount is None else amount
    if (bad := check_assignment(receipt, receipt.rest, amount, account.seller_id)) is not None:
        raise Refused(bad)
    pays = _pays(data)
    wished = AssignRequest(receipt.receipt_id, account.account_id, page.visitor.actor, amount, pays, reason=reason)
    return AssignmentRequest(account, amount, content_of(wished), reason)


def _pays(data: Mapping[str, str]) -> Allocate | tuple[int, ...]:
    named = _numbers(data)
    if data.get("allocate") == "named" and named:
        return named
    return Allocate.NONE if data.get("allocate") == "none" else Allocate.OLDEST


def _numbers(data: Mapping[str, str]) -> tuple[int, ...]:
    """The invoices named, from a text such as `3,5`."""
    parts = data.get("invoices", "")[:400].split(",")
    return tuple(dict.fromkeys(int(one) for one in parts if one.isascii() and one.isdigit() and len(one) < 19))


async def _assigned(page: Page, conn: Connection, number: int, wish: AssignmentRequest) -> Done:
    approvals = page.services.approvals
    now, account = page.now(), wish.account
    today = today_in(account.time_zone, now)
    proposal = Proposal(
        KIND,
        account.account_id,
        wish.amount,
        account.currency,
        wish.content,
        page.visitor.actor,
        page.visitor.role,
        wish.reason,
    )
    made = await approvals.submit(conn, proposal, now=now, today=today)
    back = f"/payments/receipts/{number}"
    if isinstance(made, Executed):
        said = t("Registered as a payment of {account}", account=account.code)
        return Done(back, said, href=account_path(account.code), label=t("Show the account"))
    # What waits was tried before, so that nothing waits that could not be done.
    await approvals.rehearse(
        conn, KIND, wish.content, actor=page.visitor.actor, role=page.visitor.role, now=now, today=today
    )
    return Done(back, t("Waits for approval"), "wait", f"/approvals/{made.approval_id}", t("Show"))


async def _dialog(page: Page, number: int, data: Mapping[str, str], refused: Refused | None = None) -> Response[str]:
    async with page.reading() as conn:
        receipt = await get_receipt(conn, min(number, LARGEST), page.visitor.seller_id)
        suggested = await suggest_accounts(conn, receipt)
        invoices = await _named(page, conn, data)
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    ways = [("oldest", t("The oldest due first")), ("none", t("Nothing yet: it stays unallocated"))]
    if invoices:
        ways.insert(0, ("named", t("What its text names: {invoices}", invoices=", ".join(invoices))))
    return page.show(
        "payments/assign.html",
        status=422 if refused else 200,
        title=t("Assign to an account"),
        back=f"/payments/receipts/{receipt.receipt_id}",
        key=data.get("key", ""),
        receipt=shown_receipt(receipt),
        fields={
            "account": data.get("account", ""),
            "amount": data.get("amount", as_typed(receipt.rest, receipt.currency)),
            "allocate": data.get("allocate", ways[0][0]),
            "reason": data.get("reason", ""),
            "invoices": data.get("invoices", ""),
        },
        ways=ways,
        suggested=[
            (one.account, f"{one.name} · {formats.money(one.open_debit, receipt.currency)}") for one in suggested
        ],
        wrong=wrong,
        rest=rest,
    )


async def _named(page: Page, conn: Connection, data: Mapping[str, str]) -> list[str]:
    """The invoices that a suggestion named, as people call them."""
    numbers, code = _numbers(data), data.get("account", "")
    if not numbers or not code:
        return []
    found = await page.services.directory.find([code], page.visitor.seller)
    if code not in found:
        return []
    operations = await operation_store.get_operations(conn, found[code].account_id, numbers)
    return [one.reference or str(one.number) for one in operations]


route_handlers = [assign_form, preview_assignment, assign]
