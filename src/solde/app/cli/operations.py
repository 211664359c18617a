"""solde operations: the operations of an account, by every filter."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from .session import Session, at_work, read_day

if TYPE_CHECKING:
    from datetime import date

    from solde.operations import Operation, OperationFilter


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("operations")(operations)


def operations(
    account: str | None = typer.Argument(None, help="Code of the customer account; without it those of all accounts."),
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
    definition: str | None = typer.Option(None, "--definition", "-d", help="Only what this balance holds."),
    as_of: str | None = typer.Option(None, "--as-of", help="As they stood on a day; only with --definition."),
    overdue: bool = typer.Option(False, "--overdue", help="Of all accounts: only invoices past their due date."),
    recorded_after: str | None = typer.Option(None, help="Of all accounts: only what was recorded after this instant."),
    seller: str | None = typer.Option(None, help="Of all accounts: only those of this seller."),
    sort: str | None = typer.Option(
        None, help="date, due, number, amount, open, reference, of all accounts recorded; - before it: descending."
    ),
    limit: int | None = typer.Option(None, help="Rows a page, 200 at most."),
    cursor: str | None = typer.Option(None, help="The `next` of the page before."),
    as_json: bool = typer.Option(False, "--json", help="Print what the API answers."),
) -> None:
    """List the operations of an account, or of all accounts, newest first."""
    if as_of is not None and definition is None:
        raise typer.BadParameter("--as-of goes with --definition")
    if sort is not None and definition is not None:
        raise typer.BadParameter("the operations of a balance come newest first; leave out --sort")
    if account is None:
        if definition is not None or billing_account is not None:
            raise typer.BadParameter("--definition and --billing-account go with an account")
        _list_of_all(
            type=types, class_=classes, side=side, date_from=from_, date_until=until, due_from=due_from, due_before=due_before,
            amount_from=amount_from, amount_until=amount_until, matching_status=matching_status, posting_status=posting_status,
            reference_begins=reference, q=q, in_litigation=None if in_litigation is None else str(in_litigation), overdue=overdue,
            recorded_after=recorded_after, seller=seller, sort=sort, limit=limit, cursor=cursor, as_json=as_json,
        )  # fmt: skip
        return
    if overdue or recorded_after or seller:
        raise typer.BadParameter("--overdue, --recorded-after and --seller go with all accounts: name none")
    as_of_on = read_day(as_of, "as_of")
    chosen = make_filter(
        types=types, classes=classes, side=side, from_on=read_day(from_, "from"), until_on=read_day(until, "until"),
        due_from=read_day(due_from, "due_from"), due_before=read_day(due_before, "due_before"),
        amount_from=amount_from, amount_until=amount_until, matching_status=matching_status,
        posting_status=posting_status, billing_account=billing_account, reference=reference, text=q, in_litigation=in_litigation,
    )  # fmt: skip

    code = account

    async def work(session: Session) -> None:
        async with session.pool.connection() as conn, conn.transaction():
            ref = await session.account(conn, code)
            items, following = await _page(conn, session, ref, chosen, definition, as_of_on, sort, limit, cursor)
        if as_json:
            from solde.operations.shapes import operation_shape

            from .output import print_json

            print_json({"items": [operation_shape(o, code) for o in items], "next": following})
        else:
            _print_table(items, following, ref.currency)

    at_work(work)


def _list_of_all(**given: object) -> None:
    """Those of all accounts are a described list."""
    from solde.operations.across.listings import OPERATIONS

    from .listed import run_list

    run_list(OPERATIONS, **given)


async def _page(  # type: ignore[no-untyped-def]
    conn, session: Session, ref, chosen: OperationFilter, definition: str | None, as_of: date | None, sort: str | None,
    limit: int | None, cursor: str | None,
) -> tuple[list[Operation], str | None]:  # fmt: skip
    from solde.operations.lists import conditions, list_operations, parse_sort

    if definition is None:
        page = await list_operations(conn, ref.account_id, chosen, order=parse_sort(sort), limit=limit, cursor=cursor)
        return list(page.items), page.next
    from solde.balances import Moment, definitions_at, list_balance, pick

    moment = Moment(session.today(ref.time_zone), as_of)
    found = pick(await definitions_at(conn, moment), definition)
    also, values = conditions(chosen)
    page = await list_balance(conn, ref.account_id, found, moment, also=also, values=values, limit=limit, cursor=cursor)
    return list(page.items), page.next


def make_filter(
    *, types: list[str], classes: list[str], side: str | None, from_on: date | None, until_on: date | None,
    due_from: date | None, due_before: date | None, amount_from: str | None, amount_until: str | None,
    matching_status: list[str], posting_status: list[str], billing_account: str | None, reference: str | None,
    text: str | None, in_litigation: bool | None,
) -> OperationFilter:  # fmt: skip
    """The filter that the options ask for; refuses what cannot be read."""
    from solde.operations import OperationFilter
    from solde.operations.lists import side_of

    return OperationFilter(
        types=tuple(types) or None, classes=tuple(classes) or None, side=side_of(side),
        from_on=from_on, until_on=until_on, due_from=due_from, due_before=due_before,
        amount_from=_read_amount(amount_from, "amount_from"),
        amount_until=_read_amount(amount_until, "amount_until"), matching_status=tuple(matching_status) or None,
        posting_status=tuple(posting_status) or None, billing_account=billing_account, reference=reference, text=text, in_litigation=in_litigation,
    )  # fmt: skip


def _read_amount(text: str | None, field: str) -> Decimal | None:
    from solde.kernel.money import parse_amount
    from solde.kernel.refusals import Refusal, Refused

    amount = None if text is None else parse_amount(text)
    if isinstance(amount, Refusal):
        raise Refused(amount.at(field=field))
    return amount


def _print_table(items: list[Operation], following: str | None, currency: str) -> None:
    from solde.operations import Side

    from .output import money, table

    if not items:
        print("No operation fits.")
        return
    rows = [
        (
            str(o.number), str(o.operation_on), o.code, o.reference or "", str(o.due_on),
            money(o.amount, currency) if o.side is Side.DEBIT else "",
            money(o.amount, currency) if o.side is Side.CREDIT else "",
            money(o.open, currency) if o.open else "",
            o.matching_status,
        )
        for o in items
    ]  # fmt: skip
    headers = ("No.", "Date", "Type", "Reference", "Due", "Debit", "Credit", "Open", "Matching")
    print(table(headers, rows, right=(0, 5, 6, 7)))
    if following is not None:
        print(f"\nMore: --cursor {following}")
