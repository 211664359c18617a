"""Where a person can go: the entries of the main navigation, in order. A page that is new adds itself here."""

from __future__ import annotations

from dataclasses import dataclass

from solde.access import Permission

from .visitors import Visitor


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """An entry: its address, its label, its icon, and the permission it needs. `also` are further paths that belong to it.

    With a `feature` it is there while that is on.
    """

    href: str
    label: str
    icon: str
    permission: Permission = Permission.READ
    also: tuple[str, ...] = ()
    feature: str | None = None


ENTRIES = (
    NavigationEntry(
        "/",
        "Customers",
        "users",
        also=("/customers", "/accounts", "/new/customer", "/import/customers", "/import/receivables"),
    ),
    NavigationEntry("/operations", "Operations", "list"),
    NavigationEntry("/payments", "Payments", "banknote", also=("/import/payments",)),
    NavigationEntry("/litigation", "Litigation", "gavel", feature="litigation"),
    NavigationEntry("/accounting/periods", "Accounting", "book-open", also=("/accounting",)),
    NavigationEntry("/approvals", "Approvals", "shield-check"),
    NavigationEntry("/jobs", "Jobs", "list-checks"),
    NavigationEntry("/settings", "Settings", "settings"),
)


def entries(visitor: Visitor, path: str) -> list[tuple[NavigationEntry, bool]]:
    """What this person may open, and whether they are there."""
    return [
        (entry, _is_in(entry, path))
        for entry in ENTRIES
        if visitor.may(entry.permission) and (entry.feature is None or entry.feature in visitor.features)
    ]


def _is_in(entry: NavigationEntry, path: str) -> bool:
    places = (entry.href, *entry.also) if entry.href != "/" else entry.also
    return path == entry.href or any(path == place or path.startswith(f"{place}/") for place in places)
