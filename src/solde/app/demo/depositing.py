"""Security deposits of some of the demo's customers, in different states; through the actions that people use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from solde.db import Connection
from solde.deposits import (
    CancelRequest,
    DepositEffect,
    DepositRequest,
    FundRequest,
    GiveBackRequest,
    PayRequest,
    Template,
    TemplateState,
    ValidityUnit,
    cancel_deposits,
    create_template,
    fund_deposits,
    give_back_deposits,
    pay_with_deposits,
    request_deposits,
)
from solde.operations import Types

from . import store
from .adjusting import ACTOR

OFFICE = Template(
    "OFFICE", "Deposit for an office line", "EUR", Decimal(100), Decimal(5000), 12, ValidityUnit.MONTHS,
    TemplateState.ACTIVE,
)  # fmt: skip
OLD = Template("HANDSET", "Deposit for a handset", "EUR", state=TemplateState.ARCHIVED)
CUSTOMERS = 6

Action = Callable[..., Awaitable[Sequence[Any]]]


async def leave_deposits(conn: Connection, types: Types, today: date, busy: str) -> int:
    """Ask some customers for deposits and move them on; the busiest customer is one of them. Gives how many there are."""
    for template in (OFFICE, OLD):
        await create_template(conn, template, actor=ACTOR)
    accounts = await store.accounts_for_deposits(conn, busy, CUSTOMERS)
    begun = today - timedelta(days=120)

    async def do(action: Action, *requests: object) -> None:
        answers = await action(conn, requests, types, today=today)
        refused = [one for one in answers if not isinstance(one, DepositEffect)]
        assert not refused, f"deposits were refused: {refused[:3]}"

    amounts = [Decimal(n) for n in (500, 250, 300, 1000, 150, 200)]
    asked = list(zip((account for account, _ in accounts), amounts, strict=False))
    await do(
        request_deposits,
        *(DepositRequest(account, OFFICE.code, amount, ACTOR, on=begun) for account, amount in asked),
    )
    # Funded, in two parts, not at all, used, given back, cancelled.
    parts = (("500",), ("100",), (), ("600", "400"), ("150",), ())
    for (account, _), paid in zip(asked, parts, strict=False):
        for place, amount in enumerate(paid):
            on = begun + timedelta(days=5 + 20 * place)
            reference = f"DEPOSIT {account}-{place + 1}"
            await do(
                fund_deposits,
                FundRequest(account, 1, Decimal(amount), ACTOR, "WIRETRANSFER", on=on, reference=reference),
            )
    if len(asked) == CUSTOMERS:
        user, invoice = accounts[3]
        await do(pay_with_deposits, PayRequest(user, 1, invoice, ACTOR, reason="overdue for two months"))
        await do(give_back_deposits, GiveBackRequest(accounts[4][0], 1, ACTOR, reason="the contract ended"))
        await do(cancel_deposits, CancelRequest(accounts[5][0], 1, ACTOR, "no deposit needed after all"))
    return len(asked)
