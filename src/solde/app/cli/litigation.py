"""solde litigation list: what is disputed, over all accounts."""

from __future__ import annotations

from typing import Any

import typer

from .session import Session, at_work

AS_JSON = typer.Option(False, "--json", help="Print what the API answers.")
MARK = "!"


def add_to(app: typer.Typer) -> None:
    """Add the command; those that change litigation are described."""
    app.command("list")(list_all)


def list_all(
    reason_codes: list[str] = typer.Option([], "--reason-code", help="Code of a reason; may be repeated."),
    owners: list[str] = typer.Option([], "--owner", help="Whose they are; may be repeated."),
    unowned: bool = typer.Option(False, "--unowned", help="Only those of nobody."),
    overdue: bool = typer.Option(False, "--review-overdue", help="Only those to be looked at before today."),
    age_from: int | None = typer.Option(None, help="Disputed for so many days at least.", min=0),
    currency: str | None = typer.Option(None, help="Code of a currency."),
    seller: str | None = typer.Option(None, help="Only the accounts of this seller."),
    q: str | None = typer.Option(None, help="A text in the invoice, account, customer, reason or owner."),
    sort: str | None = typer.Option(None, help="since, amount, review or account; - before it: descending."),
    limit: int | None = typer.Option(None, help="Rows a page, 200 at most."),
    cursor: str | None = typer.Option(None, help="The `next` of the page before."),
    as_json: bool = AS_JSON,
) -> None:
    """List what is in litigation over all accounts, the oldest first."""

    async def work(session: Session) -> None:
        from solde.customers import list_sellers
        from solde.litigation import DisputeFilter, list_disputes, parse_dispute_sort, total_disputes

        async with session.pool.connection() as conn:
            sellers = await list_sellers(conn)
            ids = {one.code: one.seller_id for one in sellers}
            today = session.today(sellers[0].time_zone)
            chosen = DisputeFilter(
                None if seller is None else ids.get(seller, 0), reason_codes or None, owners or None,
                False if unowned else None, today if overdue else None, DisputeFilter.aged(age_from, today), currency, q,
            )  # fmt: skip
            page = await list_disputes(conn, chosen, order=parse_dispute_sort(sort), limit=limit, cursor=cursor)
            totals = await total_disputes(conn, chosen)
        _show(page, totals, today, as_json=as_json)

    at_work(work)


def _show(page: Any, totals: Any, today: Any, *, as_json: bool) -> None:
    from solde.kernel.money import plain
    from solde.litigation.api.shapes import dispute_shape

    from .output import money, print_json, table

    if as_json:
        items = [dispute_shape(one, today) for one in page.items]
        sums = [{"currency": x.currency, "count": x.count, "disputed": plain(x.disputed)} for x in totals]
        print_json({"items": items, "next": page.next, "totals": sums})
        return
    rows = [
        (
            one.account or "", str(one.number), one.reference or "", money(one.disputed, one.currency),
            money(one.amount, one.currency), one.currency, str(one.age(today)), one.reason_label or one.reason or "",
            one.owner or "", f"{one.review_on or ''}{MARK if one.is_overdue(today) else ''}",
        )
        for one in page.items
    ]  # fmt: skip
    heads = ("Account", "No.", "Invoice", "Disputed", "of", "", "Days", "Reason", "Owner", "Review")
    print(table(heads, rows, right=(1, 3, 4, 6)) if rows else "Nothing is in litigation.")
    for one in totals:
        print(f"{one.count:,} with {money(one.disputed, one.currency)} {one.currency}")
    if page.next:
        print(f"next: {page.next}")
