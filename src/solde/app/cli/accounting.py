"""solde accounting: make entries of operations, write files of them, check a FEC."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import typer

from .session import Session, at_work, read_day

AS_JSON = typer.Option(False, "--json", help="Print what came of it as JSON.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("generate")(generate)
    app.command("export")(export)
    app.command("check-fec")(check_fec)


def generate(
    until: str | None = typer.Option(None, help="Last accounting day; every day unless given."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Count, and keep nothing."),
    as_json: bool = AS_JSON,
) -> None:
    """Make the entries of every operation that has none yet."""
    day = read_day(until, "until")

    async def work(session: Session) -> dict[str, object]:
        from solde.accounting import generate
        from solde.app.jobs.books import run_told

        from .progress import show_progress

        with show_progress({"generate": "Making entries"}) as told:
            run = await generate(
                session.pool, actor=session.actor, until=day, dry_run=dry_run,
                progress=lambda done: told("generate", done, None),
            )  # fmt: skip
        return run_told(run, dry_run=dry_run)

    found = at_work(work)
    _tell(found, f"{found['entries']:,} entries of {found['taken']:,} operations; {found['failed']:,} failed", as_json)


def export(
    from_: str = typer.Option(..., "--from", help="First accounting day."),
    until: str = typer.Option(..., help="Last accounting day."),
    output: Path = typer.Option(..., "--output", "-o", help="File to write, or the folder of a FEC."),
    form: str = typer.Option("fec", "--format", help="fec, csv, xlsx or jsonl."),
    seller: str | None = typer.Option(None, help="Code of a seller; the only one unless given, for a FEC."),
    currency: str | None = typer.Option(None, help="Only this currency; that of the seller unless given, for a FEC."),
    siren: str | None = typer.Option(None, help="SIREN of the company, for a FEC."),
    separator: str = typer.Option("tab", help="Of a FEC: tab or pipe."),
    encoding: str = typer.Option("utf-8", help="Of a FEC: utf-8 or iso-8859-15."),
    as_json: bool = AS_JSON,
) -> None:
    """Write the entries of some days to a file; the export is kept, and can be repeated to the byte."""
    first, last = read_day(from_, "from"), read_day(until, "until")
    assert first is not None, "the option is mandatory"
    assert last is not None, "the option is mandatory"

    async def work(session: Session) -> dict[str, object]:
        from solde.accounting.export_model import ExportRequest
        from solde.accounting.exports import begin_export
        from solde.app.jobs.books import export_told
        from solde.db import Connection, transaction
        from solde.extracts.journal import make_file, parts_of

        async def begin(conn: Connection) -> int:
            seller_id, own = await _seller(conn, seller, needed=form == "fec")
            asked = ExportRequest(
                form=form, from_on=first, until_on=last, seller_id=seller_id,
                currency=currency or (own if form == "fec" else None), siren=siren, separator=separator,
                encoding=encoding,
            )  # fmt: skip
            begun = await begin_export(conn, asked, actor=session.actor)
            return begun.export_id

        export_id = await transaction(session.pool, begin)
        with tempfile.TemporaryFile() as out:
            done = await make_file(session.pool, export_id, out)
            target = write_file(parts_of(out), output, done.file_name)
        return {**export_told(done), "output": str(target)}

    found = at_work(work)
    _tell(found, f"{found['rows']:,} entries in {found['output']}, sha256 {found['sha256']}", as_json)


def write_file(parts: Iterator[bytes], output: Path, name: str) -> Path:
    """Write beside the file, or in the folder, and put it in place when it is complete; gives where it is."""
    target = output / name if output.is_dir() else output
    draft = target.with_name(f".{target.name}.part")
    try:
        with draft.open("wb") as written:
            written.writelines(parts)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target


async def _seller(conn: object, code: str | None, *, needed: bool) -> tuple[int | None, str | None]:
    """The key and currency of the seller asked for; the only one where one is needed. Refuses unknown_seller."""
    from typing import cast

    from solde.customers import list_sellers
    from solde.customers.rules.creation import UNKNOWN_SELLER
    from solde.db import Connection
    from solde.kernel.refusals import Refused, refuse

    sellers = {one.code: one for one in await list_sellers(cast("Connection", conn))}
    if code is None and (not needed or len(sellers) > 1):
        return None, None
    chosen = sellers.get(code) if code is not None else next(iter(sellers.values()))
    if chosen is None:
        raise Refused(refuse(UNKNOWN_SELLER, "{code!r} is no seller", code=code, field="seller"))
    return chosen.seller_id, chosen.currency


def check_fec(file: Path = typer.Argument(help="The file.", exists=True, dir_okay=False)) -> None:
    """Hold a FEC against the rules of its fields; exit 1 on any fault."""
    from solde.accounting.fec import check_file

    with file.open("rb") as content:
        found = check_file(file.name, content)
    for line, text in found.faults:
        print(f"line {line}: {text}")
    print(
        f"{'Sound' if found.is_sound else f'{len(found.faults)} faults'}: {found.rows:,} entries, debit {found.debit}, credit {found.credit}"
    )
    if not found.is_sound:
        raise typer.Exit(1)


def _tell(found: dict[str, object], words: str, as_json: bool) -> None:
    from .output import print_json

    if as_json:
        print_json(found)
    else:
        print(words)
