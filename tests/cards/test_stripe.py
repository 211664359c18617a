"""The Stripe adapter against a small Stripe of our own: its library speaks to this process alone."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from cards.emulator import Emulator, Through
from conftest import TestClock

from solde.cards.adapters.stripe import OWN_REFERENCE, StripeGateway, major_units, minor_units
from solde.cards.gateway import ChargeCall, EventKind, QueryCall, SetupCall, StepCall
from solde.cards.model import CardKind, Verdict
from solde.kernel.refusals import Refused

# The library hands the body over in a way that httpx is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

D = Decimal
SECRET = "whsec_of_a_test"
EARLIER = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def emulator() -> Emulator:
    return Emulator()


@pytest.fixture
async def gateway(emulator: Emulator, clock: TestClock) -> AsyncIterator[StripeGateway]:
    through = Through(emulator)
    yield StripeGateway("sk_test_key", SECRET, clock, address="http://stripe.local", http_client=through)
    await through.close_async()  # type: ignore[no-untyped-call]


def charge(reference: str, token: str = "pm_card", *, capture: bool = True, amount: str = "12.34") -> ChargeCall:
    return ChargeCall(reference, D(amount), "EUR", token, "cus_1", capture, "https://back")


def query(kind: CardKind, reference: str, of: str | None = None) -> QueryCall:
    return QueryCall(kind, reference, of, "cus_1", D("12.34"), "EUR", EARLIER)


async def test_a_charge_is_done_once_for_its_reference(gateway: StripeGateway, emulator: Emulator) -> None:
    first, second = await gateway.charge(charge("r-1")), await gateway.charge(charge("r-1"))
    assert first == second
    assert (first.verdict, first.amount, first.currency) == (Verdict.APPROVED, D("12.34"), "EUR")
    assert [one["amount"] for one in emulator.intents.values()] == [1234]


async def test_a_decline_tells_its_code(gateway: StripeGateway) -> None:
    reply = await gateway.charge(charge("r-1", "pm_declined"))
    assert (reply.verdict, reply.code) == (Verdict.DECLINED, "insufficient_funds")
    assert (await gateway.query(query(CardKind.CHARGE, "r-1"))).verdict is Verdict.DECLINED


async def test_the_cardholder_is_sent_to_confirm(gateway: StripeGateway) -> None:
    reply = await gateway.charge(charge("r-1", "pm_3ds"))
    assert (reply.verdict, reply.redirect_url) == (Verdict.ACTION, "https://pay.example/3ds")


async def test_a_lost_reply_is_unknown_until_it_is_asked_for(gateway: StripeGateway, emulator: Emulator) -> None:
    emulator.drops = 1
    assert (await gateway.charge(charge("r-1"))).verdict is Verdict.UNKNOWN
    found = await gateway.query(query(CardKind.CHARGE, "r-1"))
    assert (found.verdict, found.amount) == (Verdict.APPROVED, D("12.34"))
    assert (await gateway.query(query(CardKind.CHARGE, "r-2"))).verdict is Verdict.ABSENT


async def test_an_authorization_is_captured_or_given_up(gateway: StripeGateway) -> None:
    held = await gateway.charge(charge("r-1", capture=False))
    assert held.expires_at == datetime.fromtimestamp(1_795_900_000, UTC)
    assert held.gateway_reference is not None
    assert (await gateway.query(query(CardKind.CAPTURE, "r-2", held.gateway_reference))).verdict is Verdict.ABSENT
    step = StepCall(CardKind.CAPTURE, "r-2", held.gateway_reference, D(10), "EUR")
    done = await gateway.step(step)
    assert (done.verdict, done.amount) == (Verdict.APPROVED, D(10))
    assert done.gateway_reference != held.gateway_reference
    late = await gateway.step(StepCall(CardKind.VOID, "r-3", held.gateway_reference, D(10), "EUR"))
    assert (late.verdict, late.code) == (Verdict.FAILED, "payment_intent_unexpected_state")
    other = await gateway.charge(charge("r-4", capture=False))
    assert other.gateway_reference is not None
    void = await gateway.step(StepCall(CardKind.VOID, "r-5", other.gateway_reference, D("12.34"), "EUR"))
    assert void.verdict is Verdict.APPROVED
    assert (await gateway.query(query(CardKind.VOID, "r-5", other.gateway_reference))).verdict is Verdict.APPROVED


async def test_a_refund_is_found_by_our_reference(gateway: StripeGateway) -> None:
    paid = await gateway.charge(charge("r-1"))
    assert paid.gateway_reference is not None
    done = await gateway.step(StepCall(CardKind.REFUND, "r-2", paid.gateway_reference, D(10), "EUR"))
    assert (done.verdict, done.amount) == (Verdict.APPROVED, D(10))
    assert await gateway.query(query(CardKind.REFUND, "r-2", paid.gateway_reference)) == done
    assert (await gateway.query(query(CardKind.REFUND, "r-9", paid.gateway_reference))).verdict is Verdict.ABSENT
    more = await gateway.step(StepCall(CardKind.REFUND, "r-3", paid.gateway_reference, D(10), "EUR"))
    assert (more.verdict, more.code) == (Verdict.FAILED, "charge_already_refunded")


async def test_a_card_is_entered_on_a_checkout_page(gateway: StripeGateway, emulator: Emulator) -> None:
    page = await gateway.setup(SetupCall("soldecard-1-1-x", "https://back", None, "Erika"))
    assert page.redirect_url == f"https://pay.example/{page.gateway_reference}"
    assert await gateway.find_card(page.gateway_reference) is None
    card = {"brand": "visa", "last4": "4242", "exp_year": 2029, "exp_month": 12}
    emulator.sessions[page.gateway_reference]["setup_intent"] = {"payment_method": {"id": "pm_1", "card": card}}
    found = await gateway.find_card(page.gateway_reference)
    assert found is not None
    assert (found.token, found.brand, found.last4, found.customer_reference) == ("pm_1", "visa", "4242", "cus_1")


def signed(clock: TestClock, kind: str, about: dict[str, object]) -> tuple[dict[str, str], bytes]:
    """An event as Stripe sends it."""
    body = json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": about}})
    stamp = int(clock().timestamp())
    signature = hmac.new(SECRET.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={stamp},v1={signature}"}, body.encode()


async def test_events_are_read_and_forged_or_stale_ones_are_not(gateway: StripeGateway, clock: TestClock) -> None:
    intent = {
        "id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": 1234, "currency": "eur",
        "capture_method": "automatic", "metadata": {OWN_REFERENCE: "solde-1-1-x"},
    }  # fmt: skip
    headers, body = signed(clock, "payment_intent.succeeded", intent)
    event = await gateway.parse_event(headers, body)
    assert (event.kind, event.reference) == (EventKind.TRANSACTION, "solde-1-1-x")
    assert event.reply is not None
    assert (event.reply.verdict, event.reply.amount) == (Verdict.APPROVED, D("12.34"))
    for bad, code in (({"stripe-signature": "t=1,v1=00"}, "forged"), ({}, "forged")):
        with pytest.raises(Refused) as refused:
            await gateway.parse_event(bad, body)
        assert refused.value.refusals[0].code == f"gateway_event_{code}"
    clock.advance(minutes=5, seconds=1)
    with pytest.raises(Refused) as refused:
        await gateway.parse_event(headers, body)
    assert refused.value.refusals[0].code == "gateway_event_stale"


async def test_a_dispute_is_a_chargeback(gateway: StripeGateway, clock: TestClock) -> None:
    dispute = {
        "id": "dp_1", "object": "dispute", "amount": 1000, "currency": "eur", "payment_intent": "pi_1",
        "reason": "fraudulent", "status": "won",
    }  # fmt: skip
    opened = await gateway.parse_event(*signed(clock, "charge.dispute.created", dispute))
    assert (opened.kind, opened.about_reference, opened.amount) == (EventKind.CHARGEBACK_OPENED, "dp_1", D(10))
    closed = await gateway.parse_event(*signed(clock, "charge.dispute.closed", dispute))
    assert (closed.kind, closed.gateway_reference) == (EventKind.CHARGEBACK_WON, "pi_1")


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("12.34", "EUR", 1234), ("500", "JPY", 500), ("1.230", "KWD", 1230), ("1.234", "KWD", None), ("5", "UGX", 500)],
)
def test_amounts_are_counted_as_stripe_counts(amount: str, currency: str, minor: int | None) -> None:
    assert minor_units(D(amount), currency) == minor
    assert minor is None or major_units(minor, currency) == D(amount)
