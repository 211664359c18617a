"""Ask something of a gateway: commit the intent, call, commit the result; never a call inside a transaction."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from solde.db import Pool

from .gateway import Gateway
from .model import CardOutcome, CardRequest, CardTransaction


async def charge(gateway: Gateway, pool: Pool, request: CardRequest, *, now: datetime) -> CardOutcome:
    """Take money from a stored card; approved, it is a payment of the account."""
    raise NotImplementedError


async def authorize(gateway: Gateway, pool: Pool, request: CardRequest, *, now: datetime) -> CardOutcome:
    """Reserve money on a stored card; it moves no balance."""
    raise NotImplementedError


async def capture(
    gateway: Gateway, pool: Pool, transaction: CardTransaction, amount: Decimal | None, *, actor: str, now: datetime,
    reason: str | None = None, comment: str | None = None,
) -> CardOutcome:  # fmt: skip
    """Take what was reserved, or a part; the rest is released."""
    raise NotImplementedError


async def void(
    gateway: Gateway, pool: Pool, transaction: CardTransaction, *, actor: str, now: datetime,
    reason: str | None = None, comment: str | None = None,
) -> CardOutcome:  # fmt: skip
    """Give up what was reserved."""
    raise NotImplementedError


async def refund(
    gateway: Gateway, pool: Pool, transaction: CardTransaction, amount: Decimal | None, *, actor: str, now: datetime,
    reason: str | None = None, comment: str | None = None,
) -> CardOutcome:  # fmt: skip
    """Give money back to the card."""
    raise NotImplementedError
