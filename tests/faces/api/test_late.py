"""Who may post late: each step of deposits, plans and credit notes in a month that is closed for regular users."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from faces.api.asking import Asking, make_token

from solde.db import Pool
from solde.kernel.dates import Clock

OPERATIONS = "/accounts/A1/operations"
DEPOSITS = "/accounts/A1/security-deposits"
PLANS = "/accounts/A1/instalment-plans"
FUNDS = {"amount": "100", "method": "WIRETRANSFER"}


@dataclass(frozen=True)
class Step:
    """What is asked, by whom if not somebody who may post late, and how many operations it posts."""

    path: str
    body: dict[str, Any]
    role: str
    posted: int


STEPS = {
    "credit note": Step(f"{OPERATIONS}/1/credit-note", {"reason": "wrong price", "amount": "10"}, "controller", 1),
    "deposit request": Step(DEPOSITS, {"template": "STANDARD", "amount": "50"}, "cashier", 1),
    "deposit funding and the rest": Step(f"{DEPOSITS}/1/fund", FUNDS | {"amount": "150"}, "cashier", 3),
    "payment by deposit": Step(f"{DEPOSITS}/2/pay", {"operation": 1, "amount": "60"}, "cashier", 2),
    "deposit refund": Step(f"{DEPOSITS}/2/refund", {"amount": "60"}, "cashier", 1),
    "deposit cancellation": Step(f"{DEPOSITS}/1/cancel", {"reason": "not needed"}, "cashier", 1),
    "deposit rejection": Step(f"{DEPOSITS}/2/reject-funding", {"payment": 5, "reason": "no money"}, "cashier", 2),
    "plan activation": Step(f"{PLANS}/1/activate", {"version": 1}, "controller", 4),
}


@pytest.fixture
async def books(ask: Asking, account: str) -> str:
    """Two invoices, the second in a draft of a plan; a deposit asked for, one funded; then November is closed."""
    invoices = [{"type": "INV_STD", "amount": amount, "date": "2026-10-01"} for amount in ("80", "120")]
    asked = {"template": "STANDARD", "amount": "100"}
    for path, body in (
        (OPERATIONS, {"operations": invoices}), (DEPOSITS, asked), (DEPOSITS, asked), (f"{DEPOSITS}/2/fund", FUNDS),
        (PLANS, {"debits": [2]}), ("/accounting-years", {"label": "2026", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}),
        ("/accounting-years/2026/periods/11/close", {"for": "regular"}),
    ):  # fmt: skip
        answer = await ask.post(path, body)
        assert answer.is_success, answer.text
    return account


async def posting_statuses(ask: Asking, after: int = 6) -> list[str]:
    """Of the operations posted since the books were set up, which are six."""
    items = (await ask.get(f"{OPERATIONS}?limit=100")).json()["items"]
    return [one["posting_status"] for one in items if one["number"] > after]


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
async def test_what_a_regular_user_does_late_is_rejected_by_accounting_and_counts(
    step: Step, books: str, ask: Asking, pool: Pool, clock: Clock
) -> None:
    regular = Asking(ask.client, await make_token(pool, clock, step.role), itertools.count(5000))
    answer = await regular.post(step.path, step.body)
    assert answer.status_code == 201, answer.text
    assert await posting_statuses(ask) == ["REJECTED"] * step.posted


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
async def test_who_may_post_late_is_not_stopped(step: Step, books: str, ask: Asking) -> None:
    answer = await ask.post(step.path, step.body)
    assert answer.status_code == 201, answer.text
    assert await posting_statuses(ask) == ["POSTED"] * step.posted


async def test_late_or_not_is_asked_of_who_proposed_and_not_of_who_approved(
    books: str, ask: Asking, pool: Pool, clock: Clock
) -> None:
    step, limit = (
        STEPS["deposit refund"],
        {"role": "cashier", "kind": "deposit_refund", "single_most": "1", "day_most": "1"},
    )
    assert (await ask.change("PUT", "/approval-limits", json={"items": [limit]})).status_code == 200
    cashier = Asking(ask.client, await make_token(pool, clock, "cashier"), itertools.count(5000))
    waits = await cashier.post(step.path, step.body)
    assert waits.status_code == 202, waits.text
    done = await ask.post(f"/approvals/{waits.json()['approval']}/decision", {"approve": True})
    assert done.status_code == 200, done.text
    assert await posting_statuses(ask) == ["REJECTED"]
