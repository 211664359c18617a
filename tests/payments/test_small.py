"""Small balances on a real database."""

from __future__ import annotations

from datetime import date

import pytest
from ledger import TODAY, D, invoice, payment
from payments.books import Books

from solde.kernel.refusals import Refused
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.operations import NewOperation, load_types
from solde.payments import SmallLimits, list_small_balances, write_off_small, write_off_small_balances

JAN, FEB = date(2026, 1, 10), date(2026, 2, 10)
LIMITS = SmallLimits({"EUR": D("2"), "JPY": D(100)}, date(2026, 6, 1))


async def small(books: Books) -> dict[int, tuple[str, str]]:
    async with books.pool.connection() as conn:
        found = await list_small_balances(conn, LIMITS, await load_types(conn))
    return {one.account_id: (f"{one.debit:.2f}", f"{one.credit:.2f}") for one in found}


async def run(books: Books) -> tuple[int, int, dict[str, D], dict[str, D]]:
    done = await write_off_small_balances(books.pool, LIMITS, today=TODAY, actor="test", reason="small balance")
    return done.accounts, done.operations, dict(done.debit), dict(done.credit)


async def test_small_balances_of_both_sides_are_given_up(books: Books) -> None:
    owing, overpaid, meeting, yen = [await books.account(c) for c in ("EUR", "EUR", "EUR", "JPY")]
    await books.post(invoice(owing, "1.50", JAN), invoice(owing, "0.50", FEB))
    await books.post(payment(overpaid, "2", JAN))
    await books.post(invoice(meeting, "50", JAN), payment(meeting, "51", JAN))
    await books.post(invoice(yen, "100", JAN))
    assert await small(books) == {
        owing: ("2.00", "0.00"), overpaid: ("0.00", "2.00"), meeting: ("50.00", "51.00"), yen: ("100.00", "0.00"),
    }  # fmt: skip
    assert await run(books) == (4, 5, {"EUR": D(2), "JPY": D(100)}, {"EUR": D(3)})
    assert [await books.balance(account) for account in (owing, overpaid, meeting, yen)] == [0, 0, 0, 0]
    assert await small(books) == {}
    assert await run(books) == (0, 0, {}, {})
    await books.prove()


async def test_what_is_not_small_or_not_settled_is_left_alone(books: Books) -> None:
    big, dollars, fresh, disputed, deposit, even, flagged = [
        await books.account(c) for c in ("EUR", "USD", "EUR", "EUR", "EUR", "EUR", "EUR")
    ]
    await books.post(invoice(big, "2.01", JAN))
    await books.post(invoice(dollars, "1", JAN))
    await books.post(invoice(fresh, "1", JAN), invoice(fresh, "0.5", JAN, due=date(2026, 6, 1)))
    await books.post(invoice(disputed, "1", JAN))
    await books.post(NewOperation(deposit, "INV_SD", D(1), JAN))
    await books.post(invoice(even, "1", JAN), payment(even, "1", JAN))
    await books.post(payment(flagged, "1", JAN, excluded=True))
    async with books.pool.connection() as conn:
        await dispute(conn, [DisputeRequest(disputed, 1, DisputeVerb.ENTER, "test", None, None, "why")], today=TODAY)
        await conn.execute("insert into account (currency, state) values ('EUR', 'CLOSED')")
    assert await small(books) == {}
    assert await run(books) == (0, 0, {}, {})


async def test_what_was_paid_meanwhile_is_left_alone(books: Books) -> None:
    account, other = await books.account(), await books.account()
    await books.post(invoice(account, "1", JAN))
    await books.post(invoice(other, "1", JAN))
    await books.pay(payment(account, "1", FEB))
    async with books.pool.connection() as conn:
        effects = await write_off_small(
            conn, [account, other, 10**9], LIMITS, await load_types(conn), today=TODAY, actor="test", reason="small"
        )
    assert [p.account_id for effect in effects for p in effect.posted] == [other]


async def test_a_run_goes_on_over_many_slices(books: Books) -> None:
    for _ in range(8):
        await books.post(invoice(await books.account(), "1", JAN))
    told: list[int] = []
    done = await write_off_small_balances(
        books.pool, LIMITS, today=TODAY, actor="test", reason="small", slice_size=3, progress=told.append
    )
    assert (done.accounts, done.operations, told) == (8, 8, [3, 6, 8])


async def test_a_run_needs_a_reason_and_fit_limits(books: Books) -> None:
    await books.post(invoice(await books.account(), "1", JAN))
    with pytest.raises(Refused, match="action_reason_missing"):
        await write_off_small_balances(books.pool, LIMITS, today=TODAY, actor="test", reason="")
    with pytest.raises(Refused, match="amount_not_positive"):
        await write_off_small_balances(
            books.pool, SmallLimits({"EUR": D(0)}, FEB), today=TODAY, actor="test", reason="small"
        )
