"""What every JSON route asks of a request, and how it answers: caller, body, query, key, version.

A feature's `api.py` declares its routes with `route`. A route gives an `Answer`, or raises `Refused`; `app/api` turns
refusals into problem documents, and the declarations into the OpenAPI document.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Meta

from solde.db import Connection, Pool, transaction
from solde.kernel.dates import DATE_NOT_READABLE, INSTANT_NOT_READABLE, parse_date, parse_instant, today_in
from solde.kernel.money import AMOUNT_NOT_A_NUMBER, plain
from solde.kernel.refusals import BAD_SHAPE, KEY_MISSING, KEY_REUSED, Kind, Refusal, Refused, declare, refuse

from . import store
from .model import Caller, Permission
from .rules import may

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

MALFORMED_JSON = declare("malformed_json", Kind.INVALID, "Send a JSON document; the message says where it breaks.")
WRONG_MEDIA = declare("unsupported_media_type", Kind.INVALID, "Send the body as the OpenAPI document says, with its Content-Type.")
UNKNOWN_FILTER = declare("unknown_filter", Kind.INVALID, "Use the query parameters that the OpenAPI document lists for this address.")
BAD_KEY = declare("idempotency_key_invalid", Kind.INVALID, "Send a key of 1 to 255 printable ASCII characters, such as a UUID.")
VERSION_MISSING = declare("if_match_missing", Kind.INVALID, "Read the resource first and send its ETag as If-Match.")
VERSION_UNREADABLE = declare("if_match_invalid", Kind.INVALID, "Send the ETag of the resource unchanged as If-Match.")

Money = Annotated[str, Meta(description="Exact decimal amount.", examples=["1610.81544"], extra_json_schema={"pattern": r"^-?[0-9]+(\.[0-9]{1,6})?$"})]
Day = Annotated[str, Meta(description="Date, YYYY-MM-DD.", examples=["2026-04-01"], extra_json_schema={"format": "date"})]
Instant = Annotated[str, Meta(description="Instant, RFC 3339.", examples=["2026-04-01T08:00:00Z"], extra_json_schema={"format": "date-time"})]

JSON = b"application/json"
encode = msgspec.json.Encoder(decimal_format="string").encode


def money(amount: object) -> str | None:
    """An amount as JSON carries it; None stays None."""
    return None if amount is None else plain(amount)  # type: ignore[arg-type]


class Answer:
    """A response: status, encoded body, further headers."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: bytes = b"", status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = (), media: bytes = JSON):
        self.body = body
        self.status = status
        content = ((b"content-type", media),) if body else ()
        length = () if status == 204 else ((b"content-length", str(len(body)).encode()),)
        self.headers = (*content, *length, *headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


def ok(value: object, status: int = 200, **headers: str) -> Answer:
    """Answer with a value as JSON; header names are written with _ for -."""
    named = tuple((name.replace("_", "-").encode(), text.encode()) for name, text in headers.items())
    return Answer(encode(value), status, named)


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The query parameters of an address; each route extends it by its own."""


Limit = Annotated[int | None, Meta(description="Rows a page, 1 to 200; 50 unless given.")]
Cursor = Annotated[str | None, Meta(description="`next` of the page before.")]


class Paged(Query, frozen=True, kw_only=True):
    """A list's page."""

    limit: Limit = None
    cursor: Cursor = None


class Trial(Query, frozen=True, kw_only=True):
    """An action that can be tried."""

    dry_run: Annotated[bool, Meta(description="Try it: the same checks and the same answer, and nothing is kept.")] = False


class Ask:
    """One request: who asks, and what."""

    __slots__ = ("caller", "request", "state")

    def __init__(self, request: Request[Any, Any, State], caller: Caller):
        self.request = request
        self.caller = caller
        self.state = request.app.state

    @property
    def pool(self) -> Pool:
        pool: Pool = self.state.pool
        return pool

    @property
    def actor(self) -> str:
        return self.caller.actor

    def now(self) -> datetime:
        """The present instant, by the application's clock."""
        instant: datetime = self.state.clock()
        return instant

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
            raise Refused(refuse(WRONG_MEDIA, f"the body is sent as {media!r}; it must be application/json"))
        return decode_body(await self.request.body(), decoder)

    def key(self) -> str:
        """The caller's key for this request; refuses idempotency_key_missing, idempotency_key_invalid."""
        key = self.header(b"idempotency-key")
        if key is None:
            raise Refused(refuse(KEY_MISSING, "the request carries no Idempotency-Key header"))
        if not 0 < len(key) <= 255 or not key.isascii() or not key.isprintable():
            raise Refused(refuse(BAD_KEY, "the Idempotency-Key is empty, too long or not printable ASCII"))
        return key

    async def fingerprint(self) -> bytes:
        """Tells whether a repeated key repeats the request: method, address, parameters and body."""
        scope = self.request.scope
        asked = f"{scope['method']} {scope['path']}?".encode() + scope["query_string"] + b"\n"
        return hashlib.sha256(asked + await self.request.body()).digest()

    def version(self) -> int:
        """The version that If-Match names; refuses if_match_missing, if_match_invalid."""
        given = self.header(b"if-match")
        if given is None:
            raise Refused(refuse(VERSION_MISSING, "a change must say which version it was made from"))
        found = re.fullmatch(r'(?:W/)?"([0-9]{1,9})"', given.strip())
        if found is None:
            raise Refused(refuse(VERSION_UNREADABLE, f"{given!r} is no ETag of this resource"))
        return int(found[1])

    async def act(
        self, work: Callable[[Connection], Awaitable[Answer]], *, account_id: int = 0, dry_run: bool = False
    ) -> Answer:
        """Run an action in a transaction, once for its Idempotency-Key: repeated, its answer is given again.

        A dry run needs no key and keeps none. Only an answer is kept, never a refusal.
        Refuses: idempotency_key_missing, idempotency_key_invalid, idempotency_key_reused, and what the work refuses.
        """
        if dry_run:
            return await transaction(self.pool, work, dry_run=True)
        key, fingerprint = self.key(), await self.fingerprint()

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
    """The answer given before under this key; refuses idempotency_key_reused."""
    request_hash, folded = before
    if request_hash != fingerprint or folded is None:
        raise Refused(refuse(KEY_REUSED, f"the key {key!r} was used for another request"))
    status, etag, body = folded.split("\n", 2)
    headers = ((b"etag", etag.encode()),) if etag else ()
    return Answer(body.encode(), int(status), (*headers, REPLAYED))


def _folded(answer: Answer) -> str:
    """An answer as one text, so that it is given again byte for byte."""
    etag = dict(answer.headers).get(b"etag", b"").decode()
    return f"{answer.status}\n{etag}\n{answer.body.decode()}"


def read_query(text: bytes, shape: type[S]) -> S:
    """Query parameters as a value; refuses unknown_filter, bad_shape."""
    if not text:
        return _empty(shape)
    values: dict[str, object] = {}
    known = _fields(shape)
    refusals: list[Refusal] = []
    for name, value in parse_qsl(text.decode("latin-1"), keep_blank_values=True):
        if name not in known:
            refusals.append(_unknown(name, known))
        elif known[name]:
            values[name] = [*values.get(name, []), *value.split(",")]  # type: ignore[misc]
        else:
            values[name] = value
    if refusals:
        raise Refused(refusals)
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        raise Refused(_bad_shape(error)) from None


def _unknown(name: str, known: Mapping[str, bool]) -> Refusal:
    near = get_close_matches(name, known, 1)
    hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}" if known else ""
    return refuse(UNKNOWN_FILTER, f"{name!r} is no parameter here{hint}", field=name)


