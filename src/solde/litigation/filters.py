"""By what the list of litigations is narrowed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

import msgspec

from solde.db import Connection
from solde.listings.filters import Currency, Filter, Names, Placed, SellerId, search
from solde.listings.options import Options

from .store import list_owners, list_reasons

AGES_MOST = 100_000
AGES = {"30": "30 days or more", "60": "60 days or more", "90": "90 days or more", "180": "180 days or more"}


async def _reasons(conn: Connection, _seller_id: int | None) -> Sequence[tuple[str, str]]:
    return [(one.code, one.label) for one in await list_reasons(conn)]


async def _owners(conn: Connection, seller_id: int | None) -> Sequence[tuple[str, str]]:
    return [(owner, owner) for owner in await list_owners(conn, seller_id)]


REASONS, OWNERS = Options(find=_reasons), Options(find=_owners, named=True)


class DisputeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which litigations; None leaves a condition out. Owners are matched whatever their case; reviews and ages are of `today`."""

    seller_id: SellerId = None
    today: Annotated[date, Filter(placed=Placed.TODAY)] = date.min
    names: Names = ()
    q: Annotated[
        str | None, search("Customer, invoice, reason", "A text in the invoice, account, customer, reason or owner.")
    ] = None
    reason_code: Annotated[
        tuple[str, ...] | None, Filter(label="Reason", help="Of one of these reasons.", options=REASONS)
    ] = None
    owner: Annotated[
        tuple[str, ...] | None,
        Filter(label="Owner", help="Of one of these persons, whatever the case.", options=OWNERS),
    ] = None
    age_from: Annotated[
        int | None, Filter(label="Age", help="In litigation for so many days at least.", options=Options(AGES))
    ] = None
    currency: Currency = None
    mine: Annotated[bool, Filter(label="Mine", help="Only those of who asks.", beside=True)] = False
    owned: Annotated[bool | None, Filter(label="Owned", help="False: only those of nobody.", beside=True)] = None
    review_overdue: Annotated[
        bool, Filter(label="Review overdue", help="Only those to be looked at before today.", beside=True)
    ] = False

    @property
    def since_until(self) -> date | None:
        """The last day since when something is disputed that is old enough."""
        if self.age_from is None:
            return None
        return self.today - timedelta(min(self.age_from, AGES_MOST, (self.today - date.min).days))


ALL = DisputeFilter()
