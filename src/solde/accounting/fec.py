"""The file of accounting entries that French law asks for (article A47 A-1 of the Livre des procédures fiscales): its lines, and a check.

Eighteen fields in a fixed order, tab or pipe between them, dates as AAAAMMJJ, a comma before the decimals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from solde.kernel.money import ZERO, plain

FIELDS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise",
    "Idevise",
)  # fmt: skip
MANDATORY = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "PieceRef", "PieceDate",
    "EcritureLib", "Debit", "Credit", "ValidDate",
)  # fmt: skip
PAIRS = (("CompAuxNum", "CompAuxLib"), ("EcritureLet", "DateLet"), ("Montantdevise", "Idevise"))
SEPARATORS = {"tab": "\t", "pipe": "|"}
ENCODINGS = ("utf-8", "iso-8859-15")
NAME = re.compile(r"(\d{9})FEC(\d{8})\.txt")
FAULTS_MOST = 200

_UNFIT = re.compile(r"[\x00-\x1f|\x7f]+")
_AMOUNT = re.compile(r"-?\d{1,15}(,\d{1,6})?")


def file_name(siren: str, until: date) -> str:
    """The name the law gives the file: the company, FEC, the last day."""
    return f"{siren}FEC{until:%Y%m%d}.txt"


def clean(text: str | None) -> str:
    """A text that may stand in a field."""
    return _UNFIT.sub(" ", text or "").strip()


def amount(value: Decimal) -> str:
    """An amount with a comma, two decimals at least."""
    whole, _, decimals = plain(value).partition(".")
    return f"{whole},{decimals.ljust(2, '0')}"


def day(value: date | None) -> str:
    """A day as AAAAMMJJ."""
    return "" if value is None else f"{value:%Y%m%d}"


@dataclass(slots=True)
class _Piece:
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    on: str = ""
    line: int = 0


@dataclass(slots=True)
class Checked:
    """What a check of a file found: how much it held, and every fault with its line."""

    rows: int = 0
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    faults: list[tuple[int, str]] = field(default_factory=list)
    pieces: dict[tuple[str, str], _Piece] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        """Is the file as the law wants it?"""
        return not self.faults

    def fault(self, line: int, text: str) -> None:
        """Note a fault, while there are not too many."""
        if len(self.faults) < FAULTS_MOST:
            self.faults.append((line, text))


def check_file(name: str, content: Iterable[bytes]) -> Checked:
    """Hold a file against the rules: its name, its head, every field of every line, the balance of every piece.

    `content` gives the lines with their ends.
    """
    found = Checked()
    if not NAME.fullmatch(name) or not _is_day(name[12:20]):
        found.fault(0, f"the name {name!r} is not SIREN, FEC, AAAAMMJJ and .txt")
    lines = _decoded(content, found)
    head = next(lines, "")
    separator = "|" if "|" in head else "\t"
    if tuple(head.split(separator)) != FIELDS:
        found.fault(1, "the first line does not name the eighteen fields in their order")
        return found
    for number, line in enumerate(lines, 2):
        _check_line(number, line.split(separator), found)
    for (journal, entry), piece in found.pieces.items():
        if piece.debit != piece.credit:
            found.fault(
                piece.line, f"entry {entry} of journal {journal} has {piece.debit} debit and {piece.credit} credit"
            )
    if not found.rows:
        found.fault(1, "the file holds no entry")
    return found


def _decoded(content: Iterable[bytes], found: Checked) -> Iterator[str]:
    for number, raw in enumerate(content, 1):
        line = raw.removesuffix(b"\n").removesuffix(b"\r")
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError:
            yield line.decode("iso-8859-15")
        if not raw.endswith(b"\n"):
            found.fault(number, "the line has no end")


def _check_line(number: int, values: list[str], found: Checked) -> None:
    found.rows += 1
    if len(values) != len(FIELDS):
        found.fault(number, f"the line has {len(values)} fields, not {len(FIELDS)}")
        return
    row = dict(zip(FIELDS, values, strict=True))
    for name in MANDATORY:
        if not row[name].strip():
            found.fault(number, f"{name} is empty")
    for name in ("EcritureDate", "PieceDate", "ValidDate", "DateLet"):
        if row[name] and not _is_day(row[name]):
            found.fault(number, f"{name} {row[name]!r} is no day AAAAMMJJ")
    for one, other in PAIRS:
        if bool(row[one]) != bool(row[other]):
            found.fault(number, f"{one} and {other} must both stand or both be empty")
    if not re.fullmatch(r"\d{3}[0-9A-Za-z]*", row["CompteNum"]):
        found.fault(number, f"CompteNum {row['CompteNum']!r} does not begin with three digits")
    if row["Idevise"] and not re.fullmatch(r"[A-Z]{3}", row["Idevise"]):
        found.fault(number, f"Idevise {row['Idevise']!r} is no currency")
    _check_amounts(number, row, found)


def _check_amounts(number: int, row: dict[str, str], found: Checked) -> None:
    read = {name: _read(row[name]) for name in ("Debit", "Credit", "Montantdevise") if row[name]}
    for name, value in read.items():
        if value is None:
            found.fault(number, f"{name} {row[name]!r} is no amount with a comma")
    debit, credit = read.get("Debit") or ZERO, read.get("Credit") or ZERO
    if (debit == 0) == (credit == 0):
        found.fault(number, "exactly one of Debit and Credit is other than zero")
    found.debit, found.credit = found.debit + debit, found.credit + credit
    piece = found.pieces.setdefault(
        (row["JournalCode"], row["EcritureNum"]), _Piece(on=row["EcritureDate"], line=number)
    )
    piece.debit, piece.credit = piece.debit + debit, piece.credit + credit
    if piece.on != row["EcritureDate"]:
        found.fault(number, f"entry {row['EcritureNum']} has more than one EcritureDate")


def _read(text: str) -> Decimal | None:
    if not _AMOUNT.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def _is_day(text: str) -> bool:
    if not re.fullmatch(r"\d{8}", text):
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True
