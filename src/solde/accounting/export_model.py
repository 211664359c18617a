"""Values of exports of entries: what is asked for, what was written, a line of a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import msgspec

MEDIA = {
    "fec": "text/plain", "csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
"""The media type of each form of file."""


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of entries shall hold, and how."""

    form: str
    from_on: date
    until_on: date
    seller_id: int | None = None
    currency: str | None = None
    siren: str | None = None
    separator: str = "tab"
    encoding: str = "utf-8"


class Names(msgspec.Struct, frozen=True):
    """What journals and general accounts were called, and the currency of the seller."""

    journals: dict[str, str]
    accounts: dict[str, str]
    own_currency: str | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """An export: what was asked, at which moment it stands, and what came of it; `rows` is None until it was written."""

    export_id: int
    asked: ExportRequest
    file_name: str
    known_at: datetime
    names: Names
    rows: int | None
    debit: Decimal | None
    credit: Decimal | None
    bytes: int | None
    sha256: str | None
    created_by: str
    created_at: datetime
    seller: str | None
    has_file: bool


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as a file holds it; `letters` and `lettered_on` where it was wholly matched by then."""

    account_id: int
    number: int
    line: int
    accounting_on: date
    journal: str
    sequence: int
    general_account: str
    auxiliary: str | None
    customer: str | None
    label: str
    reference: str | None
    operation_on: date
    side: int
    amount: Decimal
    currency: str
    groups: tuple[int, ...]
    lettered_on: date | None
    recorded_on: date
    tax_code: str | None
    analytic_1: str | None
    analytic_2: str | None
    analytic_3: str | None


@dataclass(frozen=True, slots=True)
class WrittenExport:
    """What was written of an export."""

    rows: int
    debit: Decimal
    credit: Decimal
    bytes: int
    sha256: str
