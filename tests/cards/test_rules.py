"""What card transactions may become, cell by cell; without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solde.cards import rules
from solde.cards.intents import account_of
from solde.cards.model import LIVE, CardKind, CardRequest, CardState, CardTransaction, Verdict
from solde.cards.rules import RefundPart, next_state, plan_undoing

D = Decimal
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
S, V, K = CardState, Verdict, CardKind
MOVES = {
    S.CREATED: {
        V.APPROVED: "done", V.DECLINED: S.DECLINED, V.ACTION: S.PENDING, V.PENDING: S.PENDING, V.FAILED: S.FAILED,
        V.UNKNOWN: S.UNKNOWN,
    },
    S.PENDING: {V.APPROVED: "done", V.DECLINED: S.DECLINED, V.FAILED: S.FAILED},
    S.UNKNOWN: {
        V.APPROVED: "done", V.DECLINED: S.DECLINED, V.ACTION: S.PENDING, V.PENDING: S.PENDING, V.FAILED: S.FAILED,
    },
    S.DECLINED: {V.APPROVED: "done"},
    S.FAILED: {V.APPROVED: "done"},
}  # fmt: skip


def one(**more: object) -> CardTransaction:
    """A charge of 100, captured."""
    values = {
        "account_id": 1, "number": 1, "kind": K.CHARGE, "state": S.CAPTURED, "amount": D(100), "currency": "EUR",
        "gateway": "sandbox", "merchant": "sandbox", "reference": "solde-1-1-x", "gateway_reference": "g",
        "card_number": 1, "parent_number": None, "captured": D(100), "refunded": D(0), "refunding": D(0),
        "charged_back": D(0), "exceeded": False, "expires_at": None, "operation_number": 1, "redirect_url": None,
        "code": None, "alert": None, "actor": "test", "reason": None, "comment": None, "return_url": None,
        "attempts": 1, "created_at": NOW, "changed_at": NOW, "check_at": None,
    }  # fmt: skip
    return CardTransaction(**(values | more))  # type: ignore[arg-type]


def held(**more: object) -> CardTransaction:
    """An authorization of 100 that holds for a day."""
    base = {"kind": K.AUTHORIZE, "state": S.AUTHORIZED, "captured": D(0), "expires_at": NOW + timedelta(days=1)}
    return one(**(base | more))


@pytest.mark.parametrize("kind", K)
@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("verdict", V)
def test_every_cell_of_the_state_machine(kind: CardKind, state: CardState, verdict: Verdict) -> None:
    wanted = MOVES.get(state, {}).get(verdict, state)
    assert next_state(kind, state, verdict) == (rules.DONE_STATE[kind] if wanted == "done" else wanted)


@pytest.mark.parametrize("state", [S.VOIDED, S.EXPIRED])
@pytest.mark.parametrize("step", [K.CAPTURE, K.VOID, K.REFUND])
def test_void_and_expiry_are_final(state: CardState, step: CardKind) -> None:
    assert rules.parent_state(held(state=state), step) is state


def test_an_unknown_outcome_is_not_ended_by_absence_or_by_nobody_knowing() -> None:
    for verdict in (V.UNKNOWN, V.ABSENT):
        assert next_state(K.CHARGE, S.UNKNOWN, verdict) is S.UNKNOWN


@pytest.mark.parametrize(("seconds", "amount"), [(-1, 100), (0, 0), (1, 0)])
def test_an_authorization_is_over_at_its_very_instant(seconds: int, amount: int) -> None:
    transaction = held()
    assert transaction.expires_at is not None
    assert rules.capturable(transaction, transaction.expires_at + timedelta(seconds=seconds)) == amount


def test_what_is_left_to_refund_counts_what_is_under_way_and_what_was_charged_back() -> None:
    part = one(refunded=D(10), refunding=D(20), charged_back=D(30))
    assert rules.refundable(part) == 40
    assert rules.refundable(one(charged_back=D(130), exceeded=True)) == 0
    assert rules.refundable(one(kind=K.REFUND, parent_number=1)) == 0


def test_a_step_waits_for_the_one_under_way() -> None:
    step = one(kind=K.CAPTURE, number=2, parent_number=1, state=S.UNKNOWN)
    for kind in (K.CAPTURE, K.VOID):
        refusal = rules.check_step(CardRequest(1, kind, "test"), held(), [step], NOW)
        assert not isinstance(refusal, Decimal)
        assert refusal.code == "card_step_under_way"


def test_the_live_states_are_those_whose_outcome_is_to_come() -> None:
    assert {s for s in S if next_state(K.CHARGE, s, V.DECLINED) is S.DECLINED and s is not S.DECLINED} == set(LIVE)


def test_a_reply_is_held_against_what_was_asked() -> None:
    assert rules.check_words_of(one(), D(100), "EUR") is None
    assert rules.check_words_of(one(), None, None) is None
    assert rules.check_words_of(one(), D(99), "EUR") == "the gateway says 99, 100 was asked"
    assert rules.check_words_of(one(), D(100), "USD") == "the gateway says USD, EUR was asked"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("solde-12-3-abc", (12, 3)),
        ("soldecard-12-3-abc", (12, 3)),
        ("solde-12-3", None),
        ("solde-x-3-abc", None),
        ("solde-0-3-abc", None),
        (f"solde-{2**62}-3-abc", None),
        (None, None),
    ],
)
def test_a_reference_names_an_account(text: str | None, found: tuple[int, int] | None) -> None:
    assert account_of(text) == found


AMOUNTS = st.decimals(D("0.01"), D(500), places=2)


@given(AMOUNTS, AMOUNTS, st.lists(AMOUNTS, max_size=6))
def test_undoing_opens_exactly_what_is_missing_and_no_line_more(available: D, amount: D, sizes: list[D]) -> None:
    parts = [RefundPart(n, n, size, date(2026, 11, 22)) for n, size in enumerate(sizes, 1)]
    plan = plan_undoing(available, amount, parts)
    undone = sum((part.amount for part in plan.parts), D(0))
    assert plan.parts == tuple(parts[: len(plan.parts)])
    assert available + undone - plan.rest + plan.short == max(amount, available)
    assert sum(plan.reopened().values(), D(0)) == undone - plan.rest
    assert plan.short == 0 or len(plan.parts) == len(parts)
    assert not plan.parts or plan.rest < plan.parts[-1].amount
