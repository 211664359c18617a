"""What a form wants done, how it is done or tried, and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from solde.actions.execute import executors_of
from solde.app.actions import ACTIONS
from solde.approvals import ExecutionContext, Proposal
from solde.customers import Account, AccountInHierarchy, AccountRef, Customer
from solde.db import Connection
from solde.deposits.shapes import DepositEffectShape
from solde.instalments.shapes import PlanShape
from solde.kernel.money import ZERO
from solde.kernel.refusals import Refusal, Refused
from solde.litigation.api import LitigationShape
from solde.matching.api import LineShape, MadeMatch, MadeReversal
from solde.operations import Operation, Posted, TypeCatalogue, Types
from solde.operations.executors import EXECUTORS as MANUAL
from solde.payments.executors import EXECUTORS as PAYMENTS
from solde.payments.shapes import EffectShape, MadeMatching, RegisteredShape

from ...addresses import account_path
from ...i18n import t
from ...visitors import Visitor
from .typed import FieldReader, FormFields


@dataclass(frozen=True, slots=True)
class FormContext:
    """Who wants something of which account, with which operations chosen, and what was typed.

    `trial`: only what would come of it is asked; a reason that is not written yet does not matter then.
    `confirms`: the form is read, and not drawn. `levels`: the account among those of its customer, where the form needs
    them.
    """

    visitor: Visitor
    account: AccountRef
    today: date
    now: datetime
    types: Types
    catalogue: TypeCatalogue
    given: FormFields
    chosen: tuple[Operation, ...] = ()
    trial: bool = False
    confirms: bool = False
    others: Mapping[str, AccountRef] = field(default_factory=dict)
    levels: AccountInHierarchy | None = None

    @property
    def customer(self) -> Customer:
        """The customer with all its accounts."""
        assert self.levels is not None, "the form asked for them"
        return self.levels.customer

    @property
    def profile(self) -> Account:
        """The account with what is below it, and how it usually pays."""
        assert self.levels is not None, "the form asked for them"
        return self.levels.account

    @property
    def currency(self) -> str:
        return self.account.currency


@dataclass(frozen=True, slots=True)
class MatchLineView:
    """A part of a credit that pays a part of a debit, made or reversed; `code` is that of its match."""

    code: str
    debit: int
    credit: int
    amount: Decimal
    undone: bool = False


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """What an action did: the operations it posted, by account code, and the lines it made and reversed here.

    `href` is where that is seen, if not with the operations. `argued` are the operations whose litigation it changed.
    """

    posted: tuple[tuple[str, int], ...] = ()
    lines: tuple[MatchLineView, ...] = ()
    href: str = ""
    argued: tuple[int, ...] = ()

    def posted_on(self, account: str) -> list[int]:
        """The operations posted on one account."""
        return [number for code, number in self.posted if code == account]

    def moved(self) -> dict[int, Decimal]:
        """By how much the open amount of each operation here fell."""
        moved: dict[int, Decimal] = {}
        for line in self.lines:
            amount = -line.amount if line.undone else line.amount
            for number in (line.debit, line.credit):
                moved[number] = moved.get(number, ZERO) + amount
        return moved


Perform = Callable[[Connection], Awaitable[ActionOutcome]]


@dataclass(frozen=True, slots=True)
class Submission:
    """What is wanted: a proposal of a kind, which may need a second person, or something to be done at once.

    `said` tells that it was done. `prepare` does what must be there first, in the same transaction, and gives the wish
    itself.
    """

    said: str
    kind: str = ""
    amount: Decimal = ZERO
    content: Mapping[str, object] = field(default_factory=dict)
    reason: str | None = None
    perform: Perform | None = None
    prepare: Callable[[Connection], Awaitable[Submission]] | None = None

    def proposal(self, desk: FormContext) -> Proposal:
        """The wish as approvals take it."""
        who = desk.visitor
        account_id, currency = desk.account.account_id, desk.account.currency
        return Proposal(
            self.kind, account_id, self.amount, currency, self.content, who.actor, who.role, self.reason
        )  # fmt: skip


async def carry_out(conn: Connection, wish: Submission, desk: FormContext) -> ActionOutcome:
    """Do what is wanted, whatever the limits of who wants it: to try it, or where there are none."""
    if wish.prepare is not None:
        wish = await wish.prepare(conn)
    if wish.perform is not None:
        return await wish.perform(conn)
    extra = {"types": desk.catalogue}
    context = ExecutionContext(desk.visitor.actor, None, desk.now, desk.today, extra, desk.visitor.posts_late)
    executor = {**executors_of(ACTIONS), **MANUAL, **PAYMENTS}[wish.kind]
    return outcome_of(await executor(conn, wish.content, context), desk.account.code)


def outcome_of(answer: object, account: str) -> ActionOutcome:
    """What an executor's answer tells of an account.

    Refuses: what the executor refused, given as values.
    """
    match answer:
        case Posted():
            return ActionOutcome(tuple((account, number) for number in answer.numbers))
        case RegisteredShape():
            lines = _lines(answer.match or "", answer.lines)
            new = {answer.number, *(n for x in lines for n in (x.debit, x.credit) if n > answer.number)}
            return ActionOutcome(tuple((account, n) for n in sorted(new)), lines)
        case EffectShape():
            posted = {(o.account, o.number): None for o in answer.operations}
            posted |= {(x.account, x.number): None for x in answer.touched if x.open_before is None}
            undone = [x for made in answer.reversals if made.account == account for x in _made(made, undone=True)]
            made = [x for made in answer.matches if made.account == account for x in _made(made)]
            return ActionOutcome(tuple(posted), (*undone, *made))
        case DepositEffectShape():
            done = outcome_of(answer.effect, account)
            rest = ActionOutcome() if answer.payment is None else outcome_of(answer.payment, account)
            return ActionOutcome((*done.posted, *rest.posted), (*done.lines, *rest.lines))
        case PlanShape(effect=EffectShape() as effect):
            return replace(outcome_of(effect, account), href=account_path(account, "plans", str(answer.number)))
        case PlanShape():
            return ActionOutcome(href=account_path(account, "plans", str(answer.number)))
        case LitigationShape():
            return ActionOutcome(argued=(answer.operation,))
        case MadeMatch():
            rounded = () if answer.rounding_number is None else ((account, answer.rounding_number),)
            return ActionOutcome(rounded, _lines(answer.code, answer.lines))
        case MadeReversal():
            return ActionOutcome(lines=tuple(replace(line, undone=True) for line in _lines(answer.code, answer.lines)))
        case list():
            each = [outcome_of(one, account) for one in answer]
            lines = tuple(line for one in each for line in one.lines)
            return ActionOutcome(lines=lines, argued=tuple(number for one in each for number in one.argued))
        case tuple():
            raise Refused(answer)
    raise AssertionError(f"no outcome is known of {type(answer).__name__}")


def _made(made: MadeMatching, *, undone: bool = False) -> tuple[MatchLineView, ...]:
    return tuple(replace(line, undone=undone) for line in _lines(made.code, made.lines))


def _lines(code: str, lines: Sequence[LineShape]) -> tuple[MatchLineView, ...]:
    return tuple(MatchLineView(code, x.debit, x.credit, x.amount) for x in lines)


@dataclass(frozen=True, slots=True)
class ShownForm:
    """A form as it is shown: the text of each field and further values; and what it wants, or why it cannot.

    `back` is where it leads when it is done; the balance of the account unless given.
    """

    fields: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    wish: Submission | None = None
    refusals: tuple[Refusal, ...] = ()
    back: str = ""


def texts(given: FormFields, **otherwise: str) -> dict[str, str]:
    """What stands in the fields of a form: what was typed, or what stands there at first."""
    return {name: given.one(name) if given.has(name) else text for name, text in otherwise.items()}


def reason_of(desk: FormContext, typed: FieldReader) -> str:
    """The reason that was written; one still to be written does not hinder a trial."""
    return typed.text("reason", needed=not desk.trial) or "-"


def name_of(o: Operation) -> str:
    """What an operation is called: its reference, else its number."""
    return o.reference or t("No. {n}", n=o.number)


def total_available(operations: Sequence[Operation]) -> Decimal:
    """What may still be settled of operations, together."""
    return sum((o.available for o in operations), ZERO)
