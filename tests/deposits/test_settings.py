"""What templates and limits allow to ask for."""

from __future__ import annotations

import asyncio
from datetime import date

from deposits.books import TODAY, D, DepositBooks, active, ask_for, cancel, limit, make_template

from solde.db import Connection, transaction
from solde.deposits import (
    DepositEffect,
    TemplateState,
    request_deposits,
)
from solde.kernel.refusals import Refusal
from solde.operations import load_types

NIL = D(0)
JAN, FEB, MAR = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)


async def test_a_template_bounds_what_is_asked(books: DepositBooks) -> None:
    account = await books.account()
    await make_template(books, active("BOUND", least=D(50), most=D(200)))
    await make_template(books, active("DRAFTED", state=TemplateState.DRAFT))
    await make_template(books, active("DOLLARS", currency="USD"))
    assert await books.refusals(ask_for(account, "49.99", template="BOUND")) == ["deposit_below_template"]
    assert await books.refusals(ask_for(account, "200.01", template="BOUND")) == ["deposit_above_template"]
    assert await books.refusals(ask_for(account, "60", template="DRAFTED")) == ["deposit_template_not_active"]
    assert await books.refusals(ask_for(account, "60", template="DOLLARS")) == ["deposit_currency_differs"]
    assert await books.refusals(ask_for(account, "60", template="NONE")) == ["unknown_deposit_template"]
    await books.did(ask_for(account, "200", template="BOUND"))


async def test_names_are_numbered_and_unique(books: DepositBooks) -> None:
    account = await books.account()
    assert (await books.did(ask_for(account, "10"))).deposit.name == "STANDARD-1"
    await books.did(ask_for(account, "10", name="Bureau 12"))
    assert await books.refusals(ask_for(account, "10", name="Bureau 12")) == ["deposit_name_taken"]
    assert (await books.did(ask_for(account, "10"))).deposit.name == "STANDARD-3"


async def test_limits_of_a_deposit_and_of_a_customer(books: DepositBooks) -> None:
    account = await books.account()
    await limit(books, "150", "200")
    assert await books.refusals(ask_for(account, "150.01")) == ["deposit_above_limit"]
    await books.did(ask_for(account, "150"))
    assert await books.refusals(ask_for(account, "50.01")) == ["deposit_above_customer_limit"]
    await books.did(cancel(account, 1))
    await books.did(ask_for(account, "150"))


async def test_a_limit_holds_over_all_accounts_of_a_customer(books: DepositBooks) -> None:
    one, two, strange = await books.account(), await books.account(), await books.account()

    async def belong(conn: Connection) -> None:
        for account, customer in ((one, 7), (two, 7), (strange, 8)):
            await conn.execute(
                "insert into account_directory (code, account_id, customer_id, seller_id) values (%s, %s, %s, 1)",
                (f"A{account}", account, customer),
            )

    await transaction(books.pool, belong)
    await limit(books, None, "250")
    await books.did(ask_for(one, "150"))
    assert await books.refusals(ask_for(two, "101")) == ["deposit_above_customer_limit"]
    await books.did(ask_for(strange, "101"))
    answers = await asyncio.gather(*(books.ask(request_deposits, ask_for(a, "60")) for a in (one, two) * 4))
    assert sum(not isinstance(answer, tuple) for answer in answers) == 1
    await books.prove()


async def test_a_batch_minds_what_it_decided_before(books: DepositBooks) -> None:
    account = await books.account()
    await limit(books, None, "100")

    async def work(conn: Connection) -> list[DepositEffect | tuple[Refusal, ...]]:
        wishes = [
            ask_for(account, "60", name="A"),
            ask_for(account, "60", name="B"),
            ask_for(account, "40", name="A"),
            ask_for(account, "40"),
        ]
        return await request_deposits(conn, wishes, await load_types(conn), today=TODAY)

    answers = await transaction(books.pool, work)
    codes = [[one.code for one in a] if isinstance(a, tuple) else a.deposit.name for a in answers]
    assert codes == ["A", ["deposit_above_customer_limit"], ["deposit_name_taken"], "STANDARD-2"]
    await books.prove()
