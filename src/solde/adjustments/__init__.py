"""Balance adjustments: the ten transactions of the wizard, what each moves, and which can run now."""

from .actions import adjust
from .model import (
    AccountStanding,
    Adjusted,
    Adjustment,
    AdjustmentRequest,
    AdjustmentType,
    Option,
)
from .store import find_adjustment, list_adjustments, standings_of

__all__ = [
    "Adjusted",
    "Adjustment",
    "AdjustmentRequest",
    "AdjustmentType",
    "Option",
    "AccountStanding",
    "adjust",
    "find_adjustment",
    "list_adjustments",
    "standings_of",
]
