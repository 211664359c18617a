"""What holds an account open, in words. Pure: no database, no clock.

Source: product §1, "Closing an account is refused while …".
"""

from __future__ import annotations

from collections.abc import Mapping

from solde.customers.rules.editing import PAYS_FOR_OTHERS
from solde.kernel.money import exponent, plain, round_to
from solde.kernel.refusals import Code, Kind, Refusal, declare, refuse

from .model import Blocker, BlockerKind

OWES = declare("account_owes", Kind.CONFLICT, "Register what is paid, or write the rest off, then close the account.")
HOLDS_CREDIT = declare(
    "account_holds_credit", Kind.CONFLICT, "Refund or transfer what is overpaid, then close the account."
)
OPEN_DEBITS = declare(
    "account_has_open_debits", Kind.CONFLICT, "Match the debits with what paid them, then close the account."
)
OPEN_CREDITS = declare(
    "account_has_open_credits", Kind.CONFLICT, "Match the credits with what they pay, then close the account."
)
DEPOSITS = declare(
    "account_has_deposits", Kind.CONFLICT, "Give back or cancel the security deposits, then close the account."
)
ACTIVE_PLANS = declare(
    "account_has_active_plans", Kind.CONFLICT, "Let the instalments be paid, or break the plan, then close the account."
)

UNBILLED = declare(
    "account_has_unbilled_items", Kind.CONFLICT, "Take the unbilled items back, or bill them, then close the account."
)

_CODES: Mapping[BlockerKind, Code] = {
    BlockerKind.OWES: OWES,
    BlockerKind.HOLDS_CREDIT: HOLDS_CREDIT,
    BlockerKind.OPEN_DEBITS: OPEN_DEBITS,
    BlockerKind.OPEN_CREDITS: OPEN_CREDITS,
    BlockerKind.DEPOSITS: DEPOSITS,
    BlockerKind.ACTIVE_PLANS: ACTIVE_PLANS,
    BlockerKind.PAYS_FOR_OTHERS: PAYS_FOR_OTHERS,
    BlockerKind.UNBILLED: UNBILLED,
}


def refusal_of(blocker: Blocker) -> Refusal:
    """Why the account stays open, as a refusal to close it."""
    return refuse(_CODES[blocker.kind], in_words(blocker), field="account")


def in_words(blocker: Blocker) -> str:
    """One sentence with the account, the number and the amount: account 'A1' owes 120.00 EUR."""
    head, sum_of = f"account {blocker.account!r}", money(blocker)
    match blocker.kind:
        case BlockerKind.OWES:
            return f"{head} owes {sum_of}"
        case BlockerKind.HOLDS_CREDIT:
            return f"{head} holds a credit of {sum_of}"
        case BlockerKind.OPEN_DEBITS:
            return f"{head} has {_counted(blocker.count, 'open debit')} of {sum_of}"
        case BlockerKind.OPEN_CREDITS:
            return f"{head} has {_counted(blocker.count, 'open credit')} of {sum_of}"
        case BlockerKind.DEPOSITS:
            return f"{head} has {_counted(blocker.count, 'security deposit')}, of which {sum_of} is held"
        case BlockerKind.ACTIVE_PLANS:
            return f"{head} has {_counted(blocker.count, 'active instalment plan')} with {sum_of} to pay"
        case BlockerKind.PAYS_FOR_OTHERS:
            return f"{head} pays for {_counted(blocker.count, 'other account')}"
        case BlockerKind.UNBILLED:
            return f"{head} has {_counted(blocker.count, 'unbilled item')} of {sum_of}"


def money(blocker: Blocker) -> str:
    """The amount with the currency's decimals at least, and as many more as it has: 120.00 EUR."""
    if blocker.amount is None:
        return ""
    places = max(exponent(blocker.currency), len(plain(blocker.amount).partition(".")[2]))
    return f"{round_to(blocker.amount, places):,f} {blocker.currency}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
