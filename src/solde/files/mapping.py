"""Read a mapping file: TOML that says how a file's columns become the canonical ones."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import Label, Text, say

from .amounts import same_blank
from .dates import date_letters
from .model import FileMapping

MAPPING_INVALID = declare(
    "mapping_invalid", Kind.INVALID, "Compare the mapping with examples/ibm-accounts-receivable.toml."
)

_TEXTS = ("decimal", "thousands", "separator", "encoding", "sheet", "negative")
_TABLES = ("columns", "constants", "values")
_YES_OR_NO = ("skip_totals", "make_codes")
_OTHERS = ("date_format", "header_row", *_YES_OR_NO)
NEGATIVES = ("refuse", "credit_note")


def read_mapping(path: Path, columns: Sequence[str]) -> FileMapping:
    """The mapping of a TOML file onto these columns.

    Refuses: mapping_invalid, with every fault.
    """
    try:
        return parse_mapping(path.read_text(encoding="utf-8-sig"), columns)
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            refuse(MAPPING_INVALID, "{path} cannot be read: {error}", path=str(path), error=str(error))
        ) from error


def parse_mapping(text: str, columns: Sequence[str]) -> FileMapping:
    """The mapping written in a text, onto these columns.

    Refuses: mapping_invalid, with every fault.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused(refuse(MAPPING_INVALID, "the mapping is not TOML: {error}", error=str(error))) from error
    faults = [
        *_check_keys(raw, (*_TEXTS, *_OTHERS, *_TABLES), ""), *_check_texts(raw), *_check_others(raw),
        *_check_tables(raw, columns),
    ]  # fmt: skip
    if faults:
        raise Refused(faults)
    if "thousands" in raw:
        raw["thousands"] = same_blank(raw["thousands"])
    chosen = FileMapping(**raw)
    if found := _check_meaning(chosen):
        raise Refused(found)
    return chosen


def _check_keys(given: Iterable[str], allowed: Iterable[str], place: str) -> list[Refusal]:
    return [
        refuse(
            MAPPING_INVALID,
            "the mapping has no {place}{key!r}{hint}",
            place=place,
            key=key,
            hint=_hint(key, allowed),
            field=f"{place}{key}",
        )
        for key in given
        if key not in allowed
    ]


def _hint(key: str, allowed: Iterable[str]) -> Text | str:
    near = get_close_matches(key, list(allowed), 1)
    return say("; did you mean {near}?", near=near[0]) if near else ""


def _check_texts(raw: Mapping[str, Any]) -> list[Refusal]:
    return [
        refuse(MAPPING_INVALID, "{key} must be a text", key=key, field=key)
        for key in _TEXTS
        if key in raw and not isinstance(raw[key], str)
    ]


def _check_others(raw: Mapping[str, Any]) -> list[Refusal]:
    faults = []
    formats = raw.get("date_format", "")
    if not isinstance(formats, str) and not (
        isinstance(formats, list) and formats and all(isinstance(one, str) for one in formats)
    ):
        faults.append(refuse(MAPPING_INVALID, "date_format must be a text, or a list of texts", field="date_format"))
    row = raw.get("header_row", 1)
    if row != "find" and (not isinstance(row, int) or isinstance(row, bool) or row < 1):
        faults.append(refuse(MAPPING_INVALID, 'header_row is the number of a line, or "find"', field="header_row"))
    faults += [
        refuse(MAPPING_INVALID, "{key} is true or false", key=key, field=key)
        for key in _YES_OR_NO
        if not isinstance(raw.get(key, False), bool)
    ]
    return faults


def _check_tables(raw: Mapping[str, Any], columns: Sequence[str]) -> list[Refusal]:
    faults: list[Refusal] = []
    for table in _TABLES:
        entries = raw.get(table, {})
        if not isinstance(entries, dict):
            faults.append(refuse(MAPPING_INVALID, "{table} must be a table", table=table, field=table))
            continue
        faults += _check_keys(entries, columns, f"{table}.")
        faults += [
            refuse(
                MAPPING_INVALID,
                "{table}.{key} must be {value}",
                table=table,
                key=key,
                value=Label("a table of texts" if table == "values" else "a text"),
            )
            for key, value in entries.items()
            if not (_is_text_table(value) if table == "values" else isinstance(value, str))
        ]
    return faults


def _is_text_table(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(entry, str) for entry in value.values())


def _check_meaning(chosen: FileMapping) -> list[Refusal]:
    faults = []
    decimal, thousands = chosen.signs
    if decimal not in (".", ",") or thousands == decimal or len(thousands) > 1:
        faults.append(
            refuse(MAPPING_INVALID, "decimal is . or , and differs from thousands, which is one sign", field="decimal")
        )
    if chosen.separator is not None and len(chosen.separator) != 1:
        faults.append(refuse(MAPPING_INVALID, "separator is one character", field="separator"))
    if any(date_letters(one) != ["d", "m", "y"] for one in chosen.date_formats):
        faults.append(
            refuse(MAPPING_INVALID, "date_format names day, month and year, as d/m/yyyy", field="date_format")
        )
    if chosen.negative not in NEGATIVES:
        faults.append(refuse(MAPPING_INVALID, "negative is refuse or credit_note", field="negative"))
    try:
        codecs.lookup(chosen.encoding)
    except LookupError:
        faults.append(
            refuse(MAPPING_INVALID, "there is no encoding {encoding!r}", encoding=chosen.encoding, field="encoding")
        )
    return faults
