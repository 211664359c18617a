"""The five transactions of cards, at the sandbox: the rest of the table of product §6."""

from __future__ import annotations

from typing import Any

import pytest
from cards.till import Till
from ledger import TODAY, D, invoice

from solde.adjustments import (
    AccountStanding,
    Adjustment,
    AdjustmentRequest,
    AdjustmentType,
    find_adjustment,
    standings_of,
)
from solde.adjustments.card_adjustments import adjust_by_card, ask_gateway
from solde.adjustments.model import AdjustmentState
from solde.db import transaction
from solde.kernel.refusals import Refused

T = AdjustmentType


async def stand(till: Till, account: int) -> AccountStanding:
    async with till.pool.connection() as conn:
        return (await standings_of(conn, [account]))[account]


async def do(till: Till, account: int, kind: AdjustmentType, amount: str | None = None, **more: Any) -> Adjustment:
    request = AdjustmentRequest(account, kind, "test", None if amount is None else D(amount), **more)
    names = (till.gateway.name, till.gateway.merchant)
    made = await transaction(
        till.pool, lambda conn: adjust_by_card(conn, request, names, today=TODAY, now=till.clock())
    )
    assert made.transaction_number is not None
    await ask_gateway(till.gateway, till.pool, account, made.transaction_number, clock=till.clock)
    await till.prove()
    async with till.pool.connection() as conn:
        found = await find_adjustment(conn, account, made.number)
    assert found is not None
    return found


async def codes(till: Till, account: int, kind: AdjustmentType, amount: str | None = None, **more: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        await do(till, account, kind, amount, **more)
    assert await till.rows("select count(*) from adjustment where type = '" + kind.value + "'") == [(0,)]
    return [bad.code for bad in refused.value.refusals]


async def test_a_payment_by_card_lowers_what_is_owed_and_pays_the_oldest_due_first(till: Till) -> None:
    account = await till.account()
    await till.post(invoice(account, "40"))
    made = await do(till, account, T.ECOMMERCE_PAYMENT, "50", visible="seen", internal="hidden")
    assert (made.outcome, made.balance_before, made.balance_after, made.operations) == (
        AdjustmentState.DONE,
        D(40),
        D(-10),
        (2,),
    )
    after = await stand(till, account)
    assert (after.owed, after.unallocated) == (D(-10), D(10))


async def test_an_authorization_moves_nothing_and_a_capture_is_a_payment_once(till: Till) -> None:
    account = await till.account()
    await till.post(invoice(account, "40"))
    held = await do(till, account, T.AUTHORIZATION_ONLY, "100")
    assert (held.outcome, held.balance_before, held.balance_after, held.operations) == (
        AdjustmentState.DONE,
        D(40),
        D(40),
        (),
    )
    number = held.transaction_number
    assert await codes(till, account, T.CAPTURE_PAYMENT, "100.01", transaction=number) == ["capture_over_authorized"]
    made = await do(till, account, T.CAPTURE_PAYMENT, "30", transaction=number)
    assert (made.outcome, made.balance_after, made.operations) == (AdjustmentState.DONE, D(10), (2,))
    assert (await stand(till, account)).owed == 10
    assert await codes(till, account, T.VOID, transaction=number) == ["not_voidable"]


async def test_a_void_moves_nothing_and_ends_the_authorization(till: Till) -> None:
    account = await till.account()
    held = await do(till, account, T.AUTHORIZATION_ONLY, "100")
    made = await do(till, account, T.VOID, transaction=held.transaction_number)
    assert (made.outcome, made.amount, made.balance_after) == (AdjustmentState.DONE, D(100), D(0))
    assert await codes(till, account, T.CAPTURE_PAYMENT, transaction=held.transaction_number) == ["not_capturable"]


async def test_a_refund_to_the_card_raises_what_is_owed(till: Till) -> None:
    account = await till.account()
    await till.post(invoice(account, "40"))
    paid = await do(till, account, T.ECOMMERCE_PAYMENT, "50")
    made = await do(till, account, T.ECOMMERCE_REFUND, "30", transaction=paid.transaction_number)
    assert (made.outcome, made.balance_before, made.balance_after) == (AdjustmentState.DONE, D(-10), D(20))
    after = await stand(till, account)
    assert (after.owed, after.unallocated) == (D(20), D(0))
    again = AdjustmentRequest(account, T.ECOMMERCE_REFUND, "test", D("20.01"), transaction=paid.transaction_number)
    with pytest.raises(Refused):
        await transaction(
            till.pool,
            lambda conn: adjust_by_card(conn, again, ("sandbox", "sandbox"), today=TODAY, now=till.clock()),
        )


async def test_what_is_declined_is_recorded_and_moves_nothing(till: Till) -> None:
    account = await till.account("decline:insufficient_funds")
    made = await do(till, account, T.ECOMMERCE_PAYMENT, "50")
    assert (made.outcome, made.operations) == (AdjustmentState.FAILED, ())
    assert (await stand(till, account)).owed == 0


@pytest.mark.parametrize(
    ("kind", "amount", "more", "wanted"),
    [
        (T.ECOMMERCE_PAYMENT, None, {}, ["adjustment_amount_missing"]),
        (T.ECOMMERCE_PAYMENT, "5", {"card": 9}, ["unknown_card"]),
        (T.ECOMMERCE_PAYMENT, "5", {"service": "CALLS", "method": "CASH"}, ["adjustment_service_unexpected", "adjustment_field_unexpected"]),
        (T.CAPTURE_PAYMENT, "5", {}, ["card_transaction_missing"]),
        (T.ECOMMERCE_REFUND, "5", {"transaction": 7}, ["unknown_card_transaction"]),
        (T.VOID, "5", {"transaction": 7}, ["adjustment_field_unexpected"]),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused(
    till: Till, kind: AdjustmentType, amount: str | None, more: dict[str, Any], wanted: list[str]
) -> None:
    assert await codes(till, await till.account(), kind, amount, **more) == wanted
