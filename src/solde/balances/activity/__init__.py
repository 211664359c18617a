"""Activity: who did what on a customer's accounts, when and why, in sentences."""

from .model import Deed, Posting
from .reading import list_activity
from .words import KINDS, SENTENCES, tell

__all__ = ["KINDS", "SENTENCES", "Deed", "Posting", "list_activity", "tell"]
