"""JSON routes of matching: the list, suggestions; matching and reversing are described."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Meta, UnsetType

from solde.access.http import Answer, Ask, Day, Exact, Instant, Money, ok
from solde.access.reading import Paged
from solde.access.routing import route
from solde.customers import AccountRef
from solde.kernel.dates import format_instant
from solde.kernel.money import plain, trimmed
from solde.kernel.refusals import BAD_SHAPE, Refused, refuse
from solde.kernel.texts import say

from .lists import find_group, list_groups
from .model import Allocation, Matched, MatchGroup, MatchLine, Suggestion, Unmatched
from .rules import FOREIGN_ACCOUNT, UNKNOWN_MATCH, group_number_of, lettering
from .suggestions import suggestions_for

LARGEST_NUMBER = 2**62
Named = Annotated[int | str, Meta(description="Number of an operation of this account.")]


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
    account, number = await _account(ask), match_number(ask.path("code"))
    async with ask.pool.connection() as conn:
        group = await find_group(conn, account.account_id, number)
    if group is None:
        raise Refused(refuse(UNKNOWN_MATCH, "the account has no match {value}", value=ask.path("code")))
    return ok(match_shape(group))


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


def match_number(code: str) -> int:
    """The number of a match by its code; refuses unknown_match."""
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


def made_match(made: Matched, *, dry_run: bool = False) -> MadeMatch:
    """A match just made, as JSON shows it."""
    return MadeMatch(
        lettering(made.group_number),
        made.effective_on.isoformat(),
        plain(made.amount),
        [made_line(line) for line in made.lines],
        made.rounding_number,
        dry_run or UNSET,
    )


def made_reversal(made: Unmatched) -> MadeReversal:
    """A reversal just made, as JSON shows it."""
    return MadeReversal(
        lettering(made.group_number),
        made.unmatch_number,
        made.effective_on.isoformat(),
        plain(sum((a.amount for a in made.lines), Decimal(0))),
        [made_line(a) for a in made.lines],
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
    return SuggestionShape(list(one.debits), list(one.credits), plain(one.amount), one.why, str(one.reason))


route_handlers: list[HTTPRouteHandler] = [list_matches, list_suggestions, get_match]
__all__ = [
    "LineShape",
    "MadeMatch",
    "MadeReversal",
    "MatchShape",
    "line_shape",
    "made_line",
    "made_match",
    "made_reversal",
    "match_number",
    "match_shape",
    "numbers_of",
    "route_handlers",
]
