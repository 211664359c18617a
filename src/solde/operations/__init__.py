"""Operations: their types, posting them, listing them, and the projections that follow."""

from .actions import PostingMerger, post
from .lists import Order, list_operations, total_operations
from .model import (
    CLASSES,
    Barred,
    Change,
    MatchingStatus,
    NewOperation,
    OpenItem,
    Operation,
    OperationFilter,
    OperationType,
    Posted,
    PostingStatus,
    PostRequest,
    Side,
    coalesce,
)
from .types import TypeCatalogue, Types, load_types

__all__ = [
    "Barred",
    "CLASSES",
    "Change",
    "MatchingStatus",
    "NewOperation",
    "OpenItem",
    "Operation",
    "OperationFilter",
    "OperationType",
    "Order",
    "PostRequest",
    "Posted",
    "PostingMerger",
    "PostingStatus",
    "Side",
    "TypeCatalogue",
    "Types",
    "list_operations",
    "coalesce",
    "load_types",
    "post",
    "total_operations",
]
