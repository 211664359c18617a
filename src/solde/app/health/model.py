"""Values: what is looked at to tell whether all is well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from solde.db.disk import Usage


@dataclass(frozen=True, slots=True)
class Ages:
    """How long work waits, in seconds; 0 where none does.

    `job`: the job that waits longest. `job_untouched`: the same, counted from the last sign that any job was worked on.
    `unsealed`: the oldest audit record that is not sealed. `seal`: the newest seal, None where there is none yet.
    `undelivered`: the oldest message on its way, also to receivers that do not answer. `untouched_delivery`: the message due
    longest, counted from the last try of its receiver, so that one that fails or is slow counts as looked after.
    `untold`: the oldest event that is not in the outbox yet, where anybody wants events.
    """

    job: float = 0.0
    job_untouched: float = 0.0
    unsealed: float = 0.0
    seal: float | None = None
    undelivered: float = 0.0
    untouched_delivery: float = 0.0
    untold: float = 0.0


@dataclass(frozen=True, slots=True)
class Condition:
    """All that is looked at. `away`: by worker of this process, for how many seconds it has not worked. `disk` None: not ours."""

    ages: Ages
    away: Mapping[str, float] = field(default_factory=dict)
    disk: Usage | None = None
