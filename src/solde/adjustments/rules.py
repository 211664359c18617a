"""What the wizard may do with an account. Pure: no database, no clock.

Source: product §6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from solde.access.model import Permission
from solde.cards.model import CardTransaction
from solde.cards.rules import capturable, refundable
from solde.kernel.money import ZERO, check_positive
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import Amount, say
from solde.unbilled.model import ItemKind
from solde.unbilled.rules import PROMOTIONS, check_comment

from .model import (
    CARD_TYPES,
    LEDGER_TYPES,
    SERVICE_TYPES,
    TRANSACTION_TYPES,
    AccountStanding,
    AdjustmentRequest,
    AdjustmentType,
    OpenCredit,
    Option,
)

T = AdjustmentType

UNKNOWN_TYPE = declare("unknown_adjustment_type", Kind.INVALID, "Use one of the ten types named in the message.")
UNKNOWN_ADJUSTMENT = declare("unknown_adjustment", Kind.NOT_FOUND, "Use a number of GET …/adjustments.")
SERVICE_MISSING = declare("adjustment_service_missing", Kind.INVALID, "Name the service that is charged or credited.")
SERVICE_UNEXPECTED = declare(
    "adjustment_service_unexpected", Kind.INVALID, "Leave the service out: only charges and credits name one."
)
AMOUNT_MISSING = declare("adjustment_amount_missing", Kind.INVALID, "Say how much, above zero.")
FIELD_UNEXPECTED = declare(
    "adjustment_field_unexpected", Kind.INVALID, "Leave the field out: this transaction has no use for it."
)
NOTHING_UNALLOCATED = declare(
    "nothing_unallocated", Kind.CONFLICT, "Only payments that pay no invoice yet can be refunded; unmatch one first."
)
OVER_UNALLOCATED = declare(
    "refund_over_unallocated", Kind.CONFLICT, "Refund at most what is unallocated, as the message says."
)
OVER_FUNDS = declare("refund_over_funds", Kind.CONFLICT, "Refund at most the funds that are left, as the message says.")
NOT_ADJUSTABLE = declare("account_not_adjustable", Kind.CONFLICT, "A closed account is not adjusted; open another one.")

ITEM_KINDS: Mapping[AdjustmentType, ItemKind] = {
    T.MANUAL_CHARGE: ItemKind.MANUAL_CHARGE,
    T.MANUAL_CREDIT: ItemKind.MANUAL_CREDIT,
    T.PROMOTIONAL_CREDIT: ItemKind.PROMOTION,
}
NEEDED: Mapping[AdjustmentType, Permission] = {
    T.MANUAL_PAYMENT: Permission.PAYMENTS,
    T.REFUND: Permission.REFUNDS,
    T.ECOMMERCE_PAYMENT: Permission.CARDS,
    T.ECOMMERCE_REFUND: Permission.CARDS,
    T.AUTHORIZATION_ONLY: Permission.CARDS,
    T.CAPTURE_PAYMENT: Permission.CARDS,
    T.VOID: Permission.CARDS,
}
"""What a transaction needs besides the permission to adjust."""


def check_request(request: AdjustmentRequest, standing: AccountStanding) -> list[Refusal]:
    """Every reason why a transaction cannot run.

    What a service, an item, a payment, a refund or a card demands further is refused where they are made.
    """
    if standing.state == "CLOSED" and request.type is not T.VOID:
        return [refuse(NOT_ADJUSTABLE, "the account is closed", field="account")]
    found = [_check_service(request), *_check_fields(request), *_check_comments(request)]
    if request.amount is None:
        missing = refuse(AMOUNT_MISSING, "the amount is missing", field="amount")
        found.append(None if request.type in TRANSACTION_TYPES else missing)
    elif (bad := check_positive(request.amount)) is not None:
        found.append(bad.at(field="amount"))
    elif request.type is T.REFUND:
        found.append(check_refund(request.amount, standing))
    return [bad for bad in found if bad is not None]


def _check_service(request: AdjustmentRequest) -> Refusal | None:
    if request.type in SERVICE_TYPES:
        missing = not request.service
        return refuse(SERVICE_MISSING, "a charge or a credit is for a service", field="service") if missing else None
    allowed = (None, PROMOTIONS) if request.type is T.PROMOTIONAL_CREDIT else (None,)
    if request.service in allowed:
        return None
    return refuse(SERVICE_UNEXPECTED, "{type} is for no service", type=request.type, field="service")


def _check_fields(request: AdjustmentRequest) -> list[Refusal]:
    kind = request.type
    unused = {
        "method": request.method is not None and kind not in (T.MANUAL_PAYMENT, T.REFUND),
        "transaction_id": request.transaction is not None and kind not in TRANSACTION_TYPES,
        "card": request.card is not None and kind not in CARD_TYPES,
        "reference": request.reference is not None and kind is not T.MANUAL_PAYMENT,
        "date": request.on is not None and kind not in LEDGER_TYPES,
        "amount": request.amount is not None and kind is T.VOID,
    }
    return [
        refuse(FIELD_UNEXPECTED, "{type} has no {name}", type=request.type, name=name, field=name)
        for name, given in unused.items()
        if given
    ]


def _check_comments(request: AdjustmentRequest) -> list[Refusal | None]:
    return [check_comment(request.visible, "visible"), check_comment(request.internal, "internal")]


def check_refund(amount: Decimal, standing: AccountStanding) -> Refusal | None:
    """May this much be given back?"""
    currency = standing.currency
    if amount > standing.unallocated:
        said = say(
            "{amount} is more than the {unallocated} of payments unallocated",
            amount=Amount(amount, currency),
            unallocated=standing.unallocated,
        )
        return refuse(OVER_UNALLOCATED, said, field="amount")
    free = standing.funds - standing.reserved
    if standing.is_prepaid and amount > free:
        said = say("{amount} is more than the funds of {free}", amount=Amount(amount, currency), free=max(free, ZERO))
        return refuse(OVER_FUNDS, said, field="amount")
    return None


def split_refund(credits: Sequence[OpenCredit], amount: Decimal) -> list[tuple[int, Decimal]]:
    """What is taken of which unallocated payment: the oldest first.

    Shape: in order of their due dates; together at least the amount.
    """
    taken: list[tuple[int, Decimal]] = []
    left = amount
    for credit in credits:
        part = min(left, credit.available)
        if part > 0:
            taken.append((credit.number, part))
            left -= part
    assert left == 0, "the credits do not reach"
    return taken


def option_of(kind: AdjustmentType, standing: AccountStanding) -> Option:
    """Can a transaction without a card run now on this account?"""
    if standing.state == "CLOSED":
        return Option(kind, "The account is closed.")
    if kind is not T.REFUND:
        return Option(kind)
    if standing.unallocated == 0:
        return Option(kind, "No payment is unallocated.")
    if standing.refundable == 0:
        return Option(kind, "No funds are left.")
    return Option(kind, None, standing.refundable)


def card_option(
    kind: AdjustmentType,
    standing: AccountStanding,
    *,
    cards: int,
    transactions: Sequence[CardTransaction],
    now: datetime,
) -> Option:
    """Can a transaction of a card run now? `most` is the largest amount of one card transaction."""
    if standing.state == "CLOSED" and kind is not T.VOID:
        return Option(kind, "The account is closed.")
    if kind in CARD_TYPES:
        return Option(kind) if cards else Option(kind, "The account has no card.")
    found = subjects(kind, transactions, now)
    if found:
        return Option(kind, None, None if kind is T.VOID else max(amount for _, amount in found))
    if kind is T.ECOMMERCE_REFUND:
        return Option(kind, "No card payment is left to refund.")
    return Option(kind, "No authorization is waiting: none was made, or it was captured, voided or has expired.")


def subjects(
    kind: AdjustmentType, transactions: Sequence[CardTransaction], now: datetime
) -> list[tuple[CardTransaction, Decimal]]:
    """The card transactions that it can be done to, each with the most of it."""
    whole = [one for one in transactions if one.kind.stands_alone]
    if kind is T.ECOMMERCE_REFUND:
        return [(one, left) for one in whole if (left := refundable(one)) > 0]
    return [(one, most) for one in whole if (most := capturable(one, now)) > 0]


def missing_permission(kind: AdjustmentType, permissions: frozenset[Permission]) -> Permission | None:
    """What somebody with these permissions lacks for a transaction."""
    wanted = [Permission.ADJUSTMENTS, *([NEEDED[kind]] if kind in NEEDED else [])]
    return next((permission for permission in wanted if permission not in permissions), None)
