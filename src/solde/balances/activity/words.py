"""What was done, in sentences: a table from verb to words. Pure.

A verb that the table does not know is read as `noun.verb` or `noun_verb`, so that a new action is told plainly too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from solde.audit import KeptRecord
from solde.kernel.texts import Amount, Label, Text, Value

from .model import PostedLine

REGISTERED = "Registered a payment of {amount} (no. {number})"
INVOICED = "Posted an invoice of {amount} (no. {number})"
INVOICED_NAMED = "Posted invoice {reference} of {amount} (no. {number})"
REFUNDED = "Refunded {amount} (no. {number})"
REJECTED = "Registered a rejected payment of {amount} (no. {number})"
WRITTEN_OFF = "Wrote off {amount} (no. {number})"
POSTED = "Posted {label} of {amount} (no. {number})"
POSTED_MANY = "Posted {count} operations, no. {number} and following"
POSTED_SOME = "Posted {count} operations"
IMPORTED = "An import paid or disputed {count} invoices"
MATCHED = "Matched {amount} (match {match})"
UNMATCHED = "Unmatched {amount} (match {match})"
DISPUTED = "Put {amount} of no. {number} into litigation"
DISPUTE_CHANGED = "Changed the litigation of no. {number} to {amount}"
DISPUTE_REMOVED = "Took no. {number} out of litigation"
DEPOSIT_REQUESTED = "Asked for the deposit {name} of {amount}"
DEPOSIT_FUNDED = "Received {amount} for the deposit {name}"
DEPOSIT_PAID = "Paid {amount} with the deposit {name}"
DEPOSIT_REFUNDED = "Gave back {amount} of the deposit {name}"
DEPOSIT_CANCELLED = "Cancelled the deposit {name} of {amount}"
DEPOSIT_BOUNCED = "The bank took back {amount} of the deposit {name}"
PLAN_DRAFTED = "Drafted instalment plan {number} of {amount}"
PLAN_EDITED = "Changed the instalments of plan {number}"
PLAN_ACTIVATED = "Activated instalment plan {number} of {amount}"
PLAN_BROKEN = "Broke instalment plan {number}: {amount} not paid"
PLAN_CANCELLED = "Cancelled the draft of instalment plan {number}"
ADJUSTED = "Adjusted the balance: {what} of {amount}"
CUSTOMER_CREATED = "Created the customer {code}"
STATE_CHANGED = "Changed the account from {old} to {new}"
CREATED = "Created the {noun}"
CHANGED = "Changed the {noun}: {fields}"
CHANGED_PLAINLY = "Changed the {noun}"
DONE = "{verb} the {noun}"
OTHER = "{words}"

SENTENCES = (
    REGISTERED, INVOICED, INVOICED_NAMED, REFUNDED, REJECTED, WRITTEN_OFF, POSTED, POSTED_MANY, POSTED_SOME, IMPORTED, MATCHED, UNMATCHED,
    DEPOSIT_REQUESTED, DEPOSIT_FUNDED, DEPOSIT_PAID, DEPOSIT_REFUNDED, DEPOSIT_CANCELLED, DEPOSIT_BOUNCED,
    PLAN_DRAFTED, PLAN_EDITED, PLAN_ACTIVATED, PLAN_BROKEN, PLAN_CANCELLED, DISPUTED, DISPUTE_CHANGED, DISPUTE_REMOVED, ADJUSTED,
    CUSTOMER_CREATED, STATE_CHANGED, CREATED, CHANGED, CHANGED_PLAINLY, DONE, OTHER,
)  # fmt: skip
"""Every template, for those who translate them."""

BY_CLASS = {
    "P": REGISTERED, "AP": REGISTERED, "RF": REFUNDED, "ARF": REFUNDED, "R": REJECTED, "W": WRITTEN_OFF, "I": INVOICED,
}  # fmt: skip
PAST = {"create": "Created", "change": "Changed", "update": "Changed", "edit": "Changed", "close": "Closed",
        "delete": "Deleted", "add": "Added", "approve": "Approved", "reject": "Rejected", "withdraw": "Withdrew",
        "propose": "Proposed", "begin": "Began", "assign": "Assigned", "return": "Returned"}  # fmt: skip

KINDS: Mapping[str, tuple[str, ...]] = {
    "operations": ("post", "import\\_change", "receipt%", "adjustment", "unbilled%"),
    "matching": ("match", "unmatch"),
    "litigation": ("litigation%",),
    "deposits": ("deposit%",),
    "instalment plans": ("plan\\_%",),
    "customer": ("customer.%", "account.%", "billing\\_account.%", "user\\_account.%"),
    "approvals": ("approval%",),
}
"""What is done on accounts, by kind: patterns of verbs."""

Words = Callable[[KeptRecord, Sequence[PostedLine], str], Text]


def tell(record: KeptRecord, postings: Sequence[PostedLine], currency: str) -> Text:
    """A record in a sentence; `currency` is the account's."""
    return BY_VERB.get(record.verb, _other)(record, postings, currency)


def _money(amount: object, currency: str) -> Amount | str:
    """An amount, which stands in records as text; what is none is told as it stands."""
    try:
        exact = Decimal(str(amount))
    except ArithmeticError:
        return f"{amount} {currency}"
    return Amount(exact, currency, in_full=True) if exact.is_finite() else f"{amount} {currency}"


