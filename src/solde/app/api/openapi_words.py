"""What fields and parameters mean, and what they may be, where their own declaration does not say."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from solde.access.model import Role
from solde.approvals.model import ApprovalState
from solde.balances.model import FigureSource
from solde.cards.model import CardCondition, CardKind, CardState, ChargebackState, Verdict
from solde.closing.model import BlockerKind
from solde.customers.model import AccountState, CustomerKind, InvoiceMode, PaymentMode
from solde.instalments.model import Remainder, Shift, Unit
from solde.litigation.model import DisputeVerb
from solde.matching.model import MatchKind
from solde.operations.model import CLASSES, MatchingStatus, PostingStatus, Side
from solde.payments.model import ReceiptState
from solde.unbilled.model import ItemKind

OPEN_OR_CLOSED = ("ACTIVE", "CLOSED")
BELOW = ("ACTIVE", "CANCELED", "TERMINATED", "CLOSED")

CLOSED: Mapping[str, Iterable[str]] = {
    "payment_mode": PaymentMode,
    "invoice_mode": InvoiceMode,
    "class": CLASSES,
    "side": [side.word for side in Side],
    "matching_status": MatchingStatus,
    "posting_status": PostingStatus,
    "role": Role,
    "Account.state": AccountState,
    "FoundAccount.state": AccountState,
    "RankedBalance.state": AccountState,
    "Customer.state": OPEN_OR_CLOSED,
    "FoundCustomer.state": OPEN_OR_CLOSED,
    "BillingAccount.state": BELOW,
    "UserAccount.state": BELOW,
    "Customer.kind": CustomerKind,
    "FoundCustomer.kind": CustomerKind,
    "Approval.state": ApprovalState,
    "Balance.source": FigureSource,
    "DefinitionPreview.source": FigureSource,
    "Blocker.kind": BlockerKind,
    "Card.state": CardCondition,
    "Chargeback.state": ChargebackState,
    "GatewayCall.verdict": Verdict,
    "CardTransaction.kind": CardKind,
    "CardTransaction.state": CardState,
    "ListedCardTransaction.kind": CardKind,
    "ListedCardTransaction.state": CardState,
    "Litigation.verb": DisputeVerb,
    "LitigationEvent.verb": DisputeVerb,
    "Match.kind": MatchKind,
    "Receipt.state": ReceiptState,
    "Plan.remainder": Remainder,
    "PlanRule.remainder": Remainder,
    "PlanRule.shift": Shift,
    "PlanRule.unit": Unit,
    "UnbilledItem.kind": ItemKind,
    "ItemPayload.kind": ItemKind,
    "get /customers.kind": CustomerKind,
    "get /customers.state": OPEN_OR_CLOSED,
    "get /customers.account_state": AccountState,
    "get /customers:export.kind": CustomerKind,
    "get /approvals.state": ApprovalState,
    "get /accounts/{account}/card-transactions.kind": CardKind,
    "get /accounts/{account}/card-transactions.state": CardState,
}
"""The values of what can be nothing else, by the name of the field, or by `Schema.name` or `method address.name`."""


@cache
def words() -> Mapping[str, str]:
    """What a field means by its name, or by `Schema.name`."""
    found: dict[str, str] = tomllib.loads((files(__package__) / "openapi_words.toml").read_text(encoding="utf-8"))
    return found


def described(schema: dict[str, Any], owner: str, name: str) -> dict[str, Any]:
    """A field with what it means and the values it may have; `owner` is its schema, or `method address`."""
    values = CLOSED.get(f"{owner}.{name}") or CLOSED.get(name)
    found = dict(schema) if values is None or "enum" in str(schema) else _closed(schema, list(values))
    said = schema.get("description") or words().get(f"{owner}.{name}") or words().get(name)
    return found | ({"description": said} if said else {})


def _closed(schema: dict[str, Any], values: list[str]) -> dict[str, Any]:
    """The text that a schema allows is one of these values."""
    if schema.get("type") == "string":
        return schema | {"enum": [str(value) for value in values]}
    if "anyOf" in schema:
        return schema | {"anyOf": [_closed(one, values) for one in schema["anyOf"]]}
    return schema | {"items": _closed(schema["items"], values)} if "items" in schema else schema
