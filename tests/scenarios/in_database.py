"""A book kept by the actions, on a real database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from decimal import Decimal

from ledger import make_account, rows

from solde.balances import Moment, balances_of, definitions_now
from solde.db import Connection
from solde.litigation import Disputed, DisputeRequest, DisputeVerb, dispute
from solde.matching import Matched, MatchRequest, Unmatched, UnmatchRequest, match, unmatch
from solde.matching.rules import group_number_of
from solde.operations import NewOperation, Posted, PostRequest, Types, load_types, post
from solde.operations.store import get_operations
from solde.payments import (
    CreditNoteRequest,
    PaymentRequest,
    TakeBackRequest,
    WriteOffRequest,
    credit_note,
    register,
    reverse_credit_note,
    reverse_write_off,
    write_off,
)
from solde.payments.model import Allocate, Registered
from solde.payments.settling import EffectAnswer


class DatabaseBook:
    """One account in the database."""

    def __init__(self, conn: Connection, account: int, types: Types) -> None:
        self.conn, self.account, self.types = conn, account, types
        self.names: dict[str, int] = {}

    @classmethod
    async def start(cls, conn: Connection, currency: str) -> DatabaseBook:
        """A book of a new account."""
        return cls(conn, await make_account(conn, currency), await load_types(conn))

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

    async def credit(self, on: date, name: str, what: str, amount: Decimal | None) -> str | None:
        return await self._settle(on, name, credit_note, CreditNoteRequest(*self._of(what), "because", amount, on))

    async def take_back(self, on: date, name: str, what: str) -> str | None:
        (operation,) = await get_operations(self.conn, self.account, [self.names[what]])
        action = reverse_credit_note if operation.code == "INV_CRN" else reverse_write_off
        return await self._settle(on, name, action, TakeBackRequest(*self._of(what), "because", on))

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

    async def balances(self, on: date, *, past: bool = False) -> dict[str, Decimal]:
        moment = Moment(on, on if past else None)
        found = await balances_of(self.conn, self.account, await definitions_now(self.conn), moment)
        return {b.definition.code: b.figures.balance for b in found}
