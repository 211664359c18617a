"""Load the demo company: customers, receivables, what else happened. What was begun is finished, the rest stays."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from solde import audit
from solde.accounting import generate
from solde.audit import AuditRecord
from solde.balances import take_snapshots
from solde.customers import CreatedCustomer, create_customers, resolve_accounts
from solde.db import Connection, Pool, transaction
from solde.files import FileMapping
from solde.imports import ImportOptions, import_receivables
from solde.imports.model import Progress, no_progress
from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse
from solde.operations import load_types

from . import store
from .adjusting import ACTOR, adjust
from .arguing import look_after
from .books import keep_books
from .cards import make_cards
from .company import BUSY_CODE, CUSTOMERS, SECOND_SELLER, SEED, Customer, Invoice, make_customers, make_invoices
from .depositing import leave_deposits
from .people import add_people
from .planned import make_plans
from .prepaying import charge_and_top_up
from .sites import bill_sites
from .waiting import leave_waiting

OTHERS_THERE = declare(
    "demo_beside_others",
    Kind.CONFLICT,
    "Set SOLDE_HOME to an empty folder, or SOLDE_DATABASE_URL to an empty database.",
)

BATCH = 500
HEADER = (
    "customer_code", "currency", "invoice_number", "invoice_date", "due_date", "amount", "description", "disputed",
    "paid_date", "paid_amount", "payment_method",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """Whether the company was loaded now, and the day it was made for."""

    now: bool
    made_for: date


async def load_company(
    pool: Pool,
    *,
    now: datetime,
    today: date,
    progress: Progress = no_progress,
    customers: int = CUSTOMERS,
    seed: int = SEED,
) -> Loaded:
    """Make the demo company, or keep the one that is there.

    Refuses: demo_beside_others.
    """
    async with pool.connection() as conn:
        done = await store.find_stage(conn)
        every, ours = await store.count_customers(conn)
    if every > ours and "demo_end" not in done:
        raise Refused(
            refuse(OTHERS_THERE, "the database holds {every} customers that are not the demo's", every=every - ours)
        )
    await transaction(pool, lambda conn: add_people(conn, now))
    if "demo_end" in done:
        return Loaded(False, done["demo_end"])
    made_for = done.get("demo_begin", today)
    company = make_customers(seed, customers)
    if "demo_begin" not in done:
        await transaction(pool, lambda conn: _note(conn, "demo_begin", made_for))
    await _load_customers(pool, company, now, progress)
    await _load_receivables(pool, company, made_for, now, seed, progress)
    await make_cards(pool, now)
    await transaction(pool, lambda conn: _finish(conn, pool, made_for, now, seed))
    # The books hold all but the last month.
    await generate(pool, actor=ACTOR, until=made_for - timedelta(days=31))
    progress("adjust", 1, 1)
    await take_snapshots(pool)
    return Loaded(True, made_for)


async def _note(conn: Connection, verb: str, today: date) -> None:
    (action_id,) = await audit.next_action_ids(conn, 1)
    await store.add_second_seller(conn, SECOND_SELLER, "Solde Demo UK Ltd")
    await audit.append(conn, [AuditRecord(0, action_id, ACTOR, verb, after={"today": today})])


async def _load_customers(pool: Pool, company: Sequence[Customer], now: datetime, progress: Progress) -> None:
    for begin in range(0, len(company), BATCH):
        batch = company[begin : begin + BATCH]
        await transaction(pool, lambda conn, batch=batch: _make_missing(conn, batch, now))  # type: ignore[misc]
        progress("customers", begin + len(batch), len(company))


async def _make_missing(conn: Connection, batch: Sequence[Customer], now: datetime) -> None:
    there = await resolve_accounts(conn, [customer.code for customer in batch])
    requests = [customer.request for customer in batch if customer.code not in there]
    answers = await create_customers(conn, requests, actor=ACTOR, now=now)
    refused = [answer for answer in answers if not isinstance(answer, CreatedCustomer)]
    assert not refused, f"customers were refused: {refused[:5]}"


async def _load_receivables(
    pool: Pool, company: Sequence[Customer], today: date, now: datetime, seed: int, progress: Progress
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "receivables.csv"
        _write_file(file, make_invoices(list(company), today, seed))
        refusals: list[Refusal] = []
        options = ImportOptions(ACTOR, now, today, file_name="demo company")
        await import_receivables(pool, file, FileMapping(), options, on_refusal=refusals.append, progress=progress)
    assert not refusals, f"rows were refused: {refusals[:5]}"


def _write_file(file: Path, invoices: Iterable[Invoice]) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(HEADER)
        for i in invoices:
            settled = (i.paid_on or "", "" if i.paid_amount is None else i.paid_amount, i.method)
            writer.writerow(
                (
                    i.code,
                    i.currency,
                    i.number,
                    i.on,
                    i.due_on,
                    i.amount,
                    i.description,
                    "yes" if i.disputed else "no",
                    *settled,
                )
            )


async def _finish(conn: Connection, pool: Pool, today: date, now: datetime, seed: int) -> None:
    types = await load_types(conn)
    await adjust(conn, types, today, seed)
    await leave_deposits(conn, types, today, BUSY_CODE)
    await look_after(conn, today, seed)
    await charge_and_top_up(conn, types, today, seed)
    await bill_sites(conn, types, today, now)
    await leave_waiting(conn, pool, now, today)
    await make_plans(conn, await load_types(conn), today)
    await keep_books(conn, types, today)
    await _note(conn, "demo_end", today)
