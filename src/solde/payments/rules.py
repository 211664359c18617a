"""What may be refunded, rejected, transferred, written off or assigned. Pure: no database, no clock."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from solde.kernel.card_numbers import check_no_card_number
from solde.kernel.money import EXACT, SCALE, ZERO, check_positive, round_to
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import Label, say
from solde.matching.rules import ALREADY_MATCHED, DEPOSIT, IN_LITIGATION, OVER_MATCHING, TOO_EARLY, WRONG_SIDE
from solde.operations.model import OpenItem, OperationType, Side
from solde.operations.rules import UNKNOWN_OPERATION

from .credit_model import CreditNote, CreditRoom, Parts
from .model import AccountOwner, Receipt, ReceiptState, Route, Routes, StandingLine

MOST_TEXT = 500
PAYMENT_CLASSES = ("P", "AP")
REFUND_CLASSES = ("RF", "ARF")
ROUNDING_TYPES = ("RND_INC", "RND_EXP")
WRITE_OFF_TYPES = {Side.DEBIT: "EXP_WRT", Side.CREDIT: "INC_WRT"}
"""By the side of what is given up."""
WRITE_OFF_BACK = {"EXP_WRT": "EXP_REV", "INC_WRT": "INC_REV"}
CREDIT_NOTE_TYPE = "INV_CRN"
CREDIT_NOTE_BACK = "INV_CRR"
TRANSFER_TYPES = {Side.DEBIT: "DBT_TRS", Side.CREDIT: "CRD_TRS"}
"""By the side of what is posted."""

NO_METHOD = declare("payment_method_unknown", Kind.INVALID, "Use a code of GET /api/v1/payment-methods.")
NOT_REFUNDABLE = declare("not_refundable", Kind.CONFLICT, "Refund money received or a credit note, not a write-off.")
NO_REFUND_TYPE = declare("no_refund_type", Kind.CONFLICT, "Name the payment method by which the money goes back.")
NOT_A_REFUND = declare("not_a_refund", Kind.INVALID, "Use a refund type: a debit of class RF or ARF.")
WHY_MISSING = declare("action_reason_missing", Kind.INVALID, "Say why in the reason, for those who look later.")
WHY_TOO_LONG = declare("action_reason_too_long", Kind.INVALID, "Shorten the reason to the length named.")
WHY_UNPRINTABLE = declare("action_reason_unprintable", Kind.INVALID, "Remove control characters from the reason.")
NOT_REJECTABLE = declare("not_rejectable", Kind.CONFLICT, "Only payments and refunds are rejected; unmatch others.")
NO_REJECTION_TYPE = declare(
    "no_rejection_type", Kind.CONFLICT, "What came or went this way cannot be rejected; refund it or post a charge."
)
ALREADY_REJECTED = declare("already_rejected", Kind.CONFLICT, "It was rejected before; nothing is left to do.")
PAYMENT_REFUNDED = declare(
    "payment_refunded", Kind.CONFLICT, "Reject the refund first, or settle the rest with the customer."
)
PAYMENT_MOVED = declare(
    "payment_moved", Kind.CONFLICT, "Bring it back from the other account first, or reject it there."
)
PAYS_DEPOSIT = declare(
    "payment_of_deposit",
    Kind.CONFLICT,
    "Reject it in the deposit: POST /api/v1/accounts/…/security-deposits/…/reject-funding.",
)
NOT_A_WRITE_OFF = declare("not_a_write_off", Kind.CONFLICT, "Name the write-off itself, not what it gave up.")
ALREADY_TAKEN_BACK = declare("write_off_already_reversed", Kind.CONFLICT, "It was taken back before.")
NOT_CREDITABLE = declare("not_creditable", Kind.CONFLICT, "Credit invoices: debits of class I.")
OVER_CREDITED = declare(
    "over_credited", Kind.CONFLICT, "Credit at most what is left of the invoice, as the message says."
)
CREDITED_IN_DISPUTE = declare(
    "credit_note_in_dispute", Kind.CONFLICT, "Update or remove the litigation first; then credit what was disputed."
)
NOT_A_CREDIT_NOTE = declare("not_a_credit_note", Kind.CONFLICT, "Name the credit note itself, not its invoice.")
CREDIT_NOTE_BACK_BEFORE = declare("credit_note_already_reversed", Kind.CONFLICT, "It was taken back before.")
CREDIT_NOTE_REFUNDED = declare(
    "credit_note_refunded", Kind.CONFLICT, "Reject the refund first, or invoice the customer anew."
)
SAME_ACCOUNT = declare("transfer_to_itself", Kind.INVALID, "Name another account to transfer to.")
CURRENCIES_DIFFER = declare(
    "transfer_currency_differs", Kind.INVALID, "Transfer to an account of the same currency; an account has one."
)
SELLERS_DIFFER = declare(
    "transfer_seller_differs", Kind.CONFLICT, "Transfer between accounts of one seller; refund and collect otherwise."
)
UNKNOWN_RECEIPT = declare("unknown_receipt", Kind.NOT_FOUND, "Use an id of GET /api/v1/unidentified-receipts.")
RECEIPT_CLOSED = declare("receipt_closed", Kind.CONFLICT, "It is wholly assigned or returned; nothing of it is left.")
OVER_ASSIGNED = declare("receipt_over_assigned", Kind.CONFLICT, "Assign at most what is left of the receipt.")
RECEIPT_SELLER_DIFFERS = declare("receipt_seller_differs", Kind.CONFLICT, "Assign it to an account of its seller.")


def check_reason(reason: str | None) -> Refusal | None:
    """Is it said why, in fit words?"""
    if reason is None or not reason.strip():
        return refuse(WHY_MISSING, "the reason is missing", field="reason")
    return check_words(reason)


def check_words(reason: str | None) -> Refusal | None:
    """Can the reason, if any, be kept?"""
    if reason is None:
        return None
    if len(reason) > MOST_TEXT:
        said = say("the reason has {count} characters; {most_text} are allowed", count=len(reason), most_text=MOST_TEXT)
        return refuse(WHY_TOO_LONG, said, field="reason")
    if "\0" in reason:
        return refuse(WHY_UNPRINTABLE, "the reason holds a control character", field="reason")
    return check_no_card_number(reason, "reason")


def check_settled(
    number: int, side: Side | None, item: OpenItem | None, amount: Decimal | None, deposit_type_ids: Collection[int]
) -> Refusal | None:
    """May this much of an operation be settled by an operation made for it? `side` None: either.

    Refuses: unknown_operation, wrong_side, deposit_operation, already_matched, in_litigation, over_matching, and what
    `check_positive` refuses.
    """
    if item is None:
        return refuse(UNKNOWN_OPERATION, "the account has no operation {number}", number=number)
    if side is not None and item.side is not side:
        return refuse(WRONG_SIDE, "operation {number} is a {word}", number=number, word=Label(item.side.word))
    if item.type_id in deposit_type_ids:
        return refuse(DEPOSIT, "operation {number} belongs to a security deposit", number=number)
    if item.open == 0:
        return refuse(ALREADY_MATCHED, "operation {number} is already matched", number=number)
    if item.available == 0:
        return refuse(IN_LITIGATION, "operation {number} is in litigation", number=number)
    if amount is None:
        return None
    if (bad := check_positive(amount)) is not None:
        return bad.at(field="amount")
    if amount > item.available:
        said = say(
            "{amount} is asked of operation {number}; {available} is available",
            amount=amount,
            number=number,
            available=item.available,
        )
        return refuse(OVER_MATCHING, said, field="amount")
    return None


def settling_date(item: OpenItem, wished: date | None, today: date) -> date | Refusal:
    """The date of an operation made to settle an item: today unless wished, never before the item allows."""
    if wished is None:
        return max(item.not_before, today)
    if wished < item.not_before:
        said = say(
            "{wished} is before {not_before}, the first day on which operation {number} can be settled",
            wished=wished,
            not_before=item.not_before,
            number=item.number,
        )
        return refuse(TOO_EARLY, said, field="date")
    return wished


def refund_type(
    method: str | None, type_code: str | None, credit: OperationType, routes: Routes, types: Mapping[str, OperationType]
) -> OperationType | Refusal:
    """The type a refund is posted as: the named one, that of the named method, or the way the money came.

    Refuses: payment_method_unknown, no_refund_type, not_a_refund.
    """
    code = type_code
    if code is None:
        paid_as: str | None = credit.code
        if method is not None and (paid_as := routes.payment_types.get(method)) is None:
            return refuse(NO_METHOD, "{method!r} is no payment method", method=method, field="method")
        route = routes.by_type.get(paid_as or "")
        if route is None or route.refund_type is None:
            return refuse(NO_REFUND_TYPE, "there is no type of refund for {paid_as}", paid_as=paid_as, field="method")
        code = route.refund_type
    kind = types.get(code)
    if kind is None or kind.side is not Side.DEBIT or kind.class_ not in REFUND_CLASSES:
        return refuse(NOT_A_REFUND, "{code} is no refund", code=code, field="type")
    return kind


def check_refundable(item: OpenItem) -> Refusal | None:
    """Is the credit money of the customer's? What was given up, or rounded, is not."""
    if item.class_ == "W":
        return refuse(NOT_REFUNDABLE, "operation {number} is a write-off", number=item.number)
    return None


