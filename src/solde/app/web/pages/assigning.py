"""Assign a receipt, or a part of it, to an account: the form, what it would do there, and doing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from solde.access import Permission
from solde.actions.requests import content_of
from solde.approvals import Approvals, Executed, Proposal
from solde.customers import AccountRef
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.refusals import Refused
from solde.operations import store as operation_store
from solde.payments import Allocate, AssignRequest, get_receipt, suggest_accounts
from solde.payments.rules import check_assignment, check_words

from .. import approval_words as words
from .. import formats
from ..acting import Done, act_once
from ..addresses import account_path
from ..i18n import t
from ..reading import reading
from ..refused import by_field
from ..rehearsing import names_for, rehearse
from ..render import page
from ..visitors import Visitor
from ..wording import worded
from .actions.typed import Given, Typed, as_typed
from .receipts import LARGEST, shown_receipt

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

FIELDS = {"account", "amount", "allocate", "reason"}
KIND = "receipt_assignment"


@dataclass(frozen=True, slots=True)
class Wish:
    """How much of a receipt belongs to which account, and what it pays there."""

    account: AccountRef
    amount: Decimal
    content: Mapping[str, object]
    reason: str | None


@get("/payments/receipts/{number:int}/assign", name="assign", include_in_schema=False)
async def assign_form(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], number: FromPath[int]
) -> Response[str]:
    """Ask whose it is."""
    visitor.require(Permission.PAYMENTS)
    given = {name: value for name, value in request.query_params.items() if name in {"account", "invoices"}}
    return await _dialog(request, visitor, number, given)


@post("/payments/receipts/{number:int}/assign/preview", status_code=200, include_in_schema=False, everywhere=False)
async def preview_assignment(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], number: FromPath[int], data: Form
) -> Response[str]:
    """What the assignment would do with what is typed."""
    visitor.require(Permission.PAYMENTS)
    effect, refused = words.Preview(), list[str]()
    try:
        wish = await _wish(request, visitor, number, data)
    except Refused:
        # What is not typed yet is told when the form is sent.
        wish = None
    if wish is not None:
        account = wish.account
        answer, refusals = await rehearse(
            request, KIND, wish.content, actor=visitor.actor, role=visitor.role, time_zone=account.time_zone
        )
        async with reading(request) as conn:
            names = await names_for(
                request, conn, account.account_id, account.code, account.currency, wish.content, answer
            )
        effect, refused = words.preview(answer, names), [worded(one.message) for one in refusals]
    return page("payments/preview.html", request, visitor=visitor, title="", effect=effect, refused=refused)


@post("/payments/receipts/{number:int}/assign", status_code=303, include_in_schema=False, everywhere=False)
async def assign(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], number: FromPath[int], data: Form
) -> Response[str] | Redirect:
    """Assign it, or keep it for a second person."""
    visitor.require(Permission.PAYMENTS)
    try:
        wish = await _wish(request, visitor, number, data)
        return await act_once(
            request, visitor, data, lambda conn: _assigned(request, visitor, conn, number, wish),
            account_id=wish.account.account_id,
        )  # fmt: skip
    except Refused as refused:
        return await _dialog(request, visitor, number, data, refused)


async def _wish(request: Request[Any, Any, State], visitor: Visitor, number: int, data: Mapping[str, str]) -> Wish:
    """What is typed, read.

    Refuses: form_field_blank, unknown_account, an unfit amount, what `check_assignment` refuses.
    """
    typed = Typed(Given(data.items()))
    code, amount = typed.text("account", needed=True), typed.amount("amount", needed=False)
    reason = typed.text("reason")
    if (bad := check_words(reason)) is not None:
        typed.refusals.append(bad)
    if typed.refusals or code is None:
        raise Refused(typed.refusals)
    try:
        account: AccountRef = await request.app.state.directory.get(code, visitor.seller)
    except Refused as refused:
        raise Refused(one.at(field="account") for one in refused.refusals) from None
    async with reading(request) as conn:
        receipt = await get_receipt(conn, min(number, LARGEST), visitor.seller_id)
    amount = receipt.rest if amount is None else amount
    if (bad := check_assignment(receipt, receipt.rest, amount, account.seller_id)) is not None:
        raise Refused(bad)
    pays = _pays(data)
    wished = AssignRequest(receipt.receipt_id, account.account_id, visitor.actor, amount, pays, reason=reason)
    return Wish(account, amount, content_of(wished), reason)


def _pays(data: Mapping[str, str]) -> Allocate | tuple[int, ...]:
    named = _numbers(data)
    if data.get("allocate") == "named" and named:
        return named
    return Allocate.NONE if data.get("allocate") == "none" else Allocate.OLDEST


def _numbers(data: Mapping[str, str]) -> tuple[int, ...]:
    """The invoices named, from a text such as `3,5`."""
    parts = data.get("invoices", "")[:400].split(",")
    return tuple(dict.fromkeys(int(one) for one in parts if one.isascii() and one.isdigit() and len(one) < 19))


async def _assigned(
    request: Request[Any, Any, State], visitor: Visitor, conn: Connection, number: int, wish: Wish
) -> Done:
    approvals: Approvals = request.app.state.approvals
    now, account = request.app.state.clock(), wish.account
    today = today_in(account.time_zone, now)
    proposal = Proposal(
        KIND, account.account_id, wish.amount, account.currency, wish.content, visitor.actor, visitor.role, wish.reason
    )
    made = await approvals.submit(conn, proposal, now=now, today=today)
    back = f"/payments/receipts/{number}"
    if isinstance(made, Executed):
        said = t("Registered as a payment of {account}", account=account.code)
        return Done(back, said, href=account_path(account.code), label=t("Show the account"))
    # What waits was tried before, so that nothing waits that could not be done.
    await approvals.rehearse(conn, KIND, wish.content, actor=visitor.actor, role=visitor.role, now=now, today=today)
    return Done(back, t("Waits for approval"), "wait", f"/approvals/{made.approval_id}", t("Show"))


async def _dialog(
    request: Request[Any, Any, State],
    visitor: Visitor,
    number: int,
    data: Mapping[str, str],
    refused: Refused | None = None,
) -> Response[str]:
    async with reading(request) as conn:
        receipt = await get_receipt(conn, min(number, LARGEST), visitor.seller_id)
        suggested = await suggest_accounts(conn, receipt)
        invoices = await _named(request, conn, visitor, data)
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    ways = [("oldest", t("The oldest due first")), ("none", t("Nothing yet: it stays unallocated"))]
    if invoices:
        ways.insert(0, ("named", t("What its text names: {invoices}", invoices=", ".join(invoices))))
    return page(
        "payments/assign.html",
        request,
        visitor=visitor,
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


async def _named(
    request: Request[Any, Any, State], conn: Connection, visitor: Visitor, data: Mapping[str, str]
) -> list[str]:
    """The invoices that a suggestion named, as people call them."""
    numbers, code = _numbers(data), data.get("account", "")
    if not numbers or not code:
        return []
    found = await request.app.state.directory.find([code], visitor.seller)
    if code not in found:
        return []
    operations = await operation_store.get_operations(conn, found[code].account_id, numbers)
    return [one.reference or str(one.number) for one in operations]


route_handlers = [assign_form, preview_assignment, assign]
