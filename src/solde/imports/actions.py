"""Import receivables: read and judge the file into a staging table, then post it chunk by chunk.

A chunk holds whole accounts. All or nothing is one transaction over every chunk; keeping good rows is a transaction
a chunk. The staging table belongs to the session, so one connection does it all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from solde import audit
from solde.audit import AuditRecord
from solde.customers import (
    CreatedAccount,
    CreatedCustomer,
    NewCustomer,
    create_or_add,
    find_likes,
    list_payment_methods,
    list_sellers,
)
from solde.customers.rules.creation import UNKNOWN_SELLER
from solde.db import Connection, Pool
from solde.files import FileMapping
from solde.kernel.money import ZERO, plain
from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say
from solde.operations import Types, load_types
from solde.operations import store as operation_store
from solde.operations.rules import ACCOUNT_CLOSED, CURRENCY_DIFFERS

from . import store
from .columns import RECEIVABLES
from .model import (
    LIKES_MOST,
    ImportOptions,
    ImportOutcome,
    OnRefusal,
    Progress,
    Receivable,
    no_progress,
)
from .plain import DISPUTE_REASON, post_plainly
from .rows import FileRows, rows_of
from .rules.cells import LedgerFacts
from .rules.receivables import RowReader
from .running import one_connection, post_chunks
from .store import MissingAccount, RefusedRow

NUMBER_TWICE = declare(
    "invoice_number_twice", Kind.INVALID, "Give each invoice its own number; remove the row that is there twice."
)
INVOICE_DIFFERS = declare(
    "invoice_differs",
    Kind.CONFLICT,
    "The ledger has an invoice of this number; correct the row, or post the change as an operation.",
)
OTHER_SELLER = declare("account_of_other_seller", Kind.CONFLICT, "Import it for the seller the account belongs to.")

BATCH_ROWS = 2000
CHUNK_ROWS = 20_000

# What a customer's field is called in the file.
_COLUMN_OF_FIELD = {"code": "customer_code", "name": "customer_name", "kind": "customer_kind"}


async def import_receivables(
    pool: Pool,
    file: Path,
    mapping: FileMapping,
    options: ImportOptions,
    *,
    on_refusal: OnRefusal,
    progress: Progress = no_progress,
    chunk_rows: int = CHUNK_ROWS,
) -> ImportOutcome:
    """Import a file of receivables; gives what came of it, and tells every bad row as it is found.

    Gives: with `keep_good` the good rows are kept; otherwise one bad row leaves nothing written.
    Refuses, for the whole file: what `rows_of` refuses, unknown_seller.
    Source: interfaces, "Import of receivables".
    """
    async with one_connection(pool) as (single, conn):
        run = await _prepare(conn, options, on_refusal, progress, chunk_rows)
        try:
            async with conn.transaction():
                await store.take_time(conn)
                await store.make_staging(conn)
                async with rows_of(file, mapping, RECEIVABLES) as source:
                    await _stage(conn, run, source, mapping)
                chunks, rows = await _order(conn, run)
            return await _post(single, run, chunks, rows)
        finally:
            await store.drop_staging(conn)


@dataclass(frozen=True, slots=True)
class _Run:
    """What stays the same during one import, and what came of reading the file."""

    options: ImportOptions
    on_refusal: OnRefusal
    progress: Progress
    chunk_rows: int
    types: Types
    methods: dict[str, str]
    seller_id: int | None
    read: ImportOutcome

    def refuse(self, refusal: Refusal, outcome: ImportOutcome) -> None:
        """Count and tell a bad row."""
        outcome.refused += 1
        self.on_refusal(refusal)


async def _prepare(
    conn: Connection, options: ImportOptions, on_refusal: OnRefusal, progress: Progress, chunk_rows: int
) -> _Run:
    methods = {method.code: method.payment_type for method in await list_payment_methods(conn)}
    seller_id, _ = await find_seller(conn, options)
    types = await load_types(conn)
    return _Run(
        options, on_refusal, progress, chunk_rows, types, methods, seller_id, ImportOutcome(dry_run=options.dry_run)
    )


async def find_seller(conn: Connection, options: ImportOptions) -> tuple[int | None, int]:
    """The seller an import is kept to, if any, and the first seller there is.

    Refuses: unknown_seller.
    """
    sellers = {seller.code: seller.seller_id for seller in await list_sellers(conn)}
    if options.seller is not None and options.seller not in sellers:
        raise Refused(refuse(UNKNOWN_SELLER, "{seller!r} is no seller", seller=options.seller, field="seller"))
    return None if options.seller is None else sellers[options.seller], next(iter(sellers.values()))


async def _stage(conn: Connection, run: _Run, source: FileRows, mapping: FileMapping) -> None:
    """Read the file once: good rows go to the staging table, bad ones are told."""
    known = LedgerFacts(run.types.by_code, run.methods, run.options.today)
    run.read.unused = list(source.layout.unused)
    await store.stage_rows(conn, _batches(run, RowReader(source.layout, mapping, known), source))


async def _batches(run: _Run, reader: RowReader, source: FileRows) -> AsyncIterator[Sequence[Receivable]]:
    batch: list[Receivable] = []
    async for line, cells in source.lines:
        run.read.rows += 1
        row = reader.read(line, cells)
        if isinstance(row, Receivable):
            batch.append(row)
        elif row is None:
            run.read.left_out += 1
        else:
            run.read.refused += 1
            for refusal in row:
                run.on_refusal(refusal)
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
            run.progress("read", run.read.rows, source.rows)
    yield batch
    run.progress("read", run.read.rows, run.read.rows)


async def _order(conn: Connection, run: _Run) -> tuple[int, int]:
    async for line, number, first in store.find_repeats(conn):
        said = say("invoice {number!r} stands in line {first} already", number=number, first=first)
        run.refuse(refuse(NUMBER_TWICE, said, field="invoice_number", line=line), run.read)
    return await store.order_rows(conn, run.chunk_rows)


async def _post(single: Pool, run: _Run, chunks: int, rows: int) -> ImportOutcome:
    outcome = _copy(run.read)

    async def post(conn: Connection, chunk: int) -> None:
        await _post_chunk(conn, run, chunk, outcome)
        run.progress("post", _done(outcome, run), rows)

    await post_chunks(single, run.options, outcome, range(chunks), post, lock=store.lock_known_accounts)
    return outcome


def _copy(outcome: ImportOutcome) -> ImportOutcome:
    return replace(outcome, invoiced=dict(outcome.invoiced), paid=dict(outcome.paid), likes=list(outcome.likes))


def _done(outcome: ImportOutcome, run: _Run) -> int:
    return outcome.added + outcome.changed + outcome.already_there + outcome.refused - run.read.refused


async def _post_chunk(conn: Connection, run: _Run, chunk: int, outcome: ImportOutcome) -> None:
    """Make the accounts a chunk lacks, judge its rows against the ledger, write what is new."""
    (action_id,) = await audit.next_action_ids(conn, 1)
    await _make_customers(conn, run, chunk, outcome, action_id)
    await operation_store.lock_accounts(conn, await store.list_account_ids(conn, chunk))
    await store.fill_chunk(conn, chunk, run.seller_id, DISPUTE_REASON, run.options.today)
    for row in await store.list_refused(conn):
        run.refuse(_refusal(row), outcome)
    outcome.already_there += await store.count_there(conn)
    if run.options.keep_good or not outcome.refused:
        await _write(conn, run, chunk, outcome, action_id)


async def _make_customers(conn: Connection, run: _Run, chunk: int, outcome: ImportOutcome, action_id: int) -> None:
    """Make the accounts the ledger does not know, and the customers of those that have none."""
    new = await store.list_new_accounts(conn, chunk)
    answers = await create_or_add(
        conn,
        [_customer(account, run.options.seller) for account in new],
        actor=run.options.actor,
        now=run.options.now,
        action_id=action_id,
        allow_incomplete=True,
    )
    made = [answer for answer in answers if isinstance(answer, CreatedCustomer)]
    outcome.customers += len(made)
    if made and len(outcome.likes) < LIKES_MOST:
        outcome.likes += await find_likes(conn, [customer.customer_id for customer in made])
    outcome.accounts += sum(isinstance(answer, CreatedAccount) for answer in answers)
    outcome.incomplete_customers += sum(bool(customer.incomplete) for customer in made)
    refused = {a.account_code: answer for a, answer in zip(new, answers, strict=True) if isinstance(answer, tuple)}
    for account_code, line in await store.list_lines(conn, list(refused)) if refused else []:
        outcome.refused += 1
        for refusal in refused[account_code]:
            run.on_refusal(replace(refusal, row=None, line=line, field=_column(refusal.field)))


def _customer(account: MissingAccount, seller: str | None) -> NewCustomer:
    return NewCustomer(
        kind=account.customer_kind,
        code=account.customer_code,
        name=account.customer_name,
        country=account.country,
        account_code=account.account_code,
        currency=account.currency,
        seller=seller,
    )


def _column(field: str | None) -> str | None:
    name = (field or "").rpartition(".")[2]
    return _COLUMN_OF_FIELD.get(name, name) or None


def _refusal(row: RefusedRow) -> Refusal:
    match row.verdict:
        case "account_of_other_seller":
            return refuse(OTHER_SELLER, "the account belongs to another seller", field="account_code", line=row.line)
        case "currency_differs":
            said = say(
                "the account is kept in {detail}, the invoice is in {currency}",
                detail=row.detail,
                currency=row.currency,
            )
            return refuse(CURRENCY_DIFFERS, said, field="currency", line=row.line)
        case "account_closed":
            return refuse(ACCOUNT_CLOSED, "the account is closed", field="account_code", line=row.line)
        case _:
            said = say(
                "the ledger has invoice {reference!r} with another content: {detail}",
                reference=row.reference,
                detail=row.detail,
            )
            return refuse(INVOICE_DIFFERS, said, field="invoice_number", line=row.line)


async def _write(conn: Connection, run: _Run, chunk: int, outcome: ImportOutcome, action_id: int) -> None:
    new = await store.count_new(conn)
    if not new:
        return
    to_round = await store.list_rows_to_round(conn)
    if to_round:
        await post_plainly(conn, to_round, run.types, actor=run.options.actor, today=run.options.today)
    rounded = sorted({row.account_id for row in to_round})
    # The accounts tell of what was written, each under numbers of their own: a new one tells of its making under the first.
    written_id, changed_id = await audit.next_action_ids(conn, 2)
    actor = run.options.actor
    await store.post_rows(conn, written_id, actor, DISPUTE_REASON, rounded)
    if any(part.changed for part in new):
        await store.change_rows(conn, changed_id, actor, DISPUTE_REASON, rounded, run.options.today)
    for part in new:
        outcome.added += part.rows
        outcome.changed += part.changed
        outcome.payments += part.payments
        outcome.disputes += part.disputes
        if part.rows:
            outcome.invoiced[part.currency] = outcome.invoiced.get(part.currency, ZERO) + part.invoiced
        if part.payments:
            outcome.paid[part.currency] = outcome.paid.get(part.currency, ZERO) + part.paid
    told = {
        "file": run.options.file_name,
        "chunk": chunk + 1,
        "invoices": sum(part.rows for part in new),
        "changed": sum(part.changed for part in new),
        "payments": sum(part.payments for part in new),
        "disputes": sum(part.disputes for part in new),
        "invoiced": {part.currency: plain(part.invoiced) for part in new},
        "paid": {part.currency: plain(part.paid) for part in new},
    }
    await audit.append(conn, [AuditRecord(0, action_id, run.options.actor, "import_receivables", None, None, told)])
