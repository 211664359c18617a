"""Stripe, by its own library: payment intents captured by hand, refunds, checkout pages for cards, signed webhooks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import stripe
from stripe import HTTPXClient, StripeClient

from solde.kernel.dates import Clock
from solde.kernel.money import exponent
from solde.kernel.refusals import Refused, refuse

from ..gateway import (
    EVENT_FORGED,
    EVENT_STALE,
    EVENT_UNREADABLE,
    GATEWAY_UNREACHABLE,
    TOLERANCE_SECONDS,
    ChargeCall,
    EventKind,
    GatewayEvent,
    QueryCall,
    Reply,
    SetupCall,
    SetupPage,
    StepCall,
    StoredCard,
)
from ..model import CardKind, Verdict

TIMEOUT_SECONDS = 25.0
OWN_REFERENCE = "solde_reference"
"""Under what name our reference stands in Stripe's metadata."""
SEARCHED = 100
EXPONENTS = {"ISK": 2, "UGX": 2}
"""Currencies whose amounts Stripe counts otherwise than the standard says."""

DISPUTES = {
    "charge.dispute.created": EventKind.CHARGEBACK_OPENED,
    "won": EventKind.CHARGEBACK_WON,
    "lost": EventKind.CHARGEBACK_LOST,
}
INTENT_EVENTS = {
    "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.amount_capturable_updated",
    "payment_intent.canceled", "payment_intent.requires_action",
}  # fmt: skip


