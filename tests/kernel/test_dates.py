"""Dates are plain; instants carry their offset; today is the seller's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from solde.kernel.dates import format_instant, parse_date, parse_instant, today_in
from solde.kernel.paging import decode_cursor, encode_cursor
from solde.kernel.refusals import Refusal, Refused


@pytest.mark.parametrize("text", ["2026-2-1", "01/02/2026", "2026-02-30", "2026-W05-1", "20260201", "", "tomorrow"])
def test_only_whole_iso_dates_are_read(text: str) -> None:
    assert isinstance(parse_date(text), Refusal)
    assert parse_date("2026-02-28") == date(2026, 2, 28)


def test_an_instant_needs_its_offset() -> None:
    assert parse_instant("2026-04-01T10:00:00+02:00") == datetime(2026, 4, 1, 8, tzinfo=UTC)
    assert isinstance(parse_instant("2026-04-01T10:00:00"), Refusal)
    assert format_instant(datetime(2026, 4, 1, 8, tzinfo=UTC)) == "2026-04-01T08:00:00Z"


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_today_never_jumps_back_or_over_a_day_in_any_hour_of_two_years(zone: str) -> None:
    instant, before = datetime(2025, 1, 1, tzinfo=UTC), None
    for _ in range(2 * 365 * 24):
        day = today_in(zone, instant)
        assert before is None or day - before in (timedelta(0), timedelta(1))
        instant, before = instant + timedelta(hours=1), day


def test_a_cursor_gives_back_what_was_put_in_and_refuses_anything_else() -> None:
    assert decode_cursor(encode_cursor(["2026-01-01", 7]), 2) == ["2026-01-01", 7]
    for strange in ("", "xyz", encode_cursor([1])):
        with pytest.raises(Refused, match="bad_cursor"):
            decode_cursor(strange, 2)