def _of(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _post(record: KeptRecord, postings: Sequence[PostedLine], currency: str) -> Text:
    told = _of(record.after)
    listed = told.get("operations")
    count = len(listed) if isinstance(listed, list) else int(str(told.get("count") or 1))
    if not postings:
        return Text(POSTED_SOME, {"count": str(count)})
    first = postings[0]
    if max(count, len(postings)) > 1:
        return Text(POSTED_MANY, {"count": str(max(count, len(postings))), "number": str(first.number)})
    values: dict[str, Value] = {
        "amount": _money(first.amount, currency),
        "number": str(first.number),
        "label": Label(first.label),
        "reference": first.reference or "",
    }
    template = POSTED if first.class_ == "I" and first.side < 0 else BY_CLASS.get(first.class_, POSTED)
    return Text(INVOICED_NAMED if template == INVOICED and first.reference else template, values)


def _imported(record: KeptRecord, postings: Sequence[PostedLine], currency: str) -> Text:
    del postings, currency
    return Text(IMPORTED, {"count": str(_of(record.after).get("invoices", ""))})


def _match(record: KeptRecord, postings: Sequence[PostedLine], currency: str) -> Text:
    del postings
    told = _of(record.after)
    values: dict[str, Value] = {"amount": _money(told.get("amount", 0), currency), "match": str(told.get("match", ""))}
    return Text(MATCHED if record.verb == "match" else UNMATCHED, values)


def _litigation(record: KeptRecord, postings: Sequence[PostedLine], currency: str) -> Text:
    del postings
    told = _of(record.after)
    values: dict[str, Value] = {
        "number": str(told.get("operation", "")),
        "amount": _money(told.get("disputed", 0), currency),
    }
    templates = {"litigation_enter": DISPUTED, "litigation_update": DISPUTE_CHANGED}
    return Text(templates.get(record.verb, DISPUTE_REMOVED), values)


def _deposit(record: KeptRecord, postings: Sequence[PostedLine], currency: str) -> Text:
    del postings
    told = _of(record.after)
    values: dict[str, Value] = {"name": str(told.get("name", "")), "amount": _money(told.get("amount", 0), currency)}
    return Text(DEPOSITS[record.verb], values)


def _plan(record: KeptRecord, postings: Sequence[PostedLine], currency: str) -> Text:
    del postings
    told = _of(record.after)
    amount = told.get("unpaid", told.get("amount", 0))
    values: dict[str, Value] = {"number": str(told.get("plan", "")), "amount": _money(amount, currency)}
    return Text(PLANS[record.verb], values)


def _adjusted(record: KeptRecord, postings: Sequence[PostedLine], currency: str) -> Text:
    del postings
    told = _of(record.after)
    what = str(told.get("type", "")).replace("_", " ")
    return Text(ADJUSTED, {"what": Label(what), "amount": _money(told.get("amount", 0), currency)})


def _customer_created(record: KeptRecord, postings: Sequence[PostedLine], currency: str) -> Text:
    del postings, currency
    return Text(CUSTOMER_CREATED, {"code": str(_of(record.after).get("code", ""))})


def _state(record: KeptRecord, postings: Sequence[PostedLine], currency: str) -> Text:
    del postings, currency
    old, new = (Label(str(_of(side).get("state", "")).lower()) for side in (record.before, record.after))
    return Text(STATE_CHANGED, {"old": old, "new": new})


def _other(record: KeptRecord, postings: Sequence[PostedLine], currency: str) -> Text:
    """A verb as words: `account.change` with the fields that changed, `approval_reject`, anything."""
    del postings, currency
    *noun, verb = re.split(r"[._]", record.verb)
    said, thing = PAST.get(verb), " ".join(noun)
    if said is None or not thing:
        return Text(OTHER, {"words": Label(" ".join([*noun, verb]).capitalize())})
    if said == "Changed":
        fields = [Label(name.replace("_", " ")) for name in sorted(_of(record.after))]
        return (
            Text(CHANGED, {"noun": Label(thing), "fields": fields})
            if fields
            else Text(CHANGED_PLAINLY, {"noun": Label(thing)})
        )
    return (
        Text(CREATED, {"noun": Label(thing)})
        if said == "Created"
        else Text(DONE, {"verb": Label(said), "noun": Label(thing)})
    )


DEPOSITS: Mapping[str, str] = {
    "deposit_request": DEPOSIT_REQUESTED,
    "deposit_fund": DEPOSIT_FUNDED,
    "deposit_pay": DEPOSIT_PAID,
    "deposit_refund": DEPOSIT_REFUNDED,
    "deposit_auto_refund": DEPOSIT_REFUNDED,
    "deposit_cancel": DEPOSIT_CANCELLED,
    "deposit_funding_rejected": DEPOSIT_BOUNCED,
}
PLANS = {
    "plan_draft": PLAN_DRAFTED,
    "plan_edit": PLAN_EDITED,
    "plan_activate": PLAN_ACTIVATED,
    "plan_break": PLAN_BROKEN,
    "plan_cancel": PLAN_CANCELLED,
}

BY_VERB: Mapping[str, Words] = {
    **dict.fromkeys(DEPOSITS, _deposit),
    "post": _post,
    "import_change": _imported,
    "match": _match,
    "unmatch": _match,
    "litigation_enter": _litigation,
    "litigation_update": _litigation,
    "litigation_remove": _litigation,
    **dict.fromkeys(PLANS, _plan),
    "adjustment": _adjusted,
    "customer.create": _customer_created,
    "account.state": _state,
}
