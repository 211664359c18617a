"""JSON routes of matching: list, match, reverse, suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Meta, UnsetType

from solde.access import Permission
from solde.access.http import Answer, Ask, Day, Exact, Instant, Money, ok
from solde.access.reading import Paged, Trial
from solde.access.routing import route
from solde.customers import AccountRef
from solde.db import Connection
from solde.kernel.dates import format_instant
from solde.kernel.money import plain, trimmed
from solde.kernel.refusals import BAD_SHAPE, Refused, refuse
from solde.kernel.texts import say

from .actions import match, unmatch
from .lists import find_group, list_groups
from .model import Allocation, Matched, MatchGroup, MatchLine, MatchRequest, Suggestion, UnmatchRequest
from .rules import FOREIGN_ACCOUNT, UNKNOWN_MATCH, group_number_of, lettering
from .suggestions import suggestions_for

LARGEST_NUMBER = 2**62
Named = Annotated[int | str, Meta(description="Number of an operation of this account.")]


class MatchBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which operations pay each other."""

    debits: list[Named]
    credits: list[Named]
    amounts: Annotated[
        dict[str, Decimal], Meta(description="How much of an operation, by its number.", examples=[{"12": "40.00"}])
    ] = {}
    effective_date: date | None = None
    reason: str | None = None


class LineBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a match."""

    debit: int
    credit: int


class ReversalBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a match is reversed: all of it, or these lines."""

    lines: list[LineBody] | None = None
    effective_date: date | None = None
    reason: str | None = None


class LineShape(msgspec.Struct, frozen=True):
    """A part of a credit that pays a part of a debit, and whether it was reversed."""

    debit: int
    credit: int
    amount: Exact
    effective_date: Annotated[Day | None, Meta(description="The day from which it counts.")] = None
    reversed_on: Day | None = None
    reversed_at: Instant | None = None


class MatchShape(msgspec.Struct, frozen=True):
    """A match group."""

    code: str
    kind: str
    effective_date: Day
    recorded_at: Instant
    reason: str | None
    amount: Money
    lines: list[LineShape]


class MatchList(msgspec.Struct, frozen=True):
    """A page of matches, newest first."""

    items: list[MatchShape]
    next: str | None


class MadeMatch(msgspec.Struct, frozen=True):
    """A match that was made."""

    code: str
    effective_date: Day
    amount: Money
    lines: list[LineShape]
    rounding_number: Annotated[int | None, Meta(description="The operation that closed a trace of rounding, if any.")]
    dry_run: bool | UnsetType = UNSET


class MadeReversal(msgspec.Struct, frozen=True):
    """A reversal that was made."""

    code: str
    reversal: int
    effective_date: Day
    amount: Money
    lines: list[LineShape]
    dry_run: bool | UnsetType = UNSET


class SuggestionShape(msgspec.Struct, frozen=True):
    """Operations that probably belong together, and why."""

    debits: list[int]
    credits: list[int]
    amount: Money
    why: str
    reason: str


class SuggestionList(msgspec.Struct, frozen=True):
    """Suggested matches, best reason first."""

    items: list[SuggestionShape]
    next: str | None = None


_MATCH = msgspec.json.Decoder(MatchBody)
_REVERSAL = msgspec.json.Decoder(ReversalBody)


async def _account(ask: Ask) -> AccountRef:
    directory = ask.services.directory
    return await directory.get(ask.path("account"), ask.caller.seller)


@route("GET", "/accounts/{account}/matches", tag="Matching", query=Paged, gives=MatchList, problems=(404,))
async def list_matches(ask: Ask) -> Answer:
    """List the matches of an account, newest first, reversed ones too."""
    account, asked = await _account(ask), ask.query(Paged)
    async with ask.pool.connection() as conn:
        page = await list_groups(conn, account.account_id, limit=asked.limit, cursor=asked.cursor)
    return ok(MatchList([match_shape(group) for group in page.items], page.next))


@route("GET", "/accounts/{account}/matches/suggestions", tag="Matching", gives=SuggestionList, problems=(404,))
async def list_suggestions(ask: Ask) -> Answer:
    """List what probably belongs together, and why."""
    account = await _account(ask)
    catalogue = ask.services.types
    types = await catalogue.get()
    async with ask.pool.connection() as conn:
        found = await suggestions_for(conn, account.account_id, types)
    return ok(SuggestionList([_suggestion(one) for one in found]))


@route("GET", "/accounts/{account}/matches/{code}", tag="Matching", gives=MatchShape, problems=(404,))
async def get_match(ask: Ask) -> Answer:
    """Read a match by its code."""
    account, number = await _account(ask), _number(ask.path("code"))
    async with ask.pool.connection() as conn:
        group = await find_group(conn, account.account_id, number)
    if group is None:
        raise Refused(refuse(UNKNOWN_MATCH, "the account has no match {value}", value=ask.path("code")))
    return ok(match_shape(group))


