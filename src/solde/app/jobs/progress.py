"""How far long work is: written by the thread that works, read by the one that notes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from solde.kernel.refusals import Refusal

REFUSALS_KEPT = 100_000


class Stopped(Exception):
    """Raised inside work that was told to stop; what its transaction wrote is rolled back."""


@dataclass(slots=True, eq=False)
class Progress:
    """How far the work is, and the refusals it met, as long as there are not too many."""

    step: str | None = None
    done: int = 0
    total: int | None = None
    is_stopped: bool = False
    refusals: list[Refusal] = field(default_factory=list)

    def progress(self, step: str, done: int, total: int | None) -> None:
        """Note the step and how much of it is done; raises Stopped where the work is to stop."""
        if self.is_stopped:
            raise Stopped
        self.step, self.done, self.total = step, done, total

    def refuse(self, refusal: Refusal) -> None:
        """Note a refusal."""
        if len(self.refusals) < REFUSALS_KEPT:
            self.refusals.append(refusal)

    def stop(self) -> None:
        """Let the work stop when it next tells how far it is."""
        self.is_stopped = True
