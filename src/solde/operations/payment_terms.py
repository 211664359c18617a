"""When an invoice is due that says nothing of it: by the payment terms of its account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from solde.db import Connection

from . import store
from .model import NewOperation, Side
from .types import Types


async def by_terms(conn: Connection, news: Sequence[NewOperation], types: Types) -> tuple[NewOperation, ...]:
    """The operations, with a due date on each invoice that has none: debits of class I of accounts with payment terms.

    Source: product §1 Payment terms.
    """
    open_ended = {new.account_id for new in news if is_open_ended(new, types)}
    days = await store.terms_of(conn, sorted(open_ended)) if open_ended else {}
    return tuple(
        replace(new, due_on=new.operation_on + timedelta(days[new.account_id]))
        if new.account_id in days and is_open_ended(new, types)
        else new
        for new in news
    )


def is_open_ended(new: NewOperation, types: Types) -> bool:
    """Is it an invoice that says no due date?"""
    kind = types.by_code.get(new.type_code)
    return new.due_on is None and kind is not None and kind.class_ == "I" and kind.side is Side.DEBIT
