"""Which columns verification does not prove, and why. A new table or column that is neither sealed, recomputed nor listed here fails a test."""

from __future__ import annotations

RECOMPUTED = (
    "account", "account_total", "approval_day", "balance_definition", "balance_snapshot", "closed_span", "journal_sequence", "open_dispute",
    "open_item", "settled_item", "unbilled_total", "unidentified_receipt", "accounting_export_part", "audit_record", "audit_block", "sealed_state",
)  # fmt: skip
"""Tables whose columns follow from others, and are computed again; the seals themselves."""

FOLLOWS = "made anew by itself from what is proved, and no figure is read from it"
PASSING = "work that passes: dropped or done again when it is over, and no figure, right or document depends on it"
OUTSIDE = "stands for the other side, a gateway that keeps its own books"
TIMES = "when or how often something was tried or looked at; nothing follows from it"

UNPROVED = {
    "account_standing": FOLLOWS,
    "standing_head": FOLLOWS,
    "standing_total": FOLLOWS,
    "search_term": FOLLOWS,
    "balance_snapshot_head": "how far snapshots know the ledger; a wrong one shows by the snapshots that do not fit it, or only slows",
    "accounting_mark": "how far the books are; a wrong one shows by operations that are taken without a piece, or have one before",
    "recently_viewed": PASSING,
    "user_preference": "how a person likes pages",
    "web_session": PASSING,
    "sign_in_throttle": PASSING,
    "sign_in_device": "browsers that signed in before: a wrong one only lets a password be tried, or makes its owner wait",
    "job": PASSING,
    "job_error": PASSING,
    "job_file": PASSING,
    "import_upload": PASSING,
    "import_upload_part": PASSING,
    "outbox_message": PASSING,
    "outbox_attachment": PASSING,
    "outbox_relay": PASSING,
    "outbox_mailing": TIMES,
    "sandbox_card": OUTSIDE,
    "sandbox_chargeback": OUTSIDE,
    "sandbox_event": OUTSIDE,
    "sandbox_merchant": OUTSIDE,
    "sandbox_request": OUTSIDE,
    "sandbox_setup": OUTSIDE,
    "api_token.last_used_at": TIMES,
    "app_user.last_sign_in_at": TIMES,
    "card_transaction.attempts": TIMES,
    "card_transaction.changed_at": TIMES,
    "card_transaction.check_at": TIMES,
    "card_transaction.redirect_url": "an address of the gateway that is of no use once the page was left",
    "card_transaction.alert": "a note for a person, written and taken back as things go on; it moves nothing",
    "card_setup.redirect_url": "an address of the gateway that is of no use once the page was left",
    "card_setup.gateway_reference": "asked for again where it is missing; the card that came of it is sealed",
    "customer.incomplete": "which fields are missing; it follows from the fields, which are sealed",
    "webhook.through_id": "how far events were made; a wrong one sends some again or late",
    "webhook.through_account": "how far events were made; a wrong one sends some again or late",
    "webhook.failing_since": TIMES,
    "webhook.tried_at": TIMES,
    "accounting_export.kept_at": "since when the file is kept; the file and what it must be are compared",
    "accounting_export_part.part": "only the order of the parts counts, which the digest of the whole file proves",
    "settled_item.flat": "false is never wrong: the matches and disputes are read instead; true is found where it is wrong",
    "idempotency.response": "dropped after a while; as long as it is there, one that names operations is compared with them",
    "audit_block.sealed_at": TIMES,
    "sealed_state.block_number": "which block a row was sealed with, for who reads a difference",
}
"""Tables, and columns of tables, whose errors may stay unfound."""


ADDED = {
    "card_attempt": "calls are noted before it is known what comes of them, without an audit record; those there are cannot change",
    "gateway_event": "words of gateways come without an audit record; those there are cannot change",
}
"""Tables to which a row may be added without being found."""

ROWS = {"gateway_event": "account_id > 0"}
"""Of these tables the rows that are proved; an event of a gateway that concerned no account says nothing about one."""


def reason_of(table: str, column: str | None, kind: str = "") -> str | None:
    """Why an error there may stay unfound; none where it must be found."""
    added = ADDED.get(table) if kind.startswith("insert") else None
    return added or UNPROVED.get(table) or UNPROVED.get(f"{table}.{column}")
