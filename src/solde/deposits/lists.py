"""Read deposits: one, the list, those of some accounts."""

from __future__ import annotations

from solde.db import Connection
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refused, refuse

from . import rules, store
from .model import Deposit, DepositEntry, DepositFilter, Listed


async def get_deposit(conn: Connection, account_id: int, number: int) -> Deposit:
    """A deposit; refuses unknown_deposit."""
    found = (await store.get_deposits(conn, [(account_id, number)])).get((account_id, number))
    if found is None:
        raise Refused(refuse(rules.NO_DEPOSIT, "the account has no deposit {number}", number=number))
    return found


async def history_of(conn: Connection, deposit: Deposit) -> list[DepositEntry]:
    """The steps of a deposit, oldest first."""
    return await store.list_entries(conn, deposit.account_id, deposit.number)


async def list_deposits(
    conn: Connection, chosen: DepositFilter, *, limit: int | None = None, cursor: str | None = None
) -> Page[Listed]:
    """Deposits by account and number; refuses bad_cursor, bad_limit."""
    wanted, after = check_limit(limit), (0, 0)
    if cursor is not None:
        account, number = decode_cursor(cursor, 2)
        if (
            not isinstance(account, int)
            or not isinstance(number, int)
            or not 0 <= min(account, number) <= max(account, number) < 2**62
        ):
            raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
        after = (account, number)
    found = await store.list_deposits(conn, chosen, after, wanted + 1)
    more = len(found) > wanted
    return Page(found[:wanted], encode_cursor(list(found[wanted - 1].deposit.key)) if more else None)
