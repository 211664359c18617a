"""What is well and what is not."""

from __future__ import annotations

import pytest

from solde.app.health import Ages, Condition, faults_of
from solde.db.disk import GIBIBYTE, MEBIBYTE, Usage

HOUR = 3600.0


def test_an_idle_installation_is_well() -> None:
    assert faults_of(Condition(Ages(seal=30 * 24 * HOUR), {"jobs": 0.0}, Usage(GIBIBYTE, 100 * GIBIBYTE))) == []


@pytest.mark.parametrize(
    ("ages", "said"),
    [
        (Ages(job=HOUR, job_untouched=HOUR), "a job has waited for 60 minutes and nobody works on any"),
        (Ages(unsealed=HOUR), "the audit trail has not been sealed for 60 minutes"),
        (Ages(untouched_delivery=HOUR), "a webhook or mail has been due for 60 minutes and nobody tries to send it"),
        (Ages(untold=HOUR), "an event of 60 minutes ago is not in the outbox yet"),
    ],
)
def test_work_that_nobody_does_is_told(ages: Ages, said: str) -> None:
    assert faults_of(Condition(ages)) == [said]


def test_work_that_waits_its_turn_or_for_a_receiver_that_does_not_answer_is_well() -> None:
    assert faults_of(Condition(Ages(job=HOUR, job_untouched=2.0, undelivered=20 * HOUR, unsealed=60.0))) == []


def test_a_worker_may_be_away_for_a_minute() -> None:
    assert faults_of(Condition(Ages(), {"jobs": 59.0})) == []
    assert faults_of(Condition(Ages(), {"jobs": 90.0, "other": 0.0})) == [
        "the worker for jobs has been away for 90 seconds"
    ]


def test_a_full_disk_is_told_and_a_filling_one_is_not() -> None:
    assert faults_of(Condition(Ages(), disk=Usage(95 * GIBIBYTE, 4 * GIBIBYTE))) == [
        "the disk of the database is full (96% used, 4,096 MB free)"
    ]
    assert faults_of(Condition(Ages(), disk=Usage(92 * GIBIBYTE, 8 * GIBIBYTE))) == []
    assert faults_of(Condition(Ages(), disk=Usage(GIBIBYTE, 50 * MEBIBYTE))) != []
