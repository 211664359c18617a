"""The customer list: who owes what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache

from litestar import Response

from solde.access import Permission
from solde.balances.ranking import KeyFigures, RankedAccount, Show
from solde.customers import CustomerKind, FoundCustomer, creation_form, list_choices, list_recently_viewed
from solde.kernel import paging
from solde.kernel.money import ZERO, exponent

from .. import formats
from ..addresses import Address, account_path
from ..grid import Cell, Column, Empty, Grid, Row, files, heads, pages
from ..i18n import t
from ..page import Page, web_page
from ..visitors import Visitor
from .customer_fields import country_name
from .customer_form import KINDS, NEW
from .customers_asked import CustomerQuery, address_of, chips, filter_form, options, read_asked
from .customers_found import whole_of

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
SUMS = (("balance", "Balance", True), ("overdue", "Overdue", False))
RECENT_MOST = 10


@web_page("/", name="customers")
async def customers_page(page: Page) -> Response[str]:
    """Every account with what it owes, the most first; or what a search finds."""
    parameters = dict(page.query)
    asked, address = read_asked(parameters), address_of(parameters)
    async with whole_of(page) as whole:
        standing = await whole.key_figures(asked.filters)
        found = await whole.page(asked, page.preferences.rows)
        choices = await list_choices(whole.conn)
        recent = [] if page.visitor.guest else await list_recently_viewed(
            whole.conn, page.visitor.actor, page.visitor.seller_id, limit=RECENT_MOST
        )  # fmt: skip
    offered = options(choices, sorted({k.currency for k in standing.value}), page.visitor.seller)
    return page.show(
        "customers/list.html",
        title=t("Customers"),
        q=asked.q,
        hidden=address.hidden("q", "show", "sort"),
        figures=key_cards(standing.value, address),
        counted_at="" if standing.worked_out_at is None else formats.instant(standing.worked_out_at),
        ordered_at="" if asked.q or whole.ordered_at is None else formats.instant(whole.ordered_at),
        shows=_shows(standing.value, address, asked),
        form=filter_form(address, asked, offered),
        on=chips(address, offered),
        adds=added(page.visitor),
        may_import=page.visitor.may(Permission.IMPORTS),
        recent=_recent(recent),
        grid=_grid(found, address, asked, any(k.accounts for k in standing.value)),
    )


def added(visitor: Visitor) -> list[tuple[str, str, str]]:
    """What may be added: words, address, icon."""
    if not visitor.may(Permission.CUSTOMERS):
        return []
    icons = ("building-2", "user")
    return [
        (t(words), f"{NEW}?kind={kind.value.lower()}", icon)
        for (kind, words), icon in zip(KINDS.items(), icons, strict=True)
    ]


def _recent(customers: Sequence[FoundCustomer]) -> list[tuple[str, str, str]]:
    """The customers viewed last: name, code, address."""
    return [(c.name or c.code, c.code, account_path(c.accounts[0].code)) for c in customers if c.accounts]


def key_cards(figures: Sequence[KeyFigures], address: Address) -> list[dict[str, object]]:
    """The cards on top: owed, overpaid and overdue by currency, and how many accounts are in arrears."""
    arrears, accounts = sum(k.arrears for k in figures), sum(k.accounts for k in figures)
    owing, overpaid = sum(k.owing for k in figures), sum(k.overpaid_accounts for k in figures)

    def lines(name: str) -> list[tuple[str, str]]:
        amounts: list[tuple[Decimal, str]] = [(getattr(k, name), k.currency) for k in figures]
        return [(formats.money(amount, currency), currency) for amount, currency in amounts if amount] or [
            (formats.money(ZERO, currency), currency) for _, currency in amounts[:1]
        ]

    def card(label: str, name: str, tone: str, show: Show, note: str) -> dict[str, object]:
        return {"label": label, "lines": lines(name), "tone": tone, "note": note, "href": str(_only(address, show))}

    return [
        card(t("Owed by customers"), "owed", "debit", Show.OWING, t("{n} accounts, DR", n=formats.whole(owing))),
        card(t("Overdue"), "overdue", "debit", Show.ARREARS, t("past the due date, not disputed")),
        card(t("Overpaid"), "overpaid", "credit", Show.OVERPAID, t("{n} accounts, CR", n=formats.whole(overpaid))),
        {
            "label": t("Accounts in arrears"),
            "lines": [(formats.whole(arrears), t("of {n}", n=formats.whole(accounts)))],
            "tone": "",
            "note": t("{n} % of all accounts", n=arrears * 100 // accounts if accounts else 0),
            "href": str(_only(address, Show.ARREARS)),
        },
    ]  # fmt: skip


def _only(address: Address, show: Show) -> Address:
    """The list of some accounts; those in arrears begin with the most overdue, the overpaid with the most overpaid."""
    sort = {Show.ARREARS: "-overdue", Show.OVERPAID: "balance"}.get(show)
    return address.with_(q=None, sort=sort, show=None if show is Show.ALL else show.value)


def _shows(figures: Sequence[KeyFigures], address: Address, asked: CustomerQuery) -> list[tuple[str, str, str, bool]]:
    """The row of buttons that narrow the list, with how many accounts each shows."""
    chosen = [k for k in figures if asked.currency in {None, k.currency}]
    counts = {
        Show.ALL: sum(k.accounts for k in chosen),
        Show.OWING: sum(k.owing for k in chosen),
        Show.ARREARS: sum(k.arrears for k in chosen),
        Show.OVERPAID: sum(k.overpaid_accounts for k in chosen),
        Show.INCOMPLETE: sum(k.incomplete for k in chosen),
        Show.STOPPED: sum(k.stopped for k in chosen),
    }
    return [
        (t(label), formats.whole(counts[show]), str(_only(address, show)), not asked.q and show is asked.show)
        for show, label in SHOWN.items()
        if counts[show] or show in {Show.ALL, asked.show}
    ]


def _grid(found: paging.Page[RankedAccount], address: Address, asked: CustomerQuery, has_accounts: bool) -> Grid:
    sorting = address.with_(sort=None) if asked.q else address
    first, following = pages(address, asked.cursor, found.next)
    columns = [replace(column, label=t(column.label)) for column in COLUMNS]
    return Grid(
        name="customers",
        caption=t("Customer accounts and what they owe"),
        heads=heads(columns, sorting, asked.by, descending=asked.descending, sortable=not asked.q),
        rows=tuple(_row(account) for account in found.items),
        empty=_empty(asked, address, has_accounts),
        sums=tuple((key, t(label).lower(), signed) for key, label, signed in SUMS),
        first=first,
        next=following,
        files=files(address, "/customers", "xlsx", "csv"),
    )


def _row(a: RankedAccount) -> Row:
    marks = (("amber", t("Incomplete")),) if a.incomplete else ()
    missing = t("Missing: {fields}", fields=", ".join(missing_fields(a))) if a.incomplete else ""
    own_code = a.customer if a.customer != a.account else ""
    label, tone = formats.STATES.get(a.state, (a.state, "grey"))
    return Row(
        key=a.account,
        label=f"{a.name}, {a.account}",
        cells=(
            Cell(a.name, "link", href=account_path(a.account), sub=own_code, marks=marks, title=missing),
            Cell(a.account, tone="quiet"),
            Cell(a.country or "", tone="quiet", title=country_name(a.country)),
            balance_cell(a.balance, a.currency),
            Cell(formats.money(a.overdue, a.currency), "money", "debit" if a.overdue else "quiet"),
            Cell(a.currency, tone="quiet"),
            Cell(t(label), "dot", tone),
        ),
        unit=a.currency,
        decimals=exponent(a.currency),
        sums={"balance": formats.micros(a.balance), "overdue": formats.micros(a.overdue)},
    )  # fmt: skip


def missing_fields(a: RankedAccount) -> list[str]:
    """What an account's customer lacks, in words, from the places of the fields in the form."""
    labels = _labels()
    return [t(labels.get(name, name)) for name in (path.rpartition(".")[2] for path in a.incomplete)]


