"""Every described list; a feature that has some is added here."""

from __future__ import annotations

from typing import Any

from solde.cards.listings import LISTINGS as CARDS
from solde.listings.listing import Listing
from solde.litigation.listings import LISTINGS as LITIGATION
from solde.payments.listings import LISTINGS as PAYMENTS

LISTINGS: tuple[Listing[Any, Any], ...] = (*PAYMENTS, *LITIGATION, *CARDS)
