"""Which change of an account's state is allowed."""

from __future__ import annotations

from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import say

from ..model import AccountState

UNKNOWN_CUSTOMER = declare("unknown_customer", Kind.NOT_FOUND, "List customers by GET /api/v1/customers?q=…")
CUSTOMER_CLOSED = declare("customer_closed", Kind.CONFLICT, "Reopen one of the customer's accounts first.")
UNKNOWN_STATE = declare("unknown_account_state", Kind.INVALID, "Use ACTIVE, BLOCKED, SUSPENDED or CLOSED.")
STATE_UNCHANGED = declare("account_state_unchanged", Kind.CONFLICT, "The account is in that state already.")
STATE_REASON_MISSING = declare("state_reason_missing", Kind.INVALID, "Say why, for those who look later.")

LONGEST_REASON = 500


def check_state_change(now: str, wanted: str, reason: str | None) -> list[Refusal]:
    """Every reason why an account may not change to this state."""
    if wanted not in set(AccountState):
        return [refuse(UNKNOWN_STATE, "{wanted!r} is no state of an account", wanted=wanted, field="state")]
    refusals: list[Refusal] = []
    if now == wanted:
        refusals.append(refuse(STATE_UNCHANGED, "the account is {wanted} already", wanted=wanted, field="state"))
    return refusals + check_reason(reason)


def check_reason(reason: str | None) -> list[Refusal]:
    """Is there a reason, of a length that can be kept and of characters that can be printed?"""
    text = (reason or "").strip()
    if 0 < len(text) <= LONGEST_REASON and "\0" not in text:
        return []
    said = say("a reason of 1 to {longest_reason} characters is needed", longest_reason=LONGEST_REASON)
    return [refuse(STATE_REASON_MISSING, said, field="reason")]
