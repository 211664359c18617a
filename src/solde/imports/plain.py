"""Import rows by the plain actions: post, dispute, match.

The set-based statement leaves the same rows; this is its specification. It runs where a match
leaves a trace of rounding, which only the matching rule closes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from solde.db import Connection
from solde.litigation import Disputed, DisputeRequest, DisputeVerb, dispute
from solde.matching import Matched, MatchKind, MatchRequest, match
from solde.operations import NewOperation, Posted, PostRequest, Types, post

from .store import StagedRow

SOURCE = "import"
DISPUTE_REASON = "Disputed in the imported file"
MOST_AT_ONCE = 5000
"""Rows posted in one request; each makes two operations at the most."""


async def post_plainly(conn: Connection, rows: Sequence[StagedRow], types: Types, *, actor: str, today: date) -> None:
    """Post each row's invoice and payment, enter and remove its litigation, match the two on the paid date.

    Known invoices come last: their payments, litigation and matches.
    Shape: rows in order of account and line; each was judged before, so that nothing is refused.
    """
    new = [row for row in rows if row.number is None]
    numbers = await _post(conn, [list(_operations(row)) for row in new], types, actor)
    placed = [
        (row, made[0], made[1] if row.paid_on is not None else None) for row, made in zip(new, numbers, strict=True)
    ]
    enters = [_enter(row, number, actor) for row, number, _ in placed if row.disputed]
    removes = [_remove(row, number, actor, today) for row, number, _ in placed if row.disputed and row.paid_on]
    await _settle(conn, types, today, enters, removes, [_match(*one, actor) for one in placed if one[2] is not None])
    await _change_plainly(conn, [row for row in rows if row.number is not None], types, actor=actor, today=today)


async def _change_plainly(
    conn: Connection, rows: Sequence[StagedRow], types: Types, *, actor: str, today: date
) -> None:
    paid = [row for row in rows if row.pays]
    numbers = await _post(conn, [[_payment(row)] for row in paid], types, actor)
    matches = [_match(row, row.number, made[0], actor) for row, made in zip(paid, numbers, strict=True)]
    enters = [_enter(row, row.number, actor) for row in rows if row.enters]
    removes = [_remove(row, row.number, actor, today) for row in rows if row.removes]
    await _settle(conn, types, today, enters, removes, matches)


async def _settle(
    conn: Connection, types: Types, today: date, enters: Sequence[DisputeRequest], removes: Sequence[DisputeRequest],
    matches: Sequence[MatchRequest],
) -> None:  # fmt: skip
    await _dispute(conn, enters, today)
    await _dispute(conn, removes, today)
    answers = await match(conn, matches, types, today=today) if matches else []
    refused = [answer for answer in answers if not isinstance(answer, Matched)]
    assert not refused, f"matches were refused: {refused[:5]}"


async def _post(
    conn: Connection, rows: Sequence[Sequence[NewOperation]], types: Types, actor: str
) -> list[tuple[int, ...]]:
    """The numbers of each row's operations."""
    posted: list[int] = []
    for begin in range(0, len(rows), MOST_AT_ONCE):
        operations = [new for row in rows[begin : begin + MOST_AT_ONCE] for new in row]
        (answer,) = await post(conn, [PostRequest(tuple(operations), actor, "import of receivables", late=True)], types)
        assert isinstance(answer, Posted), f"a row was refused: {answer}"
        posted += answer.numbers
    numbers: Iterator[int] = iter(posted)
    return [tuple(next(numbers) for _ in row) for row in rows]


def _operations(row: StagedRow) -> Iterator[NewOperation]:
    yield NewOperation(
        row.account_id, row.type_code, row.amount, row.invoice_on, row.due_on,
        reference=row.reference, description=row.description, source=SOURCE, net=row.net, tax=row.tax,
    )  # fmt: skip
    if row.paid_on is not None:
        yield _payment(row)


def _payment(row: StagedRow) -> NewOperation:
    assert row.paid_on is not None, "a paid row has a date"
    assert row.payment_code is not None, "a paid row has a payment type"
    assert row.paid_amount is not None, "a paid row has a paid amount"
    return NewOperation(
        row.account_id, row.payment_code, row.paid_amount, row.paid_on,
        reference=row.payment_reference, payment_method=row.payment_method, source=SOURCE,
    )  # fmt: skip


def _enter(row: StagedRow, number: int | None, actor: str) -> DisputeRequest:
    assert number is not None, "the invoice was posted, or known"
    return DisputeRequest(
        row.account_id, number, DisputeVerb.ENTER, actor, effective_on=row.invoice_on, reason=DISPUTE_REASON
    )


def _remove(row: StagedRow, number: int | None, actor: str, today: date) -> DisputeRequest:
    assert number is not None, "the invoice was posted, or known"
    return DisputeRequest(row.account_id, number, DisputeVerb.REMOVE, actor, effective_on=row.paid_on or today)


async def _dispute(conn: Connection, requests: Sequence[DisputeRequest], today: date) -> None:
    answers = await dispute(conn, requests, today=today) if requests else []
    refused = [answer for answer in answers if not isinstance(answer, Disputed)]
    assert not refused, f"litigations were refused: {refused[:5]}"


def _match(row: StagedRow, number: int | None, paid: int | None, actor: str) -> MatchRequest:
    assert number is not None, "the invoice was posted, or known"
    assert paid is not None, "the payment was posted"
    return MatchRequest(row.account_id, (number,), (paid,), actor, effective_on=row.paid_on, kind=MatchKind.IMPORT)
