"""One verification of the books at a time in a process."""

from __future__ import annotations

from solde.kernel.refusals import Kind, Refused, declare, refuse

VERIFYING = declare("verification_running", Kind.CONFLICT, "Wait until it is done, then ask again.")


class VerificationTurn:
    """Whose turn it is in this process to verify."""

    def __init__(self) -> None:
        self._taken_by: object | None = None

    def take(self, who: object) -> None:
        """Take the turn; who has it already keeps it. Refuses: verification_running."""
        if self._taken_by not in (None, who):
            raise Refused(refuse(VERIFYING, "the books are being verified already"))
        self._taken_by = who

    def end(self, who: object) -> None:
        """Give the turn back, if it is theirs."""
        if self._taken_by is who:
            self._taken_by = None
