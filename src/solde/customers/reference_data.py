"""What the rules must know of the world before they decide: sellers, settings, payers."""

from __future__ import annotations

from collections.abc import Iterable

from solde.db import Connection

from . import store
from .rules.fields import ReferenceData, plain_code


async def load_known(conn: Connection, payers: Iterable[str | None], *, locked: Iterable[str] = ()) -> ReferenceData:
    """Sellers, settings lists and the accounts named as payers.

    Payers, and the accounts in `locked`, are locked before they are read, so that none of them is closed or given a
    payer of its own meanwhile.
    """
    sellers = await store.list_sellers(conn)
    assert sellers, "one seller is shipped, and none is ever deleted"
    named = sorted({code for payer in payers if (code := plain_code(payer))})
    if named:
        found = await store.find_payers(conn, [*named, *locked])
        await store.lock_accounts(conn, [payer.account_id for payer in found.values()])
    return ReferenceData(
        sellers={seller.code: seller for seller in sellers},
        settings=await store.list_setting_codes(conn),
        payers=await store.find_payers(conn, named) if named else {},
    )
