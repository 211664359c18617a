"""Registering payments on a real database."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from ledger import TODAY, D, invoice, make_account, payment, post_all, rows

from solde.db import Connection, Pool
from solde.kernel.refusals import Refused
from solde.operations import TypeCatalogue, load_types
from solde.payments import Allocate, PaymentMerger, PaymentRequest, Registered, register

JAN, FEB = date(2026, 1, 10), date(2026, 2, 10)


async def pay(
    conn: Connection, account: int, amount: str, to: Allocate | tuple[int, ...] = Allocate.OLDEST
) -> Registered:
    request = PaymentRequest(payment(account, amount, FEB), "test", to)
    (answer,) = await register(conn, [request], await load_types(conn), today=TODAY)
    assert isinstance(answer, Registered), answer
    return answer


async def test_a_payment_pays_the_oldest_and_keeps_the_rest(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "30", JAN), invoice(account, "20", FEB))
    paid = await pay(conn, account, "60")
    assert paid.matched is not None
    assert paid.matched.effective_on == FEB
    assert await rows(conn, "select number, open from open_item") == [(3, D(10))]


async def test_a_payment_of_a_named_invoice_leaves_others_alone(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "30", JAN), invoice(account, "20", FEB))
    await pay(conn, account, "5", (2,))
    assert await rows(conn, "select number, open from open_item order by 1") == [(1, D(30)), (2, D(15))]


async def test_an_unallocated_payment_pays_nothing_yet(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "30", JAN))
    assert (await pay(conn, account, "5", Allocate.NONE)).matched is None


async def test_a_payment_that_names_paid_invoices_is_taken_and_pays_only_what_is_open(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "30", JAN), invoice(account, "20", FEB))
    await pay(conn, account, "30", (1,))
    twice = await pay(conn, account, "30", (1,))
    assert (twice.matched, twice.paid) == (None, D(0))
    both = await pay(conn, account, "25", (1, 2))
    assert both.paid == 20
    assert await rows(conn, "select number, open from open_item order by 1") == [(4, D(30)), (5, D(5))]


async def test_an_amount_cannot_be_named_for_a_paid_invoice(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "30", JAN), invoice(account, "20", FEB))
    await pay(conn, account, "30", (1,))
    asked = PaymentRequest(payment(account, "30", FEB), "test", (1, 2), amounts={1: D(5)})
    (answer,) = await register(conn, [asked], await load_types(conn), today=TODAY)
    assert isinstance(answer, tuple)
    assert [(one.code, one.field) for one in answer] == [("already_matched", "debits.0")]


async def test_payments_of_one_account_in_a_batch_see_each_other(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "30", JAN), invoice(account, "20", FEB))
    requests = [PaymentRequest(payment(account, "20", FEB), "test") for _ in range(3)]
    answers = await register(conn, requests, await load_types(conn), today=TODAY)
    assert [a.number for a in answers if isinstance(a, Registered)] == [3, 4, 5]
    assert await rows(conn, "select number, open from open_item") == [(5, D(10))]


async def test_what_is_no_payment_is_refused(conn: Connection) -> None:
    account = await make_account(conn)
    (answer,) = await register(
        conn, [PaymentRequest(invoice(account, "5"), "test")], await load_types(conn), today=TODAY
    )
    assert isinstance(answer, tuple)
    assert answer[0].code == "not_a_payment"


async def test_the_same_key_pays_once(pool: Pool) -> None:
    cashier = PaymentMerger(pool, TypeCatalogue(pool))
    async with pool.connection() as conn:
        account = await make_account(conn)
        await post_all(conn, invoice(account, "30", JAN))
    request = PaymentRequest(payment(account, "10"), "test", key="k", fingerprint=b"a")
    answers = await asyncio.gather(*(cashier.register(request, today=TODAY) for _ in range(10)))
    assert {a.number for a in answers} == {2}
    assert {a.matched.amount for a in answers if a.matched} == {D(10)}
    with pytest.raises(Refused, match="idempotency_key_reused"):
        await cashier.register(PaymentRequest(payment(account, "11"), "test", key="k", fingerprint=b"b"), today=TODAY)


async def test_a_rounded_payment_does_not_upset_the_numbers_of_those_after_it(conn: Connection) -> None:
    account, other = await make_account(conn), await make_account(conn)
    await post_all(conn, invoice(account, "30.003", JAN))
    await post_all(conn, invoice(other, "7.001", JAN))
    paid = [(account, "30"), (account, "5"), (other, "7"), (account, "6"), (other, "8")]
    requests = [PaymentRequest(payment(a, amount, FEB), "test", key=f"k{i}") for i, (a, amount) in enumerate(paid)]
    answers = await register(conn, requests, await load_types(conn), today=TODAY)
    assert [a.number for a in answers if isinstance(a, Registered)] == [2, 4, 2, 5, 4]
    found = await rows(conn, "select number from operation join operation_type using (type_id) where code = 'RND_EXP'")
    assert found == [(3,), (3,)]
    assert await rows(conn, "select number, open from open_item order by open") == [(4, D(5)), (5, D(6)), (4, D(8))]


async def test_amounts_say_how_much_of_each_named_invoice_is_paid(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "30", JAN), invoice(account, "20", FEB))
    request = PaymentRequest(payment(account, "60", FEB), "test", (1, 2), amounts={1: D(12)})
    (paid,) = await register(conn, [request], await load_types(conn), today=TODAY)
    assert isinstance(paid, Registered)
    assert [(t.number, t.before, t.after) for t in paid.touched] == [
        (3, None, D(28)),
        (1, D(30), D(18)),
        (2, D(20), D(0)),
    ]
    assert paid.paid == 32


@pytest.mark.parametrize(
    ("to", "amounts", "code"),
    [
        ((1,), {1: D(31)}, "over_matching"),
        ((1,), {1: D(-1)}, "amount_not_positive"),
        ((1, 2), {1: D(30), 2: D(20)}, "amounts_do_not_meet"),
        ((1,), {2: D(1)}, "unknown_operation"),
        ((), {}, "both_sides_needed"),
        (Allocate.OLDEST, {1: D(1)}, "amounts_without_choice"),
        (Allocate.NONE, {1: D(1)}, "amounts_without_choice"),
    ],
)
async def test_unfit_amounts_are_refused_and_nothing_is_kept(
    conn: Connection, to: Allocate | tuple[int, ...], amounts: dict[int, D], code: str
) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "30", JAN), invoice(account, "20", FEB))
    request = PaymentRequest(payment(account, "40", FEB), "test", to, amounts=amounts)
    good = PaymentRequest(payment(account, "1", FEB), "test", (2,))
    bad, kept = await register(conn, [request, good], await load_types(conn), today=TODAY)
    assert isinstance(bad, tuple)
    assert bad[0].code == code
    assert isinstance(kept, Registered)
    assert await rows(conn, "select number, open from open_item order by 1") == [(1, D(30)), (2, D(19))]
