"""Limits and second persons, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from solde.access import Permission, Role
from solde.access.rules.permissions import roles_with
from solde.approvals import Approval, ApprovalState, Limit, Proposal, rules
from solde.approvals.model import WAITS
from solde.kernel.texts import say

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
D = Decimal


def proposal(amount: str = "100", **more: object) -> Proposal:
    given = {"kind": "refund", "account_id": 1, "amount": D(amount), "currency": "EUR", "content": {"credit": 3}}
    return Proposal(**(given | {"actor": "anna", "role": "cashier"} | more))  # type: ignore[arg-type]


def approval(**more: object) -> Approval:
    digest = rules.digest_of("refund", 1, D(600), "EUR", {"credit": 3})
    waiting = Approval(
        7, 1, "A1", "MAIN", "UTC", "refund", D(600), "EUR", {"credit": 3}, digest, "anna", "cashier", None, say("above"), NOW,
        NOW + WAITS, ApprovalState.WAITING, None, None, None,
    )  # fmt: skip
    return replace(waiting, **more)  # type: ignore[arg-type]


def refused(approval: Approval, **more: object) -> list[str]:
    given = {"approve": True, "decider": "berta", "limit": None, "reason": None, "now": NOW}
    return [r.code for r in rules.check_decision(approval, **(given | more))]  # type: ignore[arg-type]


LIMITS = [
    (None, None, "1000000", "0", False),
    ("500", None, "500", "0", False),
    ("500", None, "500.000001", "0", True),
    ("500", "2000", "500", "1500", False),
    ("500", "2000", "500", "1500.01", True),
    (None, "2000", "2000", "0", False),
    (None, "2000", "2000.01", "0", True),
    ("0", None, "0.01", "0", True),
    (None, "0", "0.01", "0", True),
]


@pytest.mark.parametrize(("single", "day", "asked", "used", "waits"), LIMITS)
def test_a_limit_is_reached_and_not_passed(
    single: str | None, day: str | None, asked: str, used: str, waits: bool
) -> None:
    limit = Limit("cashier", "refund", "*", D(single) if single else None, D(day) if day else None)
    assert (rules.why_waiting(limit, proposal(asked), D(used)) is not None) is waits


def test_without_a_limit_nothing_waits() -> None:
    assert rules.why_waiting(None, proposal("99999999"), D(0)) is None


def test_the_reason_to_wait_names_amount_and_limit() -> None:
    limit = Limit("cashier", "refund", "*", D("500.000000"), D("2000.000000"))
    assert (
        str(rules.why_waiting(limit, proposal("600"), D(0))) == "600 EUR is above the limit of 500 of the role cashier"
    )
    why = rules.why_waiting(limit, proposal("300"), D("1800.000000"))
    assert str(why) == "300 EUR beside the 1800 of today is above the limit of 2000 a day of the role cashier"


def test_the_digest_does_not_depend_on_the_form_of_the_same_content() -> None:
    one = rules.digest_of("refund", 1, D("600"), "EUR", {"a": 1, "b": {"d": [1, 2], "c": "x"}})
    same = rules.digest_of("refund", 1, D("600.000000"), "EUR", {"b": {"c": "x", "d": [1, 2]}, "a": 1})
    assert one == same


@pytest.mark.parametrize(
    "other",
    [
        ("payment", 1, D(600), "EUR", {"a": 1}),
        ("refund", 2, D(600), "EUR", {"a": 1}),
        ("refund", 1, D("600.01"), "EUR", {"a": 1}),
        ("refund", 1, D(600), "USD", {"a": 1}),
        ("refund", 1, D(600), "EUR", {"a": "1"}),
        ("refund", 1, D(600), "EUR", {"a": 1, "b": None}),
    ],
)
def test_the_digest_is_of_everything_that_is_done(other: tuple[str, int, Decimal, str, dict[str, object]]) -> None:
    assert rules.digest_of(*other) != rules.digest_of("refund", 1, D(600), "EUR", {"a": 1})


def test_content_is_the_same_now_and_after_an_approval() -> None:
    content = rules.settled_content({"amount": D("12.50"), "on": NOW.date(), "lines": ({"n": 1},), "big": 1e22})
    assert content == {"amount": "12.50", "on": "2026-11-22", "lines": [{"n": 1}], "big": 1e22}
    assert rules.settled_content(content) == content
    assert rules.canonical(rules.settled_content(content)) == rules.canonical(content)


@pytest.mark.parametrize("decider", ["anna", "Anna", " anna ", "ANNA"])
def test_nobody_approves_or_rejects_what_they_proposed(decider: str) -> None:
    assert refused(approval(), decider=decider) == ["own_proposal"]
    assert refused(approval(), decider=decider, approve=False, reason="no") == ["own_proposal"]


def test_an_approver_needs_a_limit_that_covers_it() -> None:
    assert refused(approval(), limit=Limit("controller", "refund", "*", D(600), D(0))) == []
    assert refused(approval(), limit=Limit("controller", "refund", "*", D("599.99"), None)) == [
        "approver_limit_too_low"
    ]
    assert refused(approval(), limit=Limit("controller", "refund", "*", None, None)) == []


@pytest.mark.parametrize("reason", [None, "", "   "])
def test_a_rejection_says_why(reason: str | None) -> None:
    assert refused(approval(), approve=False, reason=reason) == ["rejection_reason_missing"]
    assert refused(approval(), approve=False, reason="twice") == []


@pytest.mark.parametrize("state", ["APPROVED", "REJECTED", "WITHDRAWN"])
def test_what_is_decided_stays_decided(state: str) -> None:
    assert refused(approval(state=ApprovalState(state))) == ["approval_settled"]


def test_it_can_be_decided_until_it_expires() -> None:
    end = NOW + timedelta(days=14)
    assert refused(approval(), now=end - timedelta(microseconds=1)) == []
    assert refused(approval(), now=end) == ["approval_expired"]
    assert refused(approval(), now=end, approve=False, reason="late") == ["approval_expired"]


@pytest.mark.parametrize(
    "changed", [{"content": {"credit": 4}}, {"amount": D(500)}, {"account_id": 2}, {"currency": "USD"}]
)
def test_other_content_than_proposed_is_not_approved(changed: dict[str, object]) -> None:
    assert refused(approval(**changed)) == ["approval_content_differs"]


def test_only_who_proposed_it_withdraws_it() -> None:
    assert rules.check_withdrawal(approval(), "anna", NOW) is None
    refusal = rules.check_withdrawal(approval(), "berta", NOW)
    assert refusal is not None
    assert refusal.code == "proposal_not_yours"


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "0.0000001", "1e15"])
def test_a_proposal_has_an_amount(amount: str) -> None:
    assert [r.field for r in rules.check_proposal(proposal(amount))] == ["amount"]


def test_only_roles_with_the_permission_decide() -> None:
    deciding = {role for role in Role if rules.check_may_decide(role) is None}
    assert deciding == set(roles_with(Permission.APPROVALS)) == {Role.CONTROLLER, Role.ADMIN}
    refusal = rules.check_may_decide("nobody")
    assert refusal is not None
    assert refusal.code == "forbidden"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"role": "boss"}, "unknown_role"),
        ({"kind": "refnud"}, "unknown_action_kind"),
        ({"currency": "euro"}, "unknown_currency"),
        ({"single_most": D(-1)}, "limit_below_zero"),
        ({"day_most": D("0.0000001")}, "amount_too_precise"),
    ],
)
def test_a_limit_that_could_never_hold_is_refused(changed: dict[str, object], code: str) -> None:
    limit = replace(Limit("agent", "refund", "*", D(0), None), **changed)  # type: ignore[arg-type]
    assert [r.code for r in rules.check_limit(limit, {"refund"})] == [code]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"number": 3, "amount": "1200"}, {"number": 3, "amount": "1200.00"}, True),
        ({"number": 3, "parts": [{"amount": "0.50"}]}, {"number": 3, "parts": [{"amount": "0.5"}]}, True),
        ({"number": 3, "amount": "1200"}, {"number": 4, "amount": "1200"}, False),
        ({"number": 3, "amount": "1200"}, {"number": 3, "amount": "1200.01"}, False),
        ({"number": 3, "method": "007"}, {"number": 3, "method": "7"}, False),
    ],
)
def test_two_requests_are_the_same_by_their_numbers_however_they_are_written(
    first: dict[str, object], second: dict[str, object], same: bool
) -> None:
    assert rules.is_same_request(first, second) is same
