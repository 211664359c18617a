"""The sandbox: a gateway inside Solde that takes no money, keeps its own books and does what its test cards say."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from standardwebhooks import Webhook

from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock
from solde.kernel.money import plain
from solde.kernel.refusals import Refused, refuse

from ..gateway import (
    EVENT_FORGED,
    EVENT_STALE,
    EVENT_UNREADABLE,
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
from . import sandbox_store as store
from .known_cards import DECLINE, LATE, REPLY_LOST, REQUEST_LOST, TEST_CARDS, THREE_D_SECURE
from .sandbox_store import Entry, Request

MERCHANT = "sandbox"
HOLDS_FOR = timedelta(days=7)
LATE_BY = timedelta(minutes=1)


class Lost(StrEnum):
    """What is lost on the way of a call."""

    NOTHING = "nothing"
    REQUEST = "request"
    REPLY = "reply"


Weather = Callable[[str, str], Lost]
"""What is lost of a call, by its kind and reference; a test makes its own."""


def fair(_kind: str, _reference: str) -> Lost:
    """Nothing is lost."""
    return Lost.NOTHING


class Sandbox:
    """The gateway port over the sandbox's own tables, each call in a transaction of its own."""

    name = "sandbox"
    merchant = MERCHANT

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        *,
        weather: Weather = fair,
        address: str = "",
        new_id: Callable[[], str] = lambda: secrets.token_hex(8),
    ):
        self._pool = pool
        self._clock = clock
        self._weather = weather
        self._address = address
        self._new_id = new_id

    async def charge(self, call: ChargeCall) -> Reply:
        """Take money, or reserve it."""
        kind = CardKind.CHARGE if call.capture else CardKind.AUTHORIZE
        values = {
            "reference": call.reference, "kind": kind.value, "parent_reference": None, "token": call.token,
            "amount": call.amount, "currency": call.currency, "return_url": call.return_url,
        }  # fmt: skip
        return await self._ask(kind.value, values)

    async def step(self, call: StepCall) -> Reply:
        """Capture, void or refund."""
        values = {
            "reference": call.reference, "kind": call.kind.value, "parent_reference": call.gateway_reference,
            "token": None, "amount": call.amount, "currency": call.currency, "return_url": None,
        }  # fmt: skip
        return await self._ask(call.kind.value, values)

    async def _ask(self, kind: str, values: dict[str, Any]) -> Reply:
        lost = self._weather(kind, values["reference"])
        if lost is Lost.REQUEST:
            return Reply(Verdict.UNKNOWN, code="timeout")
        reply = await transaction(self._pool, lambda conn: self._do(conn, values))
        return Reply(Verdict.UNKNOWN, code="timeout") if lost is Lost.REPLY else reply

    async def _do(self, conn: Connection, values: dict[str, Any]) -> Reply:
        """Do a request once; asked again, say the same."""
        digest = _digest(values)
        number = self._new_id()
        fresh = values | {
            "request_id": f"req_{number}", "gateway_reference": f"sbx_{number}", "digest": digest, "state": "new",
            "now": self._clock(),
        }  # fmt: skip
        await store.insert_request(conn, fresh)
        request = await store.lock_request(conn, values["reference"])
        assert request is not None, "it was written"
        if request.digest != digest:
            return Reply(Verdict.FAILED, code="reference_used_before", request_id=request.request_id)
        behaviour = "" if request.token is None else await store.find_behaviour(conn, request.token)
        if request.state == "new" and behaviour == REQUEST_LOST:
            # The row only remembers that one request was lost: who asks learns that there is none.
            await store.move_request(conn, replace(request, state="lost"))
            return Reply(Verdict.UNKNOWN, code="timeout")
        if request.state not in {"new", "lost"}:
            return self._reply(request)
        decided = await self._decide(conn, request, behaviour)
        await store.move_request(conn, decided)
        await self._tell(conn, decided, late=behaviour == LATE)
        if behaviour == REPLY_LOST:
            return Reply(Verdict.UNKNOWN, code="timeout")
        return self._reply(decided)

    async def _decide(self, conn: Connection, request: Request, behaviour: str | None) -> Request:
        if request.parent_reference is not None:
            return await self._decide_step(conn, request)
        if behaviour is None:
            return replace(request, state="failed", code="no_such_card")
        if behaviour.startswith(DECLINE):
            return replace(request, state="declined", code=behaviour.removeprefix(DECLINE))
        if behaviour == THREE_D_SECURE:
            return replace(request, state="action")
        if behaviour == LATE:
            return replace(request, state="pending")
        return self._approved(request)

    def _approved(self, request: Request) -> Request:
        if request.kind == CardKind.CHARGE:
            return replace(request, state="approved", captured=request.amount)
        return replace(request, state="approved", expires_at=self._clock() + HOLDS_FOR)

    async def _decide_step(self, conn: Connection, request: Request) -> Request:
        assert request.parent_reference is not None, "a step has a parent"
        parent = await store.lock_by_gateway_reference(conn, request.parent_reference)
        code = "no_such_transaction" if parent is None else self._why_not(request, parent)
        if parent is None or code is not None:
            return replace(request, state="failed", code=code)
        if request.kind == CardKind.REFUND:
            parent = replace(parent, refunded=parent.refunded + request.amount)
        elif request.kind == CardKind.CAPTURE:
            parent = replace(parent, captured=request.amount)
        else:
            parent = replace(parent, is_void=True)
        await store.move_request(conn, parent)
        return replace(request, state="approved")

    def _why_not(self, request: Request, parent: Request) -> str | None:
        if request.kind == CardKind.REFUND:
            return "amount_too_large" if request.amount > parent.captured - parent.refunded else None
        if parent.kind != CardKind.AUTHORIZE or parent.state != "approved" or parent.is_void or parent.captured > 0:
            return "not_an_open_authorization"
        if parent.expires_at is not None and self._clock() >= parent.expires_at:
            return "authorization_expired"
        return "amount_too_large" if request.amount > parent.amount else None

    def _reply(self, request: Request) -> Reply:
        verdict = {
            "approved": Verdict.APPROVED, "declined": Verdict.DECLINED, "failed": Verdict.FAILED,
            "pending": Verdict.PENDING, "action": Verdict.ACTION,
        }[request.state]  # fmt: skip
        done = verdict is Verdict.APPROVED
        redirect = f"{self._address}/sandbox/confirm/{request.gateway_reference}" if verdict is Verdict.ACTION else None
        return Reply(
            verdict, request.gateway_reference, request.code, request.amount if done else None,
            request.currency if done else None, redirect, request.expires_at, request.request_id,
        )  # fmt: skip

    async def query(self, call: QueryCall) -> Reply:
        """What became of a request, by our own reference."""
        async with self._pool.connection() as conn:
            found = await store.lock_request(conn, call.reference)
        if found is None or found.state in {"new", "lost"}:
            return Reply(Verdict.ABSENT)
        return self._reply(found)

    async def setup(self, call: SetupCall) -> SetupPage:
        """Open the page where a card is entered."""
        entry = Entry(f"set_{self._new_id()}", call.reference, call.name, call.return_url, None, None, None, None, None)
        async with self._pool.connection() as conn, conn.transaction():
            await store.insert_setup(conn, entry, self._clock())
            found = await store.find_setup(conn, call.reference)
        assert found is not None, "it was written"
        return SetupPage(found.setup_id, f"{self._address}/sandbox/cards/{found.setup_id}")

    async def find_card(self, gateway_reference: str) -> StoredCard | None:
        """The card that was entered, or none yet."""
        async with self._pool.connection() as conn:
            found = await store.find_setup(conn, gateway_reference)
        if found is None or found.token is None:
            return None
        assert found.brand is not None, "a card has a brand"
        assert found.last4 is not None, "a card has last digits"
        assert found.expires_year is not None, "a card has an expiry"
        assert found.expires_month is not None, "a card has an expiry"
        return StoredCard(found.token, "sandbox", found.brand, found.last4, found.expires_year, found.expires_month)

    async def parse_event(self, headers: Mapping[str, str], body: bytes) -> GatewayEvent:
        """Read a signed event, as Standard Webhooks sign."""
        event_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not event_id or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
            raise Refused(refuse(EVENT_FORGED, "the event carries no signature"))
        signed_at = datetime.fromtimestamp(int(stamp), UTC)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise Refused(refuse(EVENT_UNREADABLE, "the event is no text")) from None
        async with self._pool.connection() as conn:
            expected = Webhook(await store.secret_of(conn, MERCHANT)).sign(event_id, signed_at, text)
        given = headers.get("webhook-signature", "").split()
        if not any(hmac.compare_digest(one.encode(), expected.encode()) for one in given):
            raise Refused(refuse(EVENT_FORGED, "the signature of the event is not the sandbox's"))
        if abs((self._clock() - signed_at).total_seconds()) > TOLERANCE_SECONDS:
            raise Refused(refuse(EVENT_STALE, "the event was signed at {at:%Y-%m-%d %H:%M:%S} UTC", at=signed_at))
        return _event(event_id, text)

    async def confirm(self, gateway_reference: str, *, confirmed: bool) -> str | None:
        """The cardholder confirms what waits for it, or does not; gives where to go back to."""

        async def work(conn: Connection) -> str | None:
            request = await store.lock_by_gateway_reference(conn, gateway_reference)
            if request is None or request.state != "action":
                return None if request is None else request.return_url
            refused = replace(request, state="declined", code="authentication_failed")
            decided = self._approved(request) if confirmed else refused
            await store.move_request(conn, decided)
            await self._tell(conn, decided)
            return request.return_url

        return await transaction(self._pool, work)

    async def enter_card(self, setup_id: str, number: str, expires_year: int, expires_month: int) -> str | None:
        """Keep the card that a test number stands for; gives where to go back to, or none where the number is unknown."""
        known = TEST_CARDS.get("".join(number.split()))
        if known is None:
            return None
        card = {
            "token": f"tok_{self._new_id()}", "brand": known.brand, "last4": number.strip()[-4:],
            "expires_year": expires_year, "expires_month": expires_month, "behaviour": known.behaviour,
        }  # fmt: skip

        async def work(conn: Connection) -> str | None:
            entry = await store.find_setup(conn, setup_id)
            if entry is None:
                return None
            if await store.end_setup(conn, entry.setup_id, card):
                body = {"kind": EventKind.CARD_ADDED.value, "reference": entry.reference, "words": "card added"}
                await self._queue(conn, body)
            return entry.return_url

        return await transaction(self._pool, work)

    async def charge_back(self, gateway_reference: str, amount: Decimal | None, reason: str) -> str | None:
        """The cardholder's bank takes money back; gives the name of the chargeback, or none where nothing was taken."""

        async def work(conn: Connection) -> str | None:
            request = await store.lock_by_gateway_reference(conn, gateway_reference)
            if request is None or request.captured == 0:
                return None
            taken, name = amount or request.captured, f"cb_{self._new_id()}"
            now = self._clock()
            await store.insert_chargeback(conn, name, gateway_reference, taken, request.currency, now)
            await self._queue(conn, _about(EventKind.CHARGEBACK_OPENED, name, request, taken, reason))
            return name

        return await transaction(self._pool, work)

    async def end_chargeback(self, chargeback_id: str, *, won: bool) -> bool:
        """The bank decides; gives whether there was something to decide."""

        async def work(conn: Connection) -> bool:
            found = await store.end_chargeback(conn, chargeback_id, "won" if won else "lost")
            if found is None:
                return False
            request = await store.lock_by_gateway_reference(conn, found[0])
            assert request is not None, "a chargeback is about a request"
            kind = EventKind.CHARGEBACK_WON if won else EventKind.CHARGEBACK_LOST
            await self._queue(conn, _about(kind, chargeback_id, request, found[1], None))
            return True

        return await transaction(self._pool, work)

    async def _tell(self, conn: Connection, request: Request, *, late: bool = False) -> None:
        """Queue the event of what became of a request; what comes late is approved when it is sent."""
        told = self._approved(request) if late else request
        if told.state not in {"approved", "declined", "failed"}:
            return
        reply = self._reply(told)
        body = {
            "kind": EventKind.TRANSACTION.value, "reference": told.reference, "words": f"{told.kind} {told.state}",
            "gateway_reference": told.gateway_reference, "verdict": reply.verdict.value, "code": told.code,
            "amount": None if reply.amount is None else plain(reply.amount), "currency": reply.currency,
            "expires_at": None if told.expires_at is None else told.expires_at.isoformat(),
            "request_id": told.request_id,
        }  # fmt: skip
        await self._queue(conn, body, LATE_BY if late else timedelta(0))

    async def _queue(self, conn: Connection, body: dict[str, Any], later: timedelta = timedelta(0)) -> None:
        now = self._clock()
        await store.insert_event(conn, f"evt_{self._new_id()}", json.dumps(body, sort_keys=True), now + later, now)

    async def sign(self, event_id: str, body: str) -> dict[str, str]:
        """The headers of an event as it is sent now."""
        now = self._clock()
        async with self._pool.connection() as conn:
            signature = Webhook(await store.secret_of(conn, MERCHANT)).sign(event_id, now, body)
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }

    async def send_events(self, take: Callable[[Mapping[str, str], bytes], Awaitable[str]], *, most: int = 100) -> int:
        """Send the events that are due; one that is refused comes again later. Gives how many were taken."""
        async with self._pool.connection() as conn:
            due = await store.list_due_events(conn, self._clock(), most)
        taken = 0
        for number, event_id, body in due:
            await self._approve_late(body)
            try:
                await take(await self.sign(event_id, body), body.encode())
            except Refused:
                again: datetime | None = self._clock() + timedelta(seconds=30)
            else:
                again, taken = None, taken + 1
            async with self._pool.connection() as conn:
                await store.move_event(conn, number, again, sent=int(again is None))
        return taken

    async def _approve_late(self, body: str) -> None:
        """What was to be approved late is, before its event is sent."""
        told = json.loads(body)
        if told["kind"] != EventKind.TRANSACTION or told["verdict"] != Verdict.APPROVED:
            return

        async def work(conn: Connection) -> None:
            request = await store.lock_request(conn, told["reference"])
            if request is not None and request.state == "pending":
                await store.move_request(conn, self._approved(request))

        await transaction(self._pool, work)


