"""solde litigation: what is disputed, over all accounts; enter, update and remove it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer

from .session import Session, at_work, read_day

if TYPE_CHECKING:
    from solde.db import Connection
    from solde.litigation import Disputed, DisputeRequest
    from solde.litigation.model import Kept

ACCOUNT = typer.Argument(help="Code of the customer account.")
NUMBER = typer.Argument(help="Number of the invoice.")
REASON_CODE = typer.Option(None, help="Code of a reason, such as PRICE.")
REASON = typer.Option(None, help="Why, in words.")
OWNER = typer.Option(None, help="Whose it is: a login or a name.")
REVIEW = typer.Option(None, help="When it is looked at again.")
DAY = typer.Option(None, "--date", help="From which day on; today, where the seller is, unless given.")
DRY_RUN = typer.Option(False, "--dry-run", help="Tell what would happen, and do nothing.")
AS_JSON = typer.Option(False, "--json", help="Print what the API answers.")
MARK = "!"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list")(list_all)
    app.command("enter")(enter)
    app.command("update")(update)
    app.command("remove")(remove)


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


def enter(
    account: str = ACCOUNT,
    number: int = NUMBER,
    amount: str | None = typer.Option(None, help="How much; all that is open unless given."),
    reason_code: str | None = REASON_CODE,
    reason: str | None = REASON,
    owner: str | None = OWNER,
    review: str | None = REVIEW,
    on: str | None = DAY,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Put an invoice, or a part of it, in litigation."""
    _dispute("ENTER", account, number, amount, reason_code, reason, owner, review, on, dry_run, as_json)


def update(
    account: str = ACCOUNT,
    number: int = NUMBER,
    amount: str | None = typer.Option(None, help="How much; what it was unless given."),
    reason_code: str | None = REASON_CODE,
    reason: str | None = REASON,
    owner: str | None = OWNER,
    review: str | None = REVIEW,
    on: str | None = DAY,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Change a litigation; what is not named stays, an empty text takes away."""
    _dispute("UPDATE", account, number, amount, reason_code, reason, owner, review, on, dry_run, as_json)


def remove(
    account: str = ACCOUNT,
    number: int = NUMBER,
    reason: str | None = REASON,
    on: str | None = DAY,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Take an invoice out of litigation."""
    _dispute("REMOVE", account, number, None, None, reason, None, None, on, dry_run, as_json)


def _dispute(
    verb: str, account: str, number: int, amount: str | None, reason_code: str | None, reason: str | None,
    owner: str | None, review: str | None, on: str | None, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    value, review_on, day = _amount(amount), read_day(review or None, "review"), read_day(on, "date")

    async def work(session: Session) -> None:
        from solde.db import transaction
        from solde.litigation import KEPT, DisputeRequest, DisputeVerb
        from solde.litigation.api.shapes import litigation_shape

        from .output import print_json

        def kept(text: str | None) -> str | Kept:
            return KEPT if text is None else text

        async def once(conn: Connection) -> tuple[Disputed, str]:
            ref = await session.account(conn, account)
            request = DisputeRequest(
                ref.account_id, number, DisputeVerb(verb), session.actor, value, day, kept(reason), kept(owner),
                KEPT if review is None else review_on, kept(reason_code),
            )  # fmt: skip
            return await _done(conn, request, session.today(ref.time_zone)), ref.currency

        made, currency = await transaction(session.pool, once, dry_run=dry_run)
        if as_json:
            print_json(litigation_shape(made, dry_run=dry_run))
        else:
            print(("Would happen: " if dry_run else "") + _words(made, account, currency))

    at_work(work)


async def _done(conn: Connection, request: DisputeRequest, today: Any) -> Disputed:
    from solde.kernel.refusals import Refused
    from solde.litigation import dispute

    (answer,) = await dispute(conn, [request], today=today)
    if isinstance(answer, tuple):
        raise Refused(answer)
    return answer


def _words(made: Disputed, account: str, currency: str) -> str:
    from .output import money

    if not made.disputed:
        return f"{account}/{made.number} is in litigation no more, from {made.effective_on}"
    terms = made.terms
    told = [terms.reason_code, terms.reason, terms.owner, terms.review_on and f"review {terms.review_on}"]
    said = "".join(f", {text}" for text in told if text)
    return f"{account}/{made.number}: {money(made.disputed, currency)} {currency} in litigation, from {made.effective_on}{said}"


def _amount(text: str | None) -> Decimal | None:
    from solde.kernel.money import parse_amount
    from solde.kernel.refusals import Refusal, Refused

    found = None if text is None else parse_amount(text)
    if isinstance(found, Refusal):
        raise Refused(found.at(field="amount"))
    return found
