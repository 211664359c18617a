"""A book kept by the actions, on a real database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ledger import make_account, rows

from scenarios.approvals_in_rules import DECIDER, KIND, PROPOSER, instant
from solde.actions.requests import content_of
from solde.app.approving import make_approvals
from solde.approvals import Approvals, Executed, Limit, Proposal, Waiting, set_limits
from solde.balances import Moment, balances_of, definitions_now
from solde.db import Connection, Pool
from solde.deposits import (
    CancelRequest,
    Deposit,
    DepositEffect,
    DepositRequest,
    FundingRejection,
    FundRequest,
    GiveBackRequest,
    PayRequest,
    cancel_deposits,
    fund_deposits,
    get_deposit,
    give_back_deposits,
    pay_with_deposits,
    reject_fundings,
    request_deposits,
)
from solde.deposits.funding import refund_expired
from solde.instalments import (
    Activated,
    ActivateRequest,
    Drafted,
    Ended,
    EndRequest,
    PlanRequest,
    PlanTerms,
    Unit,
    activate,
    break_plans,
    draft,
)
from solde.kernel.refusals import Refused
from solde.litigation import Disputed, DisputeRequest, DisputeVerb, dispute
from solde.matching import Matched, MatchRequest, Unmatched, UnmatchRequest, match, unmatch
from solde.matching.rules import group_number_of
from solde.operations import NewOperation, Posted, PostRequest, TypeCatalogue, Types, load_types, post
from solde.operations.store import get_operations
from solde.payments import (
    CreditNoteRequest,
    PaymentRequest,
    ReversalRequest,
    WriteOffRequest,
    credit_note,
    register,
    reverse_credit_note,
    reverse_write_off,
    write_off,
)
from solde.payments.model import Allocate, Registered
from solde.payments.settling import EffectAnswer
from solde.payments.shapes import EffectShape

DEPOSITS: dict[str, Callable[..., Awaitable[Sequence[Any]]]] = {
    "deposit": request_deposits,
    "fund": fund_deposits,
    "use": pay_with_deposits,
    "refund-deposit": give_back_deposits,
    "cancel-deposit": cancel_deposits,
    "expire": refund_expired,
    "bounce": reject_fundings,
}


class DatabaseBook:
    """One account in the database."""

    def __init__(self, conn: Connection, account: int, types: Types, approvals: Approvals) -> None:
        self.conn, self.account, self.types, self.approvals = conn, account, types, approvals
        self.names: dict[str, int] = {}
        self.waiting: dict[str, int] = {}
        self.deposits: dict[str, int] = {}

    @classmethod
    async def start(cls, conn: Connection, pool: Pool, currency: str) -> DatabaseBook:
        """A book of a new account; operation types are read by the pool."""
        approvals = make_approvals(lambda: instant(date.min), TypeCatalogue(pool))
        return cls(conn, await make_account(conn, currency), await load_types(conn), approvals)

    async def post(self, on: date, type_code: str, name: str, amount: Decimal, due: date) -> str | None:
        new = NewOperation(self.account, type_code, amount, on, due, reference=name)
        (answer,) = await post(self.conn, [PostRequest((new,), "test")], self.types)
        if not isinstance(answer, Posted):
            return answer[0].code
        self.names[name] = answer.numbers[0]
        return None

    async def pay(self, on: date, name: str, amount: Decimal, what: Sequence[str] | str) -> str | None:
        named: Allocate | tuple[int, ...] = Allocate.OLDEST if what == "oldest" else Allocate.NONE
        if not isinstance(what, str):
            named = tuple(self.names[one] for one in what)
        new = NewOperation(self.account, "PAY_WIRE", amount, on, reference=name)
        (answer,) = await register(self.conn, [PaymentRequest(new, "test", named)], self.types, today=on)
        if not isinstance(answer, Registered):
            return answer[0].code
        self.names[name] = answer.number
        return None

    async def match(self, on: date, debits: Sequence[str], credits: Sequence[str]) -> str | None:
        left, right = (tuple(self.names[n] for n in side) for side in (debits, credits))
        request = MatchRequest(self.account, left, right, "test")
        (answer,) = await match(self.conn, [request], self.types, today=on)
        return None if isinstance(answer, Matched) else answer[0].code

    async def unmatch(self, on: date, code: str) -> str | None:
        group = group_number_of(code)
        assert group is not None
        (answer,) = await unmatch(self.conn, [UnmatchRequest(self.account, group, "test")], today=on)
        return None if isinstance(answer, Unmatched) else answer[0].code

    async def dispute(self, on: date, name: str, amount: Decimal | None, reason: str) -> str | None:
        return await self._argue(on, DisputeVerb.ENTER, name, amount, reason)

    async def redispute(self, on: date, name: str, amount: Decimal) -> str | None:
        return await self._argue(on, DisputeVerb.UPDATE, name, amount, "because")

    async def write_off(self, on: date, name: str, what: str, amount: Decimal | None) -> str | None:
        return await self._settle(on, name, write_off, WriteOffRequest(*self._of(what), "because", amount, on))

    async def limit(self, most: Decimal) -> None:
        limit = Limit(PROPOSER, KIND, "EUR", most, None)
        await set_limits(self.conn, [limit], kinds=self.approvals.kinds, actor="test")

    async def propose(self, on: date, name: str, what: str, amount: Decimal, actor: str) -> str | None:
        content = content_of(WriteOffRequest(*self._of(what), "because", amount))
        proposal = Proposal(KIND, self.account, amount, "EUR", content, actor, PROPOSER, "because")
        try:
            done = await self.approvals.submit(self.conn, proposal, now=instant(on), today=on)
        except Refused as refused:
            return refused.refusals[0].code
        if isinstance(done, Waiting):
            self.waiting[name] = done.approval_id
            return "waits"
        self._name(name, done.answer)
        return None

    async def decide(self, on: date, name: str, actor: str, *, approve: bool) -> str | None:
        try:
            done = await self.approvals.decide(
                self.conn, self.waiting[name], approve=approve, decider=actor, role=DECIDER,
                reason=None if approve else "because", now=instant(on), today=on,
            )  # fmt: skip
        except Refused as refused:
            return refused.refusals[0].code
        if isinstance(done, Executed):
            self._name(name, done.answer)
        return None

    def _name(self, name: str, answer: object) -> None:
        assert isinstance(answer, EffectShape)
        self.names[name] = answer.operations[0].number

    async def credit(self, on: date, name: str, what: str, amount: Decimal | None) -> str | None:
        return await self._settle(on, name, credit_note, CreditNoteRequest(*self._of(what), "because", amount, on=on))

    async def take_back(self, on: date, name: str, what: str) -> str | None:
        (operation,) = await get_operations(self.conn, self.account, [self.names[what]])
        action = reverse_credit_note if operation.code == "INV_CRN" else reverse_write_off
        return await self._settle(on, name, action, ReversalRequest(*self._of(what), "because", on))

    def _of(self, what: str) -> tuple[int, int, str]:
        return self.account, self.names[what], "test"

    async def _settle(
        self, on: date, name: str, action: Callable[..., Awaitable[Sequence[EffectAnswer]]], request: object
    ) -> str | None:
        (answer,) = await action(self.conn, [request], self.types, today=on)
        if isinstance(answer, tuple):
            return answer[0].code
        self.names[name] = answer.posted[0].number
        return None

    async def undispute(self, on: date, name: str) -> str | None:
        return await self._argue(on, DisputeVerb.REMOVE, name, None, None)

    async def _argue(
        self, on: date, verb: DisputeVerb, name: str, amount: Decimal | None, reason: str | None
    ) -> str | None:
        request = DisputeRequest(self.account, self.names[name], verb, "test", amount, on, reason)
        (answer,) = await dispute(self.conn, [request], today=on)
        return None if isinstance(answer, Disputed) else answer[0].code

    async def move_deposit(
        self, on: date, verb: str, name: str, amount: Decimal | None, what: str | date | None
    ) -> str | None:
        wish = self._wish(on, verb, name, amount, what)
        (answer,) = await DEPOSITS[verb](self.conn, [wish], self.types, today=on)
        if not isinstance(answer, DepositEffect):
            code: str = answer[0].code
            return code
        self.deposits[name] = answer.deposit.number
        paid = [one.number for one in answer.effect.posted if one.type_code == "PAY_WIRE"]
        self.names |= {f"{name}/payment": paid[0]} if paid else {}
        return None

    def _wish(self, on: date, verb: str, name: str, amount: Decimal | None, what: str | date | None) -> object:
        account, deposit, much = self.account, self.deposits.get(name, 0), amount or Decimal(0)
        match verb:
            case "deposit":
                until = what if isinstance(what, date) else None
                return DepositRequest(account, "STANDARD", much, "test", name, until, on)
            case "fund":
                return FundRequest(account, deposit, much, "test", "WIRETRANSFER", on=on)
            case "use":
                return PayRequest(account, deposit, self.names[str(what)], "test", amount, on)
            case "refund-deposit" | "expire":
                return GiveBackRequest(account, deposit, "test", amount, on=on)
            case "cancel-deposit":
                return CancelRequest(account, deposit, "test", "a story", on)
        return FundingRejection(account, deposit, self.names[f"{name}/payment"], "test", "a story", on)

    async def deposit_of(self, name: str) -> Deposit:
        return await get_deposit(self.conn, self.account, self.deposits[name])

    async def plan(self, on: date, plan: int, debits: Sequence[str], count: int, first_on: date) -> str | None:
        wish = PlanTerms(count=count, first_on=first_on, unit=Unit.MONTH)
        request = PlanRequest(self.account, tuple(self.names[one] for one in debits), "test", wish)
        (answer,) = await draft(self.conn, [request], self.types, today=on)
        if not isinstance(answer, Drafted):
            return answer[0].code
        assert answer.plan_number == plan
        return None

    async def activate(self, on: date, plan: int) -> str | None:
        (answer,) = await activate(self.conn, [ActivateRequest(self.account, plan, "test", 1)], self.types, today=on)
        if not isinstance(answer, Activated):
            return answer[0].code
        self.names[f"PLAN-{plan}"] = answer.creation_number
        self.names |= {f"PLAN-{plan}/{place}": n for place, n in enumerate(answer.instalment_numbers, 1)}
        return None

    async def break_plan(self, on: date, plan: int, reason: str) -> str | None:
        request = EndRequest(self.account, plan, "test", reason)
        (answer,) = await break_plans(self.conn, [request], self.types, today=on)
        return None if isinstance(answer, Ended) else answer[0].code

    async def state_of(self, plan: int) -> str:
        ((state,),) = await rows(
            self.conn,
            "select state from instalment_plan_state where account_id = %(account)s and plan_number = %(plan)s",
            account=self.account,
            plan=plan,
        )
        return str(state)

    async def open_of(self, name: str) -> tuple[Decimal, Decimal]:
        found = await rows(
            self.conn,
            "select open, disputed from open_item where account_id = %(account)s and number = %(number)s",
            account=self.account,
            number=self.names[name],
        )
        ((still_open, disputed),) = found or [(Decimal(0), Decimal(0))]
        assert isinstance(still_open, Decimal)
        assert isinstance(disputed, Decimal)
        return still_open, disputed

    async def instant(self) -> datetime:
        """The database's clock."""
        ((now,),) = await rows(self.conn, "select clock_timestamp()")
        assert isinstance(now, datetime)
        return now

    async def balances(self, on: date, known_at: datetime | None = None) -> dict[str, Decimal]:
        """The balances of a day as they are then, or as they were known at an instant."""
        moment = Moment(on, None if known_at is None else on, known_at)
        found = await balances_of(self.conn, self.account, await definitions_now(self.conn), moment)
        return {b.definition.code: b.figures.balance for b in found}
