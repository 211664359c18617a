"""Operations of all accounts: lists with filters, and the search by number."""

from .lists import list_across
from .model import SORT_TOO_WIDE, SORTS, AcrossFilter, ListedOperation, parse_across_sort
from .search import find_operations
from .walks import sorts_of

__all__ = [
    "SORTS",
    "SORT_TOO_WIDE",
    "AcrossFilter",
    "ListedOperation",
    "find_operations",
    "list_across",
    "parse_across_sort",
    "sorts_of",
]
