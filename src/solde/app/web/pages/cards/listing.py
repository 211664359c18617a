"""The card transactions of all accounts: what was asked of the gateway, and what a person has to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import IO, TypeVar

from litestar import Response
from litestar.response import Redirect, Stream

from solde.app.jobs import Pace
from solde.cards import CardKind, CardState, ListedTransaction, TransactionSearch, list_all_transactions
from solde.extracts import Field, Kind
from solde.kernel import paging
from solde.kernel.money import exponent
from solde.kernel.paging import LIMIT_MOST
from solde.kernel.refusals import Refusal, Refused, refuse

from ... import formats
from ...addresses import Address, account_path, customer_path
from ...days import instant_in_file, read_day
from ...filters import UNREADABLE, Chip
from ...grid import Cell, Column, Empty, Grid, Row, files, heads, pages
from ...i18n import t
from ...list_files import Listing, answer_with, every_page, write_list
from ...page import Page, web_page
from ...wording import worded
from ..receipts import tabs
from .tab import FEATURE, KINDS, STATES, state_of, transaction_path

PLACE = "/payments/cards"
COLUMNS = (
    Column("date", "Date", kind="date", fixed=True),
    Column("customer", "Customer", place="lead", fixed=True),
    Column("account", "Account"),
    Column("what", "Transaction"),
    Column("card", "Card"),
    Column("state", "State", place="value"),
    Column("amount", "Amount", kind="money", fixed=True),
    Column("currency", "Currency"),
    Column("by", "Asked by"),
    Column("look", "To look at"),
)
FILTERS: Mapping[str, str] = {
    "kind": "Transaction",
    "state": "State",
    "attention": "To look at",
    "from": "Date from",
    "until": "Date until",
    "account": "Account",
}
KEPT = ("q", *FILTERS)
VALUE_MOST = 200
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; `wrong` says by field what of it cannot be read."""

    chosen: TransactionSearch
    wrong: Mapping[str, str]


def read_asked(given: Mapping[str, str], seller_id: int | None) -> Asked:
    """Read an address; what cannot be read is left out and told."""
    texts = {name: (given.get(name) or "").replace("\0", "").strip()[:VALUE_MOST] or None for name in KEPT}
    wrong: dict[str, str] = {}

    def day(name: str) -> date | None:
        read = None if texts[name] is None else read_day(texts[name] or "")
        if isinstance(read, Refusal):
            wrong[name] = worded(read.message)
            return None
        return read

    def member(name: str, known: type[E]) -> tuple[E, ...]:
        text = texts[name]
        if text is not None and text not in set(known):
            wrong[name] = t("{value} is not known", value=text)
            return ()
        return () if text is None else (known(text),)

    chosen = TransactionSearch(
        seller_id, texts["account"], texts["q"], member("kind", CardKind), member("state", CardState), day("from"),
        day("until"), texts["attention"] == "true",
    )  # fmt: skip
    return Asked(chosen, wrong)


@web_page(PLACE, name="card_transactions", feature=FEATURE)
async def transactions_page(page: Page) -> Response[str]:
    """The card transactions that the address asks for, newest first."""
    given = dict(page.query)
    asked, cursor = read_asked(given, page.visitor.seller_id), given.get("cursor") or None
    async with page.reading() as conn:
        found = await list_all_transactions(conn, asked.chosen, limit=page.preferences.rows, cursor=cursor)
    address = Address(PLACE, [(name, given[name]) for name in KEPT if given.get(name)])
    return page.show(
        "cards/listing.html",
        title=t("Payments"),
        tabs=tabs(page.visitor, PLACE),
        q=asked.chosen.text or "",
        wrong=dict(asked.wrong),
        values={name: given.get(name, "") for name in FILTERS},
        kinds=[(kind.value, t(label)) for kind, label in KINDS.items()],
        states=[(state.value, t(label)) for state, (label, _) in STATES.items()],
        only=[("true", t("Only what a person has to look at"))],
        action=PLACE,
        search_hidden=address.hidden("q"),
        hidden=address.hidden(*FILTERS),
        count=sum(1 for name in FILTERS if given.get(name) and name not in asked.wrong),
        on=_chips(address, asked),
        clear=str(address.only()),
        grid=_grid(found, address, cursor),
    )


def _chips(address: Address, asked: Asked) -> list[Chip]:
    """The filters that are on, each with a way to take it off."""
    said: Mapping[str, Mapping[str, str]] = {
        "kind": {kind.value: t(label) for kind, label in KINDS.items()},
        "state": {state.value: t(label) for state, (label, _) in STATES.items()},
        "attention": {"true": t("only")},
    }
    return [
        Chip(
            t("{name}: {value}", name=t(FILTERS[name]), value=said.get(name, {}).get(value, value)),
            str(address.without(name, value)),
        )
        for name, value in address.parameters
        if name in FILTERS and name not in asked.wrong
    ]


