"""What holds an account open, in words. Pure: no database, no clock.

Source: product §1, "Closing an account is refused while …".
"""

from __future__ import annotations

from collections.abc import Mapping

from solde.customers.rules.editing import PAYS_FOR_OTHERS
from solde.kernel.refusals import Code, Kind, Refusal, declare, refuse
from solde.kernel.texts import Amount, Text, counted, say

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


def in_words(blocker: Blocker) -> Text:
    """One sentence with the account, the number and the amount: account 'A1' owes 120.00 EUR."""
    template, noun = _TEMPLATES[blocker.kind]
    amount = None if blocker.amount is None else Amount(blocker.amount, blocker.currency, in_full=True)
    things = counted(*noun, blocker.count) if noun else None
    return say(template, account=blocker.account, amount=amount, things=things)


_Counted = tuple[str, str] | None
_TEMPLATES: Mapping[BlockerKind, tuple[str, _Counted]] = {
    BlockerKind.OWES: ("account {account!r} owes {amount}", None),
    BlockerKind.HOLDS_CREDIT: ("account {account!r} holds a credit of {amount}", None),
    BlockerKind.OPEN_DEBITS: (
        "account {account!r} has {things} of {amount}", ("{count} open debit", "{count} open debits")
    ),
    BlockerKind.OPEN_CREDITS: (
        "account {account!r} has {things} of {amount}", ("{count} open credit", "{count} open credits")
    ),
    BlockerKind.DEPOSITS: (
        "account {account!r} has {things}, of which {amount} is held",
        ("{count} security deposit", "{count} security deposits"),
    ),
    BlockerKind.ACTIVE_PLANS: (
        "account {account!r} has {things} with {amount} to pay",
        ("{count} active instalment plan", "{count} active instalment plans"),
    ),
    BlockerKind.PAYS_FOR_OTHERS: (
        "account {account!r} pays for {things}", ("{count} other account", "{count} other accounts")
    ),
    BlockerKind.UNBILLED: (
        "account {account!r} has {things} of {amount}", ("{count} unbilled item", "{count} unbilled items")
    ),
}  # fmt: skip
