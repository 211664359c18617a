"""The properties an expression may read: path, kind, SQL fragment, and a line for people.

A fragment speaks of the aliases `o` (operation), `a` (customer account) and `b` (billing account), which the
statement around it provides. A Python row is a mapping keyed by the path.
"""

from __future__ import annotations

from dataclasses import dataclass

from .tree import NodeType

CURRENT_DATE = "currentDate"


@dataclass(frozen=True, slots=True)
class PropertySpec:
    """One property. `values` are the only texts it can hold, where it is a closed list."""

    path: str
    kind: NodeType
    sql: str
    doc: str
    values: tuple[str, ...] = ()


_T, _N, _D, _B = NodeType.TEXT, NodeType.NUMBER, NodeType.DATE, NodeType.BOOLEAN
_CLASSES = ("I", "P", "AP", "RF", "ARF", "R", "W", "OCC")
_SIDES = ("DEBIT", "CREDIT")
_SIDE_SQL = "(case o.side when 1 then 'DEBIT' else 'CREDIT' end)"
_MATCHING = ("O", "P", "L", "I", "R", "C")
_POSTING = ("POSTED", "EXPORTED", "REJECTED", "EXPORT_FAILED")

_OPERATION = (
    PropertySpec("type", _T, "o.class", "Class of the operation: I invoice, P payment, …", _CLASSES),
    PropertySpec("code", _T, "o.code", "Operation type, such as INV_STD."),
    PropertySpec("transactionCategory", _T, _SIDE_SQL, "DEBIT or CREDIT.", _SIDES),
    PropertySpec("number", _N, "o.number::numeric", "Number of the operation within its account."),
    PropertySpec("amount", _N, "o.amount", "Amount, always positive."),
    PropertySpec("unMatchingAmount", _N, "o.open", "What is not matched yet."),
    PropertySpec("matchingAmount", _N, "(o.amount - o.open)", "What is matched."),
    PropertySpec("disputedAmount", _N, "o.disputed", "What is in litigation."),
    PropertySpec(
        "matchingStatus", _T, "o.matching_status", "O open, P partial, L matched, I litigation, R, C.", _MATCHING
    ),
    PropertySpec("status", _T, "o.posting_status", "Posting status.", _POSTING),
    PropertySpec("transactionDate", _D, "o.operation_on", "Date of the operation."),
    PropertySpec("dueDate", _D, "o.due_on", "Due date."),
    PropertySpec("collectionDate", _D, "o.collected_on", "Date the money was collected."),
    PropertySpec("reference", _T, "o.reference", "Reference, such as the invoice number."),
    PropertySpec("description", _T, "o.description", "Description."),
    PropertySpec("currency", _T, "o.currency", "Currency code."),
    PropertySpec("paymentMethod", _T, "o.payment_method", "Payment method."),
    PropertySpec("excludeFromDefaultBalance", _B, "o.excluded", "Is it kept out of the default balance?"),
    PropertySpec("litigationReason", _T, "o.litigation_reason", "Why it is in litigation."),
    PropertySpec("orderNumber", _T, "o.order_number", "Order number."),
)
_ACCOUNT = (
    PropertySpec("code", _T, "a.code", "Code of the customer account."),
    PropertySpec("description", _T, "a.description", "Description of the customer account."),
    PropertySpec("currency", _T, "a.currency", "Currency of the customer account."),
    PropertySpec("status", _T, "a.state", "State of the customer account."),
    PropertySpec("paymentMode", _T, "a.payment_mode", "Prepaid or postpaid."),
    PropertySpec("customerCode", _T, "a.customer_code", "Code of the customer."),
    PropertySpec("customerCategory", _T, "a.customer_category", "Category of the customer."),
)
_BILLING = (
    PropertySpec("code", _T, "b.code", "Code of the billing account."),
    PropertySpec("description", _T, "b.description", "Description of the billing account."),
)
_TODAY = PropertySpec(CURRENT_DATE, _D, "%(current_date)s::date", "Today, or the day the balance is asked for.")


def _below(owner: str, specs: tuple[PropertySpec, ...]) -> tuple[PropertySpec, ...]:
    return tuple(PropertySpec(f"{owner}.{s.path}", s.kind, s.sql, s.doc, s.values) for s in specs)


PROPERTIES: dict[str, PropertySpec] = {
    spec.path: spec
    for spec in (
        *_below("accountOperation", _OPERATION),
        *_below("customerAccount", _ACCOUNT),
        *_below("billingAccount", _BILLING),
        _TODAY,
    )
}
