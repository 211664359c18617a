"""What a file is called by who sends it is shown, and is never a path."""

from __future__ import annotations

import pytest

from solde.files import file_called


@pytest.mark.parametrize(
    ("sent", "called"),
    [
        ("open items.csv", "open items.csv"),
        ("Поступления.csv", "Поступления.csv"),
        ("C:\\Users\\a\\items.csv", "items.csv"),
        ("../../etc/passwd", "passwd"),
        ("gpj\u202eexe.csv", "gpjexe.csv"),
        ("a\x00b\x1b[31m\r\n\u2066.csv", "ab[31m.csv"),
        ("\ud800.csv", ".csv"),
        ("", "file"),
        ("..\\", "file"),
        ("\u202e", "file"),
    ],
)
def test_a_name_is_its_last_part_in_signs_that_can_be_seen(sent: str, called: str) -> None:
    assert file_called(sent) == called


@pytest.mark.parametrize("sent", ["x" * 252 + ".csv", "Р" * 1000 + ".xlsx", "." * 400, "a" * 300, "a." + "b" * 300])
def test_a_long_name_is_cut(sent: str) -> None:
    called = file_called(sent)
    assert len(called) == 200
    assert called[:1] == sent[:1]
    assert "…" in called
    assert called.endswith((".csv", ".xlsx", "…", "."))
