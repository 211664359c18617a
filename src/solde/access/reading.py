"""Read a request: its JSON body and its query parameters, into values; every unfit one is refused with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta

from solde.kernel.card_numbers import check_no_card_number, find_card_number, may_hold_card_number
from solde.kernel.dates import DATE_NOT_READABLE, INSTANT_NOT_READABLE, parse_date, parse_instant
from solde.kernel.money import AMOUNT_NOT_A_NUMBER
from solde.kernel.refusals import BAD_SHAPE, Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say

from .amounts import odd_amount_in, odd_amount_of

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

MALFORMED_JSON = declare("malformed_json", Kind.INVALID, "Send a JSON document; the message says where it breaks.")
SEARCH_TOO_LONG = declare("search_too_long", Kind.INVALID, "Search for fewer words; 200 characters are enough.")
UNKNOWN_FILTER = declare(
    "unknown_filter", Kind.INVALID, "Use the query parameters that the OpenAPI document lists here."
)

TWICE = declare("parameter_twice", Kind.INVALID, "Give each query parameter once.")


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The query parameters of an address; each route extends it by its own."""


Limit = Annotated[int | None, Meta(description="Rows a page, 1 to 200; 50 unless given.")]
Cursor = Annotated[str | None, Meta(description="`next` of the page before.")]


class Paged(Query, frozen=True, kw_only=True):
    """A list's page."""

    limit: Limit = None
    cursor: Cursor = None


class DryRun(Query, frozen=True, kw_only=True):
    """An action that can be tried."""

    dry_run: Annotated[bool, Meta(description="Try it: the same checks and the same answer, and nothing is kept.")] = (
        False
    )


def read_query(text: bytes, shape: type[S]) -> S:
    """Query parameters as a value; refuses unknown_filter, bad_shape."""
    if not text:
        return _empty(shape)
    values: dict[str, object] = {}
    known = fields_of(shape)
    refusals: list[Refusal] = []
    for name, value in parse_qsl(text.decode("latin-1"), keep_blank_values=True):
        if (bad := check_no_card_number(value, name if name in known else None)) is not None:
            refusals.append(bad)
        elif (long := check_search(name, value)) is not None:
            refusals.append(long)
        elif value.casefold() == "null":
            refusals.append(refuse(BAD_SHAPE, "{name} is null; leave it out instead", name=name, field=name))
        elif name not in known:
            refusals.append(_unknown(name, known))
        elif known[name]:
            values[name] = [*values.get(name, []), *value.split(",")]  # type: ignore[misc]
        elif name in values:
            refusals.append(refuse(TWICE, "{name} is given twice", name=name, field=name))
        else:
            values[name] = value
    if (odd := odd_amount_of(values, shape)) is not None:
        refusals.append(odd)
    if refusals:
        raise Refused(refusals)
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        raise Refused(_bad_shape(error)) from None


SEARCH_MOST = 200


def check_search(name: str, value: str) -> Refusal | None:
    """Is a text to search for too long? On every list and page it is called q."""
    if name != "q" or len(value) <= SEARCH_MOST:
        return None
    return refuse(SEARCH_TOO_LONG, "the text to search for has {count} characters", count=len(value), field=name)


def _unknown(name: str, known: Mapping[str, bool]) -> Refusal:
    near = get_close_matches(name, known, 1)
    hint = (
        say("; did you mean {near}?", near=near[0])
        if near
        else say("; there are {known}", known=", ".join(known))
        if known
        else ""
    )
    return refuse(UNKNOWN_FILTER, "{name!r} is no parameter here{hint}", name=name, hint=hint, field=name)


_EMPTY: dict[type[msgspec.Struct], Any] = {}


def _empty(shape: type[S]) -> S:
    if shape not in _EMPTY:
        _EMPTY[shape] = msgspec.convert({}, shape)
    empty: S = _EMPTY[shape]
    return empty


@lru_cache(maxsize=256)
def fields_of(shape: type[msgspec.Struct]) -> dict[str, bool]:
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
    """A JSON document as a value; refuses malformed_json, bad_shape, amount_not_a_number."""
    if (bad := _card_number_in(text)) is not None:
        raise Refused(bad)
    if (odd := odd_amount_in(text, decoder.type)) is not None:
        raise Refused(odd)
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise Refused(_bad_shape(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(refuse(MALFORMED_JSON, "the body is no JSON document: {error}", error=str(error))) from None
    except RecursionError:
        raise Refused(refuse(MALFORMED_JSON, "the body is nested too deeply")) from None


def _card_number_in(text: bytes) -> Refusal | None:
    """The first text of a JSON document that holds a card number."""
    if not may_hold_card_number(text):
        return None
    try:
        return find_card_number(msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # What cannot be read is refused for that by whoever reads it for its shape.
        return None


_PLACE = re.compile(r"^(.*?) - at `(?:key in )?\$(.*)`$", re.DOTALL)


_VALUE_WORDS = {
    "Invalid decimal": AMOUNT_NOT_A_NUMBER,
    "Invalid RFC3339 encoded datetime": INSTANT_NOT_READABLE,
    "Invalid RFC3339 encoded date": DATE_NOT_READABLE,
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
