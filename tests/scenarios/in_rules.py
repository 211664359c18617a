"""A book kept by the pure rules alone: no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from scenarios.approvals_in_rules import ApprovalsInRules
from scenarios.deposits_in_rules import DepositsInRules
from solde.deposits.model import Deposit
from solde.instalments.model import (
    AccountTerms,
    Breaking,
    PlanTerms,
    Remainder,
    Rule,
    Schedule,
    Shift,
    Start,
    Unit,
)
from solde.instalments.rules import breaking_date, plan_break
from solde.instalments.schedule import propose_schedule
from solde.kernel.refusals import Refusal
from solde.litigation import DisputeRequest, DisputeVerb
from solde.litigation import rules as litigation_rules
from solde.litigation.model import Past
from solde.matching import rules
from solde.matching.model import Allocation, Keeper, MatchLine, UnmatchRequest
from solde.matching.rules import lettering
from solde.operations.model import Change, OpenItem, OperationType, Side
from solde.payments import rules as payment_rules
from solde.payments.credit_model import CreditNote
from solde.payments.model import StandingLine

CLASSES = {
    "PPL_CREATION": ("OCC", -1), "PPL_INSTALLMENT": ("OCC", 1), "INV_STD": ("I", 1), "PAY_WIRE": ("P", -1),
    "INV_CRN": ("I", -1), "REF_WIRE": ("RF", 1), "INV_CRR": ("I", 1), "EXP_WRT": ("W", -1), "EXP_REV": ("W", 1),
    "REJ_WIRE": ("R", 1), "INV_SD": ("OCC", 1), "CRD_SD": ("OCC", -1), "DEB_SD": ("OCC", 1), "REF_SD": ("OCC", 1),
    "CAN_SD": ("OCC", -1), "PAY_SD": ("P", -1),
}  # fmt: skip
HELD = {"INV_SD", "CRD_SD", "DEB_SD", "REF_SD", "CAN_SD"}
TYPES = {
    place: OperationType(place, code, code, class_, Side(side), None, None, None, None, True, code in HELD)
    for place, (code, (class_, side)) in enumerate(CLASSES.items(), 1)
}
ZERO = Decimal(0)
EVER = datetime(2026, 1, 1, tzinfo=UTC)


class RulesBook:
    """One account in memory."""

    def __init__(self) -> None:
        self.items: dict[int, OpenItem] = {}
        self.names: dict[str, int] = {}
        self.groups: list[list[MatchLine]] = []
        self.plans: dict[int, tuple[list[str], Schedule]] = {}
        self.broken: set[int] = set()
        self.pasts: dict[int, Past] = {}
        self.notes: dict[int, CreditNote] = {}
        self.gone: set[int] = set()
        self.deposits = DepositsInRules(self)
        self.approvals = ApprovalsInRules()
        self.deposit_types = tuple(kind.type_id for kind in TYPES.values() if kind.deposit)

    def add(
        self, on: date, type_code: str, name: str, amount: Decimal, due: date, *, excluded: bool = False
    ) -> OpenItem:
        """Post an operation."""
        class_, side = CLASSES[type_code]
        number, kind = len(self.items) + 1, list(CLASSES).index(type_code) + 1
        if name:
            self.names[name] = number
        self.items[number] = OpenItem(
            1, number, kind, class_, Side(side), excluded, on, due, on, on, amount, amount, ZERO
        )
        return self.items[number]

    @property
    def _apart(self) -> dict[tuple[int, int], Keeper]:
        """What a deposit or a plan keeps matched."""
        creations = {number for name, number in self.names.items() if name.startswith("PLAN-") and "/" not in name}
        held = {n for n, item in self.items.items() if item.excluded or item.type_id in self.deposit_types}
        return {(1, n): Keeper.PLAN for n in creations} | {(1, n): Keeper.DEPOSIT for n in held}

    async def post(self, on: date, type_code: str, name: str, amount: Decimal, due: date) -> str | None:
        self.add(on, type_code, name, amount, due)
        return None

    async def pay(self, on: date, name: str, amount: Decimal, what: Sequence[str] | str) -> str | None:
        return self.receive(on, name, amount, what)

    def receive(self, on: date, name: str, amount: Decimal, what: Sequence[str] | str) -> str | None:
        """Register a payment."""
        wanted = [self.names[one] for one in what] if not isinstance(what, str) else []
        credit = self.add(on, "PAY_WIRE", name, amount, on)
        if what == "oldest":
            apart = self.deposit_types
            wanted = [n for n, i in self.items.items() if i.side > 0 and i.available > 0 and i.type_id not in apart]
        paid_before = rules.paid_before(wanted, {}, self.items)
        numbers = [credit.number]
        if wanted and (bad := rules.check_choice(wanted, numbers, {}, self.items, self.deposit_types, paid_before)):
            del self.items[credit.number], self.names[name]
            return bad[0].code
        wanted = [n for n in wanted if n not in paid_before]
        touched = [self.items[n] for n in wanted]
        if plan := rules.plan_allocations(touched, [credit]):
            self.settle(plan, None)
        return None

    async def match(self, on: date, debits: Sequence[str], credits: Sequence[str]) -> str | None:
        left, right = [self.names[n] for n in debits], [self.names[n] for n in credits]
        if refusals := rules.check_choice(left, right, {}, self.items, self.deposit_types):
            return refusals[0].code
        plan = rules.plan_allocations([self.items[n] for n in left], [self.items[n] for n in right])
        self.settle(plan, None)
        return None

    def settle(self, plan: Sequence[Allocation], on: date | None) -> None:
        """Make a match of these lines, of a day or each of its own."""
        lines = rules.date_lines(plan, self.items, on, on or date.max)
        assert not isinstance(lines, Refusal), lines
        self._apply(rules.settle(self.items, lines))
        group = len(self.groups) + 1
        self.groups.append(
            [
                MatchLine(
                    1, group, p.debit_number, p.credit_number, p.amount, p.on or EVER.date(), EVER, "MANUAL", None, None
                )
                for p in lines
            ]
        )

    def _apply(self, changes: Sequence[Change]) -> None:
        self.items |= {change.before.number: change.after for change in changes}

    async def unmatch(self, on: date, code: str) -> str | None:
        group = rules.group_number_of(code)
        assert group is not None
        return self._unmatch(on, group, None)

    def reverse(self, on: date, debit: int, credit: int) -> None:
        """Take a deposit's match of two operations back."""
        found = [
            x.group_number
            for group in self.groups
            for x in group
            if (x.debit_number, x.credit_number) == (debit, credit)
        ]
        refused = self._unmatch(on, found[-1], Keeper.DEPOSIT)
        assert refused is None

    def _unmatch(self, on: date, group: int, own: Keeper | None) -> str | None:
        lines = self.groups[group - 1] if group <= len(self.groups) else []
        chosen = rules.choose_lines(UnmatchRequest(1, group, "test"), lines, (), known=True)
        if isinstance(chosen, Refusal):
            return chosen.code
        if (bad := rules.check_apart(chosen, 1, self._apart, own)) is not None:
            return bad.code
        effective_on = rules.unmatch_date(lines, None, on)
        assert isinstance(effective_on, date)
        self._apply(rules.reopen(self.items, chosen, effective_on))
        self.groups[group - 1] = [replace(line, reversed_on=effective_on, reversed_at=EVER) for line in lines]
        return None

    async def dispute(self, on: date, name: str, amount: Decimal | None, reason: str) -> str | None:
        return self._argue(on, DisputeVerb.ENTER, name, amount, reason)

    async def redispute(self, on: date, name: str, amount: Decimal) -> str | None:
        return self._argue(on, DisputeVerb.UPDATE, name, amount, "because")

    async def write_off(self, on: date, name: str, what: str, amount: Decimal | None) -> str | None:
        item = self.items[self.names[what]]
        if (bad := payment_rules.check_settled(item.number, Side.DEBIT, item, amount, ())) is not None:
            return bad.code
        self._post_against(on, "EXP_WRT", name, item, item.available if amount is None else amount)
        return None

    async def limit(self, most: Decimal) -> None:
        self.approvals.set_limit(most)

    async def propose(self, on: date, name: str, what: str, amount: Decimal, actor: str) -> str | None:
        if self.approvals.submit(on, name, what, amount, actor):
            return await self.write_off(on, name, what, amount)
        return "waits"

    async def decide(self, on: date, name: str, actor: str, *, approve: bool) -> str | None:
        wish = self.approvals.waiting[name]
        before = wish.approval
        if (refused := self.approvals.decide(on, name, actor, approve=approve)) is not None or not approve:
            return refused
        refused = await self.write_off(on, name, wish.what, wish.amount)
        wish.approval = before if refused else wish.approval
        return refused

    async def credit(self, on: date, name: str, what: str, amount: Decimal | None) -> str | None:
        item = self.items[self.names[what]]
        if (bad := payment_rules.check_credit(item.number, item, TYPES[item.type_id])) is not None:
            return bad.code
        notes = [note for note in self.notes.values() if note.invoice_number == item.number]
        room = payment_rules.plan_credit(item, notes, self._standing(item.number), TYPES)
        credited = payment_rules.credited_amount(item.number, room, amount)
        if isinstance(credited, Refusal):
            return credited.code
        made = self._post_against(on, "INV_CRN", name, item, credited)
        self.notes[made] = CreditNote(1, made, item.number, credited)
        return None

    async def take_back(self, on: date, name: str, what: str) -> str | None:
        item = self.items[self.names[what]]
        kind, lines = TYPES[item.type_id], self._standing(item.number)
        note = item.number in self.notes
        code = (payment_rules.credit_note_back if note else payment_rules.write_off_back)(item.number, kind)
        if isinstance(code, Refusal):
            return code.code
        if item.number in self.gone:
            return (payment_rules.CREDIT_NOTE_BACK_BEFORE if note else payment_rules.ALREADY_TAKEN_BACK).code
        if note and (bad := payment_rules.check_credit_note_back(item, lines, TYPES)) is not None:
            return bad.code
        for group in sorted({line.group_number for line in lines}):
            await self.unmatch(on, lettering(group))
        self.gone.add(item.number)
        if note:
            self.notes[item.number] = replace(self.notes[item.number], stands=False)
        self._post_against(on, code, name, self.items[item.number], item.amount)
        return None

    def _post_against(self, on: date, type_code: str, name: str, item: OpenItem, amount: Decimal) -> int:
        """Post an operation and match it with an item as far as that is available."""
        new = self.add(on, type_code, name, amount, on)
        settles = min(amount, item.available)
        if settles > 0:
            pair = (item.number, new.number) if item.side is Side.DEBIT else (new.number, item.number)
            self.settle([Allocation(*pair, settles)], max(on, item.not_before))
        return new.number

    def _standing(self, number: int) -> list[StandingLine]:
        return [
            StandingLine(
                1, number, line.group_number, line.debit_number, line.credit_number, line.amount, line.effective_on,
                other, self.items[other].type_id, moves_away=False, credits=other in self.notes,
            )
            for group in self.groups
            for line in group
            if number in (line.debit_number, line.credit_number) and line.reversed_on is None
            for other in (line.debit_number + line.credit_number - number,)
        ]  # fmt: skip

    async def undispute(self, on: date, name: str) -> str | None:
        return self._argue(on, DisputeVerb.REMOVE, name, None, None)

    def _argue(self, on: date, verb: DisputeVerb, name: str, amount: Decimal | None, reason: str | None) -> str | None:
        number = self.names[name]
        request = DisputeRequest(1, number, verb, "test", amount, on, reason)
        decided = litigation_rules.decide(request, self.items[number], self.pasts.get(number, Past()), {}, on)
        if isinstance(decided, tuple):
            return decided[0].code
        self._apply([decided.change])
        self.pasts[number] = decided.past
        return None

    async def move_deposit(
        self, on: date, verb: str, name: str, amount: Decimal | None, what: str | date | None
    ) -> str | None:
        return self.deposits.move(on, verb, name, amount, what)

    async def deposit_of(self, name: str) -> Deposit:
        return self.deposits.kept[name].deposit

    async def plan(self, on: date, plan: int, debits: Sequence[str], count: int, first_on: date) -> str | None:
        rule = Rule(0, 3, 24, Start.TODAY, Unit.MONTH, Remainder.FIRST, Shift.NEXT)
        terms, debt = (
            AccountTerms(1, "EUR", None, rule),
            sum((self.items[self.names[n]].available for n in debits), ZERO),
        )
        self.plans[plan] = (list(debits), propose_schedule(terms, debt, PlanTerms(count=count, first_on=first_on), on))
        return None

    async def activate(self, on: date, plan: int) -> str | None:
        debits, schedule = self.plans[plan]
        creation = self.add(on, "PPL_CREATION", f"PLAN-{plan}", schedule.amount, on)
        for place, part in enumerate(schedule.parts, 1):
            self.add(on, "PPL_INSTALLMENT", f"PLAN-{plan}/{place}", part.amount, part.due_on)
        touched = [self.items[self.names[one]] for one in debits]
        self.settle(rules.plan_allocations(touched, [creation]), on)
        return None

    def _instalments(self, plan: int) -> list[int]:
        return [self.names[f"PLAN-{plan}/{place}"] for place in range(1, len(self.plans[plan][1].parts) + 1)]

    async def break_plan(self, on: date, plan: int, reason: str) -> str | None:
        state = await self.state_of(plan)
        if state != "ACTIVE":
            return "plan_completed" if state == "COMPLETED" else "plan_not_active"
        creation, own = self.names[f"PLAN-{plan}"], self._instalments(plan)
        lines = [
            StandingLine(1, creation, x.group_number, x.debit_number, creation, x.amount, x.effective_on, x.debit_number, 1, False)
            for group in self.groups
            for x in group
            if x.credit_number == creation and x.reversed_on is None
        ]  # fmt: skip
        unpaid = [self.items[n] for n in own if self.items[n].available > 0]
        what = plan_break(unpaid, self.items[creation], lines, self.items, own)
        assert isinstance(what, Breaking)
        day = breaking_date([*unpaid, self.items[creation]], what.lines, on)
        taken = [Allocation(x.debit_number, creation, x.amount) for x in what.lines]
        self._apply(rules.reopen(self.items, taken, day))
        gone = {(x.group_number, x.debit_number) for x in what.lines}
        self.groups = [
            [
                replace(x, reversed_on=day, reversed_at=EVER) if (x.group_number, x.debit_number) in gone else x
                for x in group
            ]
            for group in self.groups
        ]
        self.settle([Allocation(n, creation, amount) for n, amount in {**what.kept, **what.unpaid}.items()], day)
        self.broken.add(plan)
        return None

    async def state_of(self, plan: int) -> str:
        if f"PLAN-{plan}" not in self.names:
            return "DRAFT"
        if plan in self.broken:
            return "BROKEN"
        return "ACTIVE" if any(self.items[n].open for n in self._instalments(plan)) else "COMPLETED"

    def _is_held(self, number: int) -> bool:
        return self.items[number].excluded or self.items[number].type_id in self.deposit_types

    async def open_of(self, name: str) -> tuple[Decimal, Decimal]:
        item = self.items[self.names[name]]
        return item.open, item.disputed

    async def balances(self, on: date) -> dict[str, Decimal]:
        late = [i for i in self.items.values() if i.class_ == "I" and i.due_on < on]
        return {
            "default": sum((i.amount * i.side.value for n, i in self.items.items() if not self._is_held(n)), ZERO),
            "security_deposit": sum((i.amount * i.side.value for n, i in self.items.items() if self._is_held(n)), ZERO),
            "dunning": sum((i.available * i.side.value for i in late), ZERO),
        }
