"""Answers for repeated requests are dropped after a while; the keys stay, so nothing is done twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from faces.api.asking import Asking
from ledger import rows

from solde.app.jobs.answers import days_kept, forget_old_answers
from solde.db import Pool
from solde.kernel.dates import utc_now

INVOICE = {"type": "INV_STD", "amount": "10.00", "date": "2026-10-01"}
PAYMENT = {"payment_method": "WIRETRANSFER", "amount": "5.00", "date": "2026-11-01"}
ASKED = [
    ("/tokens", {"name": "test", "role": "viewer"}, {"name": "other", "role": "viewer"}),
    ("/accounts/{}/operations", {"operations": [INVOICE]}, {"operations": [INVOICE | {"amount": "2"}]}),
    ("/accounts/{}/payments", PAYMENT, PAYMENT | {"amount": "2"}),
]


def later() -> datetime:
    return utc_now() + timedelta(days=31)


@pytest.mark.parametrize(("path", "body", "another"), ASKED, ids=["an action", "operations", "a payment"])
async def test_after_thirty_days_a_repeated_request_is_told_that_it_was_done(
    ask: Asking, pool: Pool, account: str, path: str, body: dict[str, object], another: dict[str, object]
) -> None:
    path = path.format(account)
    assert (await ask.post(path, body, key="again")).status_code == 201
    assert await forget_old_answers(pool) == 0
    assert await forget_old_answers(pool, clock=later) > 0
    assert await forget_old_answers(pool, clock=later) == 0
    again = await ask.post(path, body, key="again")
    assert (again.status_code, again.json()["code"]) == (409, "idempotency_answer_forgotten")
    assert (await ask.post(path, another, key="again")).json()["code"] == "idempotency_key_reused"
    async with pool.connection() as conn:
        kept = await rows(
            conn, "select count(*), count(response) from idempotency where key = 'again' and action_id > 0"
        )
    assert kept == [(1, 0)]


@pytest.mark.parametrize(
    ("said", "days"),
    [({}, 30), ({"SOLDE_ANSWER_DAYS": "7"}, 7), ({"SOLDE_ANSWER_DAYS": "0"}, 30), ({"SOLDE_ANSWER_DAYS": "x"}, 30)],
)
def test_the_environment_says_how_long_answers_are_kept(said: dict[str, str], days: int) -> None:
    assert days_kept(said) == days
