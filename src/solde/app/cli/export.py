"""solde export: write files out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

import typer

from .operations import make_filter
from .session import Session, at_work, read_day, read_instant

if TYPE_CHECKING:
    from solde.db import Connection
    from solde.extracts import Exported, FileFormat

Write = Callable[[Session, "Connection", IO[bytes], "FileFormat"], Awaitable["Exported"]]

OUTPUT = typer.Option(..., "--output", "-o", help="File to write: .xlsx, .csv or .jsonl.", dir_okay=False)
AS_OF = typer.Option(None, "--as-of", help="Date: only what is effective on or before it.")
KNOWN_AT = typer.Option(None, "--known-at", help="Instant: only what was recorded by then.")
SELLER = typer.Option(None, help="Only the accounts of this seller.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (operations, balances, customers):
        app.command(command.__name__)(command)


def operations(
    account: str | None = typer.Argument(None, help="Code of the customer account; without it those of all accounts."),
    output: Path = OUTPUT,
    account_option: str | None = typer.Option(None, "--account", help="The same, as an option."),
    definition: str | None = typer.Option(None, "--definition", "-d", help="Only what this balance holds."),
    as_of: str | None = AS_OF,
    known_at: str | None = KNOWN_AT,
    types: list[str] = typer.Option([], "--type", help="Operation type code; may be repeated."),
    classes: list[str] = typer.Option([], "--class", help="Class letter such as I or P; may be repeated."),
    side: str | None = typer.Option(None, help="debit or credit."),
    from_: str | None = typer.Option(None, "--from", help="Operation date from."),
    until: str | None = typer.Option(None, help="Operation date until."),
    due_from: str | None = typer.Option(None, help="Due date from."),
    due_before: str | None = typer.Option(None, help="Due before this date."),
    amount_from: str | None = typer.Option(None, help="At least this amount."),
    amount_until: str | None = typer.Option(None, help="At most this amount."),
    matching_status: list[str] = typer.Option([], help="O, P, L, I, R or C; may be repeated."),
    posting_status: list[str] = typer.Option([], help="POSTED, EXPORTED, REJECTED or EXPORT_FAILED; may be repeated."),
    billing_account: str | None = typer.Option(None, help="Code of a billing account."),
    reference: str | None = typer.Option(None, help="How the reference begins."),
    q: str | None = typer.Option(None, help="A text in the reference or the description."),
    in_litigation: bool | None = typer.Option(None, "--in-litigation/--not-in-litigation", help="Disputed or not."),
    overdue: bool = typer.Option(False, "--overdue", help="Of all accounts: only invoices past their due date."),
    seller: str | None = SELLER,
) -> None:
    """Write the operations of an account, those a balance holds, or those of all accounts."""
    code = account or account_option
    if code is None:
        if definition or as_of or known_at or billing_account:
            raise typer.BadParameter("--definition, --as-of, --known-at and --billing-account go with an account")
        from solde.operations.across.listings import OPERATIONS

        from .listed import run_list

        run_list(
            OPERATIONS, output=output, type=types, class_=classes, side=side, date_from=from_, date_until=until, due_from=due_from,
            due_before=due_before, amount_from=amount_from, amount_until=amount_until, matching_status=matching_status,
            posting_status=posting_status, reference_begins=reference, q=q,
            in_litigation=None if in_litigation is None else str(in_litigation), overdue=overdue, seller=seller,
        )  # fmt: skip
        return
    as_of_on, known_at_instant = read_day(as_of, "as_of"), read_instant(known_at, "known_at")
    chosen = make_filter(
        types=types, classes=classes, side=side, from_on=read_day(from_, "from"), until_on=read_day(until, "until"),
        due_from=read_day(due_from, "due_from"), due_before=read_day(due_before, "due_before"),
        amount_from=amount_from, amount_until=amount_until, matching_status=matching_status,
        posting_status=posting_status, billing_account=billing_account, reference=reference, text=q, in_litigation=in_litigation,
    )  # fmt: skip

    named = code

    async def write(session: Session, conn: Connection, out: IO[bytes], form: FileFormat) -> Exported:
        from solde.balances import Moment, check_moment, definitions_at, pick
        from solde.extracts import export_operations
        from solde.extracts.actions import EVERYTHING

        ref = await session.account(conn, named)
        moment = Moment(session.today(ref.time_zone), as_of_on, known_at_instant)
        check_moment(moment, session.now)
        found = pick(await definitions_at(conn, moment), definition) if definition else EVERYTHING
        return await export_operations(conn, out, form, ref, moment=moment, definition=found, chosen=chosen)

    _export(output, write)


def balances(
    output: Path = OUTPUT,
    definition: str | None = typer.Option(None, "--definition", "-d", help="Code of one balance; without it all."),
    as_of: str | None = AS_OF,
    known_at: str | None = KNOWN_AT,
    seller: str | None = SELLER,
) -> None:
    """Write the balances of every account."""
    as_of_on, known_at_instant = read_day(as_of, "as_of"), read_instant(known_at, "known_at")

    async def write(session: Session, conn: Connection, out: IO[bytes], form: FileFormat) -> Exported:
        from solde.balances import Moment, check_moment, definitions_at, pick
        from solde.extracts import export_balances

        seller_id, zone = await _seller(conn, seller)
        moment = Moment(session.today(zone), as_of_on, known_at_instant)
        check_moment(moment, session.now)
        known = await definitions_at(conn, moment)
        chosen = [pick(known, definition)] if definition else list(known)
        return await export_balances(conn, out, form, definitions=chosen, moment=moment, seller_id=seller_id)

    _export(output, write)


def customers(
    output: Path = OUTPUT,
    q: str | None = typer.Option(None, help="Words to search for, as in the search box."),
    kind: str | None = typer.Option(None, help="COMPANY or INDIVIDUAL."),
    country: str | None = typer.Option(None, help="ISO country code."),
    category: str | None = typer.Option(None, help="Code of a customer category."),
    incomplete: bool | None = typer.Option(None, "--incomplete/--complete", help="Lacks mandatory fields or not."),
    state: str | None = typer.Option(None, help="ACTIVE or CLOSED."),
    account_state: str | None = typer.Option(None, help="Has an account in this state."),
    currency: str | None = typer.Option(None, help="Has an account in this currency."),
    payment_mode: str | None = typer.Option(None, help="Has a PREPAID or a POSTPAID account."),
    seller: str | None = SELLER,
) -> None:
    """Write the customers."""

    async def write(_: Session, conn: Connection, out: IO[bytes], form: FileFormat) -> Exported:
        from solde.customers import CustomerFilters
        from solde.extracts import export_customers

        seller_id = (await _seller(conn, seller))[0]
        filters = CustomerFilters(
            kind=kind, country=country, category=category, incomplete=incomplete, state=state,
            account_state=account_state, currency=currency, payment_mode=payment_mode,
        )  # fmt: skip
        return await export_customers(conn, out, form, q=q, filters=filters, seller_id=seller_id)

    _export(output, write)


async def _seller(conn: Connection, code: str | None) -> tuple[int | None, str]:
    """The key of the seller asked for, and the time zone that says which day it is."""
    from solde.customers import list_sellers
    from solde.customers.rules.creation import UNKNOWN_SELLER
    from solde.kernel.refusals import Refused, refuse

    sellers = {one.code: one for one in await list_sellers(conn)}
    if code is None:
        return None, next(iter(sellers.values())).time_zone
    if code not in sellers:
        raise Refused(refuse(UNKNOWN_SELLER, "{code!r} is no seller", code=code, field="seller"))
    return sellers[code].seller_id, sellers[code].time_zone


def _export(output: Path, write: Write) -> None:
    """Write beside the file and put it in place when it is complete."""
    from solde.extracts import form_of

    form = form_of(output.name)
    draft = output.with_name(f".{output.name}.part")

    async def work(session: Session) -> int:
        with draft.open("wb") as out:
            async with session.pool.connection() as conn, conn.transaction():
                await conn.execute("set transaction isolation level repeatable read, read only")
                return (await write(session, conn, out, form)).rows

    try:
        rows = at_work(work)
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)
    print(f"{output}: {rows:,} rows")
