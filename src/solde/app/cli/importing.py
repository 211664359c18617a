"""solde import: bring files in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .session import Session, at_work

if TYPE_CHECKING:
    from solde.files import FileMapping
    from solde.imports import CustomersOutcome, ImportOptions, ImportOutcome, PaymentsOutcome
    from solde.kernel.refusals import Refusal

STEPS = {"read": "Reading rows", "post": "Posting rows"}

MAPPING = typer.Option(None, "--mapping", "-m", help="TOML file: how the file's columns are named and written.")
DRY_RUN = typer.Option(False, "--dry-run", help="Do it all, tell what came of it, keep nothing.")
KEEP_GOOD = typer.Option(False, "--keep-good", help="Keep good rows although others are refused.")
AS_JSON = typer.Option(False, "--json", help="Print what came of it as JSON.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""

    @app.callback()
    def group() -> None:
        """Bring files in."""

    app.command("receivables")(receivables)
    app.command("customers")(customers)
    app.command("payments")(payments)
    app.command("template")(write_template)


def receivables(
    file: Path = typer.Argument(help="CSV or xlsx, one row an invoice."),
    mapping: Path | None = MAPPING,
    seller: str | None = typer.Option(None, help="Code of the seller new customers belong to."),
    dry_run: bool = DRY_RUN,
    keep_good: bool = KEEP_GOOD,
    as_json: bool = AS_JSON,
) -> None:
    """Import receivables: invoices, payments, matches, litigation. All or nothing, unless good rows are kept."""
    from solde.imports import RECEIVABLES, import_receivables
    from solde.imports.shapes import outcome_shape

    chosen = _Chosen(file, mapping, RECEIVABLES.names, seller, dry_run=dry_run, keep_good=keep_good, as_json=as_json)
    _run(chosen, import_receivables, outcome_shape, _tell_receivables)


def customers(
    file: Path = typer.Argument(help="CSV or xlsx, one row a customer; `solde import template` writes an empty one."),
    mapping: Path | None = MAPPING,
    seller: str | None = typer.Option(None, help="Code of the seller the customers belong to."),
    dry_run: bool = DRY_RUN,
    keep_good: bool = KEEP_GOOD,
    as_json: bool = AS_JSON,
) -> None:
    """Import customers with all their levels. Those whose code is there stay as they are."""
    from solde.imports import CUSTOMERS, import_customers
    from solde.imports.shapes import customers_shape

    chosen = _Chosen(file, mapping, CUSTOMERS.names, seller, dry_run=dry_run, keep_good=keep_good, as_json=as_json)
    _run(chosen, import_customers, customers_shape, _tell_customers)


def payments(
    file: Path = typer.Argument(help="CSV or xlsx, one row a payment."),
    mapping: Path | None = MAPPING,
    seller: str | None = typer.Option(None, help="Code of the seller whose accounts are paid."),
    unidentified: bool = typer.Option(
        False, "--unidentified", help="Keep rows of unknown accounts as unidentified receipts."
    ),
    dry_run: bool = DRY_RUN,
    keep_good: bool = KEEP_GOOD,
    as_json: bool = AS_JSON,
) -> None:
    """Import payments, and match each with the invoices it names, or the oldest due first."""
    from solde.imports import PAYMENTS, import_payments
    from solde.imports.shapes import payments_shape

    chosen = _Chosen(file, mapping, PAYMENTS.names, seller, dry_run=dry_run, keep_good=keep_good, as_json=as_json)
    _run(chosen, import_payments, payments_shape, _tell_payments, unidentified=unidentified)


def write_template(
    output: Path = typer.Option(..., "--output", "-o", help="Where to write it; .xlsx or .csv."),
    kind: str = typer.Option("COMPANY", help="COMPANY or INDIVIDUAL."),
) -> None:
    """Write an empty file of customers; as xlsx with a second sheet that explains every column."""

    async def work(session: Session) -> bytes:
        from solde.customers import list_sellers
        from solde.customers.store import list_setting_codes
        from solde.imports import template

        async with session.pool.connection() as conn:
            choices = {field: sorted(codes) for field, codes in (await list_setting_codes(conn)).items()}
            choices["seller"] = [seller.code for seller in await list_sellers(conn)]
        return template(kind.upper(), output.suffix.removeprefix("."), choices)

    output.write_bytes(at_work(work))
    print(f"{output} is ready to be filled in.")


class _Chosen:
    """What every import is told on the command line."""

    def __init__(
        self, file: Path, mapping: Path | None, columns: Sequence[str], seller: str | None, *, dry_run: bool,
        keep_good: bool, as_json: bool,
    ) -> None:  # fmt: skip
        self.file, self.seller, self.as_json = file, seller, as_json
        self._mapping, self._columns = mapping, columns
        self._dry_run, self._keep_good = dry_run, keep_good

    def mapping(self) -> FileMapping:
        """How the file is written."""
        from solde.files import FileMapping, read_mapping

        return read_mapping(self._mapping, self._columns) if self._mapping else FileMapping()

    async def options(self, session: Session) -> ImportOptions:
        """How the import is run; the day it is, is the seller's."""
        from solde.customers import list_sellers
        from solde.imports import ImportOptions

        async with session.pool.connection() as conn:
            sellers = {one.code: one.time_zone for one in await list_sellers(conn)}
        own = sellers.get(self.seller or "")
        today = session.today(own) if own else min(session.today(zone) for zone in sellers.values())
        return ImportOptions(
            session.actor, session.now, today, self.seller, self._keep_good, self._dry_run, self.file.name
        )


