"""Activity: who did what on a customer's accounts, when and why, in sentences."""

from .model import Deed, Posting, Said
from .reading import list_activity
from .words import KINDS, SENTENCES, say

__all__ = ["KINDS", "SENTENCES", "Deed", "Posting", "Said", "list_activity", "say"]
