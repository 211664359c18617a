"""The check of a FEC finds every kind of fault."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from solde.accounting.fec import FIELDS, amount, check_file, clean

NAME = "732829320FEC20261231.txt"
GOOD = {
    "JournalCode": "SAL", "JournalLib": "Sales", "EcritureNum": "SAL-2026-1", "EcritureDate": "20260105", "CompteNum": "411",
    "CompteLib": "Customers", "CompAuxNum": "A", "CompAuxLib": "Ann", "PieceRef": "F1", "PieceDate": "20260105",
    "EcritureLib": "Invoice", "Debit": "1,50", "Credit": "0,00", "EcritureLet": "", "DateLet": "", "ValidDate": "20260106",
    "Montantdevise": "", "Idevise": "",
}  # fmt: skip
OTHER = {**GOOD, "CompteNum": "701", "CompAuxNum": "", "CompAuxLib": "", "Debit": "0,00", "Credit": "1,50"}


def file_of(*lines: Mapping[str, str], head: str = "\t".join(FIELDS)) -> list[bytes]:
    return [f"{line}\r\n".encode() for line in (head, *("\t".join(one.values()) for one in lines))]


def faults(*lines: Mapping[str, str]) -> list[str]:
    return [text for _, text in check_file(NAME, file_of(*lines)).faults]


def test_a_sound_file_has_no_faults() -> None:
    found = check_file(NAME, file_of(GOOD, OTHER))
    assert found.is_sound
    assert (found.rows, found.debit, found.credit) == (2, Decimal("1.5"), Decimal("1.5"))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("EcritureLib", " ", "EcritureLib is empty"),
        ("EcritureDate", "20260230", "no day"),
        ("PieceDate", "2026-01-05", "no day"),
        ("CompteNum", "41", "three digits"),
        ("CompAuxLib", "", "CompAuxNum and CompAuxLib"),
        ("EcritureLet", "A", "EcritureLet and DateLet"),
        ("Idevise", "EUR", "Montantdevise and Idevise"),
        ("Debit", "1.50", "no amount with a comma"),
        ("Debit", "2,00", "has 2.00 debit and 1.50 credit"),
        ("Credit", "1,00", "exactly one of Debit and Credit"),
    ],
)
def test_a_fault_is_found(field: str, value: str, said: str) -> None:
    assert any(said in text for text in faults({**GOOD, field: value}, OTHER))


def test_an_entry_has_one_date() -> None:
    assert "entry SAL-2026-1 has more than one EcritureDate" in faults(GOOD, {**OTHER, "EcritureDate": "20260106"})


def test_head_name_and_ends_are_checked() -> None:
    assert not check_file("entries.txt", file_of(GOOD, OTHER)).is_sound
    assert not check_file("732829320FEC20261331.txt", file_of(GOOD, OTHER)).is_sound
    assert not check_file(NAME, file_of(GOOD, OTHER, head="a\tb")).is_sound
    assert not check_file(NAME, [*file_of(GOOD), b"\t".join(v.encode() for v in OTHER.values())]).is_sound
    assert not check_file(NAME, file_of()).is_sound
    assert "the line has 2 fields, not 18" in faults({"a": "1", "b": "2"})


def test_texts_and_amounts_fit_their_fields() -> None:
    assert clean(" a|b\tc\r\nd ") == "a b c d"
    assert [amount(Decimal(text)) for text in ("5", "0.1", "1234567.123456")] == ["5,00", "0,10", "1234567,123456"]
