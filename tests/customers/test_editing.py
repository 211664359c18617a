from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest

from solde.customers import (
    Edit,
    Level,
    NewAccount,
    NewBillingAccount,
    NewCustomer,
    add_accounts,
    add_billing_accounts,
    create_customer,
    create_customers,
    edit_levels,
    get_account,
    get_customer,
    search_customers,
    set_account_state,
)
from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import Refused

Make = Callable[..., NewCustomer]

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


async def create(conn: Connection, *new: NewCustomer, allow_incomplete: bool = False) -> None:
    answers = await create_customers(conn, new, actor="anna", now=NOW, allow_incomplete=allow_incomplete)
    assert not [answer for answer in answers if isinstance(answer, tuple)], answers


def change(level: str, code: str, version: int = 1, /, **changes: object) -> Edit:
    return Edit(Level(level), code, version, changes)  # type: ignore[arg-type]


async def edit(conn: Connection, *edits: Edit, seller_id: int | None = None) -> None:
    await edit_levels(conn, edits, actor="otto", now=NOW, reason="asked by phone", seller_id=seller_id)


async def refused(conn: Connection, *edits: Edit) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(Refused) as found:
        await edit(conn, *edits)
    return [(r.row, r.field, r.code) for r in found.value.refusals]


async def test_fields_named_change_and_the_others_stay(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME", phone="04 67 00 00 00", brand="Midi+"))
    await edit(conn, change("customer", "ACME", name=" Gaz du Midi ", vat_number="40303265045", brand=None))
    customer = await get_customer(conn, "ACME")
    assert (customer.name, customer.vat_number, customer.brand) == ("Gaz du Midi", "FR40303265045", None)
    assert (customer.phone, customer.email, customer.version) == ("+33467000000", "anne.durand@example.com", 2)


async def test_every_level_is_changed_together_or_not_at_all(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    edits = [
        change("customer", "ACME", city="Nîmes"),
        change("account", "ACME", payment_mode="PREPAID", credit_limit="12.5", description="Main"),
        change("billing_account", "BA-ACME", billing_cycle="YEARLY", email=None),
        change("user_account", "UA-ACME", description="Vans"),
    ]
    bad = [*edits[:2], change("billing_account", "BA-ACME", billing_cycle="NEVER", country="XX"), edits[3]]
    assert await refused(conn, *bad) == [
        (2, "billing.billing_cycle", "unknown_setting"),
        (2, "billing.country", "unknown_country"),
    ]
    assert (await get_customer(conn, "ACME")).city is None
    await edit(conn, *edits)
    shown = await get_account(conn, "ACME")
    (billing,) = shown.account.billing_accounts
    (user,) = billing.user_accounts
    assert (shown.customer.city, shown.account.payment_mode, shown.account.credit_limit) == (
        "Nîmes",
        "PREPAID",
        Decimal("12.5"),
    )
    assert (billing.billing_cycle, billing.email, user.description) == ("YEARLY", None, "Vans")
    assert [one.version for one in (shown.customer, shown.account, billing, user)] == [2, 2, 2, 2]


async def test_all_that_is_wrong_is_told_at_once_with_its_tab(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    wrong = change("customer", "ACME", name="", email="nobody", vat_number="FR00", code="B", city="\x07")
    assert sorted(await refused(conn, wrong), key=str) == sorted(
        [
            (None, "code", "field_fixed"),
            (None, "general.name", "field_missing"),
            (None, "general.city", "field_not_printable"),
            (None, "general.vat_number", "bad_vat_number"),
            (None, "contact.email", "bad_email"),
        ],
        key=str,
    )
    assert await refused(conn, change("customer", "ACME", birth_date="1990-01-01")) == [
        (None, "birth_date", "field_not_for_kind")
    ]
    assert await refused(conn, change("account", "ACME", currency="USD", payment_mode=None, credit_limit="-1")) == [
        (None, "currency", "field_fixed"),
        (None, "paying_account.credit_limit", "negative_credit_limit"),
        (None, "paying_account.payment_mode", "field_missing"),
    ]


async def test_a_fixed_field_given_as_it_is_changes_nothing(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    await edit(conn, change("customer", "ACME", code="ACME", seller="MAIN", kind="COMPANY"))
    await edit(conn, change("account", "ACME", currency="EUR"))
    customer = await get_customer(conn, "ACME")
    assert (customer.version, customer.accounts[0].version) == (1, 1)


async def test_numbers_are_checked_again_with_another_country(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME", registration_number="552 008 443"))
    assert await refused(conn, change("customer", "ACME", country="GB")) == [
        (None, "general.registration_number", "bad_registration_number")
    ]
    await edit(conn, change("customer", "ACME", country="GB", registration_number="SC123456"))
    assert (await get_customer(conn, "ACME")).registration_number == "SC123456"


async def test_a_billing_account_follows_the_customer_while_it_had_the_same(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    own = NewBillingAccount("ACME", "B2", billing_cycle="YEARLY", tax_category="EXPORT", email="own@example.com")
    await add_billing_accounts(conn, [own], actor="anna", now=NOW)
    await edit(conn, change("customer", "ACME", email="new@example.com", language="en"))
    first, second = (await get_account(conn, "ACME")).account.billing_accounts
    assert (first.email, first.language, first.country) == ("new@example.com", "en", "FR")
    assert (second.email, second.language, second.country) == ("own@example.com", "en", "FR")


async def test_the_name_of_a_person_follows_the_names_unless_it_was_given(conn: Connection, individual: Make) -> None:
    await create(conn, individual(code="A"), individual(code="B", name="The Durands"))
    for code in "AB":
        await edit(conn, change("customer", code, last_name="Petit"))
    assert [(await get_customer(conn, code)).name for code in "AB"] == ["Anne Petit", "The Durands"]
    await edit(conn, change("customer", "B", 2, name=""))
    assert (await get_customer(conn, "B")).name == "Anne Petit"


async def test_the_search_and_the_order_follow(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME", name="Zebra", account_description="Regional"), company(code="B", name="M"))
    await edit(conn, change("customer", "ACME", name="Antelope", country="DE"))
    await edit(conn, change("account", "ACME", description="National"))
    found = {q: [c.code for c in (await search_customers(conn, q)).items] for q in ("zebra", "regional", "france acme")}
    assert found == {"zebra": [], "regional": [], "france acme": []}
    for q in ("antelope", "national", "germany", "acme", "ua acme"):
        assert [c.code for c in (await search_customers(conn, q)).items] == ["ACME"], q
    assert [c.code for c in (await search_customers(conn)).items] == ["ACME", "B"]


async def test_a_change_made_from_an_old_version_is_refused(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    await edit(conn, change("customer", "ACME", city="Nîmes"))
    assert await refused(conn, change("customer", "ACME", city="Arles")) == [(None, None, "version_differs")]


async def test_of_two_changes_at_once_one_is_kept(pool: Pool, company: Make) -> None:
    await transaction(pool, lambda conn: create(conn, company(code="ACME")))

    async def move(conn: Connection, city: str) -> None:
        await edit(conn, change("customer", "ACME", city=city))

    cities = ("Nîmes", "Arles", "Lyon", "Sète")
    answers = await asyncio.gather(
        *(transaction(pool, partial(move, city=city)) for city in cities), return_exceptions=True
    )
    assert sorted(str(a)[:15] for a in answers) == ["None", "version_differs", "version_differs", "version_differs"]


@pytest.mark.parametrize(
    ("level", "code"),
    [
        ("customer", "unknown_customer"),
        ("account", "unknown_account"),
        ("billing_account", "billing_account_not_found"),
        ("user_account", "user_account_not_found"),
    ],
)
async def test_what_is_not_there_or_of_another_seller_is_not_found(
    conn: Connection, company: Make, level: str, code: str
) -> None:
    await create(conn, company(code="ACME", billing_account_code="ACME", user_account_code="ACME"))
    for name in ("NOBODY", "\x00"):
        assert await refused(conn, change(level, name)) == [(None, None, code)]
    with pytest.raises(Refused, match=code):
        await edit(conn, change(level, "ACME"), seller_id=2)


async def test_a_payer_is_set_and_taken_away_and_never_part_of_a_chain(conn: Connection, company: Make) -> None:
    await create(
        conn, company(code="TOP"), company(code="MID"), company(code="LOW"), company(code="USA", currency="USD")
    )
    await edit(conn, change("account", "MID", payer="TOP"))
    assert (await get_account(conn, "MID")).account.payer == "TOP"
    assert await refused(conn, change("account", "LOW", payer="MID")) == [
        (None, "paying_account.payer", "payer_has_payer")
    ]
    assert await refused(conn, change("account", "TOP", payer="LOW")) == [
        (None, "paying_account.payer", "account_pays_for_others")
    ]
    assert await refused(conn, change("account", "USA", payer="TOP")) == [
        (None, "paying_account.payer", "payer_currency_differs")
    ]
    await edit(conn, change("account", "MID", 2, iban="FR76 3000 6000 0112 3456 7890 189"))
    assert (await get_account(conn, "MID")).account.payer == "TOP"
    await edit(conn, change("account", "MID", 3, payer="MID"))
    assert (await get_account(conn, "MID")).account.payer is None


async def test_two_accounts_made_payers_of_each_other_at_once_make_no_ring(pool: Pool, company: Make) -> None:
    await transaction(pool, lambda conn: create(conn, company(code="A"), company(code="B")))
    answers = await asyncio.gather(
        transaction(pool, lambda conn: edit(conn, change("account", "A", payer="B"))),
        transaction(pool, lambda conn: edit(conn, change("account", "B", payer="A"))),
        return_exceptions=True,
    )
    assert len([answer for answer in answers if isinstance(answer, Refused)]) == 1


async def test_a_payer_that_was_closed_since_does_not_stop_other_changes(conn: Connection, company: Make) -> None:
    await create(conn, company(code="TOP"))
    await create(conn, company(code="LOW", payer="TOP"))
    top = (await get_account(conn, "TOP")).account
    await conn.execute("update account set state = 'CLOSED' where account_id = %s", (top.account_id,))
    await edit(conn, change("account", "LOW", description="Still here", payer="TOP"))
    assert (await get_account(conn, "LOW")).account.description == "Still here"


async def test_an_incomplete_customer_is_complete_once_its_mandatory_fields_are_there(conn: Connection) -> None:
    await create(conn, NewCustomer(code="C1", country="391"), allow_incomplete=True)
    assert len((await get_customer(conn, "C1")).incomplete) == 13
    await edit(conn, change("customer", "C1", name="Cafe", country="FR", email="", phone="04 67 00 00 00"))
    assert (await get_customer(conn, "C1")).incomplete == (
        "general.language",
        "billing.billing_cycle",
        "billing.tax_category",
        "contact.last_name",
        "contact.email",
        "paying_account.currency",
        "paying_account.payment_method",
        "paying_account.payment_terms",
        "paying_account.payment_mode",
        "group.category",
    )
    await edit(
        conn,
        change("customer", "C1", 2, language="fr", last_name="B", email="a@b.fr", category="BUSINESS"),
        change("account", "C1", payment_method="CHECK", payment_terms="NET30", payment_mode="POSTPAID"),
        change("billing_account", "BA-C1", 2, billing_cycle="MONTHLY", tax_category="STANDARD"),
    )
    assert (await get_customer(conn, "C1")).incomplete == ()


async def test_a_customer_is_incomplete_while_one_of_its_accounts_is(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    await add_accounts(conn, [NewAccount("ACME", account_code="A2"), NewAccount("ACME", account_code="A3")], actor="a", now=NOW, allow_incomplete=True)  # fmt: skip
    full = {"payment_method": "CHECK", "payment_terms": "NET30", "payment_mode": "POSTPAID"}
    await edit(conn, change("account", "A2", **full))
    assert "paying_account.payment_method" in (await get_customer(conn, "ACME")).incomplete
    await edit(conn, change("account", "A3", **full))
    assert (await get_customer(conn, "ACME")).incomplete == ("billing.billing_cycle", "billing.tax_category")


async def test_a_change_is_told_to_the_audit_with_before_and_after(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME"))
    await edit(conn, change("customer", "ACME", city="Nîmes", vat_number="40303265045", phone="04 67 00 00 00"))
    await edit(conn, change("account", "ACME", credit_limit="10.50"))
    cursor = await conn.execute(
        "select actor, verb, reason, before, after from audit_record where verb like '%change' order by action_id"
    )
    assert await cursor.fetchall() == [
        (
            "otto",
            "customer.change",
            "asked by phone",
            {"vat_number": None},
            {"code": "ACME", "vat_number": "FR40303265045", "personal": ["city", "phone"]},
        ),
        (
            "otto",
            "account.change",
            "asked by phone",
            {"credit_limit": None},
            {"code": "ACME", "credit_limit": "10.5", "personal": []},
        ),
    ]


async def test_a_change_that_changes_nothing_leaves_no_trace(conn: Connection, company: Make) -> None:
    await create(conn, company(code="ACME", credit_limit="10.5"))
    await edit(conn, change("customer", "ACME", name="Électricité du Midi"), change("account", "ACME", credit_limit="10.50"))  # fmt: skip
    cursor = await conn.execute("select count(*) from audit_record where verb like '%change'")
    assert await cursor.fetchone() == (0,)


async def test_a_closed_account_may_still_be_corrected(conn: Connection, company: Make) -> None:
    made = await create_customer(conn, company(code="ACME"), actor="anna", now=NOW)
    await set_account_state(conn, made.account_id, "CLOSED", "moved", actor="otto", now=NOW)
    await edit(conn, change("account", "ACME", description="Gone to Lyon"))
    assert (await get_account(conn, "ACME")).account.description == "Gone to Lyon"
