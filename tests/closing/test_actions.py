from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from ledger import TODAY, invoice, payment, post_all, rows

from solde.closing import close_account, close_customer, find_blockers
from solde.closing.rules import in_words
from solde.customers import (
    NewAccount,
    NewCustomer,
    add_accounts,
    create_customers,
    get_customer,
    resolve_accounts,
    set_account_state,
)
from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import Refused
from solde.matching import match_oldest
from solde.operations import load_types

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


async def make(conn: Connection, *codes: str, currency: str = "EUR", payer: str | None = None) -> list[int]:
    """Customers of one account each."""
    new = [NewCustomer(code=code, currency=currency, payer=payer) for code in codes]
    await create_customers(conn, new, actor="anna", now=NOW, allow_incomplete=True)
    found = await resolve_accounts(conn, list(codes))
    return [found[code].account_id for code in codes]


async def add(conn: Connection, customer: str, code: str) -> int:
    """A further account."""
    new = NewAccount(customer, account_code=code, currency="EUR")
    (made,) = await add_accounts(conn, [new], actor="anna", now=NOW, allow_incomplete=True)
    assert not isinstance(made, tuple)
    return made.account_id


async def close(conn: Connection, account_id: int, reason: str | None = "moved away") -> None:
    await close_account(conn, account_id, reason, actor="otto", now=NOW)


async def refusals(conn: Connection, account_id: int, reason: str | None = "moved away") -> list[tuple[str, str]]:
    with pytest.raises(Refused) as found:
        await close(conn, account_id, reason)
    return [(refusal.code, refusal.message) for refusal in found.value.refusals]


async def state_of(conn: Connection, code: str) -> str:
    return (await resolve_accounts(conn, [code]))[code].state


async def test_a_settled_account_is_closed_with_its_reason(conn: Connection) -> None:
    (account,) = await make(conn, "A")
    await post_all(conn, invoice(account, "100"), payment(account, "100"))
    await match_oldest(conn, [account], await load_types(conn), today=TODAY, actor="test")
    await close(conn, account)
    assert await state_of(conn, "A") == "CLOSED"
    told = await rows(conn, "select verb, reason from audit_record where account_id = %(a)s and verb = 'account.state'", a=account)  # fmt: skip
    assert told == [("account.state", "moved away")]


async def test_what_it_owes_holds_an_account_open_with_the_amount(conn: Connection) -> None:
    (account,) = await make(conn, "A")
    await post_all(conn, invoice(account, "1234.5"), payment(account, "34.123456"))
    assert await refusals(conn, account) == [
        ("account_owes", "account 'A' owes 1,200.376544 EUR"),
        ("account_has_open_debits", "account 'A' has 1 open debit of 1,234.50 EUR"),
        ("account_has_open_credits", "account 'A' has 1 open credit of 34.123456 EUR"),
    ]
    assert await state_of(conn, "A") == "ACTIVE"


async def test_a_credit_holds_an_account_open(conn: Connection) -> None:
    (account,) = await make(conn, "A", currency="JPY")
    await post_all(conn, payment(account, "500"), payment(account, "1000"))
    assert await refusals(conn, account) == [
        ("account_holds_credit", "account 'A' holds a credit of 1,500 JPY"),
        ("account_has_open_credits", "account 'A' has 2 open credits of 1,500 JPY"),
    ]


async def test_what_is_open_holds_an_account_open_though_its_balance_is_zero(conn: Connection) -> None:
    (account,) = await make(conn, "A")
    await post_all(conn, invoice(account, "100"), payment(account, "100"))
    assert [code for code, _ in await refusals(conn, account)] == [
        "account_has_open_debits",
        "account_has_open_credits",
    ]


async def test_an_account_that_pays_for_others_stays_open_until_they_are_closed(conn: Connection) -> None:
    (payer,) = await make(conn, "PAYER")
    one, two = await make(conn, "ONE", "TWO", payer="PAYER")
    assert await refusals(conn, payer) == [
        ("account_pays_for_others", "account 'PAYER' pays for 2 other accounts"),
    ]
    await close(conn, one)
    await close(conn, two)
    await close(conn, payer)
    assert await state_of(conn, "PAYER") == "CLOSED"