class StripeGateway:
    """The gateway port over Stripe."""

    name = "stripe"
    merchant = "stripe"

    def __init__(
        self,
        key: str,
        webhook_secret: str,
        clock: Clock,
        *,
        address: str | None = None,
        http_client: stripe.HTTPClient | None = None,
    ):
        bases: Any = {} if address is None else {"api": address}
        self._client = StripeClient(
            key,
            base_addresses=bases,
            max_network_retries=0,
            http_client=http_client or HTTPXClient(timeout=TIMEOUT_SECONDS),
        )
        self._secret = webhook_secret
        self._clock = clock

    async def charge(self, call: ChargeCall) -> Reply:
        """Take money, or reserve it: a payment intent, confirmed at once."""
        minor = minor_units(call.amount, call.currency)
        if minor is None:
            return Reply(Verdict.FAILED, code="amount_too_fine")
        wish: dict[str, Any] = {
            "amount": minor, "currency": call.currency.lower(), "payment_method": call.token, "confirm": True,
            "capture_method": "automatic" if call.capture else "manual", "payment_method_types": ["card"],
            "metadata": {OWN_REFERENCE: call.reference}, "expand": ["latest_charge"],
        }  # fmt: skip
        if call.customer_reference is not None:
            wish["customer"] = call.customer_reference
        if call.return_url is not None:
            wish["return_url"] = call.return_url
        if call.description is not None:
            wish["description"] = call.description

        async def ask() -> Reply:
            made = await self._client.v1.payment_intents.create_async(
                wish,  # type: ignore[arg-type]
                {"idempotency_key": call.reference},
            )
            return _intent_reply(_plain(made), CardKind.CHARGE if call.capture else CardKind.AUTHORIZE)

        return await _safely(ask)

    async def step(self, call: StepCall) -> Reply:
        """Capture, void or refund a payment intent."""
        minor = minor_units(call.amount, call.currency)
        if minor is None:
            return Reply(Verdict.FAILED, code="amount_too_fine")
        intents, options = self._client.v1.payment_intents, {"idempotency_key": call.reference}

        async def ask() -> Reply:
            if call.kind is CardKind.REFUND:
                made = await self._client.v1.refunds.create_async(
                    {
                        "payment_intent": call.gateway_reference,
                        "amount": minor,
                        "metadata": {OWN_REFERENCE: call.reference},
                    },
                    options,  # type: ignore[arg-type]
                )
                return _refund_reply(_plain(made))
            if call.kind is CardKind.CAPTURE:
                found = await intents.capture_async(
                    call.gateway_reference,
                    {"amount_to_capture": minor},
                    options,  # type: ignore[arg-type]
                )
            else:
                found = await intents.cancel_async(call.gateway_reference, {}, options)  # type: ignore[arg-type]
            return _intent_reply(_plain(found), call.kind)

        return await _safely(ask)

    async def query(self, call: QueryCall) -> Reply:
        """What became of a request: of a step by its payment intent, else by our reference in the metadata."""

        async def ask() -> Reply:
            if call.kind is CardKind.REFUND:
                return await self._find_refund(call)
            if call.gateway_reference is not None:
                params: Any = {"expand": ["latest_charge"]}
                found = await self._client.v1.payment_intents.retrieve_async(call.gateway_reference, params)
                return _intent_reply(_plain(found), call.kind)
            return await self._find_intent(call)

        return await _safely(ask)

    async def _find_refund(self, call: QueryCall) -> Reply:
        params: Any = {"payment_intent": call.gateway_reference, "limit": SEARCHED}
        listed = await self._client.v1.refunds.list_async(params)
        async for one in listed.auto_paging_iter():
            told = _plain(one)
            if (told.get("metadata") or {}).get(OWN_REFERENCE) == call.reference:
                return _refund_reply(told)
        return Reply(Verdict.ABSENT)

    async def _find_intent(self, call: QueryCall) -> Reply:
        """Lists are up to date at once, searches a minute later; so the lists are read, from just before the request."""
        since = int((call.created_at - timedelta(minutes=5)).timestamp())
        params: dict[str, Any] = {"created": {"gte": since}, "limit": SEARCHED, "expand": ["data.latest_charge"]}
        if call.customer_reference is not None:
            params["customer"] = call.customer_reference
        listed = await self._client.v1.payment_intents.list_async(params)  # type: ignore[arg-type]
        async for one in listed.auto_paging_iter():
            told = _plain(one)
            if (told.get("metadata") or {}).get(OWN_REFERENCE) == call.reference:
                return _intent_reply(told, call.kind)
        return Reply(Verdict.ABSENT)

    async def setup(self, call: SetupCall) -> SetupPage:
        """Open a checkout page on which a card is entered."""
        try:
            customer = call.customer_reference or await self._new_customer(call)
            wish: Any = {
                "mode": "setup", "customer": customer, "success_url": call.return_url, "cancel_url": call.return_url,
                "payment_method_types": ["card"], "client_reference_id": call.reference,
                "metadata": {OWN_REFERENCE: call.reference},
            }  # fmt: skip
            made = await self._client.v1.checkout.sessions.create_async(wish, {"idempotency_key": call.reference})
        except stripe.StripeError as error:
            raise Refused(refuse(GATEWAY_UNREACHABLE, "Stripe: {name}", name=type(error).__name__)) from error
        assert made.url is not None, "a page has an address"
        return SetupPage(made.id, made.url)

    async def _new_customer(self, call: SetupCall) -> str:
        wish: Any = {"metadata": {OWN_REFERENCE: call.reference}}
        if call.name:
            wish["name"] = call.name
        made = await self._client.v1.customers.create_async(wish, {"idempotency_key": f"{call.reference}-customer"})
        return made.id

    async def find_card(self, gateway_reference: str) -> StoredCard | None:
        """The card that was entered on a checkout page, or none yet."""
        try:
            params: Any = {"expand": ["setup_intent.payment_method"]}
            found = _plain(await self._client.v1.checkout.sessions.retrieve_async(gateway_reference, params))
        except stripe.StripeError as error:
            raise Refused(refuse(GATEWAY_UNREACHABLE, "Stripe: {name}", name=type(error).__name__)) from error
        method = (found.get("setup_intent") or {}).get("payment_method") or {}
        card = method.get("card")
        if card is None:
            return None
        return StoredCard(
            method["id"], found.get("customer"), card["brand"], card["last4"], card["exp_year"], card["exp_month"]
        )

    async def parse_event(self, headers: Mapping[str, str], body: bytes) -> GatewayEvent:
        """Read a signed event; its signature is judged by Stripe's library, its age by our own clock."""
        header = headers.get("stripe-signature", "")
        try:
            text = body.decode()
            stripe.WebhookSignature.verify_header(text, header, self._secret, None)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError):
            raise Refused(refuse(EVENT_FORGED, "the signature of the event is not Stripe's")) from None
        signed_at = datetime.fromtimestamp(_stamp(header), UTC)
        if abs((self._clock() - signed_at).total_seconds()) > TOLERANCE_SECONDS:
            raise Refused(refuse(EVENT_STALE, "the event was signed at {at:%Y-%m-%d %H:%M:%S} UTC", at=signed_at))
        try:
            told = msgspec.json.decode(text)
            return await self._event(told["id"], told["type"], told["data"]["object"])
        except (msgspec.DecodeError, KeyError, TypeError):
            raise Refused(refuse(EVENT_UNREADABLE, "the event is not as Stripe writes them")) from None

    async def _event(self, event_id: str, kind: str, about: dict[str, Any]) -> GatewayEvent:
        reference = (about.get("metadata") or {}).get(OWN_REFERENCE)
        if kind == "checkout.session.completed":
            return GatewayEvent(event_id, EventKind.CARD_ADDED, about.get("client_reference_id"), words=kind)
        if kind in INTENT_EVENTS:
            taken = about.get("capture_method") != "manual"
            reply = _intent_reply(about, CardKind.CHARGE if taken else CardKind.AUTHORIZE)
            if kind == "payment_intent.canceled":
                return GatewayEvent(event_id, EventKind.EXPIRED, reference, about["id"], words=kind)
            return GatewayEvent(event_id, EventKind.TRANSACTION, reference, about["id"], reply, words=kind)
        if kind in {"refund.updated", "refund.failed", "refund.created"}:
            return GatewayEvent(
                event_id, EventKind.TRANSACTION, reference, about["id"], _refund_reply(about), words=kind
            )
        if kind in {"charge.dispute.created", "charge.dispute.closed"}:
            return await self._dispute(event_id, kind, about)
        return GatewayEvent(event_id, EventKind.OTHER, reference, about.get("id"), words=kind)

    async def _dispute(self, event_id: str, kind: str, about: dict[str, Any]) -> GatewayEvent:
        found = DISPUTES.get(kind) or DISPUTES.get(about.get("status", ""), EventKind.OTHER)
        currency = about["currency"].upper()
        return GatewayEvent(
            event_id, found, None, about.get("payment_intent"), None, about["id"],
            major_units(about["amount"], currency), currency, about.get("reason"), kind,
        )  # fmt: skip


