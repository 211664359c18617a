from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from psycopg.errors import InsufficientPrivilege

from solde.customers import (
    AccountState,
    CreatedCustomer,
    NewCustomer,
    create_customer,
    create_customers,
    find_account,
    get_account,
    get_customer,
    list_billing_cycles,
    list_customer_categories,
    list_deliveries,
    list_payment_methods,
    list_payment_terms,
    list_sellers,
    list_tax_categories,
    resolve_accounts,
    set_account_state,
    set_account_states,
)
from solde.customers.actions import PASS_OVER
from solde.customers.rules.creation import CODE_TAKEN
from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import Refused, refuse

Make = Callable[..., NewCustomer]

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


async def create(conn: Connection, new: NewCustomer) -> CreatedCustomer:
    return await create_customer(conn, new, actor="anna", now=NOW)


async def create_many(
    conn: Connection, *new: NewCustomer, allow_incomplete: bool = False
) -> list[CreatedCustomer | list[tuple[int | None, str | None, str]]]:
    answers = await create_customers(conn, new, actor="anna", now=NOW, allow_incomplete=allow_incomplete)
    return [a if isinstance(a, CreatedCustomer) else [(r.row, r.field, r.code) for r in a] for a in answers]


async def count(conn: Connection, table: str) -> int:
    row = await (await conn.execute(f"select count(*) from {table}".encode())).fetchone()
    assert row is not None
    return int(row[0])


async def test_all_levels_are_created_with_codes_made(conn: Connection, company: Make) -> None:
    made = await create(conn, company())
    assert made.customer_code == made.account_code == "CUST-000001"
    assert (made.billing_account_code, made.user_account_code) == ("BA-000001", "UA-000001")
    customer = await get_customer(conn, "CUST-000001")
    (account,) = customer.accounts
    (billing_account,) = account.billing_accounts
    (user_account,) = billing_account.user_accounts
    assert (customer.name, customer.seller, customer.state, customer.incomplete) == (
        "Électricité du Midi",
        "MAIN",
        "ACTIVE",
        (),
    )
    assert (account.currency, account.state, account.payment_terms, account.invoice_mode) == (
        "EUR",
        "ACTIVE",
        "NET30",
        "CONSOLIDATED",
    )
    assert (billing_account.billing_cycle, billing_account.country, billing_account.email) == (
        "MONTHLY",
        "FR",
        customer.email,
    )
    assert (user_account.code, user_account.description) == ("UA-000001", "Électricité du Midi")


async def test_every_field_is_kept(conn: Connection, company: Make) -> None:
    await create(conn, company(code="HOLDING"))
    await create(
        conn,
        company(
            code="ACME", legal_form="SARL", registration_number="552 008 443", vat_number="40303265045", title="Mme",
            address_1="1 rue A", address_2="b", postcode="34000", city="Montpellier", region="Occitanie",
            phone="04 67 00 00 00", invoice_mode="INDIVIDUAL", delivery="POST", billing_account_code="B1",
            billing_account_description="Bills", user_account_code="U1", user_account_description="Phones",
            account_code="A1", account_description="Main account", payer="HOLDING", credit_limit="1500.5",
            iban="FR76 3000 6000 0112 3456 7890 189", brand="Midi+", general_client_account="411000",
            analytic_1="x", analytic_2="y", analytic_3="z",
        ),
    )  # fmt: skip
    customer = await get_customer(conn, "ACME")
    (account,) = customer.accounts
    (billing_account,) = account.billing_accounts
    assert (customer.legal_form, customer.registration_number, customer.vat_number) == (
        "SARL",
        "552008443",
        "FR40303265045",
    )
    assert (customer.title, customer.address_1, customer.address_2, customer.postcode) == (
        "Mme",
        "1 rue A",
        "b",
        "34000",
    )
    assert (customer.city, customer.region, customer.phone, customer.brand) == (
        "Montpellier",
        "Occitanie",
        "+33467000000",
        "Midi+",
    )
    assert (account.code, account.description, account.payer) == ("A1", "Main account", "HOLDING")
    assert (account.credit_limit, account.iban) == (Decimal("1500.5"), "FR7630006000011234567890189")
    assert (account.invoice_mode, account.general_client_account) == ("INDIVIDUAL", "411000")
    assert (account.analytic_1, account.analytic_2, account.analytic_3) == ("x", "y", "z")
    assert (billing_account.code, billing_account.description, billing_account.delivery) == ("B1", "Bills", "POST")
    assert [(u.code, u.description) for u in billing_account.user_accounts] == [("U1", "Phones")]