@cache
def _labels() -> Mapping[str, str]:
    return {field.name: field.label for kind in CustomerKind for tab in creation_form(kind) for field in tab.fields}


def balance_cell(balance: Decimal, currency: str) -> Cell:
    """A balance: its size, and DR or CR in words and colour."""
    return Cell(
        formats.size(balance, currency),
        "money",
        formats.DIRECTIONS[formats.direction(balance)],
        sub=formats.direction_word(balance),
    )


def _empty(asked: CustomerQuery, address: Address, has_accounts: bool) -> Empty:
    if asked.q:
        narrowed = t("Filters are on, too.") if asked.count else ""
        return Empty(
            t("No customer fits “{q}”", q=asked.q),
            t(
                "Every word must begin a word of the customer's code, name, account, country or registration number."
                " Try fewer words, or fewer letters."
            )
            + (f" {narrowed}" if narrowed else ""),
            href=str(address.only("q")) if narrowed else "/",
            action=t("Search without filters") if narrowed else t("Show all customers"),
        )
    if has_accounts or asked.narrowed:
        return Empty(
            t("No account is like that"),
            t("That is good news, or the filter is too narrow."),
            href="/",
            action=t("Show all customers"),
        )
    return Empty(
        t("No customers yet"),
        t(
            "Add one by hand, or bring in a list of invoices: their customers are created with them."
            " Or load the demo company to look around."
        ),
        commands=("solde import receivables FILE.csv", "solde demo"),
    )


route_handlers = [customers_page]
