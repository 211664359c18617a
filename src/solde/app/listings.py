"""Every described list; a feature that has some is added here."""

from __future__ import annotations

from typing import Any

from solde.accounting.listings import LISTINGS as ACCOUNTING
from solde.app.work.listings import LISTINGS as WORK
from solde.cards.listings import LISTINGS as CARDS
from solde.listings.listing import Listing
from solde.litigation.listings import LISTINGS as LITIGATION
from solde.operations.across.listings import LISTINGS as OPERATIONS
from solde.operations.rejected.listings import LISTINGS as REJECTED
from solde.payments.listings import LISTINGS as PAYMENTS

LISTINGS: tuple[Listing[Any, Any], ...] = (*OPERATIONS, *PAYMENTS, *LITIGATION, *CARDS, *ACCOUNTING, *REJECTED, *WORK)