async def test_an_individual_is_created(conn: Connection, individual: Make) -> None:
    made = await create(conn, individual(birth_date="1980-02-29"))
    customer = await get_customer(conn, made.customer_code)
    assert (customer.kind, customer.name, str(customer.birth_date)) == ("INDIVIDUAL", "Anne Durand", "1980-02-29")


async def test_a_refused_customer_leaves_nothing(pool: Pool, company: Make) -> None:
    async def work(conn: Connection) -> None:
        await create(conn, company(email="nobody", country="391"))

    with pytest.raises(Refused) as refused:
        await transaction(pool, work)
    assert {(r.field, r.code) for r in refused.value.refusals} == {
        ("contact.email", "bad_email"),
        ("general.country", "unknown_country"),
    }
    async with pool.connection() as conn:
        assert [await count(conn, table) for table in ("customer", "account", "search_term", "audit_record")] == [
            0,
            0,
            0,
            0,
        ]


async def test_a_batch_answers_row_by_row(conn: Connection, company: Make) -> None:
    first, bad, last = await create_many(conn, company(code="A"), company(email="x"), company())
    assert isinstance(first, CreatedCustomer)
    assert bad == [(1, "contact.email", "bad_email")]
    assert isinstance(last, CreatedCustomer)
    assert last.customer_code == "CUST-000001"
    assert await count(conn, "customer") == 2


async def test_codes_already_there_are_refused_on_the_tab_where_they_were_given(
    conn: Connection, company: Make
) -> None:
    await create(conn, company(code="ACME", billing_account_code="B1", user_account_code="U1"))
    answers = await create_many(
        conn,
        company(code="ACME"),
        company(account_code="ACME"),
        company(code="X", billing_account_code="B1", user_account_code="U1", email="bad"),
    )
    assert answers == [
        [(0, "code", "code_taken")],
        [(1, "paying_account.account_code", "code_taken")],
        [
            (2, "contact.email", "bad_email"),
            (2, "billing.billing_account_code", "code_taken"),
            (2, "billing.user_account_code", "code_taken"),
        ],
    ]


async def test_made_codes_pass_over_codes_given_by_hand(conn: Connection, company: Make) -> None:
    await create(conn, company(code="CUST-000001"))
    await create(conn, company(code="OTHER", user_account_code="UA-000002"))
    third, given = await create_many(conn, company(), company(code="CUST-000004"))
    (fifth,) = await create_many(conn, company())
    assert isinstance(third, CreatedCustomer)
    assert isinstance(given, CreatedCustomer)
    assert isinstance(fifth, CreatedCustomer)
    assert third.customer_code == f"CUST-{3:06}"
    assert fifth.customer_code not in {"CUST-000004", third.customer_code}
    assert int(fifth.customer_code.removeprefix("CUST-")) <= 5 + PASS_OVER


async def test_two_at_once_with_one_code_give_one_customer(pool: Pool, company: Make) -> None:
    async def work(conn: Connection) -> CreatedCustomer:
        made = await create(conn, company(code="ACME"))
        await asyncio.sleep(0)
        return made

    answers = await asyncio.gather(*(transaction(pool, work) for _ in range(4)), return_exceptions=True)
    refused = [a for a in answers if isinstance(a, Refused)]
    assert sum(isinstance(a, CreatedCustomer) for a in answers) == 1
    assert [r.refusals[0].code for r in refused] == ["code_taken"] * 3
    async with pool.connection() as conn:
        assert await count(conn, "customer") == await count(conn, "account") == 1


async def test_an_import_keeps_incomplete_customers_and_marks_them(conn: Connection) -> None:
    answers = await create_many(
        conn,
        NewCustomer(code="0379-NEVHP", country="391", currency="USD"),
        NewCustomer(code="B", currency="NONE"),
        NewCustomer(code="0379-NEVHP"),
        allow_incomplete=True,
    )
    assert isinstance(answers[0], CreatedCustomer)
    assert "general.country" in answers[0].incomplete
    assert answers[1:] == [[(1, "paying_account.currency", "unknown_currency")], [(2, "code", "code_taken")]]
    customer = await get_customer(conn, "0379-NEVHP")
    assert (customer.name, customer.country, customer.incomplete) == ("0379-NEVHP", None, answers[0].incomplete)
    assert customer.accounts[0].currency == "USD"


