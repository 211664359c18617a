"""May a file be read by what its mapping says? Where it leaves open how dates or amounts are written, they must be canonical beyond doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse

from .formats import AMOUNT_FORMATS, CANONICAL_AMOUNT, FormatVerdict, judge_amounts, judge_dates
from .layout import Layout
from .model import CANONICAL_DATE, FileMapping, Shape, Survey

DATES_OPEN = declare(
    "date_format_not_said", Kind.INVALID, 'Say date_format in the mapping, such as date_format = "dd/mm/yyyy".'
)
AMOUNTS_OPEN = declare(
    "amount_format_not_said",
    Kind.INVALID,
    'Say decimal and thousands in the mapping, such as decimal = "," and thousands = ".".',
)


def shapes_of(survey: Survey, places: Mapping[str, int], columns: Sequence[str]) -> list[Shape]:
    """How the cells of these columns are written."""
    held = [places[column] for column in columns if places.get(column, -1) >= 0]
    return [shape for place in held if place < len(survey.shapes) for shape in survey.shapes[place]]


def check_formats(
    survey: Survey, layout: Layout, mapping: FileMapping, dates: Sequence[str], amounts: Sequence[str]
) -> None:
    """Are the formats said, or canonical?

    Refuses: date_format_not_said, amount_format_not_said.
    """
    found: list[Refusal] = []
    if mapping.date_format is None:
        verdict = judge_dates(shapes_of(survey, layout.places, dates))
        if verdict.canonical * 2 < verdict.cells:
            found.append(_dates(verdict, survey, layout, dates))
    if not mapping.says_amounts:
        verdict = judge_amounts(shapes_of(survey, layout.places, amounts))
        if not _is_canonical(verdict):
            found.append(_amounts(verdict, survey, layout, amounts))
    if found:
        raise Refused(found)


def _is_canonical(verdict: FormatVerdict) -> bool:
    if verdict.is_clear:
        return verdict.formats == (CANONICAL_AMOUNT,)
    return verdict.doubtful is None and verdict.canonical * 2 >= verdict.cells


def _dates(verdict: FormatVerdict, survey: Survey, layout: Layout, columns: Sequence[str]) -> Refusal:
    formats = [one for one in verdict.formats if one != CANONICAL_DATE]
    shown = verdict.doubtful or _first(survey, layout, columns, CANONICAL_DATE)
    said = " or ".join(f'date_format = "{one}"' for one in formats)
    return refuse(
        DATES_OPEN, "dates are written as {shown}: say {said} in the mapping", shown=shown.example if shown else '', said=said,
        field="date_format", line=shown.line if shown else None,
    )  # fmt: skip


def _amounts(verdict: FormatVerdict, survey: Survey, layout: Layout, columns: Sequence[str]) -> Refusal:
    shown = verdict.doubtful or _first(survey, layout, columns, CANONICAL_AMOUNT)
    said = " or ".join(_keys(*AMOUNT_FORMATS[one]) for one in verdict.formats)
    return refuse(
        AMOUNTS_OPEN, "amounts are written as {shown}: say {said} in the mapping", shown=shown.example if shown else '', said=said,
        field="decimal", line=shown.line if shown else None,
    )  # fmt: skip


def _first(survey: Survey, layout: Layout, columns: Sequence[str], canonical: str) -> Shape | None:
    """A cell that is not canonical."""
    shapes = shapes_of(survey, layout.places, columns)
    judge = judge_dates if canonical == CANONICAL_DATE else judge_amounts
    return next((one for one in shapes if not judge([one]).canonical and judge([one]).cells), None)


def _keys(decimal: str, thousands: str) -> str:
    return f'decimal = "{decimal}", thousands = "{thousands}"'
