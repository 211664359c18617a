"""The demo company: made up by a generator, loaded through the same actions as real data."""

from .load import Loaded, load_company

__all__ = ["Loaded", "load_company"]
