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

    Shape: rows in order of account and line; each was judged before, so that nothing is refused.
    """
    numbers = await _post(conn, rows, types, actor)
    placed = list(zip(rows, numbers, strict=True))
    await _dispute(conn, [_enter(row, number, actor) for row, (number, _) in placed if row.disputed], today)
    await _dispute(
        conn, [_remove(row, number, actor) for row, (number, _) in placed if row.disputed and row.paid_on], today
    )
    requests = [_match(row, number, paid, actor) for row, (number, paid) in placed if paid is not None]
    answers = await match(conn, requests, types, today=today) if requests else []
    refused = [answer for answer in answers if not isinstance(answer, Matched)]
    assert not refused, f"matches were refused: {refused[:5]}"


async def _post(conn: Connection, rows: Sequence[StagedRow], types: Types, actor: str) -> list[tuple[int, int | None]]:
    """The numbers of each row's invoice and payment."""
    posted: list[int] = []
    for begin in range(0, len(rows), MOST_AT_ONCE):
        operations = [new for row in rows[begin : begin + MOST_AT_ONCE] for new in _operations(row)]
        (answer,) = await post(conn, [PostRequest(tuple(operations), actor, "import of receivables")], types)
        assert isinstance(answer, Posted), f"a row was refused: {answer}"
        posted += answer.numbers
    numbers: Iterator[int] = iter(posted)
    return [(next(numbers), next(numbers) if row.paid_on is not None else None) for row in rows]


def _operations(row: StagedRow) -> Iterator[NewOperation]:
    yield NewOperation(
        row.account_id, row.type_code, row.amount, row.invoice_on, row.due_on,
        reference=row.reference, description=row.description, source=SOURCE,
    )  # fmt: skip
    if row.paid_on is not None:
        assert row.payment_code is not None, "a paid row has a payment type"
        assert row.paid_amount is not None, "a paid row has a paid amount"
        yield NewOperation(
            row.account_id, row.payment_code, row.paid_amount, row.paid_on,
            reference=row.payment_reference, payment_method=row.payment_method, source=SOURCE,
        )  # fmt: skip


def _enter(row: StagedRow, number: int, actor: str) -> DisputeRequest:
    return DisputeRequest(
        row.account_id, number, DisputeVerb.ENTER, actor, effective_on=row.invoice_on, reason=DISPUTE_REASON
    )


def _remove(row: StagedRow, number: int, actor: str) -> DisputeRequest:
    return DisputeRequest(row.account_id, number, DisputeVerb.REMOVE, actor, effective_on=row.paid_on)


async def _dispute(conn: Connection, requests: Sequence[DisputeRequest], today: date) -> None:
    answers = await dispute(conn, requests, today=today) if requests else []
    refused = [answer for answer in answers if not isinstance(answer, Disputed)]
    assert not refused, f"litigations were refused: {refused[:5]}"


def _match(row: StagedRow, number: int, paid: int, actor: str) -> MatchRequest:
    return MatchRequest(row.account_id, (number,), (paid,), actor, effective_on=row.paid_on, kind=MatchKind.IMPORT)
