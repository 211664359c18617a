"""Import customers: judge and create them batch by batch, as the form would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from solde import audit
from solde.audit import AuditRecord
from solde.customers import CreatedCustomer, NewCustomer, create_customers, find_likes
from solde.customers.rules.creation import CODE_TAKEN
from solde.db import Connection, Pool
from solde.files import FileMapping
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import say

from . import store
from .actions import OTHER_SELLER, find_seller
from .columns import CUSTOMERS
from .model import (
    LIKES_MOST,
    CustomersOutcome,
    ImportOptions,
    OnRefusal,
    Progress,
    no_progress,
)
from .rows import FileRows, rows_of
from .rules.cells import LedgerFacts
from .rules.customers import CustomerReader
from .running import one_connection, post_chunks

CUSTOMER_TWICE = declare("customer_code_twice", Kind.INVALID, "Give each customer one row; remove the other.")

BATCH_ROWS = 1000


async def import_customers(
    pool: Pool,
    file: Path,
    mapping: FileMapping,
    options: ImportOptions,
    *,
    on_refusal: OnRefusal,
    progress: Progress = no_progress,
    batch_rows: int = BATCH_ROWS,
) -> CustomersOutcome:
    """Import a file of customers with all their levels; gives what came of it, and tells every bad row as it is found.

    Customers whose code is there stay as they are. Those that lack mandatory fields are kept and marked incomplete.
    Gives: with `keep_good` the good rows are kept; otherwise one bad row leaves nothing written.
    Refuses, for the whole file: what `rows_of` refuses, unknown_seller.
    Source: product §1.
    """
    outcome = CustomersOutcome(dry_run=options.dry_run)
    async with one_connection(pool) as (single, conn), rows_of(file, mapping, CUSTOMERS) as source:
        await find_seller(conn, options)
        outcome.unused = list(source.layout.unused)
        reader = CustomerReader(source.layout, mapping, LedgerFacts({}, {}, options.today), options.seller)
        run = _Run(options, on_refusal, reader, outcome, {})

        async def post(conn: Connection, batch: Sequence[_Row]) -> None:
            await _post_batch(conn, run, batch)
            progress("post", outcome.rows, source.rows)

        await post_chunks(single, options, outcome, _batches(run, source, batch_rows), post)
        progress("post", outcome.rows, outcome.rows)
    return outcome


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the file, and what is wrong with it whatever the form says."""

    line: int
    request: NewCustomer
    refusals: list[Refusal]


@dataclass(frozen=True, slots=True)
class _Run:
    """What stays the same during one import, what came of it so far, and on which line each code stands."""

    options: ImportOptions
    on_refusal: OnRefusal
    reader: CustomerReader
    outcome: CustomersOutcome
    lines: dict[str, int]

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Count a bad row and tell everything that is wrong with it."""
        self.outcome.refused += 1
        for refusal in refusals:
            self.on_refusal(refusal)


async def _batches(run: _Run, source: FileRows, size: int) -> AsyncIterator[list[_Row]]:
    batch: list[_Row] = []
    async for line, cells in source.lines:
        run.outcome.rows += 1
        request, refusals = run.reader.read(line, cells)
        if request is None:
            if refusals:
                run.refuse(refusals)
            else:
                run.outcome.left_out += 1
            continue
        if request.code is not None and (first := run.lines.setdefault(request.code, line)) != line:
            said = say("customer {code!r} stands in line {first} already", code=request.code, first=first)
            refusals.append(refuse(CUSTOMER_TWICE, said, field="code", line=line))
        if run.options.seller not in (None, request.seller):
            said = say(
                "the row names the seller {seller!r}; the file is imported for {options_seller!r}",
                seller=request.seller,
                options_seller=run.options.seller,
            )
            refusals.append(refuse(OTHER_SELLER, said, field="seller", line=line))
        batch.append(_Row(line, request, refusals))
        if len(batch) == size:
            yield batch
            batch = []
    yield batch


async def _post_batch(conn: Connection, run: _Run, batch: Sequence[_Row]) -> None:
    """Leave out who is there, create the others, tell every bad row."""
    known = await store.known_customers(conn, [row.request.code for row in batch if row.request.code])
    there = [row for row in batch if row.request.code in known and not row.refusals]
    for row in there:
        _count_known(run, row, known[row.request.code or ""])
    new = [row for row in batch if row.request.code not in known or row.refusals]
    (action_id,) = await audit.next_action_ids(conn, 1)
    good = await _create(conn, run, [row for row in new if not row.refusals], action_id)
    await _tell_faulty(conn, run, [row for row in new if row.refusals])
    if good:
        told = {"file": run.options.file_name, "customers": good}
        await audit.append(conn, [AuditRecord(0, action_id, run.options.actor, "import_customers", None, None, told)])


def _count_known(run: _Run, row: _Row, seller: str) -> None:
    """A customer of that code is there; one of another seller is not the file's."""
    if run.options.seller not in (None, seller):
        said = say("there is already a customer {code!r}", code=row.request.code)
        run.refuse([refuse(CODE_TAKEN, said, field="code", line=row.line)])
    else:
        run.outcome.already_there += 1


async def _create(conn: Connection, run: _Run, rows: Sequence[_Row], action_id: int) -> int:
    """Create the customers of good rows, those that the form takes; gives how many."""
    answers = await create_customers(
        conn,
        [row.request for row in rows],
        actor=run.options.actor,
        now=run.options.now,
        action_id=action_id,
        allow_incomplete=True,
    )
    made = [answer for answer in answers if isinstance(answer, CreatedCustomer)]
    run.outcome.added += len(made)
    if made and len(run.outcome.likes) < LIKES_MOST:
        run.outcome.likes += await find_likes(conn, [customer.customer_id for customer in made])
    run.outcome.incomplete += sum(bool(customer.incomplete) for customer in made)
    for row, answer in zip(rows, answers, strict=True):
        if isinstance(answer, tuple):
            run.refuse([_placed(run, refusal, row.line) for refusal in answer])
    return len(made)


async def _tell_faulty(conn: Connection, run: _Run, rows: Sequence[_Row]) -> None:
    """Tell of rows that were refused before what the form says of them as well; nothing of them is kept."""
    if not rows:
        return
    requests = [replace(row.request, code=None, account_code=None) for row in rows]
    async with conn.transaction(force_rollback=True):
        answers = await create_customers(
            conn, requests, actor=run.options.actor, now=run.options.now, allow_incomplete=True
        )
    for row, answer in zip(rows, answers, strict=True):
        more = [_placed(run, refusal, row.line) for refusal in answer] if isinstance(answer, tuple) else []
        run.refuse([*row.refusals, *more])


def _placed(run: _Run, refusal: Refusal, line: int) -> Refusal:
    """A refusal of the form at its line and column: `general.vat_number` is the column `vat_number`."""
    column = (refusal.field or "").rpartition(".")[2] or None
    return run.reader.placed(replace(refusal, row=None, field=column), line)
