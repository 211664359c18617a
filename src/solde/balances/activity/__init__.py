"""Activity: who did what on a customer's accounts, when and why, in sentences."""

from .model import Deed, PostedLine
from .reading import list_activity
from .words import KINDS, SENTENCES, tell

__all__ = ["KINDS", "SENTENCES", "Deed", "PostedLine", "list_activity", "tell"]
