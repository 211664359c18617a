"""Charge, authorize, capture, void, refund: what they do to the gateway and to the account."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from cards.till import Till
from ledger import invoice

from solde.cards import CardState

D, S = Decimal, CardState


async def test_an_approved_charge_pays_the_oldest_due_first_and_leaves_the_rest_unallocated(till: Till) -> None:
    account = await till.account()
    await till.post(invoice(account, "60.00"), invoice(account, "20.00"))
    charged = await till.do(account, "charge", "100.00")
    assert (charged.state, charged.captured, charged.operation_number) == ("CAPTURED", D(100), 3)
    assert await till.open(account) == {3: D(20)}
    assert await till.types(account) == ["INV_STD", "INV_STD", "PAY_CRD"]
    await till.prove()


@pytest.mark.parametrize("code", ["do_not_honor", "insufficient_funds", "expired_card", "lost_card"])
async def test_a_declined_charge_moves_nothing_and_keeps_its_code(till: Till, code: str) -> None:
    account = await till.account(f"decline:{code}")
    charged = await till.do(account, "charge", "10.00")
    assert (charged.state, charged.code, charged.operation_number) == ("DECLINED", code, None)
    assert await till.types(account) == []
    await till.prove()


async def test_an_authorization_moves_nothing_until_its_capture_which_takes_less(till: Till) -> None:
    account = await till.account()
    await till.post(invoice(account, "60.00"))
    held = await till.do(account, "authorize", "100.00")
    assert (held.state, held.expires_at) == ("AUTHORIZED", till.clock() + timedelta(days=7))
    assert await till.types(account) == ["INV_STD"]
    outcome = await till.outcome(account, "capture", "80.00", transaction_number=held.number)
    assert outcome.parent is not None
    assert (outcome.transaction.state, outcome.parent.state, outcome.parent.captured) == (S.CAPTURED, S.CAPTURED, D(80))
    assert await till.open(account) == {2: D(20)}
    assert await till.codes(account, "capture", "20.00", transaction_number=held.number) == ["not_capturable"]
    assert await till.codes(account, "void", transaction_number=held.number) == ["not_voidable"]
    await till.prove()


async def test_a_void_is_final(till: Till) -> None:
    account = await till.account()
    held = await till.do(account, "authorize", "100.00")
    outcome = await till.outcome(account, "void", transaction_number=held.number)
    assert outcome.parent is not None
    assert (outcome.transaction.state, outcome.parent.state) == ("VOIDED", "VOIDED")
    assert await till.codes(account, "capture", transaction_number=held.number) == ["not_capturable"]
    assert await till.types(account) == []
    await till.prove()


@pytest.mark.parametrize(
    ("seconds", "codes"), [(-1, None), (0, ["authorization_expired"]), (1, ["authorization_expired"])]
)
async def test_an_authorization_is_captured_before_its_very_last_instant(
    till: Till, seconds: int, codes: list[str] | None
) -> None:
    account = await till.account()
    held = await till.do(account, "authorize", "100.00")
    assert held.expires_at is not None
    till.clock.now = held.expires_at + timedelta(seconds=seconds)
    if codes is None:
        assert (await till.do(account, "capture", transaction_number=held.number)).state == "CAPTURED"
    else:
        assert await till.codes(account, "capture", transaction_number=held.number) == codes
        assert (await till.sweep()).counts == {"expired": 1}
        assert (await till.get(account, held.number)).state == "EXPIRED"
        assert await till.codes(account, "capture", transaction_number=held.number) == codes
    await till.prove()


@pytest.mark.parametrize(("owed", "left"), [("59.996", "59.996"), ("60.004", "60.004")])
async def test_a_refund_takes_the_rounding_of_what_it_opens_back(till: Till, owed: str, left: str) -> None:
    account = await till.account()
    await till.post(invoice(account, owed))
    charged = await till.do(account, "charge", "60.00")
    assert await till.open(account) == {}
    await till.do(account, "refund", "60.00", transaction_number=charged.number)
    assert await till.open(account) == {1: D(left)}
    await till.prove()


async def test_a_refund_takes_what_is_open_first_and_then_opens_the_newest_allocations_again(till: Till) -> None:
    account = await till.account()
    await till.post(invoice(account, "60.00"), invoice(account, "30.00"))
    charged = await till.do(account, "charge", "100.00")
    first = await till.do(account, "refund", "10.00", transaction_number=charged.number)
    assert (first.state, first.operation_number) == ("REFUNDED", 4)
    assert await till.open(account) == {}
    await till.do(account, "refund", "20.00", transaction_number=charged.number)
    assert await till.open(account) == {2: D(20)}
    await till.do(account, "refund", "15.00", transaction_number=charged.number)
    assert await till.open(account) == {1: D(5), 2: D(30)}
    whole = await till.get(account, charged.number)
    assert (whole.state, whole.refunded, whole.refundable) == (S.REFUNDED, D(45), D(55))
    assert await till.codes(account, "refund", "55.01", transaction_number=charged.number) == ["refund_over_captured"]
    await till.do(account, "refund", transaction_number=charged.number)
    assert await till.codes(account, "refund", transaction_number=charged.number) == ["not_card_refundable"]
    assert await till.open(account) == {1: D(60), 2: D(30)}
    await till.prove()


async def test_a_lost_reply_blocks_the_same_amount_until_the_janitor_knows(till: Till) -> None:
    account = await till.account("reply_lost")
    charged = await till.do(account, "charge", "10.00")
    assert (charged.state, charged.code) == ("UNKNOWN", "timeout")
    assert await till.codes(account, "charge", "10.00") == ["card_outcome_unknown"]
    assert (await till.do(account, "charge", "11.00")).state == "UNKNOWN"
    assert (await till.sweep(minutes=5)).counts == {"resolved": 2}
    assert (await till.get(account, charged.number)).state == "CAPTURED"
    assert (await till.sweep(minutes=5)).counts == {}
    assert [row[0] for row in (await till.truth()).values()] == [10, 11]
    assert await till.types(account) == ["PAY_CRD", "PAY_CRD"]
    await till.prove()


async def test_a_lost_request_is_sent_again_once(till: Till) -> None:
    account = await till.account("request_lost")
    charged = await till.do(account, "charge", "10.00")
    assert charged.state == "UNKNOWN"
    await till.sweep(minutes=5)
    assert (await till.get(account, charged.number)).state == "CAPTURED"
    assert await till.types(account) == ["PAY_CRD"]
    await till.prove()


async def test_a_request_that_was_never_sent_is_not_sent_after_a_day_but_waits_for_a_person(till: Till) -> None:
    account = await till.account("request_lost")
    charged = await till.do(account, "charge", "10.00")
    await till.sweep(hours=21)
    assert (await till.get(account, charged.number)).state == "UNKNOWN"
    assert await till.types(account) == []


async def test_the_cardholder_confirms_a_payment_and_an_event_tells(till: Till) -> None:
    account = await till.account("three_d_secure")
    charged = await till.do(account, "charge", "10.00", return_url="http://back")
    assert charged.state == "PENDING"
    assert charged.redirect_url is not None
    assert charged.redirect_url.startswith("http://here/sandbox/confirm/")
    assert await till.gateway.confirm(charged.redirect_url.rsplit("/", 1)[1], confirmed=True) == "http://back"
    await till.events()
    done = await till.get(account, charged.number)
    assert (done.state, done.redirect_url) == ("CAPTURED", None)
    await till.prove()


async def test_the_cardholder_does_not_confirm(till: Till) -> None:
    account = await till.account("three_d_secure")
    charged = await till.do(account, "charge", "10.00")
    assert charged.redirect_url is not None
    await till.gateway.confirm(charged.redirect_url.rsplit("/", 1)[1], confirmed=False)
    await till.events()
    done = await till.get(account, charged.number)
    assert (done.state, done.code) == ("DECLINED", "authentication_failed")


async def test_a_late_event_settles_what_was_pending(till: Till) -> None:
    account = await till.account("late")
    charged = await till.do(account, "charge", "10.00")
    assert charged.state == "PENDING"
    await till.sweep(seconds=30)
    assert (await till.get(account, charged.number)).state == "PENDING"
    till.clock.advance(minutes=1)
    await till.events()
    assert (await till.get(account, charged.number)).state == "CAPTURED"
    await till.prove()


async def test_what_cannot_be_asked_is_refused(till: Till) -> None:
    account = await till.account()
    assert await till.codes(account, "charge") == ["card_amount_missing"]
    assert await till.codes(account, "charge", "-1.00") == ["amount_not_positive"]
    assert await till.codes(account, "charge", "1.001") == ["card_amount_too_fine"]
    assert await till.codes(account, "charge", "1.00", card_number=7) == ["unknown_card"]
    assert await till.codes(account, "charge", "1.00", transaction_number=7) == ["card_transaction_unexpected"]
    assert await till.codes(account, "capture") == ["card_transaction_missing"]
    assert await till.codes(account, "capture", transaction_number=7) == ["unknown_card_transaction"]
    held = await till.do(account, "authorize", "10.00")
    assert await till.codes(account, "capture", "10.01", transaction_number=held.number) == ["capture_over_authorized"]
    assert await till.codes(account, "refund", transaction_number=held.number) == ["not_card_refundable"]
    old = await till.card(account, "decline:lost_card", (2026, 10))
    assert await till.codes(account, "charge", "1.00", card_number=old) == ["card_expired"]


async def test_a_payment_of_an_account_closed_meanwhile_is_booked_once_it_takes_it(till: Till) -> None:
    account = await till.account("late")
    charged = await till.do(account, "charge", "10.00")
    await till.rows_write(f"update account set state = 'CLOSED' where account_id = {account}")
    till.clock.advance(minutes=2)
    await till.events()
    waiting = await till.get(account, charged.number)
    assert (waiting.state, waiting.operation_number) == ("CAPTURED", None)
    assert waiting.alert == "not on the account yet: the account is closed"
    await till.rows_write(f"update account set state = 'ACTIVE' where account_id = {account}")
    assert (await till.sweep(hours=2)).counts == {"booked": 1}
    booked = await till.get(account, charged.number)
    assert (booked.operation_number, booked.alert) == (1, None)
    await till.prove()