@lru_cache(maxsize=256)
def _empty(shape: type[S]) -> S:
    return msgspec.convert({}, shape)


@lru_cache(maxsize=256)
def _fields(shape: type[msgspec.Struct]) -> dict[str, bool]:
    """The parameters of a query, and whether each may hold several values."""
    info = msgspec.inspect.type_info(shape)
    assert isinstance(info, msgspec.inspect.StructType)
    return {f.encode_name: _is_list(f.type) for f in info.fields}


def _is_list(kind: object) -> bool:
    if isinstance(kind, msgspec.inspect.Metadata):
        return _is_list(kind.type)
    if isinstance(kind, msgspec.inspect.UnionType):
        return any(_is_list(t) for t in kind.types)
    return isinstance(kind, msgspec.inspect.ListType | msgspec.inspect.VarTupleType)


def decode_body(text: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """A JSON document as a value; refuses malformed_json, bad_shape."""
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise Refused(_bad_shape(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(refuse(MALFORMED_JSON, f"the body is no JSON document: {error}")) from None
    except RecursionError:
        raise Refused(refuse(MALFORMED_JSON, "the body is nested too deeply")) from None


_PLACE = re.compile(r"^(.*?) - at `(?:key in )?\$(.*)`$", re.DOTALL)


_VALUE_WORDS = {
    "Invalid decimal": AMOUNT_NOT_A_NUMBER,
    "Invalid ISO8601 date": DATE_NOT_READABLE,
    "Invalid RFC3339": INSTANT_NOT_READABLE,
}


def _bad_shape(error: msgspec.ValidationError) -> Refusal:
    """msgspec's message, with its place `$.operations[3].amount` as a path."""
    found = _PLACE.match(str(error))
    if found is None:
        return refuse(BAD_SHAPE, str(error))
    place = re.sub(r"\[(\.\.\.|[0-9]+)\]", lambda m: "." + m[1].replace("...", "*"), found[2]).removeprefix(".")
    entry = next((code for words, code in _VALUE_WORDS.items() if found[1].startswith(words)), BAD_SHAPE)
    return refuse(entry, found[1], field=place or None)


def day_of(text: str | None, name: str) -> date | None:
    """A date parameter; refuses date_not_readable."""
    if text is None:
        return None
    day = parse_date(text)
    if isinstance(day, Refusal):
        raise Refused(day.at(field=name))
    return day


def instant_of(text: str | None, name: str) -> datetime | None:
    """An instant parameter; refuses instant_not_readable."""
    if text is None:
        return None
    instant = parse_instant(text.replace(" ", "+"))
    if isinstance(instant, Refusal):
        raise Refused(instant.at(field=name))
    return instant


@dataclass(frozen=True, slots=True)
class Declared:
    """A route as the OpenAPI document tells it."""

    method: str
    path: str
    permission: Permission
    summary: str
    description: str
    tag: str
    name: str
    query: type[Query]
    body: Any
    gives: Any
    status: int
    keyed: bool
    versioned: bool
    problems: tuple[int, ...]
    example: Any
    media: str


def route(
    method: str,
    path: str,
    *,
    permission: Permission = Permission.READ,
    tag: str,
    query: type[Query] = Query,
    body: Any = None,
    gives: Any = None,
    status: int = 200,
    keyed: bool = False,
    versioned: bool = False,
    problems: tuple[int, ...] = (),
    example: Any = None,
    media: str = "application/json",
) -> Callable[[Callable[[Ask], Awaitable[Answer]]], HTTPRouteHandler]:
    """Declare a JSON route: what it takes and gives for the OpenAPI document, and the permission it needs.

    The function's docstring is the documentation: its first line the summary. Parameters that the route does
    not declare are refused. `path` begins below /api/v1; `{name}` is a part of the address.
    """

    def declare_route(act: Callable[[Ask], Awaitable[Answer]]) -> HTTPRouteHandler:
        summary, _, rest = (act.__doc__ or "").strip().partition("\n")
        told = Declared(
            method, path, permission, summary.rstrip("."), " ".join(rest.split()), tag, act.__name__, query, body, gives, status,
            keyed, versioned, problems, example, media,
        )  # fmt: skip
        declares_nothing = not _fields(query)

        async def answer(request: Request[Any, Any, State]) -> ASGIApp:
            caller: Caller = await request.app.state.tokens.caller(_authorization(request.scope))
            if permission not in caller.permissions and (refusal := may(caller, permission)) is not None:
                raise Refused(refusal)
            if declares_nothing and request.scope["query_string"]:
                read_query(request.scope["query_string"], query)
            return await act(Ask(request, caller))

        typed = re.sub(r"\{(\w+)\}", r"{\1:str}", f"/api/v1{path}")
        made = HTTPRouteHandler(typed, http_method=method, status_code=200, name=f"api.{act.__name__}", opt={"declared": told})  # type: ignore[arg-type]
        return made(answer)

    return declare_route


def _authorization(scope: Scope) -> str | None:
    for key, value in scope["headers"]:
        if key == b"authorization":
            return value.decode("latin-1")
    return None
