"""Balances: what a balance is, its figures at any moment, and why they are what they are."""

from .definitions import change_definition, create_definition, delete_definition, order_definitions
from .explain import explain, list_balance, operations_at, stream_balance, stream_unbilled
from .figures import BalanceReader, Definitions, balances_of, balances_of_many, check_moment, definitions_at, pick
from .lab import preview
from .model import (
    SOURCE_WORDS,
    AccountBalance,
    Authorship,
    ChoiceKind,
    Crossing,
    Definition,
    Draft,
    ExplainedOperation,
    Figures,
    FigureSource,
    Moment,
    Mover,
    Preview,
    TypeChoice,
)
from .rules import in_words
from .snapshots import snapshot_account, take_snapshots
from .store import definition_authors, definition_versions, definitions_now

__all__ = [
    "SOURCE_WORDS",
    "AccountBalance",
    "Authorship",
    "BalanceReader",
    "ChoiceKind",
    "Crossing",
    "Definition",
    "Definitions",
    "Draft",
    "ExplainedOperation",
    "Figures",
    "Moment",
    "Mover",
    "Preview",
    "FigureSource",
    "TypeChoice",
    "balances_of",
    "balances_of_many",
    "change_definition",
    "check_moment",
    "create_definition",
    "definition_authors",
    "definition_versions",
    "definitions_at",
    "definitions_now",
    "delete_definition",
    "explain",
    "in_words",
    "list_balance",
    "operations_at",
    "order_definitions",
    "pick",
    "preview",
    "snapshot_account",
    "stream_balance",
    "stream_unbilled",
    "take_snapshots",
]
