"""The lists of accounting: entries of the journal, and files of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import msgspec

from solde.access import Permission
from solde.customers import find_account
from solde.db import Connection
from solde.kernel.paging import Page, check_limit, encode_cursor, number_in
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refused, refuse
from solde.listings.columns import Column, ColumnKind, Target
from solde.listings.filters import (
    AmountFrom,
    AmountUntil,
    Currency,
    DateFrom,
    DateUntil,
    Filter,
    SellerId,
    search,
)
from solde.listings.listing import Empty, Listing
from solde.listings.options import Options

from .export_model import Export
from .exports import list_exports
from .journal import list_entries, list_journals
from .model import EntryFilter, JournalEntry
from .schemes import list_general_accounts
from .shapes import EntryShape, ExportShape, entry_shape, export_shape

TAG = "Accounting"


async def _journals(conn: Connection, _seller_id: int | None) -> Sequence[tuple[str, str]]:
    return list((await list_journals(conn)).items())


async def _general_accounts(conn: Connection, _seller_id: int | None) -> Sequence[tuple[str, str]]:
    return [(one.code, f"{one.code} {one.label}") for one in await list_general_accounts(conn)]


JOURNALS, GENERAL_ACCOUNTS = Options(find=_journals), Options(find=_general_accounts)


class JournalFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries; None leaves a condition out."""

    seller_id: SellerId = None
    q: Annotated[
        str | None,
        search("Search label, customer account", "A text in the label, the reference or the customer account."),
    ] = None
    date_from: DateFrom = None
    date_until: DateUntil = None
    journal: Annotated[str | None, Filter(label="Journal", help="Code of a journal.", options=JOURNALS)] = None
    general_account: Annotated[
        str | None, Filter(label="Account", help="Code of a general account.", options=GENERAL_ACCOUNTS)
    ] = None
    account: Annotated[str | None, Filter(label="Customer account", help="Code of a customer account.")] = None
    amount_from: AmountFrom = None
    amount_until: AmountUntil = None
    currency: Currency = None


async def entries_chosen(conn: Connection, chosen: JournalFilter) -> EntryFilter:
    """The filter of the store; refuses unknown_account."""
    account_id = None
    if chosen.account is not None:
        found = await find_account(conn, chosen.account)
        if found is None or chosen.seller_id not in {None, found.seller_id}:
            raise Refused(refuse(UNKNOWN_ACCOUNT, "there is no account {code!r}", code=chosen.account, field="account"))
        account_id = found.account_id
    return EntryFilter(
        from_on=chosen.date_from, until_on=chosen.date_until, journal=chosen.journal, general_account=chosen.general_account,
        account_id=account_id, seller_id=chosen.seller_id, currency=chosen.currency, text=chosen.q,
        amount_from=chosen.amount_from, amount_until=chosen.amount_until,
    )  # fmt: skip


