"""Which operations may be posted. Pure: no database, no clock."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from difflib import get_close_matches

from solde.access.model import Permission
from solde.kernel.card_numbers import check_no_card_number
from solde.kernel.dates import check_not_ahead
from solde.kernel.money import check_positive, check_scale
from solde.kernel.refusals import FORBIDDEN, UNKNOWN_ACCOUNT, Kind, Refusal, declare, refuse
from solde.kernel.texts import say

from .model import NewOperation, OpenItem, OperationType, Side

UNKNOWN_OPERATION = declare(
    "unknown_operation", Kind.NOT_FOUND, "Use numbers from the account's own list of operations."
)
UNKNOWN_TYPE = declare("unknown_operation_type", Kind.INVALID, "Use a code of GET /api/v1/operation-types.")
CURRENCY_DIFFERS = declare("currency_differs", Kind.INVALID, "Post in the account's own currency; an account has one.")
ACCOUNT_CLOSED = declare(
    "account_closed", Kind.CONFLICT, "A closed account takes no operation; reopen it or use another account."
)
TAX_DIFFERS = declare("tax_parts_differ", Kind.INVALID, "Give net and tax that add up to the amount, or neither.")
DUE_TOO_EARLY = declare(
    "due_before_operation", Kind.INVALID, "An invoice is due on or after its own date; correct one of the two dates."
)
DATE_OUT_OF_RANGE = declare("date_out_of_range", Kind.INVALID, "Give a date between 1950 and 2199.")
TEXT_TOO_LONG = declare("text_too_long", Kind.INVALID, "Shorten the text to the length named.")
TEXT_UNPRINTABLE = declare("text_unprintable", Kind.INVALID, "Remove control characters from the text.")
NOT_MANUAL = declare(
    "manual_creation_disallowed",
    Kind.FORBIDDEN,
    "This type is created by its own action; choose a type that may be created by hand.",
)
INVOICE_TAKEN = declare(
    "invoice_number_taken",
    Kind.CONFLICT,
    "The account has an invoice of that number: send an invoice once, and give another one a number of its own.",
)
NOTHING_TO_POST = declare("nothing_to_post", Kind.INVALID, "Give at least one operation.")
TOO_MANY = declare(
    "too_many_operations", Kind.INVALID, "Send at most 10,000 operations in one request; use an import for more."
)

MOST_IN_REQUEST = 10_000
CLASS_PERMISSIONS = {
    "P": Permission.PAYMENTS,
    "AP": Permission.PAYMENTS,
    "R": Permission.PAYMENTS,
    "RF": Permission.REFUNDS,
    "ARF": Permission.REFUNDS,
    "W": Permission.WRITE_OFFS,
}
"""What is needed beside `operations` to post a type of these classes by hand: what their own actions need."""
EARLIEST, LATEST = date(1950, 1, 1), date(2199, 12, 31)
TEXT_LIMITS = {
    "reference": 100,
    "description": 500,
    "order_number": 100,
    "payment_method": 40,
    "comment": 2000,
    "source": 40,
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def may_post_by_hand(kind: OperationType, permissions: Collection[Permission]) -> bool:
    """May somebody with these permissions post operations of this type by hand?"""
    needed = CLASS_PERMISSIONS.get(kind.class_)
    return kind.manual_creation and (needed is None or needed in permissions)


def check_by_hand(kind: OperationType, permissions: Collection[Permission]) -> Refusal | None:
    """Why somebody with these permissions cannot post operations of this type by hand.

    Refuses: manual_creation_disallowed, forbidden.
    """
    if not kind.manual_creation:
        return refuse(NOT_MANUAL, "{code} is not created by hand", code=kind.code, field="type")
    if not may_post_by_hand(kind, permissions):
        said = say(
            "{code} needs the permission {permission}", code=kind.code, permission=CLASS_PERMISSIONS[kind.class_]
        )
        return refuse(FORBIDDEN, said, field="type")
    return None


def unknown_type(code: str, types: Collection[str]) -> Refusal:
    """There is no such type; perhaps another is meant."""
    near = get_close_matches(code, types, 1)
    hint = say("; did you mean {near}?", near=near[0]) if near else ""
    return refuse(UNKNOWN_TYPE, "{code!r} is no operation type{hint}", code=code, hint=hint, field="type")


def check_operation(new: NewOperation, types: Mapping[str, OperationType]) -> list[Refusal]:
    """Every reason why this operation cannot be posted as written, whatever its account."""
    refusals: list[Refusal] = []
    kind = types.get(new.type_code)
    if kind is None:
        refusals.append(unknown_type(new.type_code, types))
    if (bad := check_positive(new.amount)) is not None:
        refusals.append(bad.at(field="amount"))
    refusals += _check_tax(new) + _check_dates(new, kind) + _check_texts(new)
    return refusals


def _check_tax(new: NewOperation) -> list[Refusal]:
    if new.net is None and new.tax is None:
        return []
    if new.net is None or new.tax is None:
        return [refuse(TAX_DIFFERS, "net and tax come together", field="tax" if new.tax is None else "net")]
    for name, part in (("net", new.net), ("tax", new.tax)):
        if (bad := check_scale(part)) is not None:
            return [bad.at(field=name)]
    if new.net + new.tax != new.amount:
        said = say("net {net} and tax {tax} do not make {amount}", net=new.net, tax=new.tax, amount=new.amount)
        return [refuse(TAX_DIFFERS, said, field="tax")]
    return []


def _check_dates(new: NewOperation, kind: OperationType | None) -> list[Refusal]:
    refusals = [
        refuse(DATE_OUT_OF_RANGE, "{day} is outside 1950 to 2199", day=day, field=name)
        for name, day in (
            ("operation_date", new.operation_on),
            ("due_date", new.due_on),
            ("collection_date", new.collected_on),
        )
        if day is not None and not EARLIEST <= day <= LATEST
    ]
    if kind is not None and kind.class_ == "I" and new.due_on is not None and new.due_on < new.operation_on:
        said = say(
            "due {due_on} is before the invoice date {operation_on}", due_on=new.due_on, operation_on=new.operation_on
        )
        refusals.append(refuse(DUE_TOO_EARLY, said, field="due_date"))
    return refusals


def check_not_ahead_of(new: NewOperation, today: date) -> list[Refusal]:
    """Is neither the operation nor its money dated after today, where the seller is? A due date may be.

    Refuses: dated_in_future.
    """
    days = (("operation_date", new.operation_on), ("collection_date", new.collected_on))
    return [bad for field, day in days if (bad := check_not_ahead(day, today, field)) is not None]


def _check_texts(new: NewOperation) -> list[Refusal]:
    refusals = []
    for name, limit in TEXT_LIMITS.items():
        text = getattr(new, name)
        if text is None:
            continue
        if len(text) > limit:
            said = say("{name} has {count} characters; {limit} are allowed", name=name, count=len(text), limit=limit)
            refusals.append(refuse(TEXT_TOO_LONG, said, field=name))
        elif not text.isprintable() and _CONTROL.search(text):
            refusals.append(refuse(TEXT_UNPRINTABLE, "{name} holds a control character", name=name, field=name))
        elif (bad := check_no_card_number(text, name)) is not None:
            refusals.append(bad)
    return refusals


def check_request(operations: Sequence[NewOperation], types: Mapping[str, OperationType]) -> list[Refusal]:
    """Every reason against a request as written, each with its row."""
    if not operations:
        return [refuse(NOTHING_TO_POST, "the request holds no operation")]
    if len(operations) > MOST_IN_REQUEST:
        said = say(
            "the request holds {count} operations; {most_in_request} are allowed",
            count=len(operations),
            most_in_request=MOST_IN_REQUEST,
        )
        return [refuse(TOO_MANY, said)]
    return [bad.at(row=row) for row, new in enumerate(operations) for bad in check_operation(new, types)]


def check_account(new: NewOperation, state: tuple[str, str] | None) -> Refusal | None:
    """Does the account, with its currency and state, take this operation?"""
    if state is None:
        return refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account")
    currency, condition = state
    if condition == "CLOSED":
        return refuse(ACCOUNT_CLOSED, "the account is closed", field="account")
    if new.currency is not None and new.currency != currency:
        said = say(
            "the account is kept in {currency}, the operation is in {new_currency}",
            currency=currency,
            new_currency=new.currency,
        )
        return refuse(CURRENCY_DIFFERS, said, field="currency")
    return None


def invoice_number(new: NewOperation, types: Mapping[str, OperationType]) -> tuple[int, str] | None:
    """The account and number of an invoice, which are there once; none of anything else, or unfit. The database has its twin."""
    kind = types.get(new.type_code)
    if kind is None or kind.class_ != "I" or kind.side is not Side.DEBIT or new.source == "credit_note":
        return None
    unfit = new.reference is None or "\0" in new.reference
    return None if unfit else (new.account_id, str(new.reference))


def check_invoice_numbers(
    operations: Sequence[NewOperation], types: Mapping[str, OperationType], taken: set[tuple[int, str]]
) -> list[Refusal]:
    """Is each invoice number new in its account? Where all are, they are added to what is taken.

    Refuses: invoice_number_taken.
    """
    refusals: list[Refusal] = []
    mine: set[tuple[int, str]] = set()
    for row, new in enumerate(operations):
        if (number := invoice_number(new, types)) is None:
            continue
        if number in taken or number in mine:
            said = say("the account has an invoice {reference!r} already", reference=new.reference)
            refusals.append(refuse(INVOICE_TAKEN, said, row=row, field="reference"))
        mine.add(number)
    if not refusals:
        taken |= mine
    return refusals


MONEY_CLASSES = frozenset({"P", "AP", "RF", "ARF", "R"})
"""Classes that move money: their accounting day is that of the money."""


def accounting_day(new: NewOperation, kind: OperationType) -> date:
    """The day an operation belongs to in accounting while nothing closed says otherwise; the database has its twin."""
    if kind.class_ not in MONEY_CLASSES:
        return new.operation_on
    return new.collected_on or new.due_on or new.operation_on


def span_of(operation_on: date, closed_on: date) -> int:
    """floor(log2(days open)): the bucket in which a settled item is kept."""
    days = (closed_on - operation_on).days
    assert days > 0, "never open on any day"
    return days.bit_length() - 1


def is_flat(before: OpenItem) -> bool:
    """Was the item wholly open and undisputed on every day until this settlement?"""
    return before.open == before.amount and before.not_before == before.operation_on
