"""Import payments: stage the rows, then register them in order of account, matched with what they pay."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from solde.customers import list_payment_methods
from solde.db import Connection, Pool
from solde.files import FileMapping
from solde.kernel.money import ZERO
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Code, Kind, Refusal, declare, refuse
from solde.kernel.texts import Text, say
from solde.operations import NewOperation, Types, load_types
from solde.operations import store as operation_store
from solde.payments import (
    Allocate,
    PaymentRequest,
    ReceiptRequest,
    Registered,
    record_unidentified,
    register,
)

from . import store
from .actions import OTHER_SELLER, find_seller
from .columns import PAYMENTS
from .model import (
    ImportOptions,
    OnRefusal,
    Payment,
    PaymentsOutcome,
    Progress,
    no_progress,
)
from .rows import FileRows, rows_of
from .rules.cells import LedgerFacts
from .rules.payments import PaymentReader
from .running import one_connection, post_chunks
from .store import JudgedPayment

ACCOUNT_AMBIGUOUS = declare("account_ambiguous", Kind.INVALID, "Name the account in account_code.")
UNKNOWN_INVOICE = declare(
    "unknown_invoice_number", Kind.INVALID, "Name invoices of the account, or leave them out: the oldest is paid first."
)

BATCH_ROWS = 2000
CHUNK_ROWS = 500
METHOD_DEFAULT = "WIRETRANSFER"

# What a field of an operation is called in the file.
_COLUMN_OF_FIELD = {
    "operation_date": "payment_date",
    "date": "payment_date",
    "reference": "payment_reference",
    "method": "payment_method",
    "type": "payment_method",
    "account": "account_code",
    "payer_text": "payer",
}


async def import_payments(
    pool: Pool,
    file: Path,
    mapping: FileMapping,
    options: ImportOptions,
    *,
    on_refusal: OnRefusal,
    progress: Progress = no_progress,
    unidentified: bool = False,
    chunk_rows: int = CHUNK_ROWS,
) -> PaymentsOutcome:
    """Import a file of payments; gives what came of it, and tells every bad row as it is found.

    A payment is known by its account, reference, date, amount and payer: the n-th such row of a file is the n-th such payment,
    so the same file twice adds nothing. With `unidentified` rows
    of unknown accounts become unidentified receipts of the seller.
    Gives: with `keep_good` the good rows are kept; otherwise one bad row leaves nothing written.
    Refuses, for the whole file: what `rows_of` refuses, unknown_seller.
    """
    async with one_connection(pool) as (single, conn):
        run = await _prepare(conn, options, on_refusal, unidentified=unidentified)
        try:
            async with conn.transaction():
                await store.take_time(conn)
                async with rows_of(file, mapping, PAYMENTS) as source:
                    rows = await store.stage_payments(conn, _batches(run, source, mapping, progress))

            async def post(conn: Connection, first: int) -> None:
                await _post_chunk(conn, run, first, first + chunk_rows)
                progress("post", min(first + chunk_rows, rows), rows)

            await post_chunks(
                single, options, run.outcome, range(0, rows, chunk_rows), post, lock=store.lock_payment_accounts
            )
        finally:
            await store.drop_payment_staging(conn)
    return run.outcome


@dataclass(frozen=True, slots=True)
class _Run:
    """What stays the same during one import, and what came of it so far. `receipts_of`: the seller of receipts."""

    options: ImportOptions
    on_refusal: OnRefusal
    types: Types
    methods: dict[str, str]
    seller_id: int | None
    receipts_of: int
    unidentified: bool
    outcome: PaymentsOutcome

    def refuse(self, *refusals: Refusal) -> None:
        """Count a bad row and tell everything that is wrong with it."""
        self.outcome.refused += 1
        for refusal in refusals:
            self.on_refusal(refusal)


async def _prepare(conn: Connection, options: ImportOptions, on_refusal: OnRefusal, *, unidentified: bool) -> _Run:
    seller_id, first = await find_seller(conn, options)
    methods = {method.code: method.payment_type for method in await list_payment_methods(conn)}
    return _Run(
        options, on_refusal, await load_types(conn), methods, seller_id, seller_id or first, unidentified,
        PaymentsOutcome(dry_run=options.dry_run),
    )  # fmt: skip


async def _batches(
    run: _Run, source: FileRows, mapping: FileMapping, progress: Progress
) -> AsyncIterator[Sequence[Payment]]:
    run.outcome.unused = list(source.layout.unused)
    known = LedgerFacts(run.types.by_code, run.methods, run.options.today)
    reader = PaymentReader(source.layout, mapping, known, needs_account=not run.unidentified)
    batch: list[Payment] = []
    async for line, cells in source.lines:
        run.outcome.rows += 1
        row = reader.read(line, cells)
        if isinstance(row, Payment):
            batch.append(row)
        elif row is None:
            run.outcome.left_out += 1
        else:
            run.refuse(*row)
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
            progress("read", run.outcome.rows, source.rows)
    yield batch
    progress("read", run.outcome.rows, run.outcome.rows)


async def _post_chunk(conn: Connection, run: _Run, first: int, until: int) -> None:
    """Lock the accounts of a stretch of rows, judge the rows against the ledger, register what is new."""
    accounts = await store.list_payment_accounts(conn, first, until)
    if accounts:
        await operation_store.lock_accounts(conn, accounts)
    rows = await store.judge_payments(conn, first, until, run.seller_id, run.receipts_of)
    run.outcome.already_there += sum(row.verdict == "there" for row in rows)
    strangers = [row for row in rows if row.verdict == "unknown_account" and run.unidentified]
    for row in rows:
        if row.verdict is None and row.missing:
            said = say("the account has no invoice {missing}", missing=row.missing)
            run.refuse(refuse(UNKNOWN_INVOICE, said, field="invoice_numbers", line=row.line))
        elif row.verdict in _VERDICTS and not (row.verdict == "unknown_account" and run.unidentified):
            run.refuse(_refusal(row))
    await _register(conn, run, [row for row in rows if row.verdict is None and not row.missing])
    await _record(conn, run, strangers)


_VERDICTS: dict[str, tuple[Code, str, Callable[[JudgedPayment], Text]]] = {
    "unknown_account": (
        UNKNOWN_ACCOUNT,
        "account_code",
        lambda r: say("there is no account {account!r} in {currency}", account=r.account, currency=r.currency),
    ),
    "account_ambiguous": (
        ACCOUNT_AMBIGUOUS,
        "customer_code",
        lambda r: say("customer {code!r} has several accounts in {currency}", code=r.account, currency=r.currency),
    ),
    "account_of_other_seller": (OTHER_SELLER, "account_code", lambda _: say("the account belongs to another seller")),
}


def _refusal(row: JudgedPayment) -> Refusal:
    code, column, message = _VERDICTS[row.verdict or ""]
    return refuse(code, message(row), field=column, line=row.line)


async def _register(conn: Connection, run: _Run, rows: Sequence[JudgedPayment]) -> None:
    if not rows:
        return
    requests = [_request(run, row) for row in rows]
    answers = await register(conn, requests, run.types, today=run.options.today)
    for row, request, answer in zip(rows, requests, answers, strict=True):
        if not isinstance(answer, Registered):
            run.refuse(*(_placed(refusal, row.line) for refusal in answer))
            continue
        run.outcome.added += 1
        _add(run.outcome.paid, row.currency, request.payment.amount)
        lines = () if answer.matched is None else answer.matched.lines
        paid = sum((line.amount for line in lines if line.credit_number == answer.number), ZERO)
        _add(run.outcome.allocated, row.currency, paid)


def _request(run: _Run, row: JudgedPayment) -> PaymentRequest:
    assert row.account_id is not None, "a row without an account is not registered"
    payment = NewOperation(
        row.account_id, row.type_code, row.amount, row.paid_on, currency=row.currency, reference=row.reference,
        description=row.payer, payment_method=row.method, source="import",
    )  # fmt: skip
    pays = tuple(row.numbers) or (Allocate.OLDEST if row.is_oldest else Allocate.NONE)
    return PaymentRequest(
        payment, run.options.actor, pays, f"import of payments {run.options.file_name}".strip(), late=True
    )


async def _record(conn: Connection, run: _Run, rows: Sequence[JudgedPayment]) -> None:
    if not rows:
        return
    receipts = [
        ReceiptRequest(
            run.receipts_of, row.currency, row.amount, row.paid_on, run.options.actor, row.method or METHOD_DEFAULT,
            row.reference, row.payer or row.account, row.entry_key,
        )
        for row in rows
    ]  # fmt: skip
    answers = await record_unidentified(conn, receipts, run.types, today=run.options.today)
    for row, answer in zip(rows, answers, strict=True):
        if isinstance(answer, tuple):
            run.refuse(*(_placed(refusal, row.line) for refusal in answer))
        elif answer.known:
            run.outcome.already_there += 1
        else:
            run.outcome.unidentified += 1


def _placed(refusal: Refusal, line: int) -> Refusal:
    """A refusal of the ledger at its line and column; what is named of the choice are the invoices."""
    field = refusal.field or ""
    named = "invoice_numbers" if field.startswith(("debits", "allocate_to")) else _COLUMN_OF_FIELD.get(field, field)
    return replace(refusal, row=None, line=line, field=named or None)


def _add(sums: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    sums[currency] = sums.get(currency, ZERO) + amount