async def _entries(
    conn: Connection,
    chosen: JournalFilter,
    *,
    sort: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[JournalEntry]:
    assert sort is None, "the journal has one order"
    return await list_entries(conn, await entries_chosen(conn, chosen), limit=limit, cursor=cursor)


def _or_none(amount: Decimal) -> Decimal | None:
    return amount or None


JOURNAL: Listing[JournalFilter, JournalEntry] = Listing(
    name="journal",
    title="Journal",
    item="ListedJournalEntry",
    api="/journal-entries",
    command="accounting entries",
    tag=TAG,
    help="List journal entries, newest first; those of an operation stand together.",
    permission=Permission.JOURNAL,
    filters=JournalFilter,
    find=_entries,
    gives=EntryShape,
    shape=entry_shape,
    key=lambda e: f"{e.account_id}-{e.number}-{e.line}",
    row=lambda e: f"{e.piece} {e.general_account}",
    unit=lambda e: e.currency,
    caption="Entries, newest first",
    search="Search entries",
    empty=Empty(
        "No entries", "Entries are made from operations, each night or when somebody asks for it. Take off filters to see more."
    ),
    unfit="No entries",
    columns=(
        Column("date", "Date", lambda e: e.accounting_on, ColumnKind.DAY, fixed=True, width=12),
        Column("journal", "Journal", lambda e: e.journal, tone="quiet", spare=2, width=8),
        Column("entry", "Entry", lambda e: e.piece, tone="quiet", spare=5, width=18),
        Column("general_account", "Account", lambda e: e.general_account, fixed=True, width=12, title=lambda e, _: e.general_label),
        Column("label", "Label", lambda e: e.label, place="lead", width=32, title=lambda e, _: e.label),
        Column("reference", "Reference", lambda e: e.reference, optional=True, tone="quiet", spare=4, width=20, title=lambda e, _: e.reference or ""),
        Column(
            "auxiliary", "Customer account", lambda e: e.auxiliary, optional=True, width=16,
            leads=lambda e: (Target.ACCOUNT, (e.auxiliary,)) if e.auxiliary else None,
        ),
        Column("customer", "Customer", lambda e: e.customer, optional=True, tone="quiet", spare=3, width=28, title=lambda e, _: e.customer or ""),
        Column("debit", "Debit", lambda e: e.debit, ColumnKind.MONEY, blank=lambda e: not e.debit, place="value", fixed=True, width=16, summed=True),
        Column("credit", "Credit", lambda e: e.credit, ColumnKind.MONEY, blank=lambda e: not e.credit, place="value", fixed=True, width=16, summed=True),
        Column("lettering", "Letters", lambda e: e.letters, tone="quiet", width=10),
        Column("currency", "Currency", lambda e: e.currency, tone="quiet", spare=6, width=10),
        Column("general_label", "Account label", lambda e: e.general_label, shipped=True, aside=True, width=28),
        Column("operation", "Operation", lambda e: e.number, ColumnKind.COUNT, aside=True, width=10),
        Column("tax_code", "Tax", lambda e: e.tax_code, optional=True, aside=True, width=10),
        Column("recorded_at", "Recorded", lambda e: e.recorded_at, ColumnKind.INSTANT, tone="quiet", aside=True, width=24),
    ),
)  # fmt: skip


class ExportFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which files of entries."""

    seller_id: SellerId = None


async def _exports(
    conn: Connection,
    chosen: ExportFilter,
    *,
    sort: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[Export]:
    assert sort is None, "files of entries have one order"
    size = check_limit(limit)
    found = await list_exports(conn, seller_id=chosen.seller_id, before=number_in(cursor), limit=size + 1)
    return Page(found[:size], encode_cursor([found[size - 1].export_id]) if len(found) > size else None)


WORDS = {"fec": "FEC", "csv": "CSV", "xlsx": "Excel", "jsonl": "JSON Lines"}


def _under(one: Export) -> Sequence[str]:
    return [part for part in (WORDS[one.asked.form], one.seller, one.asked.currency) if part]


EXPORTS: Listing[ExportFilter, Export] = Listing(
    name="accounting-exports",
    title="Exports of entries",
    item="ListedAccountingExport",
    api="/accounting-exports",
    command="accounting exports",
    tag=TAG,
    help="List the files of entries that were asked for, newest first.",
    permission=Permission.JOURNAL,
    filters=ExportFilter,
    find=_exports,
    gives=ExportShape,
    shape=export_shape,
    key=lambda e: str(e.export_id),
    row=lambda e: e.file_name,
    unit=lambda e: e.asked.currency or "EUR",
    caption="Files of entries, newest first",
    empty=Empty(
        "No file yet",
        "A file holds the entries of some days, as they were when it was asked for. Export entries makes the first.",
    ),
    unfit="No file yet",
    columns=(
        Column(
            "file", "File", lambda e: e.file_name, place="lead", fixed=True, width=32,
            under=lambda e, t: " ".join([*_under(e), *([t("no longer kept")] if e.rows is not None and not e.has_file else [])]),
            leads=lambda e: (Target.ACCOUNTING_FILE, (e.export_id,)) if e.has_file else None,
        ),
        Column("from", "From", lambda e: e.asked.from_on, ColumnKind.DAY, width=12),
        Column("until", "Until", lambda e: e.asked.until_on, ColumnKind.DAY, width=12),
        Column(
            "rows", "Entries", lambda e: e.rows, ColumnKind.COUNT, optional=True, width=12, absent=lambda _, t: t("not written yet"),
            tone=lambda e: "quiet" if e.rows is None else "",
        ),
        Column("debit", "Debit", lambda e: e.debit, ColumnKind.MONEY, optional=True, place="value", width=18),
        Column("credit", "Credit", lambda e: e.credit, ColumnKind.MONEY, optional=True, width=18),
        Column("sha256", "Digest (SHA-256)", lambda e: e.sha256, optional=True, tone="quiet", spare=3, width=20, text=lambda e, _: (e.sha256 or "")[:16], title=lambda e, _: e.sha256 or ""),
        Column("known_at", "As of", lambda e: e.known_at, ColumnKind.INSTANT, tone="quiet", spare=2, width=24),
        Column("created_by", "By", lambda e: e.created_by, tone="quiet", spare=4, width=20),
    ),
)  # fmt: skip

LISTINGS = (JOURNAL, EXPORTS)