def rejection_type(number: int, kind: OperationType, routes: Mapping[str, Route]) -> str | Refusal:
    """The type of the operation that books a rejection."""
    if kind.class_ not in (*PAYMENT_CLASSES, *REFUND_CLASSES):
        return refuse(
            NOT_REJECTABLE,
            "operation {number} is {label!r}, no payment or refund",
            number=number,
            label=Label(kind.label),
        )
    route = routes.get(kind.code)
    if route is None or route.rejection_type is None:
        return refuse(
            NO_REJECTION_TYPE,
            "there is no type of rejection for {code}, {label!r}",
            code=kind.code,
            label=Label(kind.label),
        )
    return route.rejection_type


def check_rejection(
    item: OpenItem, lines: Sequence[StandingLine], types: Mapping[int, OperationType]
) -> Refusal | None:
    """Does what a payment or refund is matched with allow its rejection?

    Refuses: payment_of_deposit, already_rejected (a rejection made by hand settles it), payment_refunded,
    payment_moved.
    """
    kinds = [(types[line.other_type_id], line) for line in lines]
    if any(kind.deposit for kind, _ in kinds):
        return refuse(PAYS_DEPOSIT, "operation {number} funds a security deposit", number=item.number)
    back = sum((line.amount for kind, line in kinds if kind.class_ == "R"), ZERO)
    rounded = sum((line.amount for kind, line in kinds if kind.code in ROUNDING_TYPES), ZERO)
    if back > 0 and back + rounded == item.amount:
        return refuse(ALREADY_REJECTED, "operation {number} was rejected before", number=item.number)
    if any(line.moves_away for line in lines):
        return refuse(
            PAYMENT_MOVED, "operation {number} was transferred to another account, whole or in part", number=item.number
        )
    if item.side is Side.CREDIT and any(kind.class_ in REFUND_CLASSES for kind, _ in kinds):
        return refuse(PAYMENT_REFUNDED, "operation {number} was refunded, whole or in part", number=item.number)
    return None


