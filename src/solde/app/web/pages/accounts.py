"""An account seen from all sides: for now its Balance tab, one operation of it, and why a balance is what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from solde.balances import AccountBalance, Definition, Moment, in_words, pick
from solde.balances.lists import ClassTotal, count_classes, list_sorted
from solde.customers import Account, AccountInHierarchy, Customer, get_account
from solde.db import Connection
from solde.kernel.dates import parse_date, today_in
from solde.kernel.money import exponent
from solde.kernel.paging import Page
from solde.kernel.refusals import Refusal, Refused
from solde.operations import CLASSES, Operation, Order, Side, Types
from solde.operations.lists import parse_sort

from .. import filters, formats
from ..addresses import Address, account_path
from ..grid import Cell, Column, Empty, Grid, Row, heads, pages
from ..reading import reading
from ..render import page
from ..visitors import Visitor

COLUMNS = (
    Column("date", "Date", kind="date", sort="date", descending_first=True, place="meta", fixed=True),
    Column("type", "Type", fixed=True),
    Column("reference", "Reference", sort="reference", place="lead", fixed=True),
    Column("billing", "Billing account"),
    Column("due", "Due", kind="date", sort="due"),
    Column("debit", "Debit", kind="money", sort="amount", descending_first=True, place="value", fixed=True),
    Column("credit", "Credit", kind="money", sort="amount", descending_first=True, place="value", fixed=True),
    Column("open", "Open", kind="money", sort="open", descending_first=True),
    Column("matching", "Matching", kind="mark"),
    Column("posting", "Posting", kind="mark"),
    Column("litigation", "Litigation", kind="money"),
)
SUMS = (("debit", "debit", False), ("credit", "credit", False), ("open", "open", True))
KEPT = ("definition", "as_of")
ADDRESS_NAMES = {*KEPT, "class", "sort", *filters.LABELS}


@dataclass(frozen=True, slots=True)
class Seen:
    """An account at a moment, with its balances."""

    account: Account
    customer: Customer
    moment: Moment
    balances: Sequence[AccountBalance]
    definition: Definition
    wrong_day: str

    @property
    def balance(self) -> AccountBalance:
        """The balance picked."""
        return next(b for b in self.balances if b.definition.definition_id == self.definition.definition_id)


async def see(request: Request[Any, Any, State], conn: Connection, visitor: Visitor, code: str) -> Seen:
    """An account with its balances, as the address asks.

    Refuses: unknown_account, unknown_balance.
    """
    found: AccountInHierarchy = await get_account(conn, code, visitor.seller_id)
    today = today_in(found.customer.time_zone, request.app.state.clock())
    asked = request.query_params.get("as_of") or None
    as_of = None if asked is None else parse_date(asked)
    wrong_day = as_of.message if isinstance(as_of, Refusal) else ""
    moment = Moment(today, None if isinstance(as_of, Refusal) else as_of)
    balances = await request.app.state.definitions.figures(conn, found.account.account_id, moment)
    definition = pick([b.definition for b in balances], request.query_params.get("definition") or None)
    return Seen(found.account, found.customer, moment, balances, definition, wrong_day)


def given_in(request: Request[Any, Any, State]) -> dict[str, list[str]]:
    """The parameters of an address; each may be given several times."""
    given: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        given.setdefault(name, []).append(value)
    return given


@get("/accounts/{code:str}", name="account_balance", include_in_schema=False)
async def balance_page(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str]
) -> Response[str]:
    """The Balance tab: picker, totals, and the operations the balance holds."""
    read = filters.read(given_in(request))
    order, wrong_sort = _order(request.query_params.get("sort"))
    cursor = request.query_params.get("cursor") or None
    types: Types = await request.app.state.types.get()
    async with reading(request) as conn:
        seen = await see(request, conn, visitor, code)
        arguments = (conn, seen.account.account_id, seen.definition, seen.moment, read.chosen)
        found = await list_sorted(*arguments, order=order, cursor=cursor)
        counts, beyond = await count_classes(*arguments)
    address = Address(account_path(code), [(n, v) for n, v in request.query_params.multi_items() if n in ADDRESS_NAMES])
    return page(
        "balance.html",
        request,
        visitor=visitor,
        title=f"{seen.customer.name} · Balance",
        head=_head(seen),
        picker=_picker(seen, address),
        as_of=formats.day(seen.moment.as_of),
        today=formats.day(seen.moment.today),
        now_href=str(address.with_(as_of=None)),
        figures=figure_cards(seen),
        words=list(in_words(seen.definition.draft)),
        file_href=str(Address(account_path(code, "operations.xlsx"), address.with_(sort=None).parameters)),
        explain_href=str(Address(account_path(code, "explanation"), address.only(*KEPT).parameters)),
        chips=_class_chips(counts, beyond, address, read),
        on=filters.chips(read, address, {code: t.label for code, t in types.by_code.items()}),
        clear_href=str(address.only(*KEPT, "sort", "class")),
        wrong={**read.wrong, **({"as_of": seen.wrong_day} if seen.wrong_day else {}), **wrong_sort},
        form=filter_form(seen, address, read, types),
        grid=_grid(seen, found, address, order, cursor, read),
    )


def _order(text: str | None) -> tuple[Order, dict[str, str]]:
    try:
        return parse_sort(text), {}
    except Refused as bad:
        return Order(), {"sort": bad.refusals[0].message}


def _head(seen: Seen) -> dict[str, object]:
    """What stands on top of every tab of a customer."""
    state, tone = formats.STATES.get(seen.account.state, (seen.account.state, "grey"))
    return {
        "name": seen.customer.name,
        "customer": seen.customer.code,
        "account": seen.account.code,
        "currency": seen.account.currency,
        "state": state,
        "tone": tone,
        "is_active": seen.account.state == "ACTIVE",
        "state_reason": seen.account.state_reason or "",
        "incomplete": list(seen.customer.incomplete),
        "href": account_path(seen.account.code),
        "others": [
            (a.code, a.currency, account_path(a.code)) for a in seen.customer.accounts if a.code != seen.account.code
        ],
        "initials": formats.initials(seen.customer.name),
    }


def _picker(seen: Seen, address: Address) -> dict[str, object]:
    """Every balance with its figure; picking one narrows the list to it."""
    currency = seen.account.currency
    return {
        "label": seen.definition.label,
        "code": seen.definition.code,
        "options": [
            {
                "label": b.definition.label,
                "href": str(address.with_(definition=None if b.definition.draft.is_default else b.definition.code)),
                "picked": b.definition.code == seen.definition.code,
                "size": formats.size(b.figures.balance, currency),
                "word": formats.direction_word(b.figures.balance),
                "tone": formats.DIRECTIONS[b.figures.direction],
                "words": " ".join(in_words(b.definition.draft)),
            }
            for b in seen.balances
        ],
    }


def figure_cards(seen: Seen) -> list[dict[str, str]]:
    """Debit, credit and balance of the picked balance, and what is overdue."""
    figures, currency = seen.balance.figures, seen.account.currency
    said = {"DR": "the customer owes this", "CR": "the customer overpaid this", "ZERO": "nothing is owed"}
    cards = [
        {
            "label": "Debit",
            "size": formats.money(figures.debit, currency),
            "word": "",
            "tone": "",
            "note": "what was charged",
        },
        {
            "label": "Credit",
            "size": formats.money(figures.credit, currency),
            "word": "",
            "tone": "",
            "note": "what was paid or credited",
        },
        {
            "label": seen.definition.label,
            "size": formats.size(figures.balance, currency),
            "word": formats.direction_word(figures.balance),
            "tone": formats.DIRECTIONS[figures.direction],
            "note": f"{said[figures.direction]} · {formats.whole(figures.count)} operations",
        },
    ]
    late = next((b.figures for b in seen.balances if b.definition.code == "dunning"), None)
    if late is not None and seen.definition.code != "dunning":
        note = (
            f"{formats.whole(late.count)} invoices past their due date"
            if late.count
            else "nothing is past its due date"
        )
        tone = "debit" if late.balance > 0 else "quiet"
        cards.append(
            {"label": "Overdue", "size": formats.money(late.balance, currency), "word": "", "tone": tone, "note": note}
        )
    return cards


def _class_chips(
    counts: Sequence[ClassTotal], beyond: bool, address: Address, read: filters.Reading
) -> list[tuple[str, str, str, bool]]:
    """All, and each class that occurs, with how many operations it has; more than were looked at are said so."""
    picked, more = read.chosen.classes or (), "+" if beyond else ""
    known = {c.class_: c.count for c in counts} | {c: 0 for c in picked if c not in {t.class_ for t in counts}}
    return [
        ("All", formats.whole(sum(known.values())) + more, str(address.with_(**{"class": None})), not picked),
        *(
            (
                CLASSES.get(c, c),
                formats.whole(count) + more,
                str(address.with_(**{"class": None if picked == (c,) else c})),
                c in picked,
            )
            for c, count in sorted(known.items(), key=lambda item: list(CLASSES).index(item[0]))
        ),
    ]


def filter_form(seen: Seen, address: Address, read: filters.Reading, types: Types) -> dict[str, object]:
    """What the filter form shows."""
    return {
        "action": address.path,
        "hidden": address.hidden(*filters.LABELS),
        "search_hidden": address.hidden("q"),
        "day_hidden": address.hidden("as_of"),
        "count": read.count,
        "values": {name: (read.given.get(name) or [""])[0] for name in filters.LABELS},
        "types": [(t.code, t.label) for t in sorted(types.by_code.values(), key=lambda t: t.label)],
        "sides": list(filters.SIDES.items()),
        "matching": [(code, label) for code, (label, _) in formats.MATCHING.items()],
        "posting": [(code, label) for code, (label, _) in formats.POSTING.items()],
        "billing": [(b.code, b.description or b.code) for b in seen.account.billing_accounts],
        "disputes": list(filters.DISPUTES.items()),
    }


def _grid(
    seen: Seen, found: Page[Operation], address: Address, order: Order, cursor: str | None, read: filters.Reading
) -> Grid:
    first, following = pages(address, cursor, found.next)
    return Grid(
        name="operations",
        caption=f"Operations of {seen.definition.label}",
        heads=heads(COLUMNS, address, order.column, descending=order.descending),
        rows=tuple(_row(o, seen, address) for o in found.items),
        empty=_empty(seen, address, narrowed=bool(read.count or read.chosen.classes)),
        sums=SUMS,
        first=first,
        next=following,
    )


def _row(o: Operation, seen: Seen, address: Address) -> Row:
    money, is_debit = formats.money(o.amount, o.currency), o.side is Side.DEBIT
    late = o.class_ == "I" and is_debit and o.available > 0 and o.due_on < seen.moment.current_date
    matching, tone = formats.MATCHING[o.matching_status]
    posting, posting_tone = formats.POSTING[o.posting_status]
    detail = str(Address(account_path(seen.account.code, "operations", str(o.number)), address.only(*KEPT).parameters))
    said = " · ".join(filter(None, (o.reference, o.description)))
    due = formats.day(o.due_on) if is_debit else ""
    disputed = formats.money(o.disputed, o.currency) if o.disputed else ""
    open_signed = o.open if is_debit else -o.open
    return Row(
        key=str(o.number),
        label=f"{o.label} {o.reference or o.number}",
        cells=(
            Cell(formats.day(o.operation_on), "date"),
            Cell(o.label, title=f"{o.code} · {formats.class_label(o.class_)}"),
            Cell(o.reference or f"No. {o.number}", "link", href=detail, opens=True, title=said),
            Cell(o.billing_account or "", tone="quiet"),
            Cell(due, "date", "debit" if late else "", title="past its due date" if late else ""),
            Cell(money if is_debit else "", "money"),
            Cell("" if is_debit else money, "money", "credit"),
            Cell(formats.money(o.open, o.currency), "money", "strong" if o.open else "quiet"),
            Cell(matching, "badge", tone),
            Cell(posting, "dot", posting_tone),
            Cell(disputed, "money", "debit", title=o.litigation_reason or ""),
        ),
        unit=o.currency,
        decimals=exponent(o.currency),
        sums={
            "debit": formats.micros(o.amount) if is_debit else "0",
            "credit": "0" if is_debit else formats.micros(o.amount),
            "open": formats.micros(open_signed),
        },
    )  # fmt: skip


def _empty(seen: Seen, address: Address, *, narrowed: bool) -> Empty:
    if narrowed:
        return Empty(
            "No operation fits these filters",
            "Take some of them off to see more.",
            href=str(address.only(*KEPT)),
            action="Clear the filters",
        )
    if seen.moment.as_of is not None:
        return Empty(
            f"Nothing in this balance on {seen.moment.as_of}",
            "The account had no operation by then that this balance takes.",
            href=str(address.with_(as_of=None)),
            action="Show it as it is now",
        )
    if not any(b.figures.count for b in seen.balances):
        return Empty(
            "No operations yet",
            "Invoices and payments appear here once they are posted: by billing, an import, or the HTTP API.",
            commands=("solde import receivables FILE.csv",),
        )
    return Empty(
        "Nothing in this balance",
        f"“{seen.definition.label}” takes no operation of this account. Pick another balance, or see why by “Explain”.",
    )
