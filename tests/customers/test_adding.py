from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from solde.customers import (
    CreatedAccount,
    CreatedCustomer,
    CreatedLevel,
    NewAccount,
    NewBillingAccount,
    NewCustomer,
    NewUserAccount,
    add_accounts,
    add_billing_accounts,
    add_user_accounts,
    create_customer,
    create_customers,
    create_or_add,
    get_account,
    get_customer,
    search_customers,
    set_account_state,
)
from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import Refusal

Make = Callable[..., NewCustomer]

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
COMPLETE = {
    "currency": "USD",
    "payment_method": "CHECK",
    "payment_terms": "NET30",
    "payment_mode": "PREPAID",
    "billing_cycle": "MONTHLY",
    "tax_category": "STANDARD",
}


def account(customer: str = "ACME", **more: object) -> NewAccount:
    return NewAccount(customer=customer, **(COMPLETE | more))  # type: ignore[arg-type]


async def create(conn: Connection, new: NewCustomer) -> CreatedCustomer:
    return await create_customer(conn, new, actor="anna", now=NOW)


async def add(conn: Connection, *new: NewAccount, allow_incomplete: bool = False) -> list[object]:
    answers = await add_accounts(conn, new, actor="anna", now=NOW, allow_incomplete=allow_incomplete)
    return [shown(answer) for answer in answers]


def shown(answer: object) -> object:
    """Refusals as row, field and code; what was made as it is."""
    if not isinstance(answer, tuple):
        return answer
    refusals: tuple[Refusal, ...] = answer
    return [(r.row, r.field, r.code) for r in refusals]


async def test_a_second_account_is_added_with_its_levels_and_codes_made(conn: Connection, company: Make) -> None:
    first = await create(conn, company(code="ACME"))
    (made,) = await add(conn, account(account_description="Lyon office", credit_limit="10.5"))
    assert isinstance(made, CreatedAccount)
    assert (made.customer_id, made.account_code) == (first.customer_id, "ACME-2")
    assert (made.billing_account_code, made.user_account_code) == ("BA-ACME-2", "UA-ACME-2")
    shown = await get_account(conn, "ACME-2")
    assert [one.code for one in shown.customer.accounts] == ["ACME", "ACME-2"]
    assert (shown.account.currency, shown.account.payment_mode, shown.account.credit_limit) == (
        "USD",
        "PREPAID",
        Decimal("10.5"),
    )
    (billing,) = shown.account.billing_accounts
    assert (billing.country, billing.language, billing.email) == ("FR", "fr", "anne.durand@example.com")
    assert [user.code for user in billing.user_accounts] == ["UA-ACME-2"]


