"""Security deposits kept by their rules alone: what each step decides, and what that posts and matches."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from solde.deposits import rules
from solde.deposits.model import Deposit, DepositSettings, DepositState, Template, TemplateState
from solde.deposits.requests import DepositRequest
from solde.deposits.rules import Event
from solde.kernel.refusals import Refusal
from solde.matching.model import Allocation
from solde.operations.model import OpenItem, Side
from solde.payments.rules import ALREADY_REJECTED

if TYPE_CHECKING:
    from scenarios.in_rules import RulesBook

STANDARD = Template("STANDARD", "Security deposit", "EUR", state=TemplateState.ACTIVE)
SETTINGS = DepositSettings(auto_refund=True, version=1)
NIL = Decimal(0)


@dataclass
class Kept:
    """A deposit with the operations that hold its money, oldest first, and its payments with what held each."""

    deposit: Deposit
    held: list[int] = field(default_factory=list)
    payments: dict[int, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)


class DepositsInRules:
    """The deposits of a book of rules."""

    def __init__(self, book: RulesBook) -> None:
        self.book = book
        self.kept: dict[str, Kept] = {}

    def move(self, on: date, verb: str, name: str, amount: Decimal | None, what: str | date | None) -> str | None:
        """Carry out a step; gives the code of its refusal, if any."""
        if verb == "deposit":
            assert amount is not None
            return self._ask(on, name, amount, what if isinstance(what, date) else None)
        one = self.kept[name]
        match verb:
            case "fund":
                assert amount is not None
                return self._fund(on, one, amount)
            case "use":
                return self._use(on, one, amount, str(what))
            case "refund-deposit":
                return self._give(on, one, amount, Event.REFUND_ALL)
            case "expire":
                return self._give(on, one, None, Event.EXPIRE)
            case "cancel-deposit":
                return self._cancel(on, one)
        return self._bounce(on, one)

    def _ask(self, on: date, name: str, amount: Decimal, until: date | None) -> str | None:
        request = DepositRequest(1, STANDARD.code, amount, "test", name, until)
        if refusals := rules.check_request(request, STANDARD, "EUR", SETTINGS, NIL, on):
            return refusals[0].code
        asked = self._post(on, "INV_SD", amount)
        deposit = Deposit(
            1, len(self.kept) + 1, STANDARD.code, name, "EUR", amount, NIL, NIL, NIL, DepositState.VALIDATED, asked, until,
            None, 1, on,
        )  # fmt: skip
        self.kept[name] = Kept(deposit)
        return None

    def _fund(self, on: date, one: Kept, amount: Decimal) -> str | None:
        deposit = one.deposit
        if (bad := rules.check_event(deposit, Event.FUND_PART)) is not None:
            return bad.code
        if rules.is_expired(deposit, on):
            return rules.EXPIRED.code
        part = min(amount, deposit.asked)
        event = rules.funding_event(deposit, part)
        self._become(one, event, funded=deposit.funded + part, balance=deposit.balance + part)
        paid, held = self._post(on, "PAY_WIRE", part, excluded=True), self._post(on, "CRD_SD", part)
        one.payments[paid] = held
        one.held.append(held)
        self._settle(on, Allocation(deposit.request_number, paid, part))
        if amount > part:
            self.book.receive(on, f"{deposit.name}/rest", amount - part, "oldest")
        return None

    def _use(self, on: date, one: Kept, wished: Decimal | None, name: str) -> str | None:
        number = self.book.names[name]
        item = self.book.items[number]
        amount = rules.amount_to_pay(one.deposit, number, item, wished, self.book.deposit_types)
        if isinstance(amount, Refusal):
            return amount.code
        self._become(one, Event.PAY, balance=one.deposit.balance - amount)
        used, paying = self._post(on, "DEB_SD", amount), self._post(on, "PAY_SD", amount)
        self._take(on, one, used, amount)
        self._settle(on, Allocation(number, paying, amount))
        self._cancel_rest(on, one)
        return None

    def _give(self, on: date, one: Kept, wished: Decimal | None, event: Event) -> str | None:
        amount = rules.amount_to_give(one.deposit, wished)
        if isinstance(amount, Refusal):
            return amount.code
        if event is Event.EXPIRE and not rules.is_expired(one.deposit, on):
            return rules.BAD_STATE.code
        if event is Event.REFUND_ALL and amount < one.deposit.balance:
            event = Event.REFUND_PART
        self._become(one, event, balance=one.deposit.balance - amount)
        self._take(on, one, self._post(on, "REF_SD", amount), amount)
        self._cancel_rest(on, one)
        return None

    def _cancel(self, on: date, one: Kept) -> str | None:
        if (bad := rules.check_event(one.deposit, Event.CANCEL)) is not None:
            return bad.code
        self._become(one, Event.CANCEL)
        self._cancel_rest(on, one)
        return None

    def _bounce(self, on: date, one: Kept) -> str | None:
        number, held = list(one.payments.items())[-1]
        if number in one.gone:
            return ALREADY_REJECTED.code
        amount, deposit = self._item(number).amount, one.deposit
        if amount > deposit.balance:
            return rules.FUNDING_USED.code
        event = Event.REJECT_ALL if amount == deposit.balance else Event.REJECT_PART
        if (bad := rules.check_event(deposit, event)) is not None:
            return bad.code
        self._become(one, event, funded=deposit.funded - amount, balance=deposit.balance - amount)
        self.book.reverse(on, deposit.request_number, number)
        self._settle(on, Allocation(self._post(on, "REJ_WIRE", amount, excluded=True), number, amount))
        one.held.sort(key=lambda credit: credit != held)
        self._take(on, one, self._post(on, "DEB_SD", amount), amount)
        one.held.sort()
        one.gone.add(number)
        return None

    def _become(self, one: Kept, event: Event, **changes: Decimal) -> None:
        state = rules.next_state(one.deposit.state, event)
        assert state is not None, f"{one.deposit.state} cannot {event}"
        one.deposit = replace(one.deposit, state=state, **changes)  # type: ignore[arg-type]

    def _cancel_rest(self, on: date, one: Kept) -> None:
        rest = one.deposit.asked
        if rest > 0:
            self._settle(on, Allocation(one.deposit.request_number, self._post(on, "CAN_SD", rest), rest))
            one.deposit = replace(one.deposit, cancelled=one.deposit.cancelled + rest)

    def _take(self, on: date, one: Kept, debit: int, amount: Decimal) -> None:
        """Match a debit with what is held, in order."""
        lines = []
        for credit in one.held:
            if (part := min(self._item(credit).open, amount)) > 0:
                lines.append(Allocation(debit, credit, part))
                amount -= part
        assert amount == 0, "a deposit holds its balance"
        self._settle(on, *lines)

    def _item(self, number: int) -> OpenItem:
        return self.book.items[number]

    def _post(self, on: date, type_code: str, amount: Decimal, *, excluded: bool = False) -> int:
        item = self.book.add(on, type_code, "", amount, on, excluded=excluded)
        assert item.side in Side
        return item.number

    def _settle(self, on: date, *lines: Allocation) -> None:
        self.book.settle(lines, on)
