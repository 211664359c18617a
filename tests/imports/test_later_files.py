"""What a later file does to what an earlier one brought."""

from __future__ import annotations

from ledger import D, payment, rows

from solde.db import Connection, Pool, transaction
from solde.litigation import Disputed, DisputeRequest, DisputeVerb, dispute
from solde.matching import UnmatchRequest, unmatch
from solde.operations import load_types
from solde.payments import Allocate, PaymentRequest, register
from solde.verification import verify

from .conftest import COUNTS, HEADER, NOW, TODAY, Run, file_of, seen


async def test_an_invoice_that_a_later_file_shows_paid_is_paid(pool: Pool, run_import: Run) -> None:
    rest = file_of("ACME,EUR,F-2,2026-01-10,2026-02-09,50,,,", "ACME,EUR,F-3,2026-01-10,2026-02-09,60,yes,,")
    await run_import(file_of("ACME,EUR,F-1,2026-01-10,2026-02-09,100,,,") + rest.split("\n", 1)[1])
    later = file_of(
        "ACME,EUR,F-1,2026-01-10,2026-02-09,100,,2026-03-01,",
        "ACME,EUR,F-2,2026-01-10,2026-02-09,50,,2026-03-02,30",
        "ACME,EUR,F-3,2026-01-10,2026-02-09,60,yes,2026-03-03,80",
        "ACME,EUR,F-4,2026-01-10,2026-02-09,7,,,",
    )
    outcome, refusals = await run_import(later)
    assert refusals == []
    assert (outcome.added, outcome.changed, outcome.payments, outcome.paid) == (1, 3, 3, {"EUR": D(210)})
    found = [row[1:] for row in await seen(pool)]
    assert found == [
        ("F-1", "INV_STD", D(100), D(0), D(0), "L"),
        ("F-2", "INV_STD", D(50), D(20), D(0), "P"),
        ("F-3", "INV_STD", D(60), D(0), D(0), "L"),
        ("F-4", "INV_STD", D(7), D(7), D(0), "O"),
        (None, "PAY_WIRE", D(100), D(0), D(0), "L"),
        (None, "PAY_WIRE", D(30), D(0), D(0), "L"),
        (None, "PAY_WIRE", D(80), D(20), D(0), "P"),
    ]
    assert (await verify(pool, now=NOW)).clean
    before = await seen(pool, COUNTS)
    again, refusals = await run_import(later)
    assert (again.added, again.changed, again.already_there, refusals) == (0, 0, 4, [])
    assert await seen(pool, COUNTS) == before


async def test_a_later_file_enters_and_removes_litigation(pool: Pool, run_import: Run) -> None:
    disputed = "ACME,EUR,F-1,2026-01-10,2026-02-09,100,yes,,"
    await run_import(file_of("ACME,EUR,F-1,2026-01-10,2026-02-09,100,no,,"))
    outcome, _ = await run_import(file_of(disputed))
    assert (outcome.changed, outcome.disputes, (await seen(pool))[0][-1]) == (1, 1, "I")
    untold = file_of("ACME,EUR,F-1,2026-01-10,2026-02-09,100", header=HEADER.partition(",disputed")[0])
    assert (await run_import(untold))[0].already_there == 1
    outcome, _ = await run_import(file_of(disputed.replace("yes", "no")))
    assert (outcome.changed, (await seen(pool))[0][-1]) == (1, "O")
    again, _ = await run_import(file_of(disputed))
    assert (again.changed, again.already_there) == (0, 1)
    assert (await verify(pool, now=NOW)).clean


async def test_what_a_person_decided_outlives_the_same_file(pool: Pool, run_import: Run) -> None:
    text = file_of(
        "ACME,EUR,F-1,2026-01-10,2026-02-09,100,no,,",
        "ACME,EUR,F-2,2026-01-10,2026-02-09,100,no,2026-02-01,",
        "ACME,EUR,F-3,2026-01-10,2026-02-09,100,yes,,",
    )
    await run_import(text)

    async def decide(conn: Connection) -> None:
        (account,) = (await rows(conn, "select account_id from account"))[0]
        assert isinstance(account, int)
        enter = DisputeRequest(account, 1, DisputeVerb.ENTER, "test", reason="wrong price")
        remove = DisputeRequest(account, 4, DisputeVerb.REMOVE, "test")
        assert all(isinstance(a, Disputed) for a in await dispute(conn, [enter, remove], today=TODAY))
        await unmatch(conn, [UnmatchRequest(account, 1, "test")], today=TODAY)

    await transaction(pool, decide)
    before = await seen(pool)
    outcome, refusals = await run_import(text)
    assert (outcome.already_there, refusals, await seen(pool)) == (3, [], before)


async def test_a_later_file_does_not_pay_what_was_paid_otherwise(pool: Pool, run_import: Run) -> None:
    header = HEADER + ",payment_reference"
    await run_import(file_of("ACME,EUR,F-1,2026-01-10,2026-02-09,100,,,", "ACME,EUR,F-2,2026-01-10,2026-02-09,5,,,"))

    async def pay(conn: Connection) -> None:
        (account,) = (await rows(conn, "select account_id from account"))[0]
        assert isinstance(account, int)
        types = await load_types(conn)
        named = PaymentRequest(payment(account, "40", on=TODAY), "test", (1,))
        kept = PaymentRequest(payment(account, "5", on=TODAY, reference="W-7"), "test", Allocate.NONE)
        await register(conn, [named, kept], types, today=TODAY)

    await transaction(pool, pay)
    _, refusals = await run_import(
        file_of(
            "ACME,EUR,F-1,2026-01-10,2026-02-09,100,,2026-11-22,,",
            "ACME,EUR,F-2,2026-01-10,2026-02-09,5,,2026-11-22,,W-7",
            header=header,
        )
    )
    assert [(r.line, r.code) for r in refusals] == [(2, "invoice_differs"), (3, "invoice_differs")]
    outcome, refusals = await run_import(file_of("ACME,EUR,F-1,2026-01-10,2026-02-09,100,,2026-11-22,40"))
    assert (outcome.already_there, refusals) == (1, [])
