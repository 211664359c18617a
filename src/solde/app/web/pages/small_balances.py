"""Small balances: what is so little that it is given up, seen first, then written off by a job."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO

import msgspec
from litestar import Response
from litestar.response import Redirect, Stream

from solde.access import Permission
from solde.app.jobs import Pace
from solde.app.jobs.small import PROPOSED, SmallWish, limits_of
from solde.approvals import Executed, Proposal
from solde.customers import Seller, list_sellers
from solde.customers.rules.world import currency_names, read_currency
from solde.db import Connection
from solde.extracts import Field
from solde.extracts import FieldKind as FileKind
from solde.kernel.dates import today_in
from solde.kernel.money import ZERO, plain
from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse
from solde.operations import Types
from solde.payments import SmallBalance, list_small_balances
from solde.payments.rules import check_reason

from .. import formats
from ..addresses import Address, account_path
from ..form_errors import by_field
from ..grid import Cell, Column, Empty, Grid, Row, files, heads
from ..i18n import t
from ..list_files import Listing, answer_with, write_list
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..visitors import Visitor
from .actions.typed import FieldReader, FormFields
from .jobs import translated
from .receipts import tabs

NOTHING_SMALL = declare(
    "no_small_balances", Kind.CONFLICT, "Raise what counts as small, or leave it: nothing is to do."
)

PLACE = "/payments/small-balances"
COLUMNS = (
    Column("account", "Account", place="lead", fixed=True),
    Column("items", "Open operations", kind="money"),
    Column("debit", "Open debit", kind="money"),
    Column("credit", "Open credit", kind="money"),
    Column("balance", "Would be given up", kind="money", place="value", fixed=True),
)
FIELDS: Mapping[str, Sequence[Field[SmallBalance]]] = {
    "account": (Field("account", "Account", width=20, of=lambda one: one.account or str(one.account_id)),),
    "items": (Field("items", "Open operations", FileKind.COUNT, of=lambda one: one.items),),
    "debit": (Field("debit", "Open debit", FileKind.MONEY, 16, of=lambda one: one.debit),),
    "credit": (Field("credit", "Open credit", FileKind.MONEY, 16, of=lambda one: one.credit),),
    "balance": (
        Field("balance", "Would be given up", FileKind.MONEY, 18, of=lambda one: one.balance),
        Field("direction", "DR/CR", width=8, of=lambda one: formats.direction_word(one.balance)),
    ),
}
SLICE = 2000
SHOWN_MOST = 200


@dataclass(slots=True)
class Found:
    """The accounts whose balance is small: the first of them, how many, and what they owe and overpaid together."""

    first: list[SmallBalance]
    accounts: int = 0
    owed: Decimal = ZERO
    overpaid: Decimal = ZERO

    @property
    def size(self) -> Decimal:
        """What is given up on either side together."""
        return self.owed + self.overpaid


@web_page(PLACE, name="small_balances", permission=Permission.WRITE_OFFS, feature="write_offs")
async def small_page(page: Page) -> Response[str]:
    """What a run would give up, before anything is."""
    given = dict(page.query)
    async with page.reading() as conn:
        sellers = await _sellers(conn, page.visitor)
        fields = _fields(given, sellers[0], page)
        wish = _read(given, sellers, page) if given.get("most") else None
        found = await _find(conn, wish, await page.services.types.get()) if isinstance(wish, SmallWish) else None
    wrong, rest = by_field(wish, set(fields)) if isinstance(wish, list) else ({}, [])
    return page.show(
        "payments/small.html",
        status=422 if wrong or rest else 200,
        title=t("Small balances"),
        tabs=tabs(page.visitor, PLACE),
        fields=fields,
        sellers=[(one.code, one.name) for one in sellers],
        currencies=list(currency_names()),
        wrong=wrong,
        rest=rest,
        found=None if found is None else _figures(found, fields["currency"]),
        grid=None if found is None else _grid(found, fields["currency"], Address(PLACE, list(fields.items()))),
        act=str(Address(f"{PLACE}/write-off", [(n, v) for n, v in fields.items()])),
    )


async def _sellers(conn: Connection, visitor: Visitor) -> list[Seller]:
    return [one for one in await list_sellers(conn) if visitor.seller_id in {None, one.seller_id}]


def _fields(given: Mapping[str, str], seller: Seller, page: Page) -> dict[str, str]:
    today = today_in(seller.time_zone, page.now())
    return {
        "currency": given.get("currency", seller.currency).strip().upper()[:3],
        "most": given.get("most", ""),
        "due_before": given.get("due_before", today.isoformat()),
        "seller": given.get("seller", ""),
    }


def _read(given: Mapping[str, str], sellers: list[Seller], page: Page) -> SmallWish | list[Refusal]:
    """What counts as small, as typed; or every reason why it cannot be read."""
    typed = FieldReader(FormFields(given.items()), (given.get("currency") or "").strip().upper())
    most, due_before = typed.amount("most"), typed.day("due_before", _today(sellers[0], page))
    code = typed.text("currency", needed=True)
    currency = None if code is None else read_currency(code)
    chosen = next((one for one in sellers if one.code == given.get("seller")), None)
    if len(sellers) == 1:
        chosen = sellers[0]
    if isinstance(currency, Refusal):
        typed.refusals.append(currency.at(field="currency"))
    if typed.refusals or most is None or due_before is None or currency is None or isinstance(currency, Refusal):
        return typed.refusals
    return SmallWish(
        currency=currency, most=plain(most), due_before=due_before.isoformat(), accounts=0,
        reason=(given.get("reason") or "").strip(), seller=None if chosen is None else chosen.code,
        seller_id=None if chosen is None else chosen.seller_id,
    )  # fmt: skip


def _today(seller: Seller, page: Page) -> date:
    return today_in(seller.time_zone, page.now())


async def _find(conn: Connection, wish: SmallWish, types: Types) -> Found:
    """Every account that a run would touch, slice by slice: only the first are kept."""
    found = Found([])
    async for part in _slices(conn, wish, types):
        found.first += part[: SHOWN_MOST - len(found.first)]
        found.accounts += len(part)
        found.owed += sum((one.balance for one in part if one.balance > 0), ZERO)
        found.overpaid -= sum((one.balance for one in part if one.balance < 0), ZERO)
    return found


async def _slices(conn: Connection, wish: SmallWish, types: Types) -> AsyncIterator[Sequence[SmallBalance]]:
    after = 0
    while part := await list_small_balances(conn, limits_of(wish), types, after=after, limit=SLICE):
        yield part
        after = part[-1].account_id


def _figures(found: Found, currency: str) -> dict[str, object]:
    return {
        "accounts": formats.whole(found.accounts),
        "owed": formats.money(found.owed, currency),
        "overpaid": formats.money(found.overpaid, currency),
        "size": formats.money(found.size, currency),
        "shown": formats.whole(len(found.first)) if found.accounts > len(found.first) else "",
        "any": found.accounts > 0,
    }


@web_page([f"{PLACE}.xlsx", f"{PLACE}.csv"], name="small_balances_file", permission=Permission.WRITE_OFFS)
async def small_file(page: Page) -> Stream | Redirect:
    """All of what a run would give up, as a file."""
    types = await page.services.types.get()

    async def write(out: IO[bytes], pace: Pace) -> str:
        async with page.reading() as conn:
            sellers = await _sellers(conn, page.visitor)
            fields = _fields(dict(page.query), sellers[0], page)
            wish = _read(fields, sellers, page)
            if isinstance(wish, list):
                raise Refused(wish)
            listing = Listing(
                "small-balances",
                "Small balances",
                COLUMNS,
                FIELDS,
                lambda _: wish.currency,
                ("debit", "credit", "balance"),
            )
            slices = _slices(conn, wish, types)
            await write_list(page, out, listing, slices, pace)
            return f"small-balances-{wish.currency}-{wish.due_before}"

    return await answer_with(page, "Small balances", write)


def _grid(found: Found, currency: str, address: Address) -> Grid:
    return Grid(
        name="small-balances",
        caption=t("Accounts of which little is open"),
        heads=heads(translated(COLUMNS), Address(PLACE), "", descending=False, sortable=False),
        rows=tuple(_row(one, currency) for one in found.first),
        empty=Empty(
            t("No balance is that small"),
            t(
                "Only accounts count whose whole open amount is due, none of it disputed, and that close at most the amount given."
            ),
        ),
        sums=(("balance", t("given up"), True),),
        files=files(address, PLACE) if found.first else (),
    )


def _row(one: SmallBalance, currency: str) -> Row:
    code = one.account or str(one.account_id)
    tone = formats.DIRECTIONS[formats.direction(one.balance)]
    return Row(
        key=code,
        label=code,
        cells=(
            Cell(code, "link", href=account_path(code)),
            Cell(formats.whole(one.items), "money", "quiet"),
            Cell(formats.money(one.debit, currency), "money"),
            Cell(formats.money(one.credit, currency), "money"),
            Cell(formats.size(one.balance, currency), "money", tone, sub=formats.direction_word(one.balance)),
        ),
        unit=currency,
        sums={"balance": formats.micros(one.balance)},
    )


@web_page(f"{PLACE}/write-off", name="small_write_off", permission=Permission.WRITE_OFFS, feature="write_offs")
async def small_form(page: Page) -> Response[str]:
    """Ask whether all of them are to be given up, and why."""
    return await _dialog(page, dict(page.query))


@web_form(f"{PLACE}/write-off", everywhere=False, permission=Permission.WRITE_OFFS, feature="write_offs")
async def start_small(page: Page, data: Form) -> Response[str] | Redirect:
    """Start the job that writes them off, or let it wait for a second person."""
    try:
        return await act_once(page, data, lambda conn: _started(page, conn, data))
    except Refused as refused:
        return await _dialog(page, data, refused)


async def _started(page: Page, conn: Connection, data: Mapping[str, str]) -> Done:
    sellers = await _sellers(conn, page.visitor)
    wish = _read(data, sellers, page)
    if isinstance(wish, list):
        raise Refused(wish)
    if (bad := check_reason(wish.reason)) is not None:
        raise Refused(bad)
    found = await _find(conn, wish, await page.services.types.get())
    if not found.accounts:
        raise Refused(refuse(NOTHING_SMALL, "no account has so small a balance"))
    approvals = page.services.approvals
    content = msgspec.to_builtins(msgspec.structs.replace(wish, accounts=found.accounts))
    proposal = Proposal(
        PROPOSED, 0, found.size, wish.currency, content, page.visitor.actor, page.visitor.role, wish.reason
    )
    now = page.now()
    made = await approvals.submit(conn, proposal, now=now, today=_today(sellers[0], page))
    if isinstance(made, Executed):
        job = msgspec.convert(made.answer, dict[str, int])["job"]
        return Done(f"/jobs/{job}", t("The write-off has begun."))
    return Done(PLACE, t("Waits for approval"), "wait", f"/approvals/{made.approval_id}", t("Show"))


async def _dialog(page: Page, data: Mapping[str, str], refused: Refused | None = None) -> Response[str]:
    async with page.reading() as conn:
        sellers = await _sellers(conn, page.visitor)
        fields = _fields(data, sellers[0], page)
        wish = _read(data, sellers, page)
        if isinstance(wish, list):
            raise Refused(wish)
        found = await _find(conn, wish, await page.services.types.get())
    wrong, rest = by_field(refused.refusals, {"reason"}) if refused else ({}, [])
    return page.show(
        "payments/small_write_off.html",
        status=422 if refused else 200,
        title=t("Write small balances off"),
        back=str(Address(PLACE, list(fields.items()))),
        key=data.get("key", ""),
        fields=fields,
        found=_figures(found, wish.currency),
        reason=data.get("reason", ""),
        wrong=wrong,
        rest=rest,
    )


route_handlers = [small_page, small_file, small_form, start_small]