async def test_a_large_batch_takes_the_same_few_statements(conn: Connection) -> None:
    new = [NewCustomer(code=f"C{i}", name=f"Customer {i}", country="DE", currency="EUR") for i in range(2000)]
    answers = await create_many(conn, *new, allow_incomplete=True)
    assert all(isinstance(answer, CreatedCustomer) for answer in answers)
    found = await resolve_accounts(conn, [f"C{i}" for i in range(2000)])
    assert len({ref.account_id for ref in found.values()}) == 2000


async def test_nothing_asked_is_nothing_done(conn: Connection) -> None:
    assert await create_many(conn) == []


async def test_a_creation_is_told_to_the_audit_without_personal_facts(conn: Connection, company: Make) -> None:
    made = await create(conn, company(code="ACME", credit_limit="100.50", phone="04 67 00 00 00"))
    cursor = await conn.execute(
        "select actor, verb, before, after from audit_record where account_id = %s", (made.account_id,)
    )
    ((actor, verb, before, after),) = await cursor.fetchall()
    assert (actor, verb, before) == ("anna", "customer.create", None)
    assert (after["code"], after["credit_limit"], after["currency"]) == ("ACME", "100.5", "EUR")
    assert {"name", "email", "phone", "last_name"} <= set(after["personal"])
    assert not {"name", "email", "phone", "last_name"} & set(after)


async def test_a_given_action_marks_customers_and_records(conn: Connection, company: Make) -> None:
    await create_customers(conn, [company(), company()], actor="anna", now=NOW, action_id=77)
    cursor = await conn.execute(
        "select (select count(*) from customer where action_id = 77), count(*) from audit_record where action_id = 77"
    )
    assert await cursor.fetchone() == (2, 2)


async def test_accounts_are_resolved_in_one_statement_within_the_sellers_own(conn: Connection, company: Make) -> None:
    await conn.execute(
        "insert into seller (seller_id, code, name, country, currency, time_zone, language)"
        " values (2, 'NORD', 'North', 'SE', 'SEK', 'Europe/Stockholm', 'sv')"
    )
    ours = await create(conn, company(code="OURS"))
    await create(conn, company(code="THEIRS", seller="NORD"))
    found = await resolve_accounts(conn, ["OURS", "THEIRS", "NOBODY"])
    assert {code: (ref.seller_id, ref.time_zone) for code, ref in found.items()} == {
        "OURS": (1, "Europe/Paris"),
        "THEIRS": (2, "Europe/Stockholm"),
    }
    assert set(await resolve_accounts(conn, ["OURS", "THEIRS"], seller_id=1)) == {"OURS"}
    ref = await find_account(conn, "OURS", seller_id=1)
    assert ref is not None
    assert (ref.account_id, ref.customer_id, ref.currency, ref.state) == (
        ours.account_id,
        ours.customer_id,
        "EUR",
        "ACTIVE",
    )
    assert await find_account(conn, "THEIRS", seller_id=1) is None
    with pytest.raises(Refused, match="unknown_account"):
        await get_account(conn, "THEIRS", seller_id=1)
    with pytest.raises(Refused, match="unknown_customer"):
        await get_customer(conn, "THEIRS", seller_id=1)


