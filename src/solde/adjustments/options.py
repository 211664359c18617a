"""Which transactions of the wizard can run now, and why the others cannot."""

from __future__ import annotations

from datetime import datetime

from solde.access.model import Permission
from solde.access.rules.permissions import WORDS
from solde.db import Connection

from . import rules
from .model import LEDGER_TYPES, AdjustmentType, Option, Standing


async def options_of(
    conn: Connection, standing: Standing, permissions: frozenset[Permission], *, now: datetime
) -> list[Option]:
    """Every transaction in the order of the wizard, as somebody with these permissions finds it."""
    options = []
    for kind in AdjustmentType:
        missing = rules.missing_permission(kind, permissions)
        if missing is not None:
            options.append(Option(kind, f"Your role may not {WORDS[missing]}."))
        elif kind in LEDGER_TYPES:
            options.append(rules.option_of(kind, standing))
    return options
