"""The kinds of events, and the audit records they are made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventKind:
    """What receivers may ask for: a stable code, what it tells, the verbs of the audit records that are such events."""

    code: str
    label: str
    verbs: tuple[str, ...]


KINDS = (
    EventKind("operation.posted", "Operations were posted on an account.", ("post",)),
    EventKind("match.created", "Debits and credits of an account were matched.", ("match",)),
    EventKind("match.reversed", "A match was taken back, wholly or in part.", ("unmatch",)),
    EventKind("matching.finished", "Mass matching matched a group of accounts; `after` counts.", ("match_all",)),
    EventKind("litigation.entered", "An invoice, or a part of it, is in litigation.", ("litigation_enter",)),
    EventKind("litigation.changed", "A litigation was changed.", ("litigation_update",)),
    EventKind("litigation.removed", "A litigation is over.", ("litigation_remove",)),
    EventKind("plan.drafted", "An instalment plan was drafted.", ("plan_draft",)),
    EventKind("plan.changed", "The draft of an instalment plan was changed.", ("plan_edit",)),
    EventKind("plan.activated", "An instalment plan is in force.", ("plan_activate",)),
    EventKind("plan.broken", "An instalment plan was broken.", ("plan_break",)),
    EventKind("plan.cancelled", "The draft of an instalment plan was cancelled.", ("plan_cancel",)),
    EventKind("customer.created", "A customer was created with its accounts.", ("customer.create",)),
    EventKind("customer.changed", "What is said of a customer was changed.", ("customer.change",)),
    EventKind("customer.closed", "A customer was closed.", ("customer.close",)),
    EventKind("account.created", "A customer got another account.", ("account.create",)),
    EventKind("account.changed", "What is said of an account was changed.", ("account.change",)),
    EventKind("account.state_changed", "An account was activated, blocked, suspended or closed.", ("account.state",)),
    EventKind("approval.waiting", "Something waits for a second person.", ("approval_propose",)),
    EventKind(
        "approval.decided",
        "What waited was approved, rejected or withdrawn.",
        ("approval_approve", "approval_reject", "approval_withdraw"),
    ),
    EventKind("card.asked", "Something is asked of the card gateway.", ("card_intent",)),
    EventKind("card.changed", "A card transaction has another state.", ("card_state",)),
    EventKind("card.charged_back", "A chargeback was opened, won or lost.", ("card_chargeback",)),
    EventKind(
        "card.stored", "A card was added, removed or made the default.", ("card_add", "card_remove", "card_default")
    ),
    EventKind("balance.adjusted", "A transaction of the balance adjustment wizard was carried out.", ("adjustment",)),
    EventKind(
        "unbilled.changed",
        "A charge or credit waits for the next invoice, or was taken back.",
        ("unbilled_item", "unbilled_item_taken_back"),
    ),
    EventKind("receipt.recorded", "Money came in that no account is known for yet.", ("receipt_record",)),
    EventKind("receipt.assigned", "Such money was given to an account.", ("receipt_assign",)),
    EventKind("receipt.returned", "Such money was sent back.", ("receipt_return",)),
    EventKind(
        "import.finished",
        "Rows of a file were written, of a large file a part at a time; `after` counts.",
        ("import_receivables", "import_customers"),
    ),
)
"""A verb that is missing here makes no event: settings, users, tokens and the outbox itself are nobody else's business."""

KIND_OF_VERB = {verb: kind.code for kind in KINDS for verb in kind.verbs}
CODES = tuple(kind.code for kind in KINDS)

TEST_KIND = "webhook.test"
"""The kind of a test event; every endpoint takes it."""
