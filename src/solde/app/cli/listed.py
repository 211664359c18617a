"""Commands made from described lists: a table, what the API answers, or a file."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import contextmanager
from decimal import Decimal
from inspect import Parameter, Signature
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import typer

from solde.listings.columns import AMOUNTS, Column, ColumnKind
from solde.listings.reading import FilterField, asked_fields, is_of_sellers, read

from .output import balance_words, money, print_json, table
from .session import Session, at_work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solde.app.listed import Labels, ListScope
    from solde.db import Connection
    from solde.listings.listing import Listing

OUTPUT = typer.Option(
    None, "--output", "-o", help="File to write, every page of the list: .xlsx, .csv or .jsonl; - for standard output.", dir_okay=False
)  # fmt: skip
FORMAT = typer.Option(None, "--format", help="xlsx, csv or jsonl, where the file's name does not say it.")
COLUMNS = typer.Option(None, help="Columns of the file in the order they are wanted, separated by commas.")
LIMIT = typer.Option(None, help="Rows a page, 200 at most.")
CURSOR = typer.Option(None, help="The `next` of the page before.")
SELLER = typer.Option(None, help="Only those of this seller.")
AS_JSON = typer.Option(False, "--json", help="Print what the API answers.")
RIGHT = (ColumnKind.COUNT, *AMOUNTS)


def command_of(listing: Listing[Any, Any]) -> Callable[..., None]:
    """The command of a list."""

    def run(**given: Any) -> None:
        run_list(listing, **given)

    run.__doc__, run.__name__ = listing.help, listing.command.replace(" ", "_")
    parameters = list(_parameters(listing))
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def run_list(listing: Listing[Any, Any], **given: Any) -> None:
    """List what is asked for by the options, those that are not named as if they were not given."""
    absent: dict[str, Any] = {
        one.attribute: False if one.is_flag else [] if one.several else None for one in asked_fields(listing.filters)
    }
    more: dict[str, Any] = {**dict.fromkeys(("limit", "cursor", "output", "format", "columns")), "as_json": False}
    at_work(lambda session: _list(session, listing, {**absent, **more, **given}))


def _parameters(listing: Listing[Any, Any]) -> Iterator[Parameter]:
    for one in asked_fields(listing.filters):
        name, said = f"--{one.name.replace('_', '-')}", one.filter.help or one.filter.label
        if one.is_flag:
            yield _parameter(one.attribute, bool, typer.Option(False, name, help=said))
        elif one.several:
            yield _parameter(one.attribute, list[str], typer.Option([], name, help=f"{said} May be repeated."))
        else:
            yield _parameter(one.attribute, str | None, typer.Option(None, name, help=said))
    if is_of_sellers(listing.filters):
        yield _parameter("seller", str | None, SELLER)
    if listing.sorts:
        said = f"{', '.join(listing.sorts)}; - before it: descending."
        yield _parameter("sort", str | None, typer.Option(None, help=said))
    for name, kind, option in (
        ("limit", int | None, LIMIT), ("cursor", str | None, CURSOR), ("output", Path | None, OUTPUT),
        ("format", str | None, FORMAT), ("columns", str | None, COLUMNS), ("as_json", bool, AS_JSON),
    ):  # fmt: skip
        yield _parameter(name, kind, option)


def _parameter(name: str, kind: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)


async def _list(session: Session, listing: Listing[Any, Any], given: dict[str, Any]) -> None:
    from solde.app.listed import in_english, labels_in, paged, scope_of, totals_of

    if given["output"] is not None or given["format"] is not None:
        await _write(session, listing, given)
        return
    async with session.pool.connection() as conn:
        scope = await scope_of(conn, listing, session.caller, given.get("seller"), session.now)
        chosen = _chosen(listing, given, scope)
        found = await listing.find(conn, chosen, sort=given.get("sort"), limit=given["limit"], cursor=given["cursor"])
        labels = await labels_in(conn, listing, scope.seller_id, in_english)
        totals = await totals_of(conn, listing, chosen)
    if given["as_json"]:
        print_json(paged(listing, found, totals))
        return
    narrowed = any(_texts(one, given[one.attribute]) for one in asked_fields(listing.filters))
    _print_table(listing, list(found.items), labels, narrowed=narrowed)
    for one in totals:
        print(
            f"{one.count:,} with {', '.join(money(amount, one.currency) for amount in one.sums.values())} {one.currency}"
        )
    if found.next is not None:
        print(f"\nMore: --cursor {found.next}")


def _chosen(listing: Listing[Any, Any], given: dict[str, Any], scope: ListScope) -> Any:
    """The filters as typed; refuses what cannot be read."""
    from solde.kernel.refusals import Refused

    texts = {one.name: _texts(one, given[one.attribute]) for one in asked_fields(listing.filters)}
    chosen, refusals = read(listing.filters, texts, scope.placed)
    if refusals:
        raise Refused(refusals)
    listing.order_of(given.get("sort"))
    return chosen


def _texts(one: FilterField, value: Any) -> Sequence[str]:
    if one.is_flag:
        return ("true",) if value else ()
    return value if one.several else () if value is None else (value,)


def _print_table(listing: Listing[Any, Any], rows: list[Any], labels: Labels, *, narrowed: bool) -> None:
    columns = [one for one in listing.columns if not one.aside]
    if not rows:
        print(f"{listing.unfit if narrowed else listing.empty.title}.")
        return
    print(
        table(
            [one.label for one in columns],
            [[_words(listing, one, row, labels) for one in columns] for row in rows],
            right=[at for at, one in enumerate(columns) if one.kind in RIGHT],
        )
    )


def _words(listing: Listing[Any, Any], column: Column[Any], row: Any, labels: Labels) -> str:
    from solde.app.listed import in_english

    value = column.of(row) if column.text is None else None
    if isinstance(value, Decimal) and column.kind in AMOUNTS and listing.unit is not None:
        unit = listing.unit(row)
        if column.kind is ColumnKind.BALANCE:
            return balance_words(value, "DR" if value > 0 else "CR" if value else "ZERO", unit)
        return money(value, unit)
    if value is not None and column.kind is ColumnKind.INSTANT:
        return f"{value:%Y-%m-%d %H:%M}"
    return column.words_of(row, in_english, {} if column.options is None else labels[column.options])


async def _write(session: Session, listing: Listing[Any, Any], given: dict[str, Any]) -> None:
    """Write every page to a file, which is put in place when it is complete, or to standard output."""
    from solde.app import listed
    from solde.extracts import form_of, pick_fields
    from solde.kernel.paging import LIMIT_MOST

    output: Path = given["output"] or Path("-")
    form = form_of(given["format"] or output.name)
    fields = pick_fields(listed.for_programs(listing.columns), given["columns"])

    async def write(conn: Connection, out: IO[bytes]) -> int:
        await conn.execute("set transaction isolation level repeatable read, read only")
        scope = await listed.scope_of(conn, listing, session.caller, given.get("seller"), session.now)
        chosen = _chosen(listing, given, scope)
        found: AsyncIterator[Sequence[Any]] = listed.every_page(
            lambda cursor: listing.find(conn, chosen, sort=given.get("sort"), limit=LIMIT_MOST, cursor=cursor)
        )
        return await listed.write_file(
            out, form, listing, fields, found, listed.tell_nobody, listed.in_english, headed=False
        )

    with _opened(output) as out:
        async with session.pool.connection() as conn, conn.transaction():
            rows = await write(conn, out)
    if str(output) != "-":
        print(f"{output}: {rows:,} rows")


@contextmanager
def _opened(output: Path) -> Iterator[IO[bytes]]:
    """Standard output, or a file beside the one wanted, which takes its place when all is written."""
    if str(output) == "-":
        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    draft = output.with_name(f".{output.name}.part")
    try:
        with draft.open("wb") as out:
            yield out
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)