@route(
    "POST",
    "/accounts/{account}/matches",
    location="/accounts/{account}/matches/{code}",
    permission=Permission.MATCHING,
    tag="Matching",
    query=Trial,
    keyed=True,
    status=201,
    body=MatchBody,
    gives=MadeMatch,
    problems=(403, 404, 409),
    example={"debits": [1, 4], "credits": [7], "amounts": {"4": "40.00"}},
)
async def post_match(ask: Ask) -> Answer:
    """Match debits with credits of one account.

    Without amounts as much as fits, oldest due first. A match that leaves less than half a minor unit open closes it
    with a rounding operation.
    """
    account, body, dry_run = await _account(ask), await ask.body(_MATCH), ask.query(Trial).dry_run
    request = match_request(account, body, ask.actor)
    catalogue = ask.services.types
    types = await catalogue.get()

    async def work(conn: Connection) -> Answer:
        (answer,) = await match(conn, [request], types, today=ask.today(account.time_zone))
        if isinstance(answer, tuple):
            raise Refused(answer)
        return ok(made_match(answer, dry_run=dry_run), 201)

    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


@route(
    "POST",
    "/accounts/{account}/matches/{code}/reversal",
    permission=Permission.MATCHING,
    tag="Matching",
    query=Trial,
    keyed=True,
    status=201,
    body=ReversalBody,
    gives=MadeReversal,
    problems=(403, 404, 409),
    example={"lines": [{"debit": 1, "credit": 7}], "reason": "paid the wrong invoice"},
)
async def post_reversal(ask: Ask) -> Answer:
    """Reverse a match, whole or in chosen lines; what it paid is open again, and the match stays as history."""
    account, number = await _account(ask), _number(ask.path("code"))
    body, dry_run = await ask.body(_REVERSAL), ask.query(Trial).dry_run
    lines = None if body.lines is None else tuple((line.debit, line.credit) for line in body.lines)
    request = UnmatchRequest(account.account_id, number, ask.actor, lines, body.effective_date, body.reason)

    async def work(conn: Connection) -> Answer:
        (answer,) = await unmatch(conn, [request], today=ask.today(account.time_zone))
        if isinstance(answer, tuple):
            raise Refused(answer)
        total = sum((a.amount for a in answer.lines), Decimal(0))
        made = [made_line(a) for a in answer.lines]
        return ok(
            MadeReversal(
                lettering(answer.group_number),
                answer.unmatch_number,
                answer.effective_on.isoformat(),
                plain(total),
                made,
                dry_run or UNSET,
            ),
            201,
        )

    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


def match_request(account: AccountRef, body: MatchBody, actor: str) -> MatchRequest:
    """The match asked for; refuses foreign_account, bad_shape."""
    debits = numbers_of(account, body.debits, "debits")
    credits = numbers_of(account, body.credits, "credits")
    named = list(body.amounts)
    amounts = dict(zip(numbers_of(account, named, "amounts"), body.amounts.values(), strict=True))
    return MatchRequest(account.account_id, debits, credits, actor, amounts, body.effective_date, reason=body.reason)


def numbers_of(account: AccountRef, named: Sequence[int | str], field: str) -> tuple[int, ...]:
    """Operation numbers, written as 12, "12" or "ACCOUNT/12"; an operation of another account is refused."""
    found: list[int] = []
    for place, name in enumerate(named):
        where = f"{field}.{name if field == 'amounts' else place}"
        code, _, digits = str(name).rpartition("/")
        if code and code != account.code:
            said = say("{name!r} is an operation of another account than {code}", name=name, code=account.code)
            raise Refused(refuse(FOREIGN_ACCOUNT, said, field=where))
        if not digits.isascii() or not digits.isdigit() or not 0 < int(digits[:20]) < LARGEST_NUMBER:
            raise Refused(refuse(BAD_SHAPE, "{name!r} is no operation number", name=name, field=where))
        found.append(int(digits))
    return tuple(found)


def _number(code: str) -> int:
    number = group_number_of(code)
    if number is None or number > LARGEST_NUMBER:
        raise Refused(refuse(UNKNOWN_MATCH, "{code!r} is no code of a match", code=code))
    return number


def match_shape(group: MatchGroup) -> MatchShape:
    """A match group as JSON shows it."""
    total = sum((line.amount for line in group.lines), Decimal(0))
    return MatchShape(
        group.code,
        group.kind,
        group.effective_on.isoformat(),
        format_instant(group.recorded_at),
        group.reason,
        plain(total),
        [line_shape(line) for line in group.lines],
    )


def made_match(made: Matched, *, dry_run: bool) -> MadeMatch:
    """A match just made, as JSON shows it."""
    return MadeMatch(
        lettering(made.group_number),
        made.effective_on.isoformat(),
        plain(made.amount),
        [made_line(line) for line in made.lines],
        made.rounding_number,
        dry_run or UNSET,
    )


def made_line(line: Allocation) -> LineShape:
    """A line that was just made, or reversed, as JSON shows it."""
    day = None if line.on is None else line.on.isoformat()
    return LineShape(line.debit_number, line.credit_number, trimmed(line.amount), day)


def line_shape(line: MatchLine) -> LineShape:
    """A line of a match as JSON shows it."""
    return LineShape(
        line.debit_number,
        line.credit_number,
        trimmed(line.amount),
        line.effective_on.isoformat(),
        None if line.reversed_on is None else line.reversed_on.isoformat(),
        None if line.reversed_at is None else format_instant(line.reversed_at),
    )


def _suggestion(one: Suggestion) -> SuggestionShape:
    return SuggestionShape(list(one.debits), list(one.credits), plain(one.amount), one.why, one.reason)


route_handlers: list[HTTPRouteHandler] = [list_matches, list_suggestions, get_match, post_match, post_reversal]
__all__ = ["LineShape", "MatchShape", "line_shape", "made_line", "match_shape", "numbers_of", "route_handlers"]
