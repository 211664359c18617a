"""Books with security deposits: each action in a transaction of its own, then the balances."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any

from ledger import TODAY, D
from payments.books import Books

from solde.balances import Moment, balances_of, definitions_now
from solde.db import Connection, transaction
from solde.deposits import (
    CancelRequest,
    Deposit,
    DepositEffect,
    DepositRequest,
    DepositSettings,
    FundingRejection,
    FundRequest,
    GiveBackRequest,
    Limit,
    PayRequest,
    Template,
    TemplateState,
    cancel_deposits,
    change_settings,
    create_template,
    fund_deposits,
    get_deposit,
    get_settings,
    give_back_deposits,
    pay_with_deposits,
    reject_fundings,
    request_deposits,
)

ACTIONS: dict[type, Callable[..., Awaitable[Sequence[Any]]]] = {
    DepositRequest: request_deposits,
    FundRequest: fund_deposits,
    PayRequest: pay_with_deposits,
    GiveBackRequest: give_back_deposits,
    CancelRequest: cancel_deposits,
    FundingRejection: reject_fundings,
}


def ask_for(account: int, amount: str, **more: Any) -> DepositRequest:
    return DepositRequest(account, more.pop("template", "STANDARD"), D(amount), "test", **more)


def fund(account: int, deposit: int, amount: str, method: str = "WIRETRANSFER", **more: Any) -> FundRequest:
    return FundRequest(account, deposit, D(amount), "test", method, **more)


def use(account: int, deposit: int, number: int, amount: str | None = None, **more: Any) -> PayRequest:
    return PayRequest(account, deposit, number, "test", None if amount is None else D(amount), **more)


def give_back(account: int, deposit: int, amount: str | None = None, **more: Any) -> GiveBackRequest:
    return GiveBackRequest(account, deposit, "test", None if amount is None else D(amount), **more)


def cancel(account: int, deposit: int, **more: Any) -> CancelRequest:
    return CancelRequest(account, deposit, "test", more.pop("reason", "not wanted"), **more)


def bounce(account: int, deposit: int, number: int, **more: Any) -> FundingRejection:
    return FundingRejection(account, deposit, number, "test", more.pop("reason", "no money"), **more)


class DepositBooks(Books):
    """Books of which the deposits can be moved."""

    async def did(self, request: Any) -> DepositEffect:
        """The effect of a request that is not refused; the books prove afterwards."""
        answer = await self.ask(ACTIONS[type(request)], request)
        assert isinstance(answer, DepositEffect), answer
        await self.prove()
        return answer

    async def refusals(self, request: Any) -> list[str]:
        """The codes of a request's refusals; nothing is left of it."""
        return await self.codes(ACTIONS[type(request)], request)

    async def deposit(self, account: int, number: int = 1) -> Deposit:
        return await transaction(self.pool, lambda conn: get_deposit(conn, account, number))

    async def stands(self, account: int, number: int = 1) -> tuple[str, Decimal, Decimal]:
        """State, what is held, what is still asked for."""
        found = await self.deposit(account, number)
        return found.state.value, found.balance, found.asked

    async def balances(self, account: int) -> tuple[Decimal, Decimal]:
        """The balances `security_deposit` and `default`, as the shipped definitions give them."""
        async with self.pool.connection() as conn:
            found = await balances_of(conn, account, await definitions_now(conn), Moment(TODAY))
        figures = {one.definition.code: one.figures.balance for one in found}
        return figures["security_deposit"], figures["default"]

    async def types(self, account: int) -> list[tuple[int, str, Decimal, bool]]:
        """Every operation: number, type, amount, excluded."""
        query = f"""
            select o.number, t.code, o.amount, o.excluded from operation o join operation_type t using (type_id)
            where o.account_id = {account} order by o.number
        """
        return [tuple(row) for row in await self.rows(query)]


async def asked(books: DepositBooks, amount: str = "100", *, funded: bool = True) -> int:
    """An account asked for a deposit, and its money unless said otherwise."""
    account = await books.account()
    await books.did(ask_for(account, amount))
    if funded:
        await books.did(fund(account, 1, amount))
    return account


async def make_template(books: DepositBooks, template: Template) -> None:
    await transaction(books.pool, lambda conn: create_template(conn, template, actor="test"))


def active(code: str, currency: str = "EUR", state: TemplateState = TemplateState.ACTIVE, **more: Any) -> Template:
    return Template(code, "Test", currency, state=state, **more)


async def limit(books: DepositBooks, most: str | None, customer: str | None, *, auto: bool = False) -> DepositSettings:
    async def work(conn: Connection) -> DepositSettings:
        before = await get_settings(conn)
        limits = [Limit("EUR", None if most is None else D(most), None if customer is None else D(customer))]
        return await change_settings(conn, auto_refund=auto, limits=limits, version=before.version, actor="test")

    return await transaction(books.pool, work)


__all__ = [
    "TODAY",
    "D",
    "DepositBooks",
    "active",
    "ask_for",
    "asked",
    "bounce",
    "cancel",
    "fund",
    "give_back",
    "limit",
    "make_template",
    "use",
]