async def test_a_reason_is_needed_and_a_closed_account_is_not_closed_again(conn: Connection) -> None:
    (account,) = await make(conn, "A")
    assert [code for code, _ in await refusals(conn, account, " ")] == ["state_reason_missing"]
    await close(conn, account)
    assert [code for code, _ in await refusals(conn, account)] == ["account_state_unchanged"]
    assert [code for code, _ in await refusals(conn, 404)] == ["unknown_account"]


async def test_a_customer_is_closed_with_all_its_accounts_or_says_what_holds_each(conn: Connection) -> None:
    (first,) = await make(conn, "A")
    second, third = await add(conn, "A", "A2"), await add(conn, "A", "A3")
    await close(conn, third)
    await post_all(conn, invoice(first, "10"))
    await post_all(conn, payment(second, "20"))
    customer_id = (await get_customer(conn, "A")).customer_id
    with pytest.raises(Refused) as found:
        await close_customer(conn, customer_id, "", actor="otto", now=NOW)
    with pytest.raises(Refused) as again:
        await close_customer(conn, customer_id, "gone", actor="otto", now=NOW)
    assert [r.code for r in found.value.refusals] == ["state_reason_missing", *(r.code for r in again.value.refusals)]
    assert [r.message for r in again.value.refusals] == [
        "account 'A' owes 10.00 EUR",
        "account 'A' has 1 open debit of 10.00 EUR",
        "account 'A2' holds a credit of 20.00 EUR",
        "account 'A2' has 1 open credit of 20.00 EUR",
    ]
    assert [str(in_words(one)) for one in await find_blockers(conn, [first])] == [
        r.message for r in again.value.refusals[:2]
    ]


async def test_a_closed_customer_takes_no_account_and_opens_with_one_of_its_own(conn: Connection) -> None:
    (first,) = await make(conn, "A")
    await add(conn, "A", "A2")
    customer_id = (await get_customer(conn, "A")).customer_id
    await close_customer(conn, customer_id, "gone", actor="otto", now=NOW)
    customer = await get_customer(conn, "A")
    assert (customer.state, [a.state for a in customer.accounts]) == ("CLOSED", ["CLOSED", "CLOSED"])
    (refused,) = await add_accounts(conn, [NewAccount("A")], actor="anna", now=NOW, allow_incomplete=True)
    assert isinstance(refused, tuple)
    assert [r.code for r in refused] == ["customer_closed"]
    with pytest.raises(Refused, match="customer_closed"):
        await close_customer(conn, customer_id, "gone", actor="otto", now=NOW)
    await set_account_state(conn, first, "ACTIVE", "came back", actor="otto", now=NOW)
    customer = await get_customer(conn, "A")
    assert (customer.state, [a.state for a in customer.accounts]) == ("ACTIVE", ["ACTIVE", "CLOSED"])


async def test_a_payer_and_whom_it_pays_for_close_together(conn: Connection) -> None:
    await make(conn, "A")
    new = NewAccount("A", account_code="A2", currency="EUR", payer="A")
    await add_accounts(conn, [new], actor="anna", now=NOW, allow_incomplete=True)
    customer_id = (await get_customer(conn, "A")).customer_id
    await close_customer(conn, customer_id, "gone", actor="otto", now=NOW)
    assert await state_of(conn, "A") == "CLOSED"


async def test_an_account_is_never_closed_beside_an_operation_posted_at_the_same_moment(pool: Pool) -> None:
    (account,) = await transaction(pool, lambda conn: make(conn, "A"))
    answers = await asyncio.gather(
        transaction(pool, lambda conn: close(conn, account)),
        *(transaction(pool, lambda conn: post_all(conn, invoice(account, "1"))) for _ in range(8)),
        return_exceptions=True,
    )
    async with pool.connection() as conn:
        operations = await rows(conn, "select 1 from operation where account_id = %(a)s", a=account)
        assert (await state_of(conn, "A") == "CLOSED") == (not operations)
    assert not [one for one in answers if isinstance(one, Exception) and not isinstance(one, (Refused, AssertionError))]