def _grid(found: paging.Page[ListedTransaction], address: Address, cursor: str | None) -> Grid:
    first, following = pages(address, cursor, found.next)
    columns = [replace(one, label=t(one.label)) for one in COLUMNS]
    return Grid(
        name="card-transactions",
        caption=t("Card transactions of all accounts"),
        heads=heads(columns, address, "", descending=True, sortable=False),
        rows=tuple(_row(one) for one in found.items),
        empty=_empty(address),
        sums=(("amount", t("amount"), False),),
        first=first,
        next=following,
        files=files(address, PLACE),
    )


def _row(one: ListedTransaction) -> Row:
    asked = one.transaction
    label, tone = state_of(asked)
    what, cards = what_of(one), f"{customer_path(one.customer, 'cards')}?account={one.account}"
    return Row(
        key=f"{asked.account_id}-{asked.number}",
        label=f"{one.name or one.customer}, {what}",
        cells=(
            Cell(formats.instant(asked.created_at), "date"),
            Cell(one.name or one.customer, "link", href=cards),
            Cell(one.account, "link", href=account_path(one.account)),
            Cell(what, "link", href=transaction_path(one.account, asked.number)),
            Cell(card_of(one), tone="quiet"),
            Cell(label, "dot", tone, title=asked.code or ""),
            Cell(formats.money(asked.amount, asked.currency), "money"),
            Cell(asked.currency, tone="quiet"),
            Cell(asked.actor, tone="quiet"),
            Cell(look_of(one), tone="red"),
        ),
        unit=asked.currency,
        decimals=exponent(asked.currency),
        sums={"amount": formats.micros(asked.amount)},
    )


def what_of(one: ListedTransaction) -> str:
    """What was asked, and its number on the account."""
    return f"{t(KINDS[one.transaction.kind])} {one.transaction.number}"


def card_of(one: ListedTransaction) -> str:
    """The card, as people call it."""
    return "" if one.brand is None else f"{one.brand.capitalize()} •••• {one.last4}"


def look_of(one: ListedTransaction) -> str:
    """Why a person has to look at it; empty where nobody has."""
    return t(one.transaction.alert or one.task or "") if one.transaction.alert or one.task else ""


def _empty(address: Address) -> Empty:
    if address.parameters:
        return Empty(
            t("No card transaction fits these filters"),
            t("Take some of them off to see more."),
            href=str(address.only()),
            action=t("Clear the filters"),
        )
    return Empty(
        t("No card transactions yet"),
        t(
            "They appear here once a card is charged or authorized: in the Cards tab of a customer, by the wizard, or through the HTTP API."
        ),
    )


FIELDS: Mapping[str, Sequence[Field[ListedTransaction]]] = {
    "date": (Field("date", "Date", width=20, of=lambda one: instant_in_file(one.transaction.created_at)),),
    "customer": (Field("customer", "Customer", width=36, of=lambda one: one.name or one.customer),),
    "account": (Field("account", "Account", width=20, of=lambda one: one.account),),
    "what": (Field("what", "Transaction", width=24, of=what_of),),
    "card": (Field("card", "Card", width=20, of=card_of),),
    "state": (Field("state", "State", width=20, of=lambda one: state_of(one.transaction)[0]),),
    "amount": (Field("amount", "Amount", Kind.MONEY, 16, of=lambda one: one.transaction.amount),),
    "currency": (Field("currency", "Currency", width=10, of=lambda one: one.transaction.currency),),
    "by": (Field("by", "Asked by", width=20, of=lambda one: one.transaction.actor),),
    "look": (Field("look", "To look at", width=40, of=look_of),),
}
LISTING = Listing("card-transactions", "Card transactions", COLUMNS, FIELDS)


@web_page([f"{PLACE}.xlsx", f"{PLACE}.csv"], name="card_transactions_file", feature=FEATURE)
async def transactions_file(page: Page) -> Stream | Redirect:
    """The card transactions that the address asks for, all pages, as a file.

    Refuses: unreadable_filter.
    """
    asked = read_asked(dict(page.query), page.visitor.seller_id)
    if asked.wrong:
        raise Refused([refuse(UNREADABLE, text, field=name) for name, text in asked.wrong.items()])

    async def write(out: IO[bytes], pace: Pace) -> str:
        async with page.reading() as conn:
            found = every_page(
                lambda cursor: list_all_transactions(conn, asked.chosen, limit=LIMIT_MOST, cursor=cursor)
            )
            await write_list(page, out, LISTING, found, pace)
            return f"card-transactions-{await page.today(conn)}"

    return await answer_with(page, LISTING.title, write)


route_handlers = [transactions_page, transactions_file]