def _digest(values: Mapping[str, Any]) -> str:
    names = ("kind", "parent_reference", "token", "amount", "currency")
    told = "|".join(plain(v) if isinstance(v := values[name], Decimal) else str(v) for name in names)
    return hashlib.sha256(told.encode()).hexdigest()


def _about(kind: EventKind, name: str, request: Request, amount: Decimal, reason: str | None) -> dict[str, Any]:
    return {
        "kind": kind.value, "reference": request.reference, "gateway_reference": request.gateway_reference,
        "about": name, "amount": plain(amount), "currency": request.currency, "reason": reason,
        "words": f"{kind.value.replace('_', ' ')} {name}",
    }  # fmt: skip


def _event(event_id: str, text: str) -> GatewayEvent:
    try:
        told = json.loads(text)
        kind = EventKind(told["kind"])
        amount = None if told.get("amount") is None else Decimal(told["amount"])
        reply = _reply_of(told, amount) if kind is EventKind.TRANSACTION else None
    except (ValueError, KeyError, TypeError, ArithmeticError):
        raise Refused(refuse(EVENT_UNREADABLE, "the event is not as the sandbox writes them")) from None
    return GatewayEvent(
        event_id, kind, told.get("reference"), told.get("gateway_reference"), reply, told.get("about"), amount,
        told.get("currency"), told.get("reason"), told.get("words", ""),
    )  # fmt: skip


def _reply_of(told: Mapping[str, Any], amount: Decimal | None) -> Reply:
    until = told.get("expires_at")
    return Reply(
        Verdict(told["verdict"]), told.get("gateway_reference"), told.get("code"), amount, told.get("currency"), None,
        None if until is None else datetime.fromisoformat(until), told.get("request_id"),
    )  # fmt: skip
