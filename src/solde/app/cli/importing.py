"""solde import: bring files in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from .session import Session, at_work

if TYPE_CHECKING:
    from solde.imports import Outcome
    from solde.kernel.refusals import Refusal

STEPS = {"read": "Reading rows", "post": "Posting rows"}


def add_to(app: typer.Typer) -> None:
    """Add the commands."""

    @app.callback()
    def group() -> None:
        """Bring files in."""

    app.command("receivables")(receivables)


def receivables(
    file: Path = typer.Argument(help="CSV or xlsx, one row an invoice."),
    mapping: Path | None = typer.Option(
        None, "--mapping", "-m", help="TOML file: how the file's columns are named and written."
    ),
    seller: str | None = typer.Option(None, help="Code of the seller new customers belong to."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Do it all, tell what came of it, keep nothing."),
    keep_good: bool = typer.Option(False, "--keep-good", help="Keep good rows although others are refused."),
    as_json: bool = typer.Option(False, "--json", help="Print what came of it as JSON."),
) -> None:
    """Import receivables: invoices, payments, matches, litigation. All or nothing, unless good rows are kept."""

    async def work(session: Session) -> Outcome:
        from solde.customers import list_sellers
        from solde.imports import FileMapping, ImportOptions, import_receivables, read_mapping

        from .output import print_refusals
        from .progress import show_progress

        async with session.pool.connection() as conn:
            sellers = {one.code: one.time_zone for one in await list_sellers(conn)}
        zone = sellers.get(seller or "") or next(iter(sellers.values()))
        options = ImportOptions(session.actor, session.now, session.today(zone), seller, keep_good, dry_run, file.name)
        refusals: list[Refusal] = []

        def refused(refusal: Refusal) -> None:
            if as_json:
                refusals.append(refusal)
            print_refusals([refusal])

        with show_progress(STEPS) as told:
            chosen = read_mapping(mapping) if mapping else FileMapping()
            outcome = await import_receivables(session.pool, file, chosen, options, on_refusal=refused, progress=told)
        _tell(outcome, refusals, as_json)
        return outcome

    if at_work(work).refused:
        raise typer.Exit(1)


def _tell(outcome: Outcome, refusals: list[Refusal], as_json: bool) -> None:
    from .output import money, print_json

    if as_json:
        from solde.imports.shapes import outcome_shape

        print_json(outcome_shape(outcome, refusals))
        return
    if not outcome.kept:
        why = (
            "a dry run"
            if outcome.dry_run and not outcome.refused
            else f"{outcome.refused:,} of {outcome.rows:,} rows were refused"
        )
        print(f"Nothing was written: {why}.")
        if outcome.refused:
            return
    sums = ", ".join(f"{money(amount, currency)} {currency}" for currency, amount in sorted(outcome.invoiced.items()))
    added = f"{outcome.added:,} invoices added{f' ({sums})' if sums else ''}"
    print(f"{added}, {outcome.already_there:,} already there, {outcome.refused:,} refused.")
    print(
        f"{outcome.payments:,} payments, {outcome.disputes:,} in litigation, {outcome.customers:,} new customers",
        end="",
    )
    print(f", {outcome.incomplete_customers:,} of them incomplete." if outcome.incomplete_customers else ".")
