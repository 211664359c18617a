"""Change the states of accounts and customers, and note who did it, when and why.

Whether an account may be closed is for features above to say: they lock, look, and pass on what holds it open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, Refused, refuse

from . import store
from .model import AccountState
from .rules import states
from .rules.states import CUSTOMER_CLOSED

Held = Mapping[int, Sequence[Refusal]]
"""By account what holds it open."""


async def lock_states(conn: Connection, account_ids: Sequence[int]) -> dict[int, str]:
    """Lock accounts, and their customers before them; gives their states.

    Refuses: unknown_account.
    """
    await store.lock_owners(conn, account_ids)
    found = await store.lock_accounts(conn, account_ids)
    if missing := sorted(set(account_ids) - set(found)):
        raise Refused(refuse(UNKNOWN_ACCOUNT, "there is no account with the key {missing}", missing=missing[0]))
    return found


async def set_account_states(
    conn: Connection,
    account_ids: Sequence[int],
    state: str,
    reason: str | None,
    *,
    actor: str,
    now: datetime,
    action_id: int | None = None,
    held: Held | None = None,
) -> None:
    """Activate, block, suspend or close accounts, all or none.

    Gives: an account that is reopened reopens its customer.
    Refuses: unknown_account, what `check_state_change` refuses, and what `held` says of an account.
    """
    before = await lock_states(conn, account_ids)
    refusals = [
        refusal
        for account_id in before
        for refusal in (
            *states.check_state_change(before[account_id], state, reason),
            *(held or {}).get(account_id, ()),
        )
    ]
    if refusals:
        raise Refused(list(dict.fromkeys(refusals)))
    why = (reason or "").strip()
    reasons = await store.read_state_reasons(conn, account_ids)
    await store.set_account_states(conn, account_ids, state)
    await store.set_state_reasons(conn, account_ids, why, now)
    if AccountState.CLOSED in before.values():
        await store.reopen_owners(conn, account_ids)
    action = action_id if action_id is not None else (await audit.next_action_ids(conn, 1))[0]
    after = {"state": state, "state_reason": why}
    records = [
        AuditRecord(
            account_id,
            action,
            actor,
            "account.state",
            why,
            {"state": was, "state_reason": reasons.get(account_id)},
            after,
        )
        for account_id, was in before.items()
    ]
    await audit.append(conn, records)


async def set_account_state(
    conn: Connection,
    account_id: int,
    state: str,
    reason: str | None,
    *,
    actor: str,
    now: datetime,
    action_id: int | None = None,
    held: Sequence[Refusal] = (),
) -> None:
    """Activate, block, suspend or close one account.

    Refuses: what `set_account_states` refuses.
    """
    await set_account_states(
        conn, [account_id], state, reason, actor=actor, now=now, action_id=action_id, held={account_id: held}
    )


async def lock_customer_accounts(conn: Connection, customer_id: int) -> dict[int, str]:
    """Lock a customer with all its accounts; gives the states of the accounts.

    Refuses: customer_closed.
    """
    state = await store.lock_customer(conn, customer_id)
    if state == AccountState.CLOSED:
        raise Refused(refuse(CUSTOMER_CLOSED, "the customer is closed already"))
    return await store.lock_accounts(conn, await store.list_account_ids(conn, customer_id))


async def close_customer(conn: Connection, customer_id: int, account_id: int, reason: str, *, actor: str) -> None:
    """Close a customer whose accounts are closed; `account_id` is the account by which the audit tells it."""
    await store.close_customer(conn, customer_id)
    (action_id,) = await audit.next_action_ids(conn, 1)
    record = AuditRecord(
        account_id, action_id, actor, "customer.close", reason, {"state": "ACTIVE"}, {"state": "CLOSED"}
    )
    await audit.append(conn, [record])