def _plain(made: stripe.StripeObject) -> dict[str, Any]:
    """A value of the library as plain JSON."""
    told: dict[str, Any] = made.to_dict()
    return told


def minor_units(amount: Decimal, currency: str) -> int | None:
    """An amount as Stripe counts it; none where it is too fine. Of three decimals the last must be 0."""
    decimals = EXPONENTS.get(currency, exponent(currency))
    minor = amount.scaleb(decimals)
    if minor != minor.to_integral_value() or (decimals == 3 and minor % 10):
        return None
    return int(minor)


def major_units(minor: int, currency: str) -> Decimal:
    """An amount as Stripe counts it, in the currency."""
    return Decimal(minor).scaleb(-EXPONENTS.get(currency, exponent(currency)))


async def _safely(ask: Callable[[], Awaitable[Reply]]) -> Reply:
    """A reply, also where the library raises: declined and surely not done are told apart from nobody knows."""
    try:
        return await ask()
    except stripe.CardError as error:
        about = error.error
        intent = None if about is None else about.payment_intent
        code = (None if about is None else about.decline_code) or error.code
        reference = None if intent is None else intent.id
        return Reply(Verdict.DECLINED, reference, code, request_id=error.request_id)
    except (stripe.InvalidRequestError, stripe.AuthenticationError, stripe.PermissionError) as error:
        return Reply(Verdict.FAILED, code=error.code or "invalid_request", request_id=error.request_id)
    except stripe.StripeError as error:
        # No connection, a fault there, too many requests, the same key still at work: the janitor asks later.
        return Reply(Verdict.UNKNOWN, code=error.code or type(error).__name__, request_id=error.request_id)


def _intent_reply(intent: Mapping[str, Any], kind: CardKind) -> Reply:
    """What the state of a payment intent says of a request of this kind."""
    state, currency = intent["status"], intent["currency"].upper()
    name = intent["id"]
    if kind is CardKind.CAPTURE:
        done = state == "succeeded"
        amount = major_units(intent["amount_received"], currency) if done else None
        verdict = {"succeeded": Verdict.APPROVED, "requires_capture": Verdict.ABSENT, "processing": Verdict.PENDING}
        return Reply(
            verdict.get(state, Verdict.FAILED), f"{name}#capture" if done else None, None, amount,
            currency if done else None,
        )  # fmt: skip
    if kind is CardKind.VOID:
        verdict = {"canceled": Verdict.APPROVED, "requires_capture": Verdict.ABSENT}
        return Reply(verdict.get(state, Verdict.FAILED), f"{name}#void" if state == "canceled" else None)
    done = state in {"succeeded", "requires_capture"}
    verdict = {
        "succeeded": Verdict.APPROVED, "requires_capture": Verdict.APPROVED, "requires_action": Verdict.ACTION,
        "processing": Verdict.PENDING, "requires_payment_method": Verdict.DECLINED, "canceled": Verdict.FAILED,
    }  # fmt: skip
    error = intent.get("last_payment_error") or {}
    code = error.get("decline_code") or error.get("code") or ("canceled" if state == "canceled" else None)
    return Reply(
        verdict.get(state, Verdict.PENDING), name, code, major_units(intent["amount"], currency) if done else None,
        currency if done else None, _redirect(intent), _holds_until(intent),
    )  # fmt: skip


def _redirect(intent: Mapping[str, Any]) -> str | None:
    action = intent.get("next_action") or {}
    url = (action.get("redirect_to_url") or {}).get("url")
    return None if url is None else str(url)


def _holds_until(intent: Mapping[str, Any]) -> datetime | None:
    """Until when a reserved amount may be captured, as the network says; not assumed."""
    charge = intent.get("latest_charge")
    if not isinstance(charge, Mapping):
        return None
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    until = card.get("capture_before")
    return None if until is None else datetime.fromtimestamp(int(until), UTC)


def _refund_reply(refund: Mapping[str, Any]) -> Reply:
    verdict = {
        "succeeded": Verdict.APPROVED, "pending": Verdict.PENDING, "requires_action": Verdict.PENDING,
    }.get(refund["status"], Verdict.FAILED)  # fmt: skip
    currency = refund["currency"].upper()
    return Reply(verdict, refund["id"], refund.get("failure_reason"), major_units(refund["amount"], currency), currency)


def _stamp(header: str) -> int:
    stamps = [part[2:] for part in header.split(",") if part.startswith("t=")]
    return int(stamps[0])
