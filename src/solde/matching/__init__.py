"""Matching: which credit pays which debit; undone by a record of its own."""

from .actions import match, match_oldest
from .bulk import MatchRun, match_all
from .lists import find_group, lines_of_operations, list_groups
from .model import (
    Allocation,
    Keeper,
    Matched,
    MatchGroup,
    MatchKind,
    MatchLine,
    MatchRequest,
    Suggestion,
    Unmatched,
    UnmatchRequest,
)
from .rules import lettering
from .suggesting import suggest
from .suggestions import suggestions_for
from .unmatching import unmatch

__all__ = [
    "Allocation",
    "Keeper",
    "MatchGroup",
    "MatchKind",
    "MatchLine",
    "MatchRequest",
    "MatchRun",
    "Matched",
    "Suggestion",
    "UnmatchRequest",
    "Unmatched",
    "find_group",
    "lettering",
    "lines_of_operations",
    "list_groups",
    "match",
    "match_all",
    "match_oldest",
    "suggest",
    "suggestions_for",
    "unmatch",
]
