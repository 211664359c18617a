"""What card transactions do to the account: a payment, a refund, a rejection; nothing is called here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from solde.db import Connection
from solde.kernel.money import ZERO
from solde.kernel.refusals import Refused
from solde.matching import MatchRequest, UnmatchRequest, match, unmatch
from solde.operations import NewOperation, OpenItem, PostRequest, Types
from solde.operations import store as operation_store
from solde.payments import Allocate, PaymentRequest, Registered, register
from solde.payments import store as payment_store
from solde.payments.effects import read_items
from solde.payments.model import StandingLine
from solde.payments.rules import REFUND_CLASSES, ROUNDING_TYPES
from solde.payments.settling import match_all, post_all

from . import rules
from .rules import RefundPart, Undoing

PAYMENT_TYPE, REFUND_TYPE, REJECTION_TYPE = "PAY_CRD", "REF_CRD", "REJ_CRD"


@dataclass(frozen=True, slots=True)
class GivingBack:
    """Post a debit of this type against a payment, and match the two as far as the payment reaches."""

    account_id: int
    payment_number: int
    amount: Decimal
    type_code: str
    actor: str
    reason: str | None
    reference: str | None
    description: str
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The debit that was posted, and how much of each debit that the payment had paid is open again."""

    number: int
    reopened: Mapping[int, Decimal]


async def book_payment(
    conn: Connection, types: Types, new: NewOperation, actor: str, reason: str | None, today: date
) -> int:
    """Register money that a card paid: the oldest due first, the rest stays unallocated; raises Refused."""
    (answer,) = await register(conn, [PaymentRequest(new, actor, reason=reason)], types, today=today)
    if not isinstance(answer, Registered):
        raise Refused(answer)
    return answer.number


async def book_unallocated(
    conn: Connection, types: Types, new: NewOperation, actor: str, reason: str | None, today: date
) -> int:
    """Register money that came and pays nothing by itself; raises Refused."""
    wish = PaymentRequest(new, actor, Allocate.NONE, reason)
    (answer,) = await register(conn, [wish], types, today=today)
    if not isinstance(answer, Registered):
        raise Refused(answer)
    return answer.number


def card_payment(
    account_id: int, amount: Decimal, on: date, reference: str | None, words: str, comment: str | None
) -> NewOperation:
    """The payment operation of money that a card paid."""
    return NewOperation(
        account_id, PAYMENT_TYPE, amount, on, reference=None if reference is None else reference[:100],
        description=words, payment_method="CARD", comment=comment, source="card",
    )  # fmt: skip


async def give_back(conn: Connection, types: Types, wish: GivingBack, today: date) -> GivenBack:
    """Take a part of a payment back: its open part first, then its newest allocations, which are undone.

    What is too much of the last allocation undone is matched again. Where the payment does not reach, the rest stays
    an open debit. The account is locked by the caller or here.
    Refuses: what posting refuses.
    Source: product §7.
    """
    key = (wish.account_id, wish.payment_number)
    await operation_store.lock_accounts(conn, [wish.account_id])
    item = (await read_items(conn, [key]))[key]
    standing = await payment_store.standing_lines(conn, [key])
    plan = rules.plan_undoing(item.available, wish.amount, undoable_parts(standing, types))
    day = max([today, item.not_before, *(part.effective_on for part in plan.parts)])
    await undo(conn, wish.account_id, wish.payment_number, plan.parts, day, wish.actor, wish.reason)
    # A rounding of the payment opens with what it pays.
    rounded = (await read_items(conn, [key]))[key].open - item.open - sum((part.amount for part in plan.parts), ZERO)
    plan = replace(plan, short=max(ZERO, plan.short - rounded))
    new = NewOperation(
        wish.account_id, wish.type_code, wish.amount, day, excluded=item.excluded,
        reference=None if wish.reference is None else wish.reference[:100], description=wish.description,
        payment_method="CARD", comment=wish.comment, source="card",
    )  # fmt: skip
    (number,) = await post_all(conn, [PostRequest((new,), wish.actor, wish.reason)], types)
    await match_all(conn, _matches(wish, plan, number, day), types, today)
    return GivenBack(number, plan.reopened())


def undoable_parts(standing: Sequence[StandingLine], types: Types) -> list[RefundPart]:
    """What a payment pays and may cease to pay, newest first: not refunds, rejections, roundings or transfers."""
    found = []
    for line in sorted(standing, key=lambda s: (-s.group_number, -s.debit_number)):
        kind = types.by_id[line.other_type_id]
        if line.moves_away or kind.class_ in (*REFUND_CLASSES, "R") or kind.code in ROUNDING_TYPES:
            continue
        found.append(RefundPart(line.group_number, line.debit_number, line.amount, line.effective_on))
    return found


async def undo(
    conn: Connection,
    account_id: int,
    payment_number: int,
    parts: Sequence[RefundPart],
    day: date,
    actor: str,
    reason: str | None,
) -> None:
    """Reverse match lines of a payment, a reversal a match."""
    groups = sorted({part.group_number for part in parts})
    wishes = [
        UnmatchRequest(
            account_id, group, actor,
            tuple((part.debit_number, payment_number) for part in parts if part.group_number == group), day, reason,
        )
        for group in groups
    ]  # fmt: skip
    for answer in await unmatch(conn, wishes, today=day):
        if isinstance(answer, tuple):
            raise Refused(answer)


def _matches(wish: GivingBack, plan: Undoing, number: int, day: date) -> list[MatchRequest]:
    """The debit with the payment, as far as it reaches; what was undone too much with what it had paid."""
    account, payment, covered = wish.account_id, wish.payment_number, wish.amount - plan.short
    made = []
    if covered > 0:
        made.append(
            MatchRequest(account, (number,), (payment,), wish.actor, {number: covered}, day, reason=wish.reason)
        )
    if plan.rest_debit is not None:
        amounts = {payment: plan.rest}
        made.append(MatchRequest(account, (plan.rest_debit,), (payment,), wish.actor, amounts, day, reason=wish.reason))
    return made


async def match_softly(
    conn: Connection,
    types: Types,
    account_id: int,
    wished: Sequence[tuple[int, int, Decimal]],
    actor: str,
    reason: str,
    today: date,
) -> None:
    """Match (debit, credit, at most) as far as both are still open; what is no longer, stays as it is."""
    for debit, credit, most in wished:
        items = await read_items(conn, [(account_id, debit), (account_id, credit)])
        amount = min(most, _open(items, account_id, debit), _open(items, account_id, credit))
        if amount > 0:
            request = MatchRequest(
                account_id, (debit,), (credit,), actor, {debit: amount, credit: amount}, reason=reason
            )
            await match(conn, [request], types, today=today)


def _open(items: Mapping[tuple[int, int], OpenItem], account_id: int, number: int) -> Decimal:
    item = items.get((account_id, number))
    return ZERO if item is None else item.available
