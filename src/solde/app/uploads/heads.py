"""How a file begins, and how each of its columns is written: what a person is asked about, and shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from solde.files import FileMapping, Survey, Wanted, opened
from solde.files.codes import FILE_TOO_WIDE
from solde.files.names import plain_name
from solde.kernel.refusals import Refused, refuse

from .columns import Sort

COLUMNS_MOST = 300
ENCODINGS = ("utf-8", "cp1252", "utf-16")


async def read_head(file: Path, sort: Sort, mapping: FileMapping | None = None) -> Survey:
    """The header of a file, its first rows and its oddest, how each column is written; `mapping` None: all of it is found out.

    Refuses: what `opened` refuses; file_too_wide.
    """
    said = mapping or FileMapping()
    wanted = Wanted(sort.file.known(said), survey=True)
    async with opened(file, said, wanted, any_encoding=mapping is None, rows=False) as source:
        survey = source.survey
    if len(survey.columns) > COLUMNS_MOST:
        raise Refused(
            refuse(
                FILE_TOO_WIDE,
                "the file has {count} columns; {columns_most} are read",
                count=len(survey.columns),
                columns_most=COLUMNS_MOST,
            )
        )
    return survey


def guess_columns(header: Sequence[str], columns: Sequence[str], also: Mapping[str, str]) -> dict[int, str]:
    """What each place of a file probably holds: the canonical column of that name, of a name it also has, or of one near it.

    `also`: further names of canonical columns, written as `plain_name` writes them, the likelier first. Each column is guessed once.
    """
    found: dict[int, str] = {}
    plain = [plain_name(title) for title in header]
    names = {**{plain_name(column): column for column in columns}, **also}
    for name, column in [*((plain_name(one), one) for one in columns), *also.items()]:
        place = plain.index(name) if name in plain else -1
        if place >= 0 and place not in found and column not in found.values():
            found[place] = column
    for place, title in enumerate(plain):
        near = _near(title, names)
        if place not in found and near is not None and near not in found.values():
            found[place] = near
    return dict(sorted(found.items()))


def _near(plain: str, names: Mapping[str, str]) -> str | None:
    close = get_close_matches(plain, list(names), 1, cutoff=0.86) if plain else []
    return names[close[0]] if close else None
