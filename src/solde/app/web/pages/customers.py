"""The customer list: who owes what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from solde.balances import Definition, Moment, balances_of_many
from solde.balances.kept_ranking import KeptRanking, ranked_pair
from solde.balances.ranking import RANKED_BY, Kept, KeyFigures, RankedAccount, Show, key_figures, rank_accounts
from solde.customers import FoundCustomer, search_customers
from solde.db import Connection
from solde.kernel.money import ZERO, exponent
from solde.kernel.paging import Page

from .. import formats
from ..addresses import Address, account_path
from ..grid import Cell, Column, Empty, Grid, Row, heads, pages
from ..reading import reading, today_of
from ..render import page
from ..standings import Standing, Standings
from ..visitors import Visitor

T = TypeVar("T")

COLUMNS = (
    Column("customer", "Customer", sort="name", place="lead", fixed=True),
    Column("account", "Account", sort="account"),
    Column("country", "Country"),
    Column("balance", "Balance", kind="money", sort="balance", descending_first=True, place="value", fixed=True),
    Column("overdue", "Overdue", kind="money", sort="overdue", descending_first=True),
    Column("currency", "Currency"),
    Column("state", "State", kind="mark"),
)
SHOWN = {
    Show.ALL: "All",
    Show.OWING: "Owing",
    Show.ARREARS: "In arrears",
    Show.OVERPAID: "Overpaid",
    Show.INCOMPLETE: "Incomplete",
    Show.STOPPED: "Not active",
}
SUMS = (("balance", "balance", True), ("overdue", "overdue", False))
DEFAULT_SORT = "-balance"
QUERY_MOST = 200
PRESENT = timedelta(seconds=2)
"""Totals worked out no longer ago are those of now to a reader."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the list asks for."""

    q: str
    show: Show
    currency: str | None
    by: str
    descending: bool
    cursor: str | None


def read_asked(parameters: dict[str, str]) -> Asked:
    """Read an address; what it does not know counts as not asked for."""
    sort = parameters.get("sort") or DEFAULT_SORT
    by = sort.removeprefix("-")
    show = parameters.get("show", "")
    return Asked(
        q=parameters.get("q", "").replace("\0", "").strip()[:QUERY_MOST],
        show=Show(show) if show in list(Show) else Show.ALL,
        currency=parameters.get("currency") or None,
        by=by if by in RANKED_BY else "balance",
        descending=sort.startswith("-") if by in RANKED_BY else True,
        cursor=parameters.get("cursor") or None,
    )


