"""The set-based import leaves what posting, disputing and matching the rows one after the other leaves."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import psycopg
import pytest
from ledger import rows

from solde.db import Pool
from solde.files import FileMapping
from solde.imports import RECEIVABLES, ImportOptions, ImportOutcome, actions, store
from solde.imports.rows import rows_of
from solde.imports.running import one_connection
from solde.periods import Cut, NewYear, OnClosed, PeriodScope, PeriodTurn, Policy, create_year, turn_period

from .conftest import NOW, TODAY, file_of

STATE = """
select 'operation', account_id - :first, number::text, concat_ws(' ', type_id, class, side, currency, amount,
    operation_on, due_on, collected_on, excluded, reference, description, payment_method, source) from operation
union all
select 'posting', account_id - :first, number::text, concat_ws(' ', status, accounting_on, reason) from posting_exception
union all
select 'open', account_id - :first, number::text, concat_ws(' ', type_id, class, side, excluded, operation_on, due_on,
    not_before, latest_on, amount, open, disputed, litigation_reason) from open_item
union all
select 'settled', account_id - :first, number::text, concat_ws(' ', span, operation_on, closed_on, type_id, class, side,
    excluded, due_on, amount, flat) from settled_item
union all
select 'total', account_id - :first, type_id::text, concat_ws(' ', excluded, o_amount, o_disputed, o_count, p_amount,
    p_open, p_disputed, p_count, i_amount, i_open, i_disputed, i_count, l_amount, l_count) from account_total
union all
select 'group', account_id - :first, group_number::text, concat_ws(' ', kind, effective_on, reason)
from match_group
union all
select 'line', account_id - :first, debit_number::text, concat_ws(' ', credit_number, group_number, amount)
from match_line
union all
select 'event', account_id - :first, event_number::text, concat_ws(' ', number, verb, disputed, effective_on, reason,
    owner, review_on) from litigation_event
union all
select 'account', account_id - :first, currency, concat_ws(' ', state, last_number, last_group, last_unmatch,
    last_dispute)
from account
order by 1, 2, 3, 4
""".replace(":first", "(select min(account_id) from account)")

FORGET = """
truncate operation, posting_exception, open_item, settled_item, account_total, match_group, match_line, unmatch, unmatch_line,
    litigation_event, account, account_directory, account_profile, billing_account, billing_account_directory,
    user_account, user_account_directory, customer, search_term, audit_record cascade
"""


def random_file(random: Random, first: int) -> str:
    """Rows of every sort: open, disputed, paid on the same day, in part, too much, to a trace, credit notes."""
    lines = []
    for number in range(first, first + random.randint(0, 30)):
        account = random.choice("ABCDE")
        on = date(2026, 1, 1) + timedelta(days=random.randint(0, 40))
        due = on + timedelta(days=random.choice([0, 15, 30]))
        amount = Decimal(random.randint(1, 10**6)).scaleb(-random.choice([0, 2, 2, 2, 6]))
        credit_note = random.random() < 0.1
        paid = not credit_note and random.random() < 0.6
        paid_on = on + timedelta(days=random.choice([0, 0, 1, 2, 7, 64])) if paid else ""
        paid_amount: object = ""
        if paid and random.random() < 0.6:
            factor = random.choice(["0.5", "1", "1.2"])
            trace = random.choice(["0", "0", "0.001", "-0.001"])
            paid_amount = max(
                (amount * Decimal(factor) + Decimal(trace)).quantize(Decimal("0.000001")), Decimal("0.000001")
            )
        disputed = "yes" if not credit_note and random.random() < 0.3 else ""
        kind = "INV_CRN" if credit_note else random.choice(["", "INV_STD", "INV_FEE"])
        method = random.choice(["", "CARD", "PAY_CHK"])
        currency = "JPY" if account == "E" else "EUR"
        cells = (
            account, currency, f"N{number}", on, due, amount, kind, disputed, paid_on, paid_amount, method,
        )  # fmt: skip
        lines.append(",".join(map(str, cells)))
    header = (
        "customer_code,currency,invoice_number,invoice_date,due_date,amount,type,disputed,"
        "paid_date,paid_amount,payment_method"
    )
    return file_of(*lines, header=header)


def later_file(random: Random, earlier: str) -> str:
    """The same invoices some weeks on: more of them paid or disputed, some disputed no longer."""
    header, *lines = earlier.strip().splitlines()
    told = []
    for line in lines:
        cells = line.split(",")
        if cells[6] != "INV_CRN":
            if not cells[8] and random.random() < 0.6:
                cells[8] = str(date.fromisoformat(cells[3]) + timedelta(days=random.choice([0, 1, 5, 70])))
                factor = random.choice(["", "0.5", "1.2", "0.999999"])
                paid = (Decimal(cells[5]) * Decimal(factor or 1)).quantize(Decimal("0.000001"))
                cells[9] = str(max(paid, Decimal("0.000001"))) if factor else ""
            if random.random() < 0.4 and not (cells[7] == "" and line.split(",")[8]):
                cells[7] = random.choice(["yes", ""])
        told.append(",".join(cells))
    return "\n".join([header, *told, ""])


async def run(pool: Pool, file: Path, chunk_rows: int, *, plainly: bool) -> ImportOutcome:
    """The import, in which every row is sent through the plain actions if that is wished."""
    options = ImportOptions(actor="test", now=NOW, today=TODAY)
    refusals: list[object] = []
    async with one_connection(pool) as (single, conn):
        prepared = await actions._prepare(conn, options, refusals.append, lambda *_: None, chunk_rows)
        await store.make_staging(conn)
        async with rows_of(file, FileMapping(), RECEIVABLES) as source:
            await actions._stage(conn, prepared, source, FileMapping())
        chunks, count = await actions._order(conn, prepared)
        if plainly:
            await conn.execute("update import_row set trace = true")
        outcome = await actions._post(single, prepared, chunks, count)
        await store.drop_staging(conn)
    assert refusals == []
    return outcome


@pytest.mark.parametrize("seed", range(12))
async def test_the_set_based_import_equals_the_plain_actions(
    pool: Pool, database_url: str, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    files = []
    for first in (0, 1000):
        text = random_file(random, first)
        for when, told in (("now", text), ("later", later_file(random, text))):
            files.append(tmp_path / f"{first}-{when}.csv")
            files[-1].write_text(told)
    chunk_rows = random.choice([3, 10_000])
    if seed % 2:
        # Some of it is dated in closed days: rejected, or moved where a later period is open.
        policy = Policy(OnClosed.FORCE if seed % 4 == 1 else OnClosed.BLOCK)
        async with pool.connection() as conn:
            await create_year(
                conn, NewYear("2026", date(2026, 1, 1), date(2026, 12, 31), Cut.MONTHLY, policy), actor="t"
            )
            await turn_period(conn, [PeriodTurn("2026", n, PeriodScope.ALL, closes=True) for n in (1, 3)], actor="t")
    states = []
    for plainly in (True, False):
        outcomes = [await run(pool, file, chunk_rows, plainly=plainly) for file in files]
        async with pool.connection() as conn:
            states.append(
                (
                    await rows(conn, STATE),
                    [(o.added, o.changed, o.payments, o.disputes, o.invoiced, o.paid) for o in outcomes],
                )
            )
        with psycopg.connect(database_url) as owner:
            owner.execute(FORGET)
    assert states[1] == states[0]
    assert any(kind == "posting" for kind, *_ in states[0][0]) is bool(seed % 2)