def write_off_back(number: int, kind: OperationType) -> str | Refusal:
    """The type of the operation that takes a write-off back."""
    code = WRITE_OFF_BACK.get(kind.code)
    return code or refuse(
        NOT_A_WRITE_OFF, "operation {number} is {label!r}, no write-off", number=number, label=Label(kind.label)
    )


def plan_credit(
    item: OpenItem,
    notes: Sequence[CreditNote],
    lines: Sequence[StandingLine],
    types: Mapping[int, OperationType],
    parts: Mapping[int, Parts] | None = None,
) -> CreditRoom:
    """How much of an invoice may be credited, and what stands in the way of more.

    What was credited or given up before, and what went to another account, is not credited; nor is what is disputed.
    What the credit note of another invoice pays is paid, not credited.
    Shape: `parts` holds net and tax by number, of the invoice and of what it is matched with, where they were said.
    """
    said = parts or {}
    gone = [(note.amount, note.amount, note.parts) for note in notes if note.stands]
    gone += [
        (x.amount, x.other_amount or x.amount, said.get(x.other_number))
        for x in lines
        if not x.credits and _is_credit_note(types[x.other_type_id])
    ]
    credited = sum((amount for amount, _, _ in gone), ZERO)
    tax = sum((round_to(EXACT.divide(amount * p.tax, whole), SCALE) for amount, whole, p in gone if p), ZERO)
    given_up = sum((x.amount for x in lines if types[x.other_type_id].class_ == "W" or x.moves_away), ZERO)
    return CreditRoom(item.amount, credited, given_up, item.disputed, said.get(item.number), Parts(credited - tax, tax))


def _is_credit_note(kind: OperationType) -> bool:
    return kind.class_ == "I" and kind.side is Side.CREDIT


def check_credit(number: int, item: OpenItem | None, kind: OperationType | None) -> Refusal | None:
    """May the operation be credited at all?"""
    if item is None or kind is None:
        return refuse(UNKNOWN_OPERATION, "the account has no operation {number}", number=number)
    if kind.class_ != "I" or kind.side is not Side.DEBIT or kind.code == CREDIT_NOTE_BACK:
        return refuse(
            NOT_CREDITABLE, "operation {number} is {label!r}, no invoice", number=number, label=Label(kind.label)
        )
    return None


def credited_amount(number: int, room: CreditRoom, wished: Decimal | None) -> Decimal | Refusal:
    """How much is credited: as much as may be unless wished.

    Refuses: over_credited, credit_note_in_dispute, and what `check_positive` refuses.
    """
    if wished is not None and (bad := check_positive(wished)) is not None:
        return bad.at(field="amount")
    left, free = max(room.left, ZERO), max(room.free, ZERO)
    amount = free if wished is None else wished
    if amount > left or left == 0:
        gone = [say("operation {number} is of {amount}", number=number, amount=room.amount)]
        gone += [say("{amount} is credited", amount=room.credited)] if room.credited else []
        gone += [say("{amount} was written off or transferred", amount=room.given_up)] if room.given_up else []
        return refuse(OVER_CREDITED, "{gone}; {left} may still be credited", gone=gone, left=left, field="amount")
    if amount > free or free == 0:
        return refuse(
            CREDITED_IN_DISPUTE,
            "{disputed} of operation {number} is in litigation; {free} may be credited",
            disputed=room.disputed,
            number=number,
            free=free,
            field="amount",
        )
    return amount


