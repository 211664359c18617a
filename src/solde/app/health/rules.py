"""When something is not well. An idle installation is: what does not wait has no age."""

from __future__ import annotations

from solde.db.disk import FOR_WRITES

from .model import Condition

JOB_SECONDS = 300.0
SEAL_SECONDS = 1800.0
"""Sealing waits for running transactions: a backup or a long import delays it rightly."""
DELIVERY_SECONDS = 900.0
AWAY_SECONDS = 60.0


def faults_of(condition: Condition) -> list[str]:
    """What is not well, each in a sentence; empty where all is."""
    ages = condition.ages
    waits = (
        (ages.job_untouched, JOB_SECONDS, "a job has waited for {} and nobody works on any"),
        (ages.unsealed, SEAL_SECONDS, "the audit trail has not been sealed for {}"),
        (
            ages.untouched_delivery,
            DELIVERY_SECONDS,
            "a webhook or mail has been due for {} and nobody tries to send it",
        ),
        (ages.untold, DELIVERY_SECONDS, "an event of {} ago is not in the outbox yet"),
    )
    faults = [said.format(_length(age)) for age, most, said in waits if age > most]
    faults += [
        f"the worker for {name} has been away for {_length(age)}"
        for name, age in condition.away.items()
        if age > AWAY_SECONDS
    ]
    if condition.disk is not None and condition.disk.is_beyond(FOR_WRITES):
        faults.append(f"the disk of the database is full ({condition.disk})")
    return faults


def _length(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
