"""Periods: accounting years cut into periods, open or closed for regular users or for all."""

from .actions import change_policy, create_year, find_period, find_year, sweep, turn_period, turn_year
from .model import ClosedSpan, Cut, NewYear, OnClosed, Period, PeriodScope, PeriodTurn, Policy, Year
from .store import hold_books, list_spans, list_years

__all__ = [
    "ClosedSpan",
    "Cut",
    "NewYear",
    "OnClosed",
    "Period",
    "Policy",
    "PeriodScope",
    "PeriodTurn",
    "Year",
    "change_policy",
    "create_year",
    "find_period",
    "find_year",
    "hold_books",
    "list_spans",
    "list_years",
    "sweep",
    "turn_period",
    "turn_year",
]
