"""Files become payments, matched with what they pay."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ledger import D, rows

from solde.db import Pool, transaction
from solde.files import FileMapping
from solde.imports import ImportOptions, PaymentsOutcome, import_payments
from solde.kernel.refusals import Refusal
from solde.verification import verify

from .conftest import NOW, TODAY, Run, file_of

HEADER = (
    "account_code,customer_code,currency,payment_date,amount,payment_reference,payment_method,invoice_numbers,allocate"
)
OPEN = """
select d.code, o.reference, o.open from operation_now o join account_directory d on d.account_id = o.account_id
order by 1, o.number
"""


@pytest.fixture
async def ledger(run_import: Run) -> None:
    """Three invoices of ACME, and one of a customer with two accounts."""
    await run_import(
        file_of(
            "ACME,ACME,EUR,F-1,2026-01-10,2026-02-09,100",
            "ACME,ACME,EUR,F-2,2026-01-11,2026-02-10,50",
            "ACME,ACME,EUR,F-3,2026-01-12,2026-02-11,7",
            "TWO,TWO-A,EUR,F-1,2026-01-12,2026-02-11,7",
            "TWO,TWO-B,EUR,F-9,2026-01-12,2026-02-11,7",
            "TWO,TWO-U,USD,F-8,2026-01-12,2026-02-11,9",
            header="customer_code,account_code,currency,invoice_number,invoice_date,due_date,amount",
        )
    )


async def run(
    pool: Pool, tmp_path: Path, text: str, *, unidentified: bool = False, chunk_rows: int = 500, **options: Any
) -> tuple[PaymentsOutcome, list[Refusal]]:
    file = tmp_path / "payments.csv"
    file.write_text(text)
    found: list[Refusal] = []
    outcome = await import_payments(
        pool, file, FileMapping(), ImportOptions("test", NOW, TODAY, **options), on_refusal=found.append,
        unidentified=unidentified, chunk_rows=chunk_rows,
    )  # fmt: skip
    return outcome, found


async def seen(pool: Pool, query: str = OPEN) -> list[tuple[object, ...]]:
    async with pool.connection() as conn:
        return await rows(conn, query)


GOOD = file_of(
    "ACME,,EUR,2026-03-01,30,W-1,,,",
    "ACME,,EUR,2026-03-02,55,W-2,CARD,F-2;F-3,",
    "ACME,,EUR,2026-03-03,5,W-3,,,none",
    ",TWO,USD,2026-03-03,9,W-1,,,oldest",
    header=HEADER,
)


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("chunk_rows", [1, 500])
async def test_payments_pay_what_they_name_or_the_oldest_first(pool: Pool, tmp_path: Path, chunk_rows: int) -> None:
    outcome, refusals = await run(pool, tmp_path, GOOD, chunk_rows=chunk_rows)
    assert (refusals, outcome.added) == ([], 4)
    assert (outcome.paid, outcome.allocated) == ({"EUR": D(90), "USD": D(9)}, {"EUR": D(85), "USD": D(9)})
    assert [row for row in await seen(pool) if row[2]] == [
        ("ACME", "F-1", D(70)),
        ("ACME", "F-3", D(2)),
        ("ACME", "W-3", D(5)),
        ("TWO-A", "F-1", D(7)),
        ("TWO-B", "F-9", D(7)),
    ]
    again, refusals = await run(pool, tmp_path, GOOD)
    assert (again.added, again.already_there, refusals) == (0, 4, [])
    assert (await verify(pool, now=NOW)).clean


@pytest.mark.usefixtures("ledger")
async def test_every_bad_row_is_told_and_nothing_is_kept(pool: Pool, tmp_path: Path) -> None:
    text = file_of(
        "ACME,,EUR,2026-03-01,30,W-1,,,",
        "NOBODY,,EUR,2026-03-01,30,W-1,,,",
        ",TWO,EUR,2026-03-01,30,W-1,,,",
        "ACME,,USD,2026-03-01,30,W-4,,,",
        "ACME,,EUR,2026-03-01,30,W-5,,F-77,",
        "ACME,,EUR,2026-03-01,31,W-1,,,",
        "ACME,,EUR,2026-03-01,30,W-1,,,",
        ",,EUR,2027-03-01,0,,GOLD,,some",
        header=HEADER,
    )
    outcome, refusals = await run(pool, tmp_path, text)
    assert (outcome.rows, outcome.refused, outcome.already_there, outcome.kept) == (8, 5, 0, False)
    assert {(r.line, r.code, r.field) for r in refusals} == {
        (3, "unknown_account", "account_code"),
        (4, "account_ambiguous", "customer_code"),
        (5, "currency_differs", "currency"),
        (6, "unknown_invoice_number", "invoice_numbers"),
        (9, "cell_missing", "account_code"),
        (9, "dated_in_future", "payment_date"),
        (9, "amount_not_positive", "amount"),
        (9, "cell_missing", "payment_reference"),
        (9, "unknown_payment_method", "payment_method"),
        (9, "unknown_allocation", "allocate"),
    }
    assert [row for row in await seen(pool) if str(row[1]).startswith("W")] == []
    kept, _ = await run(pool, tmp_path, text, keep_good=True)
    assert (kept.added, kept.refused) == (3, 5)


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("chunk_rows", [1, 2, 500])
async def test_the_same_reference_with_another_day_or_amount_is_another_payment(
    pool: Pool, tmp_path: Path, chunk_rows: int
) -> None:
    september = "ACME,,EUR,2026-09-01,30,STANDING ORDER,,,"
    october = "ACME,,EUR,2026-10-01,30,STANDING ORDER,,,"
    more = "ACME,,EUR,2026-10-01,31,STANDING ORDER,,,"
    outcome, refusals = await run(pool, tmp_path, file_of(september, header=HEADER))
    assert (outcome.added, refusals) == (1, [])
    outcome, refusals = await run(
        pool, tmp_path, file_of(september, october, more, header=HEADER), chunk_rows=chunk_rows, keep_good=True
    )
    assert (outcome.added, outcome.already_there, refusals) == (2, 1, [])


TILL = "account_code,currency,payment_date,amount,payment_reference,payer"


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("chunk_rows", [1, 2, 500])
@pytest.mark.parametrize("account", ["ACME", "NOBODY", ""])
async def test_equal_rows_of_a_file_are_as_many_payments_and_sent_again_add_nothing(
    pool: Pool, tmp_path: Path, chunk_rows: int, account: str
) -> None:
    rows_ = [f"{account},EUR,2026-11-02,20.00,TILL 7,{payer}" for payer in ("Anon", "Anon", "Other person", "")]
    known: dict[str, Any] = {"unidentified": True, "chunk_rows": chunk_rows, "keep_good": True}
    outcome, refusals = await run(pool, tmp_path, file_of(*rows_, header=TILL), **known)
    assert (outcome.added + outcome.unidentified, outcome.already_there, refusals) == (4, 0, [])
    again, _ = await run(pool, tmp_path, file_of(*reversed(rows_), header=TILL).replace("20.00", "20"), **known)
    assert (again.added + again.unidentified, again.already_there) == (0, 4)
    third, _ = await run(pool, tmp_path, file_of(*rows_, rows_[0], header=TILL), **known)
    assert (third.added + third.unidentified, third.already_there) == (1, 4)


@pytest.mark.usefixtures("ledger")
async def test_a_payment_registered_by_hand_is_known_once_whoever_the_file_says_paid(
    pool: Pool, tmp_path: Path
) -> None:
    async def by_hand(conn: Any) -> None:
        from solde.operations import NewOperation, PostRequest, load_types, post

        row = await (await conn.execute("select account_id from account_directory where code = 'ACME'")).fetchone()
        new = NewOperation(row[0], "PAY_WIRE", D(20), date(2026, 11, 2), reference="T 1")
        await post(conn, [PostRequest((new,), "test")], await load_types(conn))

    await transaction(pool, by_hand)
    text = file_of(*(f"ACME,EUR,2026-11-02,20,T 1,{payer}" for payer in ("Anon", "Other")), header=TILL)
    outcome, _ = await run(pool, tmp_path, text)
    assert (outcome.added, outcome.already_there) == (1, 1)
    again, _ = await run(pool, tmp_path, text)
    assert (again.added, again.already_there) == (0, 2)


@pytest.mark.usefixtures("ledger")
async def test_an_invoice_paid_twice_is_taken_and_stays_unallocated(pool: Pool, tmp_path: Path) -> None:
    text = file_of("ACME,,EUR,2026-03-01,100,W-1,,F-1,", "ACME,,EUR,2026-03-02,100,W-2,,F-1,", header=HEADER)
    outcome, refusals = await run(pool, tmp_path, text)
    assert (outcome.added, refusals) == (2, [])


@pytest.mark.usefixtures("ledger")
async def test_money_of_unknown_accounts_becomes_unidentified_receipts_once(pool: Pool, tmp_path: Path) -> None:
    text = file_of("LATER,,EUR,2026-03-01,30,W-1,,,", ",,EUR,2026-03-01,4,W-2,CARD,,", header=HEADER)
    outcome, refusals = await run(pool, tmp_path, text, unidentified=True)
    assert (outcome.unidentified, outcome.added, refusals) == (2, 0, [])
    assert await seen(pool, "select reference, payer_text, amount from unidentified_receipt order by 1") == [
        ("W-1", "LATER", D(30)),
        ("W-2", None, D(4)),
    ]
    again, _ = await run(pool, tmp_path, text, unidentified=True)
    assert (again.unidentified, again.already_there) == (0, 2)

    async def rename(conn: Any) -> None:
        from solde.customers import NewCustomer, create_customers

        await create_customers(
            conn, [NewCustomer(code="LATER", currency="EUR")], actor="test", now=NOW, allow_incomplete=True
        )

    await transaction(pool, rename)
    again, _ = await run(pool, tmp_path, text, unidentified=True)
    assert (again.added, again.already_there) == (0, 2)


@pytest.mark.usefixtures("ledger")
async def test_a_dry_run_keeps_nothing(pool: Pool, tmp_path: Path) -> None:
    outcome, _ = await run(pool, tmp_path, GOOD, dry_run=True)
    assert (outcome.added, outcome.kept) == (4, False)
    assert [row for row in await seen(pool) if str(row[1]).startswith("W")] == []


async def test_the_example_files_are_imported(pool: Pool, tmp_path: Path, run_import: Run) -> None:
    examples = Path(__file__).parents[2] / "examples"
    await run_import(examples / "receivables.csv")
    outcome, refusals = await run(pool, tmp_path, (examples / "payments.csv").read_text())
    assert (refusals, outcome.added, outcome.allocated) == ([], 2, {"EUR": D(500)})
