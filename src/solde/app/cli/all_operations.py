"""solde operations without an account: those of all accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from solde.db import Connection
    from solde.operations import OperationFilter
    from solde.operations.across import AcrossFilter, ListedOperation

    from .session import Session


async def list_all(
    session: Session,
    chosen: OperationFilter,
    *,
    q: str | None,
    begins: str | None,
    overdue: bool,
    seller: str | None,
    recorded_after: datetime | None,
    sort: str | None,
    limit: int | None,
    cursor: str | None,
    as_json: bool,
) -> None:
    """Print a page of them."""
    from solde.operations.across import list_across
    from solde.operations.across.api import listed_shape

    from .output import print_json

    async with session.pool.connection() as conn:
        asked = await all_of(session, conn, chosen, q=q, begins=begins, overdue=overdue, seller=seller)
        asked = replace(asked, recorded_after=recorded_after)
        page = await list_across(conn, asked, sort=sort, limit=limit, cursor=cursor)
    if as_json:
        print_json({"items": [listed_shape(one) for one in page.items], "next": page.next})
    else:
        _print_table(list(page.items), page.next)


async def all_of(
    session: Session,
    conn: Connection,
    chosen: OperationFilter,
    *,
    q: str | None,
    begins: str | None,
    overdue: bool,
    seller: str | None,
) -> AcrossFilter:
    """The filter of all accounts that the options ask for."""
    from solde.customers import list_sellers
    from solde.operations.across import AcrossFilter

    sellers = await list_sellers(conn)
    zone = next((one.time_zone for one in sellers if seller in {None, one.code}), "UTC")
    return AcrossFilter(
        replace(chosen, reference=None, text=None, billing_account=None),
        seller=seller, begins=begins, q=q, overdue_on=session.today(zone) if overdue else None,
    )  # fmt: skip


def _print_table(items: list[ListedOperation], following: str | None) -> None:
    from .output import money, table

    rows = [
        (
            one.account, str(one.operation.number), str(one.operation.operation_on), one.operation.code,
            one.operation.reference or "", str(one.operation.due_on),
            money(one.operation.amount * one.operation.side.value, one.operation.currency), one.operation.currency,
            money(one.operation.open, one.operation.currency) if one.operation.open else "", one.operation.matching_status,
        )
        for one in items
    ]  # fmt: skip
    headers = ("Account", "No.", "Date", "Type", "Reference", "Due", "Amount", "", "Open", "Matching")
    print(table(headers, rows, right=(1, 6, 8)) if rows else "No operation fits.")
    if following is not None:
        print(f"\nMore: --cursor {following}")
