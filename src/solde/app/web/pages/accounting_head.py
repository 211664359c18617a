"""The pages of accounting that a person may open: one list, so that every one of them shows the same tabs."""

from __future__ import annotations

from solde.access import Permission

from ..i18n import t
from ..visitors import Visitor

TABS: tuple[tuple[str, str, Permission], ...] = (
    ("/accounting/periods", "Periods", Permission.READ),
    ("/accounting/rejected", "Rejected", Permission.READ),
    ("/accounting/journal", "Journal", Permission.JOURNAL),
    ("/accounting/trial-balance", "Trial balance", Permission.JOURNAL),
    ("/accounting/schemes", "Schemes", Permission.JOURNAL),
    ("/accounting/exports", "Exports", Permission.JOURNAL),
)
"""Address, label and the permission each needs, in order. A page that is new adds itself here."""


def accounting_tabs(visitor: Visitor, here: str) -> list[tuple[str, str, bool]]:
    """The tabs of accounting: label, address, whether it is this one."""
    return [(t(label), href, href == here) for href, label, needed in TABS if visitor.may(needed)]
