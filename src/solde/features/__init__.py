"""Features: what an administrator can switch off; then its buttons, tabs and routes are gone."""

from .actions import Features, switch
from .guard import needs_feature
from .model import Feature
from .store import find_feature, list_features

__all__ = ["Feature", "Features", "find_feature", "list_features", "needs_feature", "switch"]
