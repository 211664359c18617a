"""Enter, update and remove litigation: load, decide, save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.money import plain
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, refuse
from solde.operations import Change, coalesce
from solde.operations import store as operation_store

from . import rules, store
from .model import Decided, Disputed, DisputeRequest, Past

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
    pasts = await store.past_of(conn, wanted)
    reasons = {reason.code: reason for reason in await store.list_reasons(conn)}
    last_number = {account: head.last_dispute for account, head in heads.items()}
    answers: list[DisputeAnswer] = []
    changes: list[Change] = []
    last: dict[tuple[int, int], Decided] = {}
    for request in requests:
        key = (request.account_id, request.number)
        if request.account_id not in heads:
            answers.append((refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account"),))
            continue
        if key not in items:
            answers.append(
                (refuse(rules.UNKNOWN_OPERATION, "the account has no operation {number}", number=request.number),)
            )
            continue
        decided = rules.decide(request, items[key], pasts.get(key, Past()), reasons, today)
        if not isinstance(decided, Decided):
            answers.append(decided)
            continue
        before = items[key].disputed
        items[key], pasts[key], last[key] = decided.change.after, decided.past, decided
        changes.append(decided.change)
        last_number[request.account_id] += 1
        answers.append(
            Disputed(
                request.account_id, request.number, last_number[request.account_id], request.verb,
                decided.change.disputed, decided.effective_on, decided.terms, before,
            )
        )  # fmt: skip
    made = [(a, r.actor) for a, r in zip(answers, requests, strict=True) if isinstance(a, Disputed)]
    await _save(conn, made, changes, last)
    return answers


async def _save(
    conn: Connection,
    made: Sequence[tuple[Disputed, str]],
    changes: Sequence[Change],
    last: Mapping[tuple[int, int], Decided],
) -> None:
    if not made:
        return
    action_ids = await audit.next_action_ids(conn, len(made))
    await store.insert_events(conn, [(e, action) for (e, _), action in zip(made, action_ids, strict=True)])
    await store.save_disputes(conn, last)
    await operation_store.save_changes(conn, coalesce(changes))
    await audit.append(conn, [_record(e, actor, action) for (e, actor), action in zip(made, action_ids, strict=True)])


def _record(event: Disputed, actor: str, action_id: int) -> AuditRecord:
    terms = event.terms
    told = {
        "operation": event.number,
        "disputed": plain(event.disputed),
        "effective": event.effective_on,
        **{name: text for name, text in asdict(terms).items() if name != "reason" and text is not None},
    }
    was = {"disputed": plain(event.before)} if event.before else None
    verb = f"litigation_{event.verb.value.lower()}"
    return AuditRecord(event.account_id, action_id, actor, verb, terms.reason, was, told)
