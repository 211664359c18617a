"""Chargebacks: what they take back, what they dispute, and how they end."""

from __future__ import annotations

from decimal import Decimal

from cards.till import Till
from ledger import TODAY, invoice

from solde.cards import ChargebackState
from solde.db import transaction
from solde.litigation import DisputeRequest, DisputeVerb, dispute

D = Decimal


async def charged_back(till: Till, account: int, number: int, amount: str | None = None) -> str:
    """Let the bank take money of a transaction back; gives the name of the chargeback."""
    one = await till.get(account, number)
    assert one.gateway_reference is not None
    name = await till.gateway.charge_back(one.gateway_reference, None if amount is None else D(amount), "fraudulent")
    assert name is not None
    await till.events()
    return name


async def test_a_chargeback_opens_the_invoices_again_and_disputes_them(till: Till) -> None:
    account = await till.account()
    await till.post(invoice(account, "60.00"), invoice(account, "40.00"))
    one = await till.do(account, "charge", "100.00")
    await charged_back(till, account, one.number)
    assert await till.open(account) == {1: D(60), 2: D(40)}
    assert await till.disputed(account) == {1: D(60), 2: D(40)}
    assert (await till.types(account))[-1] == "REJ_CRD"
    (found,) = await till.chargebacks(account)
    assert (found.state, found.amount, found.task, found.rejection_number) == (ChargebackState.OPEN, D(100), None, 4)
    assert (await till.get(account, one.number)).charged_back == 100
    await till.prove()


async def test_a_part_is_taken_of_what_is_open_first_and_then_of_the_newest_allocation(till: Till) -> None:
    account = await till.account()
    await till.post(invoice(account, "60.00"), invoice(account, "30.00"))
    one = await till.do(account, "charge", "100.00")
    await charged_back(till, account, one.number, "25.00")
    assert await till.open(account) == {2: D(15)}
    assert await till.disputed(account) == {2: D(15)}
    await till.prove()


async def test_without_an_invoice_to_dispute_there_is_a_task(till: Till) -> None:
    account = await till.account()
    one = await till.do(account, "charge", "100.00")
    await charged_back(till, account, one.number)
    (found,) = await till.chargebacks(account)
    assert found.task is not None
    assert await till.open(account) == {}
    await till.prove()


async def test_a_chargeback_that_is_won_is_reversed_wholly(till: Till) -> None:
    account = await till.account()
    await till.post(invoice(account, "60.00"), invoice(account, "40.00"))
    one = await till.do(account, "charge", "120.00")
    before = await till.open(account)
    name = await charged_back(till, account, one.number)
    assert await till.gateway.end_chargeback(name, won=True)
    await till.events()
    assert await till.open(account) == before == {3: D(20)}
    assert await till.disputed(account) == {}
    after = await till.get(account, one.number)
    assert (after.charged_back, after.refundable) == (D(0), D(120))
    (found,) = await till.chargebacks(account)
    assert (found.state, found.return_number) == ("WON", 5)
    await till.prove()


async def test_a_chargeback_that_is_lost_stays(till: Till) -> None:
    account = await till.account()
    await till.post(invoice(account, "60.00"))
    one = await till.do(account, "charge", "60.00")
    name = await charged_back(till, account, one.number)
    assert await till.gateway.end_chargeback(name, won=False)
    await till.events()
    (found,) = await till.chargebacks(account)
    assert (found.state, found.return_number) == ("LOST", None)
    assert await till.disputed(account) == {1: D(60)}
    await till.prove()


async def test_a_chargeback_of_what_was_refunded_before_stays_an_open_debit_with_an_alert(till: Till) -> None:
    account = await till.account()
    one = await till.do(account, "charge", "100.00")
    await till.do(account, "refund", "70.00", transaction_number=one.number)
    await charged_back(till, account, one.number)
    assert await till.open(account) == {3: D(70)}
    after = await till.get(account, one.number)
    assert (after.exceeded, after.refundable, after.alert) == (True, D(0), "170 goes back of 100 captured")
    await till.prove()


async def test_a_capture_is_charged_back_too(till: Till) -> None:
    account = await till.account()
    held = await till.do(account, "authorize", "100.00")
    await till.do(account, "capture", "80.00", transaction_number=held.number)
    await charged_back(till, account, held.number)
    assert (await till.get(account, held.number)).charged_back == 80
    await till.prove()


async def test_what_is_disputed_already_is_disputed_more(till: Till) -> None:
    account = await till.account()
    await till.post(invoice(account, "100.00"))
    one = await till.do(account, "charge", "60.00")
    wish = DisputeRequest(account, 1, DisputeVerb.ENTER, "test", D(10), None, "wrong price")
    await transaction(till.pool, lambda conn: dispute(conn, [wish], today=TODAY))
    name = await charged_back(till, account, one.number)
    assert await till.disputed(account) == {1: D(70)}
    await till.gateway.end_chargeback(name, won=True)
    await till.events()
    assert await till.disputed(account) == {1: D(10)}
    assert (await till.open(account))[1] == 40
    await till.prove()
