"""A small Stripe on this machine: payment intents, refunds, checkout pages; it honours idempotency keys."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from stripe import HTTPXClient


@dataclass
class Emulator:
    """What the emulator keeps. `drops` replies are lost after the work is done."""

    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, tuple[str, int, dict[str, Any]]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    drops: int = 0
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{next(self.numbers)}"


def fields(text: bytes) -> dict[str, Any]:
    """A form of Stripe's, `metadata[a]=b`, as nested values."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text.decode()):
        head, _, rest = name.partition("[")
        if rest:
            found.setdefault(head, {})[rest.rstrip("]")] = value
        else:
            found[head] = value
    return found


class Through(HTTPXClient):
    """The library's own client, but what it sends stays in this process."""

    def __init__(self, emulator: Emulator):
        super().__init__(timeout=5)
        self._client_async = httpx.AsyncClient(transport=httpx.ASGITransport(make_app(emulator)))  # type: ignore[arg-type]


def make_app(kept: Emulator) -> Litestar:
    """The addresses of Stripe that the adapter asks."""

    @post("/v1/{path:path}", status_code=200)
    async def ask(request: Request[Any, Any, State], path: FromPath[str]) -> Response[dict[str, Any]]:
        key, body = request.headers.get("idempotency-key", ""), await request.body()
        kept.calls.append(path)
        before = kept.answers.get(key)
        told = f"{path} {body.decode()}"
        if before is None:
            status, answer = act(kept, path.strip("/"), fields(body))
            kept.answers[key] = (told, status, json.loads(json.dumps(answer)))
        elif before[0] != told:
            return Response({"error": {"type": "idempotency_error", "code": "idempotency_key_in_use"}}, status_code=400)
        _, status, answer = kept.answers[key]
        if kept.drops:
            kept.drops -= 1
            raise ConnectionError("the reply is lost")
        return Response(answer, status_code=status)

    @get("/v1/{path:path}")
    async def look(request: Request[Any, Any, State], path: FromPath[str]) -> Response[dict[str, Any]]:
        kind, _, name = path.strip("/").partition("/")
        if kind == "checkout":
            return Response(kept.sessions[name.partition("/")[2]])
        if kind == "payment_intents" and name:
            return Response(kept.intents[name])
        asked = request.query_params
        found = kept.refunds if kind == "refunds" else kept.intents
        data = [one for one in found.values() if asked.get("customer") in {None, one.get("customer")}]
        return Response({"object": "list", "url": f"/v1/{kind}", "has_more": False, "data": data})

    return Litestar([ask, look], openapi_config=None, logging_config=None)


def act(kept: Emulator, path: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Do what is asked once; gives the status and the answer."""
    parts = path.split("/")
    if parts[0] == "customers":
        return 200, {"id": kept.new_id("cus"), "object": "customer"}
    if parts[0] == "checkout":
        name = kept.new_id("cs")
        kept.sessions[name] = {
            "id": name, "object": "checkout.session", "url": f"https://pay.example/{name}", "customer": asked["customer"],
            "client_reference_id": asked["client_reference_id"], "setup_intent": None,
        }  # fmt: skip
        return 200, kept.sessions[name]
    if parts[0] == "refunds":
        return refund(kept, asked)
    if len(parts) == 1:
        return create(kept, asked)
    intent = kept.intents[parts[1]]
    if intent["status"] != "requires_capture":
        return 400, {"error": {"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}}
    if parts[2] == "capture":
        intent |= {"status": "succeeded", "amount_received": int(asked["amount_to_capture"])}
    else:
        intent["status"] = "canceled"
    return 200, intent


def create(kept: Emulator, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """A payment intent, by what its payment method is called."""
    name, method = kept.new_id("pi"), asked["payment_method"]
    intent = {
        "id": name, "object": "payment_intent", "amount": int(asked["amount"]), "currency": asked["currency"],
        "customer": asked.get("customer"), "metadata": asked["metadata"], "amount_received": 0,
        "capture_method": asked["capture_method"], "last_payment_error": None, "next_action": None,
        "latest_charge": {"object": "charge", "id": kept.new_id("ch"), "payment_method_details": {"card": {"capture_before": 1_795_900_000}}},
    }  # fmt: skip
    kept.intents[name] = intent
    if method == "pm_declined":
        error = {"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds"}
        intent |= {"status": "requires_payment_method", "last_payment_error": error}
        return 402, {"error": error | {"payment_intent": intent}}
    if method == "pm_3ds":
        action = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://pay.example/3ds"}}
        intent |= {"status": "requires_action", "next_action": action}
    elif asked["capture_method"] == "manual":
        intent["status"] = "requires_capture"
    else:
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
    return 200, intent


def refund(kept: Emulator, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """A refund of a payment intent."""
    intent, name = kept.intents[asked["payment_intent"]], kept.new_id("re")
    given = sum(r["amount"] for r in kept.refunds.values() if r["payment_intent"] == intent["id"])
    if given + int(asked["amount"]) > intent["amount_received"]:
        return 400, {"error": {"type": "invalid_request_error", "code": "charge_already_refunded"}}
    kept.refunds[name] = {
        "id": name, "object": "refund", "status": "succeeded", "amount": int(asked["amount"]),
        "currency": intent["currency"], "payment_intent": intent["id"], "metadata": asked["metadata"],
    }  # fmt: skip
    return 200, kept.refunds[name]