@get("/", name="customers", include_in_schema=False)
async def customers_page(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """Every account with what it owes, the most first; or what a search finds."""
    asked = read_asked(dict(request.query_params))
    async with request.app.state.pool.connection() as conn:
        pair = ranked_pair(await request.app.state.definitions.get(conn))
    kept = await _ranking(request).current(pair)
    async with reading(request) as conn:
        moment = Moment(await today_of(request, conn, visitor.seller_id))
        whole = Whole(_standings(request), conn, pair, moment, visitor.seller_id, request.app.state.clock(), kept)
        standing = await whole.key_figures()
        found = await (whole.search(asked) if asked.q else whole.ranked(asked))
    address = Address("/", [(n, v) for n, v in request.query_params.items() if n in {"q", "show", "currency", "sort"}])
    currencies = [k.currency for k in standing.value]
    return page(
        "customers.html",
        request,
        visitor=visitor,
        title="Customers",
        q=asked.q,
        hidden=address.hidden("q"),
        figures=key_cards(standing.value, address),
        counted_at="" if standing.worked_out_at is None else formats.instant(standing.worked_out_at),
        shows=_shows(standing, address, asked),
        currencies=[
            (c, str(address.with_(currency=None if c == asked.currency else c)), c == asked.currency)
            for c in currencies
        ]
        if len(currencies) > 1
        else [],
        balance_label=pair[0].label,
        grid=_grid(found, address, asked, any(k.accounts for k in standing.value)),
    )


def _ranking(request: Request[Any, Any, State]) -> KeptRanking:
    state = request.app.state
    if not hasattr(state, "kept_ranking"):
        state.kept_ranking = KeptRanking(state.pool, state.clock)
    ranking: KeptRanking = state.kept_ranking
    return ranking


def _standings(request: Request[Any, Any, State]) -> Standings:
    state = request.app.state
    if not hasattr(state, "standings"):
        state.standings = Standings()
    standings: Standings = state.standings
    return standings


@dataclass(frozen=True, slots=True)
class Whole:
    """The accounts a visitor may see, all of them together, at a moment."""

    standings: Standings
    conn: Connection
    pair: tuple[Definition, Definition]
    moment: Moment
    seller_id: int | None
    now: datetime
    kept: Kept | None

    async def key_figures(self) -> Standing[list[KeyFigures]]:
        """What they owe together."""
        if self.kept is not None:
            found = await key_figures(self.conn, self.pair, self.moment, seller_id=self.seller_id, kept=self.kept)
            worked_out_at = self.kept.worked_out_at
            return Standing(found, worked_out_at if self.now - worked_out_at > PRESENT else None)
        return await self._remembered(
            "key figures", lambda: key_figures(self.conn, self.pair, self.moment, seller_id=self.seller_id)
        )

    async def ranked(self, asked: Asked) -> Page[RankedAccount]:
        """A page of them in the order asked for."""
        if self.kept is not None:
            return await self._ranked(asked)
        return (await self._remembered(asked, lambda: self._ranked(asked))).value

    async def _ranked(self, asked: Asked) -> Page[RankedAccount]:
        return await rank_accounts(
            self.conn, self.pair, self.moment, seller_id=self.seller_id, show=asked.show, currency=asked.currency,
            by=asked.by, descending=asked.descending, cursor=asked.cursor, kept=self.kept,
        )  # fmt: skip

    async def search(self, asked: Asked) -> Page[RankedAccount]:
        """A page of those a search finds."""
        found = await search_customers(self.conn, asked.q, seller_id=self.seller_id, cursor=asked.cursor)
        return Page(await _with_balances(self.conn, found.items, self.pair, self.moment), found.next)

    async def _remembered(self, what: Hashable, work_out: Callable[[], Awaitable[T]]) -> Standing[T]:
        key = (what, self.seller_id, self.moment, tuple((d.definition_id, d.version) for d in self.pair))
        return await self.standings.get(self.conn, key, work_out, now=self.now)


async def _with_balances(
    conn: Connection, customers: Sequence[FoundCustomer], pair: tuple[Definition, Definition], moment: Moment
) -> list[RankedAccount]:
    """The accounts of customers found, with their balances, in one statement."""
    held = [(c, a) for c in customers for a in c.accounts]
    figures = await balances_of_many(conn, [a.account_id for _, a in held], pair, moment)
    balances = {account_id: [f.balance for f in both] for account_id, both in figures.items()}
    return [
        RankedAccount(
            a.account_id, a.code, c.code, c.name, c.country, a.currency, a.state, c.incomplete,
            *balances.get(a.account_id, [ZERO, ZERO]),
        )
        for c, a in held
    ]  # fmt: skip


def key_cards(figures: Sequence[KeyFigures], address: Address) -> list[dict[str, object]]:
    """The cards on top: owed, overpaid and overdue by currency, and how many accounts are in arrears."""
    arrears, accounts = sum(k.arrears for k in figures), sum(k.accounts for k in figures)
    owing, overpaid = sum(k.owing for k in figures), sum(k.overpaid_accounts for k in figures)

    by_currency = [(formats.whole(k.arrears), k.currency) for k in figures if k.arrears] if len(figures) > 1 else []

    def lines(name: str) -> list[tuple[str, str]]:
        amounts: list[tuple[Decimal, str]] = [(getattr(k, name), k.currency) for k in figures]
        return [(formats.money(amount, currency), currency) for amount, currency in amounts if amount] or [
            (formats.money(ZERO, currency), currency) for _, currency in amounts[:1]
        ]

    def card(label: str, name: str, tone: str, show: Show, note: str) -> dict[str, object]:
        return {"label": label, "lines": lines(name), "tone": tone, "note": note, "href": str(_only(address, show))}

    return [
        card("Owed by customers", "owed", "debit", Show.OWING, f"{formats.whole(owing)} accounts, DR"),
        card("Overdue", "overdue", "debit", Show.ARREARS, "past the due date, not disputed"),
        card("Overpaid", "overpaid", "credit", Show.OVERPAID, f"{formats.whole(overpaid)} accounts, CR"),
        {
            "label": "Accounts in arrears",
            "lines": [(formats.whole(arrears), f"of {formats.whole(accounts)}"), *by_currency],
            "tone": "",
            "note": f"{arrears * 100 // accounts if accounts else 0} % of all accounts",
            "href": str(_only(address, Show.ARREARS)),
        },
    ]  # fmt: skip


def _only(address: Address, show: Show) -> Address:
    """The list of some accounts; those in arrears begin with the most overdue, the overpaid with the most overpaid."""
    sort = {Show.ARREARS: "-overdue", Show.OVERPAID: "balance"}.get(show)
    return address.with_(q=None, sort=sort, show=None if show is Show.ALL else show.value)


def _shows(standing: Standing[list[KeyFigures]], address: Address, asked: Asked) -> list[tuple[str, str, str, bool]]:
    """The row of buttons that narrow the list, with how many accounts each shows."""
    chosen = [k for k in standing.value if asked.currency in {None, k.currency}]
    counts = {
        Show.ALL: sum(k.accounts for k in chosen),
        Show.OWING: sum(k.owing for k in chosen),
        Show.ARREARS: sum(k.arrears for k in chosen),
        Show.OVERPAID: sum(k.overpaid_accounts for k in chosen),
        Show.INCOMPLETE: sum(k.incomplete for k in chosen),
        Show.STOPPED: sum(k.stopped for k in chosen),
    }
    return [
        (label, formats.whole(counts[show]), str(_only(address, show)), not asked.q and show is asked.show)
        for show, label in SHOWN.items()
        if counts[show] or show in {Show.ALL, asked.show}
    ]


def _grid(found: Page[RankedAccount], address: Address, asked: Asked, has_accounts: bool) -> Grid:
    sorting = address.with_(sort=None) if asked.q else address
    first, following = pages(address, asked.cursor, found.next)
    return Grid(
        name="customers",
        caption="Customer accounts and what they owe",
        heads=heads(COLUMNS, sorting, asked.by, descending=asked.descending, sortable=not asked.q),
        rows=tuple(_row(account) for account in found.items),
        empty=_empty(asked, has_accounts),
        sums=SUMS,
        first=first,
        next=following,
    )


def _row(a: RankedAccount) -> Row:
    marks = (("amber", "Incomplete"),) if a.incomplete else ()
    missing = f"Missing: {', '.join(a.incomplete)}" if a.incomplete else ""
    own_code = a.customer if a.customer != a.account else ""
    label, tone = formats.STATES.get(a.state, (a.state, "grey"))
    return Row(
        key=a.account,
        label=f"{a.name}, {a.account}",
        cells=(
            Cell(a.name, "link", href=account_path(a.account), sub=own_code, marks=marks, title=missing),
            Cell(a.account, tone="quiet"),
            Cell(a.country or "", tone="quiet"),
            balance_cell(a.balance, a.currency),
            Cell(formats.money(a.overdue, a.currency), "money", "debit" if a.overdue else "quiet"),
            Cell(a.currency, tone="quiet"),
            Cell(label, "dot", tone),
        ),
        unit=a.currency,
        decimals=exponent(a.currency),
        sums={"balance": formats.micros(a.balance), "overdue": formats.micros(a.overdue)},
    )  # fmt: skip


def balance_cell(balance: Decimal, currency: str) -> Cell:
    """A balance: its size, and DR or CR in words and colour."""
    return Cell(
        formats.size(balance, currency),
        "money",
        formats.DIRECTIONS[formats.direction(balance)],
        sub=formats.direction_word(balance),
    )


def _empty(asked: Asked, has_accounts: bool) -> Empty:
    if asked.q:
        return Empty(
            f"No customer fits “{asked.q}”",
            "Every word must begin a word of the customer's code, name, account, country or registration number."
            " Try fewer words, or fewer letters.",
            href="/",
            action="Show all customers",
        )
    if has_accounts:
        return Empty(
            "No account is like that",
            "That is good news, or the filter is too narrow.",
            href="/",
            action="Show all customers",
        )
    return Empty(
        "No customers yet",
        "Bring in a list of invoices: their customers are created with them. Or load the demo company to look around.",
        commands=("solde import receivables FILE.csv", "solde demo"),
    )