async def test_codes_given_by_hand_are_kept_and_made_codes_pass_over_them(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    await create(conn, company(code="OTHER", account_code="ACME-2", billing_account_code="BA-ACME-4"))
    answers = await add(conn, account(), account(account_code="ACME-3"), account(), account(user_account_code="U9"))
    made = [one for one in answers if isinstance(one, CreatedAccount)]
    assert [one.account_code for one in made] == ["ACME-4", "ACME-3", "ACME-5", "ACME-6"]
    assert [one.billing_account_code for one in made] == ["BA-ACME-4-2", "BA-ACME-3", "BA-ACME-5", "BA-ACME-6"]
    assert made[3].user_account_code == "U9"


async def test_a_customer_whose_own_account_is_called_otherwise_gives_its_code(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME", account_code="MAIN-1"))
    (made,) = await add(conn, account())
    assert isinstance(made, CreatedAccount)
    assert made.account_code == "ACME"


async def test_many_taken_codes_are_passed_over(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    taken = [account(account_code=f"ACME-{n}") for n in range(2, 41)]
    assert all(isinstance(one, CreatedAccount) for one in await add(conn, *taken))
    (made,) = await add(conn, account())
    assert isinstance(made, CreatedAccount)
    assert made.account_code == "ACME-41"


async def test_everything_missing_or_wrong_is_told_at_once(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    answers = await add(
        conn,
        NewAccount("ACME", account_code="ACME", currency="EURO", payer="NOBODY", email="x", seller="NORD"),
        account("NOBODY"),
        account("\x00"),
    )
    assert answers == [
        [
            (0, "seller", "customer_of_other_seller"),
            (0, "paying_account.currency", "unknown_currency"),
            (0, "billing.email", "bad_email"),
            (0, "paying_account.payer", "unknown_account"),
            (0, "paying_account.payment_method", "field_missing"),
            (0, "paying_account.payment_terms", "field_missing"),
            (0, "paying_account.payment_mode", "field_missing"),
            (0, "billing.billing_cycle", "field_missing"),
            (0, "billing.tax_category", "field_missing"),
            (0, "paying_account.account_code", "code_taken"),
        ],
        [(1, "customer", "unknown_customer")],
        [(2, "customer", "unknown_customer")],
    ]


async def test_a_code_twice_in_one_batch_is_refused_the_second_time(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    first, second = await add(conn, account(account_code="A2"), account(account_code="A2"))
    assert isinstance(first, CreatedAccount)
    assert second == [
        (1, "paying_account.account_code", "code_taken"),
    ]


async def test_an_account_pays_for_one_of_its_currency_and_not_for_another(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    first, second = await add(conn, account(payer="ACME"), account(payer="ACME", currency="EUR"))
    assert first == [(0, "paying_account.payer", "payer_currency_differs")]
    assert isinstance(second, CreatedAccount)
    assert (await get_account(conn, second.account_code)).account.payer == "ACME"


async def test_an_incomplete_account_marks_its_customer(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    (made,) = await add(conn, NewAccount("ACME", currency="EUR"), allow_incomplete=True)
    assert isinstance(made, CreatedAccount)
    assert "billing.billing_cycle" in made.incomplete
    assert (await get_customer(conn, "ACME")).incomplete == made.incomplete


async def test_an_added_account_is_found_and_told_to_the_audit(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME", name="Midi"))
    (made,) = await add(conn, account(account_code="ZEBRA-9", account_description="Midi Toulouse", iban=None))
    assert isinstance(made, CreatedAccount)
    for q in ("zebra9", "toulouse", "midi"):
        assert [line.code for line in (await search_customers(conn, q)).items] == ["ACME"]
    cursor = await conn.execute("select verb, after from audit_record where account_id = %s", (made.account_id,))
    ((verb, after),) = await cursor.fetchall()
    assert (verb, after["customer"], after["account_code"], after["currency"]) == (
        "account.create",
        "ACME",
        "ZEBRA-9",
        "USD",
    )
    assert "account_description" in after["personal"]
    assert "account_description" not in after


async def test_two_at_once_get_codes_of_their_own(pool: Pool, company: Make) -> None:
    await transaction(pool, lambda conn: create(conn, company(code="ACME")))
    answers = await asyncio.gather(*(transaction(pool, lambda conn: add(conn, account())) for _ in range(4)))
    made = [one for (one,) in answers if isinstance(one, CreatedAccount)]
    assert sorted(one.account_code for one in made) == ["ACME-2", "ACME-3", "ACME-4", "ACME-5"]


async def test_of_several_requests_for_a_customer_the_first_creates_and_the_others_add(
    conn: Connection, company: Make
) -> None:
    await create(conn, company(code="THERE"))
    new = [
        company(code="NEW", account_code="N1", name="First name"),
        company(code="BAD", email="x"),
        company(code="NEW", account_code="N2", name="Other name", currency="USD"),
        company(code="THERE", account_code="T2"),
        company(),
        company(code="NEW", account_code="N1"),
    ]
    answers = await create_or_add(conn, new, actor="anna", now=NOW)
    assert [type(answer) for answer in answers] == [
        CreatedCustomer,
        tuple,
        CreatedAccount,
        CreatedAccount,
        CreatedCustomer,
        tuple,
    ]
    assert shown(answers[1]) == [(1, "contact.email", "bad_email")]
    assert shown(answers[5]) == [(5, "paying_account.account_code", "code_taken")]
    customer = await get_customer(conn, "NEW")
    assert (customer.name, [(a.code, a.currency) for a in customer.accounts]) == (
        "First name",
        [("N1", "EUR"), ("N2", "USD")],
    )


async def test_nothing_asked_is_nothing_done(conn: Connection) -> None:
    assert await add(conn) == []
    assert await create_or_add(conn, [], actor="anna", now=NOW) == []
    assert await add_billing_accounts(conn, [], actor="anna", now=NOW) == []


async def test_a_billing_account_is_added(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    new = NewBillingAccount("ACME", billing_cycle="YEARLY", tax_category="EXPORT", email="B@Example.COM", country="de")
    (made,) = await add_billing_accounts(conn, [new], actor="anna", now=NOW)
    assert isinstance(made, CreatedLevel)
    assert made.code == "BA-ACME-2"
    _, billing = (await get_account(conn, "ACME")).account.billing_accounts
    assert (billing.code, billing.billing_cycle, billing.country, billing.language, billing.email) == (
        "BA-ACME-2",
        "YEARLY",
        "DE",
        "fr",
        "B@example.com",
    )


async def test_a_user_account_is_added_below_the_billing_account_named(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    await add_billing_accounts(
        conn,
        [NewBillingAccount("ACME", code="B2", billing_cycle="YEARLY", tax_category="EXPORT")],
        actor="anna",
        now=NOW,
    )
    answers = await add_user_accounts(
        conn,
        [
            NewUserAccount("ACME", description="Van fleet"),
            NewUserAccount("ACME", "B2", code="PHONES"),
            NewUserAccount("ACME", "B3"),
            NewUserAccount("ACME", code="UA-ACME"),
            NewUserAccount("NOBODY", code="?"),
        ],
        actor="anna",
        now=NOW,
    )
    assert [a.code for a in answers[:2] if isinstance(a, CreatedLevel)] == ["UA-ACME-2", "PHONES"]
    assert [shown(answer) for answer in answers[2:]] == [
        [(2, "user_account.billing_account", "billing_account_not_of_account")],
        [(3, "user_account.code", "code_taken")],
        [(4, "account", "unknown_account"), (4, "user_account.code", "bad_code")],
    ]
    first, second = (await get_account(conn, "ACME")).account.billing_accounts
    assert [user.code for user in first.user_accounts] == ["UA-ACME", "UA-ACME-2"]
    assert [user.code for user in second.user_accounts] == ["PHONES"]
    assert [line.code for line in (await search_customers(conn, "fleet")).items] == ["ACME"]


async def test_a_billing_account_says_all_that_is_wrong(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    (answer,) = await add_billing_accounts(
        conn, [NewBillingAccount("ACME", code="BA-ACME", tax_category="NONE")], actor="anna", now=NOW
    )
    assert shown(answer) == [
        (0, "billing.tax_category", "unknown_setting"),
        (0, "billing.billing_cycle", "field_missing"),
        (0, "billing.code", "code_taken"),
    ]


async def test_a_closed_account_takes_nothing_more(conn: Connection, company: Make) -> None:
    made = await create(conn, company(code="ACME"))
    await set_account_state(conn, made.account_id, "CLOSED", "moved", actor="otto", now=NOW)
    (answer,) = await add_user_accounts(conn, [NewUserAccount("ACME")], actor="anna", now=NOW)
    assert shown(answer) == [(0, "account", "closed_account_takes_nothing")]


@pytest.mark.parametrize("count", [1, 500])
async def test_a_batch_of_accounts_takes_the_same_few_statements(conn: Connection, company: Make, count: int) -> None:
    new = [NewCustomer(code=f"C{n}", currency="EUR") for n in range(count)]
    await create_customers(conn, new, actor="anna", now=NOW, allow_incomplete=True)
    asked: list[str] = []
    execute = conn.execute

    async def counted(query: Any, *more: Any, **named: Any) -> Any:
        asked.append(str(query))
        return await execute(query, *more, **named)

    conn.execute = counted  # type: ignore[method-assign]
    try:
        answers = await add(conn, *(account(f"C{n}") for n in range(count)))
    finally:
        del conn.execute
    assert all(isinstance(answer, CreatedAccount) for answer in answers)
    assert len(asked) <= 16
