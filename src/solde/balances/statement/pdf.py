"""A statement of account as a PDF to send: PDF/A, in the customer's language.

What people wrote reaches the template as JSON values, never as its source, so nothing of it is taken for a command.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import typst

from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

from .model import Addressee, Movement, OpenLine, Statement
from .words import LANGUAGES, known_language, write_address, write_amount, write_balance, write_bucket, write_day

PDF_ROWS_MOST = 5_000
"""About 150 pages: beyond them nobody reads a letter."""

TOO_LONG = declare(
    "statement_too_long_for_pdf", Kind.INVALID, "Take the statement as Excel, or choose a shorter period."
)

ARCHIVE: Literal["a-2b"] = "a-2b"
LONGEST_WORD = 18

_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD}}}(?=\S)")


def check_length(statement: Statement) -> None:
    """Refuse a statement that has too many movements for a PDF.

    Refuses: statement_too_long_for_pdf.
    """
    if statement.count > PDF_ROWS_MOST:
        said = say(
            "the statement has {count:,} movements; a PDF holds {pdf_rows_most:,} at most",
            count=statement.count,
            pdf_rows_most=PDF_ROWS_MOST,
        )
        raise Refused(refuse(TOO_LONG, said, field="format"))


def render_statement(statement: Statement, movements: Sequence[Movement]) -> bytes:
    """The PDF of a statement and all its movements. It takes a moment: call it beside the loop that answers requests.

    PDF/A wants a glyph for every character. Where the fonts that come with typst lack one, those of the machine are
    asked too, and where they lack it as well the document is a plain PDF.
    """
    check_length(statement)
    told = {"data": json.dumps(_told(statement, movements), ensure_ascii=False)}
    for only_own in (True, False):
        try:
            return _compile(told, [ARCHIVE], only_own=only_own)
        except typst.TypstError as error:
            if "could not be displayed" not in str(error):
                raise
    return _compile(told, [], only_own=False)


def _compile(told: dict[str, str], standards: list[Literal["a-2b"]], *, only_own: bool) -> bytes:
    return typst.compile(
        _template(), format="pdf", sys_inputs=told, pdf_standards=[*standards], ignore_system_fonts=only_own
    )


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("solde.balances").joinpath("documents", "statement.typ").read_bytes()


def _told(s: Statement, movements: Sequence[Movement]) -> dict[str, object]:
    """Everything the template shows, written out."""
    language = known_language(s.language)
    words = LANGUAGES[language]

    def amount(value: object) -> str:
        return "" if value is None else write_amount(value, s.currency, language)  # type: ignore[arg-type]

    return {
        "language": language,
        "words": dict(words),
        "seller": _party(s.seller, language),
        "customer": _party(s.customer, language),
        "account": _plain(s.account),
        "customer_code": _plain(s.customer_code),
        "currency": s.currency,
        "balance_label": _plain(s.definition.label),
        "from": write_day(s.from_on, language),
        "until": write_day(s.until_on, language),
        "made_on": write_day(s.made_on, language),
        "made": [s.made_on.year, s.made_on.month, s.made_on.day],
        "opening": write_balance(s.opening.balance, s.currency, language),
        "closing": write_balance(s.closing.balance, s.currency, language),
        "debit": amount(s.debit),
        "credit": amount(s.credit),
        "movements": [
            [
                write_day(m.operation_on, language), str(m.number), _plain(m.label), _text(m),
                write_day(m.due_on, language), amount(m.debit), amount(m.credit),
                write_balance(m.running, s.currency, language),
            ]
            for m in movements
        ],
        "open_lines": [_open_line(line, s.currency, language) for line in s.open_lines],
        "more_open": words["more_open"].format(count=len(s.open_lines)) if s.more_open else "",
        "ageing": [[write_bucket(b, language), amount(b.amount)] for b in s.ageing.buckets]
        + [[words["disputed"], amount(s.ageing.disputed)], [words["open_credits"], amount(-s.ageing.credits)]],
        "total_open": write_balance(s.ageing.total, s.currency, language),
        "meaning": words["meaning"].format(seller=_plain(s.seller.name)),
    }  # fmt: skip


def _party(party: Addressee, language: str) -> dict[str, object]:
    return {"name": _plain(party.name), "address": [_plain(line) for line in write_address(party, language)]}


def _text(movement: Movement) -> str:
    return _plain(" · ".join(part for part in (movement.reference, movement.description) if part))


def _open_line(line: OpenLine, currency: str, language: str) -> list[str]:
    sign = line.side
    return [
        write_day(line.operation_on, language), str(line.number), _plain(line.label), _plain(line.reference or ""),
        write_day(line.due_on, language), write_amount(sign * line.amount, currency, language),
        write_amount(sign * line.open, currency, language),
        write_amount(line.disputed, currency, language) if line.disputed else "",
    ]  # fmt: skip


def _plain(text: str) -> str:
    """Text a page can show: no control characters, and long words may break."""
    return _LONG_WORD.sub(lambda word: f"{word[0]}\u200b", _UNPRINTABLE.sub(" ", text))
