"""Operations whose posting accounting rejected, and how accounting stands with operations."""

from .actions import list_rejected, repair
from .model import DatedThere, PostingStanding, RejectedOperation, Repair, Repaired, Way
from .store import (
    PostingRow,
    advance_marks,
    clear_posting,
    count_dated,
    count_rejected,
    set_posting,
    standings_of,
    statuses_of,
)

__all__ = [
    "DatedThere",
    "RejectedOperation",
    "Repair",
    "Repaired",
    "PostingStanding",
    "Way",
    "PostingRow",
    "advance_marks",
    "clear_posting",
    "count_dated",
    "count_rejected",
    "list_rejected",
    "repair",
    "set_posting",
    "standings_of",
    "statuses_of",
]