async def test_an_account_is_shown_in_its_hierarchy(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME", account_code="ACME-1"))
    shown = await get_account(conn, "ACME-1")
    assert shown.customer.code == "ACME"
    assert shown.account in shown.customer.accounts
    assert shown.account.billing_accounts[0].user_accounts[0].code == "UA-ACME-1"


async def test_a_payer_without_another_payer_is_accepted_and_a_chain_refused(conn: Connection, company: Make) -> None:
    await create(conn, company(code="HOLDING"))
    await create(conn, company(code="DAUGHTER", payer="HOLDING"))
    assert await create_many(conn, company(payer="DAUGHTER")) == [[(0, "paying_account.payer", "payer_has_payer")]]


async def test_the_state_of_an_account_changes_with_a_reason(conn: Connection, company: Make) -> None:
    made = await create(conn, company(code="ACME"))
    await set_account_state(conn, made.account_id, AccountState.BLOCKED, " fraud ", actor="otto", now=NOW)
    (account,) = (await get_customer(conn, "ACME")).accounts
    assert (account.state, account.state_reason, account.state_changed_at) == ("BLOCKED", "fraud", NOW)
    cursor = await conn.execute("select actor, reason, before, after from audit_record where verb = 'account.state'")
    assert await cursor.fetchall() == [
        ("otto", "fraud", {"state": "ACTIVE", "state_reason": None}, {"state": "BLOCKED", "state_reason": "fraud"})
    ]


async def test_an_account_that_something_holds_open_is_not_closed(conn: Connection, company: Make) -> None:
    made = await create(conn, company(code="ACME"))
    held = [refuse(CODE_TAKEN, "something holds it")]
    with pytest.raises(Refused, match="something holds it"):
        await set_account_state(conn, made.account_id, "CLOSED", "moved", actor="otto", now=NOW, held=held)
    await set_account_state(conn, made.account_id, "CLOSED", "moved", actor="otto", now=NOW)
    ref = await find_account(conn, "ACME")
    assert ref is not None
    assert ref.state == "CLOSED"


async def test_states_of_several_accounts_change_together_or_not_at_all(conn: Connection, company: Make) -> None:
    made = [(await create(conn, company(code=code))).account_id for code in ("A", "B")]
    await set_account_state(conn, made[0], "BLOCKED", "fraud", actor="otto", now=NOW)
    with pytest.raises(Refused, match="account_state_unchanged"):
        await set_account_states(conn, made, "BLOCKED", "fraud", actor="otto", now=NOW)
    await set_account_states(conn, made, "SUSPENDED", "unpaid", actor="otto", now=NOW)
    states = {ref.state for ref in (await resolve_accounts(conn, ["A", "B"])).values()}
    assert states == {"SUSPENDED"}


async def test_the_state_of_an_unknown_account_is_refused(conn: Connection) -> None:
    with pytest.raises(Refused, match="unknown_account"):
        await set_account_state(conn, 404, "BLOCKED", "fraud", actor="otto", now=NOW)


async def test_the_shipped_lists_are_there(conn: Connection) -> None:
    (seller,) = await list_sellers(conn)
    assert (seller.code, seller.country, seller.currency, seller.time_zone) == ("MAIN", "FR", "EUR", "Europe/Paris")
    assert {(m.code, m.payment_type) for m in await list_payment_methods(conn)} == {
        ("CHECK", "PAY_CHK"), ("DIRECTDEBIT", "PAY_DDT"), ("WIRETRANSFER", "PAY_WIRE"), ("CARD", "PAY_CRD"),
        ("PAYPAL", "PAY_PAL"), ("STRIPE", "PAY_STP"), ("CASH", "PAY_CASH"),
    }  # fmt: skip
    assert [terms.days for terms in await list_payment_terms(conn)] == [0, 15, 30, 45, 60]
    for list_settings in (list_customer_categories, list_billing_cycles, list_tax_categories, list_deliveries):
        assert await list_settings(conn)


async def test_a_later_seller_gets_a_number_of_its_own(database_url: str) -> None:
    import psycopg

    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "insert into seller (code, name, country, currency, time_zone, language)"
            " values ('NORD', 'North', 'SE', 'SEK', 'Europe/Stockholm', 'sv') returning seller_id"
        ).fetchone()
    assert row == (2,)


async def test_the_application_may_not_rewrite_codes(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    for statement in (
        "update account_directory set code = 'X'",
        "delete from account_directory",
        "update billing_account_directory set code = 'X'",
    ):
        with pytest.raises(InsufficientPrivilege):
            async with conn.transaction():
                await conn.execute(statement.encode())


async def test_hostile_texts_are_refused_before_the_database_sees_them(conn: Connection) -> None:
    hostile = replace(
        NewCustomer(), code="a\x00b", payer="\x00", account_code="\ud800", name="\x00", seller="\x00", country="\x00"
    )
    (answer,) = await create_many(conn, hostile)
    assert isinstance(answer, list)
    assert {"code", "paying_account.payer", "general.name", "group.seller"} <= {field for _, field, _ in answer}
