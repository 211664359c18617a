"""Callers of the API, and what they need."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient

from solde.access import create_token
from solde.app.api.docs import document
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock

COMPLETE = {
    "kind": "COMPANY",
    "name": "Kontor Beispiel GmbH",
    "last_name": "Muster",
    "first_name": "Erika",
    "country": "DE",
    "language": "de",
    "email": "erika@beispiel.example",
    "billing_cycle": "MONTHLY",
    "tax_category": "STANDARD",
    "currency": "EUR",
    "payment_method": "WIRETRANSFER",
    "payment_terms": "NET30",
    "payment_mode": "POSTPAID",
    "seller": "MAIN",
    "category": "BUSINESS",
}


@dataclass
class Asking:
    """A caller of the API, with a token and, for each POST, a key of its own."""

    client: AsyncTestClient[Litestar]
    token: str
    keys: itertools.count[int] = field(default_factory=itertools.count)

    async def get(self, path: str, **more: Any) -> Response:
        return await self.send("GET", path, **more)

    async def post(self, path: str, json: object = None, key: str | None = "", **more: Any) -> Response:
        """Send with a key of its own; `key=None` sends none."""
        headers = {} if key is None else {"idempotency-key": key or f"key-{next(self.keys)}"}
        return await self.send("POST", path, json=json, headers=headers | more.pop("headers", {}), **more)

    async def change(self, method: str, path: str, read: str = "", **more: Any) -> Response:
        """Send with the ETag that reading tells, of the path itself unless another is given."""
        seen = await self.get(read or path.partition("?")[0])
        headers = {"if-match": seen.headers.get("etag", '"0"')} | more.pop("headers", {})
        return await self.send(method, path, headers=headers, **more)

    async def send(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
        signed = {"authorization": f"Bearer {self.token}"} | (headers or {})
        if more.get("json") is None:
            more.pop("json", None)
        address = path if path.startswith("/api/") else f"/api/v1{path}"
        answer = await self.client.request(method, address, headers=signed, **more)
        check_documented(method, address, answer)
        return answer


def check_documented(method: str, address: str, answer: Response) -> None:
    """Every refusal that a route answers with is one that the document lists for this route."""
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return
    path = address.partition("?")[0].removeprefix("/api/v1")
    routes = [listed for pattern, listed in _listed().get(method, []) if pattern.fullmatch(path)]
    named = {error["code"] for error in answer.json()["errors"]} - EVERYWHERE
    assert not routes or named <= routes[0], f"{method} {path} does not document {sorted(named - routes[0])}"


EVERYWHERE = {"body_too_large", "internal_error", "disk_filling", "disk_full"}
"""What any address answers before or after its route."""


@cache
def _listed() -> dict[str, list[tuple[re.Pattern[str], set[str]]]]:
    """The codes of each route, by method; those with fewer parts left open come first."""
    found: dict[str, list[tuple[re.Pattern[str], set[str]]]] = {}
    for path, methods in sorted(document()["paths"].items(), key=lambda one: one[0].count("{")):
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path.removeprefix("/api/v1"))))
        for method, told in methods.items():
            listed = {code for answer in told["responses"].values() for code in answer.get("x-codes", ())}
            found.setdefault(method.upper(), []).append((pattern, listed))
    return found


async def make_token(pool: Pool, clock: Clock, role: str, seller: str | None = None) -> str:
    """The secret of a new token."""

    async def work(conn: Connection) -> str:
        sellers = ["MAIN", "OTHER"]
        made = await create_token(
            conn, name=f"{role} of a test", role=role, seller=seller, sellers=sellers, actor="test", now=clock()
        )
        return made.secret

    return await transaction(pool, work)


def codes(answer: Response) -> list[str]:
    """The refusal codes of a problem document."""
    return [error["code"] for error in answer.json()["errors"]]
