"""Instalment plans of the demo company: one partly paid, one that was broken, and a draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from solde.db import Connection
from solde.instalments import (
    Activated,
    ActivateRequest,
    Drafted,
    Ended,
    EndRequest,
    PlanRequest,
    PlanTerms,
    Unit,
    activate,
    break_plans,
    draft,
)
from solde.operations import NewOperation, Side, Types
from solde.payments import PaymentRequest, Registered, register

from . import store
from .adjusting import ACTOR
from .store import OpenPart

LEAST = Decimal(100)
AGREED_DAYS = 60
"""How long ago the plans in force were agreed."""
FIRST_DAYS = 37
"""How long ago their first instalment was due; the second is overdue by less than the grace."""
BROKEN_DAYS = 2


async def make_plans(conn: Connection, types: Types, today: date) -> int:
    """Make the plans over old debts of three customers; gives how many."""
    chosen = _debts(await store.list_open_items(conn), today)
    for place, item in enumerate(chosen[:3]):
        if place == 2:
            await _draft(conn, types, item, PlanTerms(count=6), today, "Asked for six months by letter")
            continue
        agreed = today - timedelta(days=AGREED_DAYS)
        wish = PlanTerms(count=4, first_on=today - timedelta(days=FIRST_DAYS), unit=Unit.MONTH)
        active = await _activate(conn, types, item, wish, agreed)
        await _pay_first(conn, types, active, today - timedelta(days=FIRST_DAYS - 1))
        if place == 1:
            await _break(conn, types, active, today - timedelta(days=BROKEN_DAYS))
    return len(chosen[:3])


def _debts(items: Sequence[OpenPart], today: date) -> list[OpenPart]:
    """Old invoices that nothing else was done with, the newest of them first, one a customer."""
    agreed = today - timedelta(days=AGREED_DAYS)
    fit = {
        item.account_id: item
        for item in items
        if item.side == Side.DEBIT and item.class_ == "I" and item.open == item.amount > LEAST
        and item.not_before <= agreed
    }  # fmt: skip
    return sorted(fit.values(), key=lambda item: (item.due_on, item.account_id), reverse=True)


async def _draft(conn: Connection, types: Types, item: OpenPart, wish: PlanTerms, on: date, note: str) -> Drafted:
    (made,) = await draft(conn, [PlanRequest(item.account_id, (item.number,), ACTOR, wish, note=note)], types, today=on)
    assert isinstance(made, Drafted), f"a plan was refused: {made}"
    return made


async def _activate(conn: Connection, types: Types, item: OpenPart, wish: PlanTerms, on: date) -> Activated:
    made = await _draft(conn, types, item, wish, on, "Agreed by telephone")
    request = ActivateRequest(item.account_id, made.plan_number, ACTOR, made.version)
    (active,) = await activate(conn, [request], types, today=on)
    assert isinstance(active, Activated), f"a plan was not activated: {active}"
    return active


async def _pay_first(conn: Connection, types: Types, active: Activated, on: date) -> None:
    number = active.instalment_numbers[0]
    amount = next(one.amount for one in active.effect.posted if one.number == number)
    payment = NewOperation(
        active.account_id, "PAY_WIRE", amount, on, payment_method="WIRETRANSFER", description="First instalment",
        source=ACTOR,
    )  # fmt: skip
    (paid,) = await register(conn, [PaymentRequest(payment, ACTOR, (number,))], types, today=on)
    assert isinstance(paid, Registered), f"a payment was refused: {paid}"


async def _break(conn: Connection, types: Types, active: Activated, on: date) -> None:
    request = EndRequest(active.account_id, active.plan_number, ACTOR, "The second instalment is not paid")
    (ended,) = await break_plans(conn, [request], types, today=on)
    assert isinstance(ended, Ended), f"a plan was not broken: {ended}"
