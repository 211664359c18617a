"""Close accounts and customers, where nothing holds them open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from solde.customers import AccountState, set_account_states, states
from solde.customers.rules.states import check_reason
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused

from . import rules, store
from .model import Blocker


async def find_blockers(conn: Connection, account_ids: Sequence[int]) -> list[Blocker]:
    """Everything that holds these accounts open, as it is now; accounts closed together do not hold each other."""
    return await store.list_blockers(conn, account_ids)


async def close_account(conn: Connection, account_id: int, reason: str | None, *, actor: str, now: datetime) -> None:
    """Close an account: it takes no further operation.

    Refuses: unknown_account, account_state_unchanged, state_reason_missing, and every blocker by a code of its own.
    """
    await states.lock_states(conn, [account_id])
    await _close(conn, [account_id], reason, actor, now)


async def close_customer(conn: Connection, customer_id: int, reason: str | None, *, actor: str, now: datetime) -> None:
    """Close a customer with all its accounts, or none of them.

    Refuses: customer_closed, state_reason_missing, and every blocker of every account.
    """
    before = await states.lock_customer_accounts(conn, customer_id)
    still_open = [account_id for account_id, state in before.items() if state != AccountState.CLOSED]
    if refusals := check_reason(reason):
        raise Refused([*refusals, *(rules.refusal_of(one) for one in await find_blockers(conn, still_open))])
    await _close(conn, still_open, reason, actor, now)
    await states.close_customer(conn, customer_id, min(before), (reason or "").strip(), actor=actor)


async def _close(conn: Connection, account_ids: Sequence[int], reason: str | None, actor: str, now: datetime) -> None:
    held: defaultdict[int, list[Refusal]] = defaultdict(list)
    for blocker in await find_blockers(conn, account_ids):
        held[blocker.account_id].append(rules.refusal_of(blocker))
    await set_account_states(conn, account_ids, AccountState.CLOSED, reason, actor=actor, now=now, held=held)
