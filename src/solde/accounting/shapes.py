"""JSON shapes of accounting."""

from __future__ import annotations

import datetime
from typing import Annotated

from msgspec import Meta, Struct, field

from solde.access.http import Instant
from solde.kernel.dates import format_instant
from solde.kernel.money import ZERO, plain
from solde.kernel.versions import version_of

from .export_model import Export
from .model import Balanced, Drawn, GeneralAccount, Journal, JournalEntry, Scheme, SchemeLine
from .rules import TaxRate
from .schemes import SchemeTrial


class EntryShape(Struct, frozen=True):
    """An entry of the journal. `lettering` names the matches its operation stands in, on the customer's line."""

    date: datetime.date
    journal: str
    entry: Annotated[str, Meta(description="Its piece in the journal.", examples=["SAL-2026-17"])]
    operation: int
    line: int
    general_account: str
    general_label: str
    auxiliary: str | None
    customer: str | None
    label: str
    reference: str | None
    debit: str
    credit: str
    currency: str
    lettering: str
    tax_code: str | None
    analytics: list[str | None]
    scheme: str
    scheme_version: int
    recorded_at: Instant


class ExportShape(Struct, frozen=True):
    """An export: what was asked for, as of which instant; figures and digest are null until the file was written."""

    id: int
    format: str
    file: str
    from_: datetime.date = field(name="from")
    until: datetime.date
    seller: str | None
    currency: str | None
    known_at: Instant
    rows: int | None
    debit: str | None
    credit: str | None
    bytes: int | None
    sha256: str | None
    has_file: bool
    created_by: str
    created_at: Instant
    job: Annotated[int | None, Meta(description="The job that writes it, where one was just started.")] = None


class BalancedShape(Struct, frozen=True):
    """A general account: balance before, what moved, balance after; a debit balance is above zero."""

    general_account: str
    label: str
    currency: str
    opening: str
    debit: str
    credit: str
    closing: str


class TrialBalance(Struct, frozen=True):
    """Every general account that moved."""

    items: list[BalancedShape]


class SchemeShape(Struct, frozen=True):
    """A scheme as it is in force, and the types that follow it."""

    code: str
    label: str
    version: int
    lines: list[SchemeLine]
    types: list[str]
    types_version: Annotated[int, Meta(description="Of the types that follow it: for If-Match where they are set.")]


class SchemeList(Struct, frozen=True):
    """Every scheme."""

    items: list[SchemeShape]


class DrawnShape(Struct, frozen=True):
    """An entry an operation would give; without a general account it could not be taken."""

    general_account: str | None
    auxiliary: str | None
    label: str
    debit: str
    credit: str
    tax_code: str | None


class TriedShape(Struct, frozen=True):
    """An operation, and the entries it would give."""

    type: str
    account: str | None
    operation: int
    currency: str
    entries: list[DrawnShape]


class TriedList(Struct, frozen=True):
    """The latest operations."""

    items: list[TriedShape]


class GeneralAccountShape(Struct, frozen=True):
    """What a general account is called."""

    code: str
    label: str
    receivable: bool
    version: int


class JournalShape(Struct, frozen=True):
    """What a journal is called."""

    code: str
    label: str
    version: int


class JournalList(Struct, frozen=True):
    """Every journal that has a label."""

    items: list[JournalShape]


class TaxShape(Struct, frozen=True):
    """The general account that takes the tax of a rate, in percent; without a rate what no rate explains."""

    code: str
    label: str
    rate: str | None
    account: str | None
    version: int


class TaxList(Struct, frozen=True):
    """Every tax, by rate."""

    items: list[TaxShape]


class GeneralAccountList(Struct, frozen=True):
    """Every general account that has a label."""

    items: list[GeneralAccountShape]


def entry_shape(entry: JournalEntry) -> EntryShape:
    """An entry as JSON."""
    return EntryShape(
        entry.accounting_on, entry.journal, entry.piece, entry.number, entry.line, entry.general_account,
        entry.general_label, entry.auxiliary, entry.customer, entry.label, entry.reference, plain(entry.debit),
        plain(entry.credit), entry.currency, entry.letters, entry.tax_code, list(entry.analytics), entry.scheme,
        entry.scheme_version, format_instant(entry.recorded_at),
    )  # fmt: skip


def export_shape(export: Export, job: int | None = None) -> ExportShape:
    """An export as JSON."""
    asked = export.asked
    return ExportShape(
        export.export_id, asked.form, export.file_name, asked.from_on, asked.until_on, export.seller, asked.currency,
        format_instant(export.known_at), export.rows, None if export.debit is None else plain(export.debit),
        None if export.credit is None else plain(export.credit), export.bytes, export.sha256, export.has_file,
        export.created_by, format_instant(export.created_at), job,
    )  # fmt: skip


def balanced_shape(one: Balanced) -> BalancedShape:
    """A general account as JSON."""
    return BalancedShape(
        one.general_account, one.label, one.currency, plain(one.opening), plain(one.debit), plain(one.credit),
        plain(one.closing),
    )  # fmt: skip


def scheme_shape(scheme: Scheme) -> SchemeShape:
    """A scheme as JSON."""
    return SchemeShape(
        scheme.code,
        scheme.label,
        scheme.version,
        list(scheme.lines),
        list(scheme.types),
        version_of(tuple(scheme.types)),
    )


def tried_shape(tried: SchemeTrial) -> TriedShape:
    """A trial as JSON."""
    return TriedShape(tried.code, tried.account, tried.number, tried.currency, [_drawn(e) for e in tried.entries])


def _drawn(entry: Drawn) -> DrawnShape:
    is_debit = entry.side == 1
    return DrawnShape(
        entry.general_account or None, entry.auxiliary, entry.label, plain(entry.amount if is_debit else ZERO),
        plain(ZERO if is_debit else entry.amount), entry.tax_code,
    )  # fmt: skip


def general_shape(account: GeneralAccount) -> GeneralAccountShape:
    """A general account as JSON."""
    return GeneralAccountShape(account.code, account.label, account.receivable, account.version)


def journal_shape(journal: Journal) -> JournalShape:
    """A journal as JSON."""
    return JournalShape(journal.code, journal.label, journal.version)


def tax_shape(tax: TaxRate) -> TaxShape:
    """A tax as JSON."""
    return TaxShape(tax.code, tax.label, None if tax.rate is None else plain(tax.rate), tax.account, tax.version)
