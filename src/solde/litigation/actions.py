"""Enter, update and remove litigation: load, decide, save."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.money import plain
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, refuse
from solde.operations import Change, coalesce
from solde.operations import store as operation_store

from . import rules, store
from .model import Disputed, DisputeRequest

DisputeAnswer = Disputed | tuple[Refusal, ...]


async def dispute(conn: Connection, requests: Sequence[DisputeRequest], *, today: date) -> list[DisputeAnswer]:
    """Carry out each request, one after the other; gives the event or the refusals of each.

    Disputed amounts leave matching and the dunning balance at once; they stay in the default balance.
    Refuses: unknown_account, unknown_operation, and what `decide` refuses.
    Source: product §5 Litigation.
    """
    heads = await operation_store.lock_accounts(conn, [r.account_id for r in requests])
    wanted = sorted({(r.account_id, r.number) for r in requests})
    items = await operation_store.items_as_closed(conn, wanted) | await operation_store.open_items_of(conn, wanted)
    last_on = await store.last_events(conn, wanted)
    last_number = {account: head.last_dispute for account, head in heads.items()}
    answers: list[DisputeAnswer] = []
    changes: list[Change] = []
    for request in requests:
        key = (request.account_id, request.number)
        if request.account_id not in heads:
            answers.append((refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account"),))
            continue
        if key not in items:
            answers.append((refuse(rules.UNKNOWN_OPERATION, f"the account has no operation {request.number}"),))
            continue
        decided = rules.decide(request, items[key], last_on.get(key), today)
        if not isinstance(decided, Change):
            answers.append(decided)
            continue
        effective_on = request.effective_on or today
        items[key], last_on[key] = decided.after, effective_on
        changes.append(decided)
        last_number[request.account_id] += 1
        number = last_number[request.account_id]
        answers.append(
            Disputed(request.account_id, request.number, number, request.verb, decided.disputed, effective_on)
        )
    await _save(conn, [(a, r) for a, r in zip(answers, requests, strict=True) if isinstance(a, Disputed)], changes)
    return answers


async def _save(conn: Connection, made: Sequence[tuple[Disputed, DisputeRequest]], changes: Sequence[Change]) -> None:
    if not made:
        return
    action_ids = await audit.next_action_ids(conn, len(made))
    await store.insert_events(conn, [(e, r, action) for (e, r), action in zip(made, action_ids, strict=True)])
    await operation_store.save_changes(conn, coalesce(changes))
    await audit.append(
        conn,
        [
            AuditRecord(
                e.account_id,
                action,
                r.actor,
                f"litigation_{e.verb.value.lower()}",
                r.reason,
                None,
                {"operation": e.number, "disputed": plain(e.disputed), "effective": e.effective_on},
            )
            for (e, r), action in zip(made, action_ids, strict=True)
        ],
    )
