"""Customers that may be the same, in words."""

from __future__ import annotations

from solde.customers import Like

from .i18n import t

SAME = {
    "vat_number": "same VAT number",
    "registration_number": "same registration number",
    "name": "same name and country",
}


def like_words(like: Like) -> str:
    """The older customer, and what the two share: ACME, Acme SAS (same VAT number)."""
    return f"{like.like}, {like.name} ({', '.join(t(SAME[one]) for one in like.same)})"