def credit_date(item: OpenItem, settles: Decimal, wished: date | None, today: date) -> date | Refusal:
    """The date of a credit note: one that settles something is bound as what settles is, others follow the invoice."""
    if settles > 0:
        return settling_date(item, wished, today)
    if wished is not None and wished < item.operation_on:
        said = say(
            "{wished} is before {operation_on}, the date of operation {number}",
            wished=wished,
            operation_on=item.operation_on,
            number=item.number,
        )
        return refuse(TOO_EARLY, said, field="date")
    return wished or max(item.operation_on, today)


def credit_note_back(number: int, kind: OperationType) -> str | Refusal:
    """The type of the operation that takes a credit note back."""
    if kind.code == CREDIT_NOTE_TYPE:
        return CREDIT_NOTE_BACK
    return refuse(
        NOT_A_CREDIT_NOTE, "operation {number} is {label!r}, no credit note", number=number, label=Label(kind.label)
    )


def check_credit_note_back(
    item: OpenItem, lines: Sequence[StandingLine], types: Mapping[int, OperationType]
) -> Refusal | None:
    """Does what a credit note is matched with allow that it is taken back?

    Refuses: credit_note_refunded, payment_moved.
    """
    if any(line.moves_away for line in lines):
        return refuse(
            PAYMENT_MOVED, "operation {number} was transferred to another account, whole or in part", number=item.number
        )
    if any(types[line.other_type_id].class_ in REFUND_CLASSES for line in lines):
        return refuse(CREDIT_NOTE_REFUNDED, "operation {number} was refunded, whole or in part", number=item.number)
    return None


def taking_back_date(item: OpenItem, lines: Sequence[StandingLine], wished: date | None, today: date) -> date | Refusal:
    """The date of taking back: today unless wished, never before the matches that it reverses."""
    earliest = max([item.not_before, *(line.effective_on for line in lines)])
    if wished is None:
        return max(earliest, today)
    if wished < earliest:
        said = say("{wished} is before {earliest}, the date of what would be undone", wished=wished, earliest=earliest)
        return refuse(TOO_EARLY, said, field="date")
    return wished


def check_parties(source: AccountOwner | None, target: AccountOwner | None) -> Refusal | None:
    """Are both accounts of one seller?"""
    if source is not None and target is not None and source.seller_id != target.seller_id:
        said = say("{code} and {target_code} are accounts of two sellers", code=source.code, target_code=target.code)
        return refuse(SELLERS_DIFFER, said, field="to")
    return None


def check_assignment(receipt: Receipt, rest: Decimal, amount: Decimal, seller_id: int | None) -> Refusal | None:
    """May this much of what is left of a receipt go to an account of this seller?

    Refuses: receipt_closed, receipt_over_assigned, receipt_seller_differs, and what `check_positive` refuses.
    """
    if receipt.state is not ReceiptState.WAITING or rest == 0:
        return refuse(RECEIPT_CLOSED, "nothing of receipt {receipt_id} is left", receipt_id=receipt.receipt_id)
    if (bad := check_positive(amount)) is not None:
        return bad.at(field="amount")
    if amount > rest:
        said = say(
            "{amount} is asked of receipt {receipt_id}; {rest} is left",
            amount=amount,
            receipt_id=receipt.receipt_id,
            rest=rest,
        )
        return refuse(OVER_ASSIGNED, said, field="amount")
    if seller_id is not None and seller_id != receipt.seller_id:
        return refuse(
            RECEIPT_SELLER_DIFFERS, "the receipt is of the seller {seller}", seller=receipt.seller, field="account"
        )
    return None


def words_of(*texts: str | None) -> list[str]:
    """What of a payer's text may be a code or an invoice number: words of four characters or more that hold a digit.

    Separators inside a word are kept: `F-2026/17` is one word.
    """
    found = re.findall(r"[^\s,;:]+", " ".join(text for text in texts if text))
    bare = [word.strip(".()[]\"'") for word in found]
    return list(dict.fromkeys(w for w in bare if len(w) >= 4 and any(c.isdigit() for c in w)))[:20]


def names_in(text: str | None) -> str | None:
    """The words of a payer's text that may be a name, for a search of customers."""
    words = re.findall(r"[^\W\d_]{3,}", text or "")[:6]
    return " ".join(words) or None
