"""What an action did, in a line or a few; by the shape it answers with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from solde.customers import AccountRef
from solde.deposits.shapes import DepositEffectShape
from solde.instalments.shapes import PlanShape
from solde.litigation.api import LitigationShape
from solde.payments.shapes import EffectShape

from .output import money


def words_of(answer: Any, account: AccountRef) -> str:
    """What a command prints."""
    match answer:
        case EffectShape():
            return _of_effect(answer)
        case LitigationShape():
            return _of_litigation(answer, account)
        case DepositEffectShape():
            return _of_deposit(answer)
        case PlanShape():
            return plan_words(answer)
    raise AssertionError(f"no words are known of {type(answer).__name__}")


def _of_effect(effect: EffectShape) -> str:
    """What it posted, and what of each operation is open now."""
    posted = [f"{o.account}/{o.number} {o.type} {o.amount} {o.side}" for o in effect.operations]
    touched = [f"{t.account}/{t.number} open {t.open_before or 'new'} → {t.open_after}" for t in effect.touched]
    return "\n  ".join([", ".join(posted), *touched])


def _of_litigation(made: LitigationShape, account: AccountRef) -> str:
    named = f"{account.code}/{made.operation}"
    if not Decimal(made.disputed):
        return f"{named} is in litigation no more, from {made.effective_date}"
    told = [made.reason_code, made.reason, made.owner, made.review_date and f"review {made.review_date}"]
    said = "".join(f", {text}" for text in told if text)
    amount = f"{money(Decimal(made.disputed), account.currency)} {account.currency}"
    return f"{named}: {amount} in litigation, from {made.effective_date}{said}"


def _of_deposit(done: DepositEffectShape) -> str:
    d = done.deposit
    posted = ", ".join(f"{o.account}/{o.number} {o.type} {o.amount} {o.side}" for o in done.effect.operations)
    head = f"deposit {d.number} {d.name} is {d.state}: {d.held} of {d.expected} {d.currency} held, {d.asked} asked"
    paid = "" if done.payment is None else f"\n  payment {done.payment.number} of {done.payment.amount} beyond it"
    return f"{head}\n  {posted}{paid}"


def plan_words(shape: PlanShape) -> str:
    """A plan and its instalments."""
    head = (
        f"plan {shape.number} of {shape.account}: {shape.state.lower()}, {shape.amount} {shape.currency}"
        f" in {shape.count} instalments, {shape.paid} paid"
    )
    rows = [f"  {i.number:>3}  {i.due_date}  {i.amount}  open {i.open}" for i in shape.instalments or []]
    return "\n".join([head, *rows])
