"""The kinds of events: what each tells, the audit records it is made of, and what it says in `after`.

The OpenAPI document (`webhooks`), `GET /event-kinds`, the reference page and the relay all read this list.
"""

from __future__ import annotations

from dataclasses import dataclass

from .payloads import (
    AdjustmentPayload,
    DepositPayload,
    ImportedChange,
    ItemPayload,
    JobPayload,
    LitigationPayload,
    MatchPayload,
    Payload,
    PeriodPayload,
    PlanPayload,
    Posting,
    ReceiptPart,
)


@dataclass(frozen=True, slots=True)
class EventKind:
    """What receivers may ask for: a stable code, what it tells, the verbs of the audit records that are such events.

    A verb may name the kind that a posting has besides: `post:refund`. `payload` is what `after` holds; none: the fields that
    the audit record has, which differ.
    """

    code: str
    label: str
    verbs: tuple[str, ...]
    payload: type[Payload] | None = None


def _deposit(code: str, label: str, *steps: str) -> EventKind:
    return EventKind(f"deposit.{code}", label, tuple(f"deposit_{step}" for step in steps), DepositPayload)


KINDS = (
    EventKind("operation.posted", "Operations were posted on an account.", ("post",), Posting),
    EventKind("payment.refunded", "A payment was refunded.", ("post:refund",), Posting),
    EventKind("payment.rejected", "The bank gave a payment or a refund back.", ("post:rejection",), Posting),
    EventKind("operation.written_off", "What was open of an operation was written off.", ("post:write_off",), Posting),
    EventKind("operation.transferred", "An operation was brought to another account; each of the two has its event.", ("post:transfer",), Posting),
    EventKind("operation.reversed", "A write-off or a credit note was taken back.", ("post:reversal",), Posting),
    EventKind("invoice.credited", "A credit note was made against an invoice.", ("post:credit_note",), Posting),
    EventKind("match.created", "Debits and credits of an account were matched.", ("match",), MatchPayload),
    EventKind("match.reversed", "A match was taken back, wholly or in part.", ("unmatch",), MatchPayload),
    EventKind("matching.finished", "Mass matching matched a group of accounts; `after` counts.", ("match_all",)),
    EventKind("litigation.entered", "An invoice, or a part of it, is in litigation.", ("litigation_enter",), LitigationPayload),
    EventKind("litigation.changed", "A litigation was changed.", ("litigation_update",), LitigationPayload),
    EventKind("litigation.removed", "A litigation is over.", ("litigation_remove",), LitigationPayload),
    _deposit("requested", "A security deposit was asked for.", "request"),
    _deposit("funded", "Money came in for a security deposit.", "fund"),
    _deposit("funding_rejected", "The bank took back money of a security deposit.", "funding_rejected"),
    _deposit("used", "Debits were paid with a security deposit.", "pay"),
    _deposit("refunded", "A security deposit, or a part of it, was given back.", "refund", "auto_refund"),
    _deposit("cancelled", "A security deposit was cancelled.", "cancel"),
    EventKind("plan.drafted", "An instalment plan was drafted.", ("plan_draft",), PlanPayload),
    EventKind("plan.changed", "The draft of an instalment plan was changed.", ("plan_edit",), PlanPayload),
    EventKind("plan.activated", "An instalment plan is in force.", ("plan_activate",), PlanPayload),
    EventKind("plan.broken", "An instalment plan was broken.", ("plan_break",), PlanPayload),
    EventKind("plan.cancelled", "The draft of an instalment plan was cancelled.", ("plan_cancel",), PlanPayload),
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
    EventKind(
        "balance.adjusted", "A transaction of the balance adjustment wizard was carried out.", ("adjustment",), AdjustmentPayload
    ),
    EventKind(
        "unbilled.changed",
        "A charge or credit waits for the next invoice, or was taken back.",
        ("unbilled_item", "unbilled_item_taken_back"),
        ItemPayload,
    ),
    EventKind("receipt.recorded", "Money came in that no account is known for yet.", ("receipt_record",)),
    EventKind("receipt.assigned", "Such money was given to an account.", ("receipt_assign",), ReceiptPart),
    EventKind("receipt.returned", "Such money was sent back.", ("receipt_return",)),
    EventKind(
        "import.finished",
        "Rows of a file were written, of a large file a part at a time; `after` counts.",
        ("import_receivables", "import_customers"),
    ),
    EventKind("import.changed", "An import paid or disputed invoices it had brought before.", ("import_change",), ImportedChange),
    EventKind("job.finished", "Long work ended: done, refused, failed or cancelled.", ("job_end",), JobPayload),
    EventKind("period.closed", "Accounting periods were closed.", ("accounting_period_close",), PeriodPayload),
    EventKind("period.reopened", "Accounting periods were opened again.", ("accounting_period_reopen",), PeriodPayload),
)  # fmt: skip
"""A verb that is missing here makes no event: settings, users, tokens and the outbox itself are nobody else's business."""

KIND_OF_VERB = {verb: kind.code for kind in KINDS for verb in kind.verbs}
CODES = tuple(kind.code for kind in KINDS)

TEST_KIND = "webhook.test"
"""The kind of a test event; every endpoint takes it."""
