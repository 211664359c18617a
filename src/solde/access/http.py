"""What a JSON route asks of a request, and how it answers: caller, body, query, key, version."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.types import Receive, Scope, Send
from msgspec import Meta

from solde.db import Connection, Pool, transaction
from solde.kernel.card_numbers import check_no_card_number
from solde.kernel.dates import today_in
from solde.kernel.refusals import KEY_FORGOTTEN, KEY_MISSING, KEY_REUSED, Kind, Refused, declare, refuse

from . import store
from .caller import Caller
from .reading import decode_body, read_query

if TYPE_CHECKING:
    # The one place where the ground names what stands on it: only its type, so that every route reads it with its fields.
    from solde.app.services import Services

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

WRONG_MEDIA = declare("unsupported_media_type", Kind.INVALID, "Send the body with the Content-Type that OpenAPI names.")
BAD_KEY = declare("idempotency_key_invalid", Kind.INVALID, "Send 1 to 255 printable ASCII characters, such as a UUID.")
VERSION_MISSING = declare("if_match_missing", Kind.INVALID, "Read the resource first and send its ETag as If-Match.")
VERSION_UNREADABLE = declare("if_match_invalid", Kind.INVALID, "Send the ETag of the resource unchanged as If-Match.")

MONEY_PATTERN = r"^-?[0-9]+(\.[0-9]{1,6})?$"
Money = Annotated[
    str,
    Meta(description="Exact decimal amount.", examples=["1610.81544"], extra_json_schema={"pattern": MONEY_PATTERN}),
]
Exact = Annotated[
    Decimal,
    Meta(
        description="Exact decimal amount.",
        examples=["1610.81544"],
        extra_json_schema={"pattern": MONEY_PATTERN},
    ),
]
"""The same as `Money`, for an answer that keeps its amounts as values; `trimmed` takes their zeros away."""
Day = Annotated[
    str, Meta(description="Date, YYYY-MM-DD.", examples=["2026-04-01"], extra_json_schema={"format": "date"})
]
Instant = Annotated[
    str,
    Meta(description="RFC 3339, UTC.", examples=["2026-04-01T08:00:00Z"], extra_json_schema={"format": "date-time"}),
]

JSON = b"application/json"
encode = msgspec.json.Encoder(decimal_format="string").encode


class Answer:
    """A response: status, encoded body, further headers."""

    __slots__ = ("body", "headers", "status")

    def __init__(
        self, body: bytes = b"", status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = (), media: bytes = JSON
    ):
        self.body = body
        self.status = status
        content = ((b"content-type", media),) if body else ()
        length = () if status == 204 else ((b"content-length", str(len(body)).encode()),)
        self.headers = (*content, *length, *headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the form of ASGI
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


def ok(value: object, status: int = 200, **headers: str) -> Answer:
    """Answer with a value as JSON; header names are written with _ for -."""
    named = tuple((name.replace("_", "-").encode(), text.encode()) for name, text in headers.items())
    return Answer(encode(value), status, named)


def checked_key(key: str) -> str:
    """A key that an action is to be done once for; refuses idempotency_key_invalid, card_number_in_text."""
    if not 0 < len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise Refused(refuse(BAD_KEY, "the Idempotency-Key is empty, too long or not printable ASCII"))
    if (bad := check_no_card_number(key)) is not None:
        raise Refused(bad)
    return key


def services_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Services:
    """What the application works with that a request came to."""
    services: Services = connection.app.state.services
    return services


class Ask:
    """One request: who asks, and what."""

    __slots__ = ("caller", "request", "services")

    def __init__(self, request: Request[Any, Any, State], caller: Caller):
        self.request = request
        self.caller = caller
        self.services = services_of(request)

    @property
    def pool(self) -> Pool:
        return self.services.pool

    @property
    def actor(self) -> str:
        return self.caller.actor

    def now(self) -> datetime:
        """The present instant, by the application's clock."""
        return self.services.clock()

    def today(self, zone: str) -> date:
        """The calendar day in a seller's time zone."""
        return today_in(zone, self.now())

    def path(self, name: str) -> str:
        """A parameter of the address."""
        return str(self.request.scope["path_params"][name])

    def query(self, shape: type[S]) -> S:
        """The query parameters; refuses unknown_filter, bad_shape."""
        return read_query(self.request.scope["query_string"], shape)

    def header(self, name: bytes) -> str | None:
        """A header of the request, its name in lower case."""
        for key, value in self.request.scope["headers"]:
            if key == name:
                return value.decode("latin-1")
        return None

    async def body(self, decoder: msgspec.json.Decoder[T]) -> T:
        """The JSON body; refuses malformed_json, unsupported_media_type, bad_shape."""
        media = (self.header(b"content-type") or "application/json").partition(";")[0].strip().lower()
        if media != "application/json" and not media.endswith("+json"):
            raise Refused(
                refuse(WRONG_MEDIA, "the body is sent as {media!r}; it must be application/json", media=media)
            )
        return decode_body(await self.request.body(), decoder)

    def key(self) -> str:
        """The caller's key for this request; refuses idempotency_key_missing, idempotency_key_invalid."""
        key = self.header(b"idempotency-key")
        if key is None:
            raise Refused(refuse(KEY_MISSING, "the request carries no Idempotency-Key header"))
        return checked_key(key)

    async def fingerprint(self) -> bytes:
        """Tells whether a repeated key repeats the request: the caller's seller, method, address, parameters, body."""
        scope = self.request.scope
        asked = f"{self.caller.seller or ''} {scope['method']} {scope['path']}?".encode()
        asked += scope["query_string"] + b"\n"
        return hashlib.sha256(asked + await self.request.body()).digest()

    def version(self) -> int:
        """The version that If-Match names; refuses if_match_missing, if_match_invalid."""
        given = self.header(b"if-match")
        if given is None:
            raise Refused(refuse(VERSION_MISSING, "a change must say which version it was made from"))
        found = re.fullmatch(r'(?:W/)?"([0-9]{1,9})"', given.strip())
        if found is None:
            raise Refused(refuse(VERSION_UNREADABLE, "{given!r} is no ETag of this resource", given=given))
        return int(found[1])

    async def act(
        self,
        work: Callable[[Connection], Awaitable[Answer]],
        *,
        account_id: int = 0,
        dry_run: bool = False,
        fingerprint: bytes | None = None,
    ) -> Answer:
        """Run an action in a transaction, once for its Idempotency-Key: repeated, its answer is given again.

        A dry run needs no key and keeps none. Only an answer is kept, never a refusal.
        Refuses: idempotency_key_missing, idempotency_key_invalid, idempotency_key_reused, and what the work refuses.
        """
        if dry_run:
            return await transaction(self.pool, work, dry_run=True)
        key, fingerprint = self.key(), fingerprint or await self.fingerprint()

        async def once(conn: Connection) -> Answer:
            await store.lock_key(conn, account_id, key)
            before = await store.find_answer(conn, account_id, key)
            if before is not None:
                return replayed(key, before, fingerprint)
            answer = await work(conn)
            await store.keep_answer(conn, account_id, key, fingerprint, _folded(answer))
            return answer

        return await transaction(self.pool, once)

    async def change(self, work: Callable[[Connection], Awaitable[Answer]], *, dry_run: bool = False) -> Answer:
        """Run an action in a transaction, for a method that may be repeated by its nature: PUT, PATCH, DELETE."""
        return await transaction(self.pool, work, dry_run=dry_run)


REPLAYED = (b"idempotency-replayed", b"true")


def replayed(key: str, before: tuple[bytes, str | None], fingerprint: bytes) -> Answer:
    """The answer given before under this key; refuses idempotency_key_reused, idempotency_answer_forgotten."""
    request_hash, folded = before
    if request_hash != fingerprint:
        raise Refused(refuse(KEY_REUSED, "the key {key!r} was used for another request", key=key))
    if folded is None:
        raise Refused(
            refuse(KEY_FORGOTTEN, "the request with the key {key!r} was done; its answer is not kept any more", key=key)
        )
    status, etag, body = folded.split("\n", 2)
    headers = ((b"etag", etag.encode()),) if etag else ()
    return Answer(body.encode(), int(status), (*headers, REPLAYED))


def _folded(answer: Answer) -> str:
    """An answer as one text, so that it is given again byte for byte."""
    etag = dict(answer.headers).get(b"etag", b"").decode()
    return f"{answer.status}\n{etag}\n{answer.body.decode()}"
