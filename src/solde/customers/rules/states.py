"""Which change of an account's state is allowed."""

from __future__ import annotations

from solde.kernel.refusals import Kind, Refusal, declare, refuse

from ..model import AccountState

UNKNOWN_STATE = declare("unknown_account_state", Kind.INVALID, "Use ACTIVE, BLOCKED, SUSPENDED or CLOSED.")
STATE_UNCHANGED = declare("account_state_unchanged", Kind.CONFLICT, "The account is in that state already.")
STATE_REASON_MISSING = declare("state_reason_missing", Kind.INVALID, "Say why, for those who look later.")
ACCOUNT_NOT_SETTLED = declare(
    "account_not_settled", Kind.CONFLICT, "Match, write off or refund what is open on the account, then close it."
)

LONGEST_REASON = 500


def check_state_change(now: str, wanted: str, reason: str | None, open_items: int) -> list[Refusal]:
    """Every reason why an account may not change to this state."""
    if wanted not in set(AccountState):
        return [refuse(UNKNOWN_STATE, f"{wanted!r} is no state of an account", field="state")]
    refusals: list[Refusal] = []
    if now == wanted:
        refusals.append(refuse(STATE_UNCHANGED, f"the account is {wanted} already", field="state"))
    if not (reason or "").strip() or len(reason or "") > LONGEST_REASON:
        needed = f"a reason of 1 to {LONGEST_REASON} characters is needed"
        refusals.append(refuse(STATE_REASON_MISSING, needed, field="reason"))
    if wanted == AccountState.CLOSED and open_items:
        refusals.append(refuse(ACCOUNT_NOT_SETTLED, f"{open_items} operations are still open", field="state"))
    return refusals