def _run(
    chosen: _Chosen, action: Callable[..., Any], shape: Callable[..., Any], tell: Callable[[Any], None], **more: bool
) -> None:
    """Import the file, tell what came of it; exit code 1 where rows were refused."""

    async def work(session: Session) -> Any:
        from .output import print_json, print_refusals
        from .progress import show_progress

        refusals: list[Refusal] = []

        def refused(refusal: Refusal) -> None:
            if chosen.as_json:
                refusals.append(refusal)
            print_refusals([refusal])

        options = await chosen.options(session)
        with show_progress(STEPS) as told:
            outcome = await action(
                session.pool, chosen.file, chosen.mapping(), options, on_refusal=refused, progress=told, **more
            )
        if chosen.as_json:
            print_json(shape(outcome, refusals))
        else:
            if _tell_kept(outcome):
                tell(outcome)
            _tell_doubts(outcome)
        return outcome

    if at_work(work, imports=True).refused:
        raise typer.Exit(1)


def _tell_kept(outcome: Any) -> bool:
    """Say where nothing was written; gives whether there is more to tell."""
    if outcome.kept:
        return True
    refused = f"{outcome.refused:,} of {outcome.rows:,} rows were refused"
    print(f"Nothing was written: {'a dry run' if outcome.dry_run and not outcome.refused else refused}.")
    return not outcome.refused


def _tell_doubts(outcome: Any) -> None:
    """Say which columns mean nothing, and which customers may be there already."""
    if outcome.unused:
        print(f"Columns that are not used: {', '.join(outcome.unused)}")
    if outcome.left_out:
        print(f"{outcome.left_out:,} rows of totals left out.")
    for like in getattr(outcome, "likes", ()):
        print(f"{like.code} may be there already: {like.like}, {like.name} (same {', '.join(like.same)})")


def _sums(amounts: dict[str, Decimal]) -> str:
    from .output import money

    return ", ".join(f"{money(amount, currency)} {currency}" for currency, amount in sorted(amounts.items()))


def _tell_receivables(outcome: ImportOutcome) -> None:
    sums = _sums(outcome.invoiced)
    added = f"{outcome.added:,} invoices added{f' ({sums})' if sums else ''}"
    changed = f"{outcome.changed:,} brought up to date, " if outcome.changed else ""
    print(f"{added}, {changed}{outcome.already_there:,} already there, {outcome.refused:,} refused.")
    accounts = f", {outcome.accounts:,} further accounts" if outcome.accounts else ""
    incomplete = f", {outcome.incomplete_customers:,} of them incomplete" if outcome.incomplete_customers else ""
    made = f"{outcome.customers:,} new customers{incomplete}{accounts}"
    print(f"{outcome.payments:,} payments, {outcome.disputes:,} in litigation, {made}.")


def _tell_customers(outcome: CustomersOutcome) -> None:
    incomplete = f" ({outcome.incomplete:,} of them incomplete)" if outcome.incomplete else ""
    print(
        f"{outcome.added:,} customers added{incomplete}, {outcome.already_there:,} already there,"
        f" {outcome.refused:,} refused."
    )


def _tell_payments(outcome: PaymentsOutcome) -> None:
    sums = _sums(outcome.paid)
    added = f"{outcome.added:,} payments added{f' ({sums})' if sums else ''}"
    print(f"{added}, {outcome.already_there:,} already there, {outcome.refused:,} refused.")
    print(f"Allocated: {_sums(outcome.allocated) or 'nothing'}; {outcome.unidentified:,} unidentified receipts.")
