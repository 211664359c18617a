"""Do an action within its limit, or keep it for a second person; decide, withdraw; set limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from solde import audit
from solde.access.independence import permissions_of, why_not_independent
from solde.access.model import Permission
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.dates import Clock
from solde.kernel.money import ZERO, plain
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import Text, say
from solde.kernel.versions import check_version, version_of

from . import rules, store
from .model import (
    Approval,
    ApprovalState,
    Executed,
    ExecutionContext,
    Limit,
    Proposal,
    Rejected,
    Waiting,
    WaitingOn,
)

Executor = Callable[[Connection, Mapping[str, object], ExecutionContext], Awaitable[object]]
"""Carries out the content of one kind of proposal, in the transaction it is given.

It gives a JSON-able answer. It refuses by raising `Refused`, or by giving back a tuple of refusals.
"""

UNKNOWN_APPROVAL = declare(
    "unknown_approval", Kind.NOT_FOUND, "Use the number of an approval of GET /api/v1/approvals."
)
UNKNOWN_STATE = declare("unknown_approval_state", Kind.INVALID, "Use one of the states named in the message.")


COMPARED_MOST = 1000
"""Waiting requests of an account that a new one is compared with."""


class Approvals:
    """Which kinds of action there are, and the one way to do them: alone within a limit, otherwise by two persons."""

    def __init__(self, executors: Mapping[str, Executor], clock: Clock, *, extra: Mapping[str, object] | None = None):
        self._executors = executors
        self._clock = clock
        self._extra = extra or {}

    @property
    def kinds(self) -> Collection[str]:
        """The kinds of action that can be proposed."""
        return self._executors.keys()

    async def submit(self, conn: Connection, proposal: Proposal, *, now: datetime, today: date) -> Executed | Waiting:
        """Do it now where the actor's role may alone; otherwise keep it for a second person, and do nothing else.

        To be called before any account is locked: the day's row of the actor is locked first, accounts by the executor.
        Refuses: unknown_action_kind, an unfit amount or currency, approval_waiting_already, and what the executor refuses.
        """
        if refusals := rules.check_proposal(proposal):
            raise Refused(refusals)
        executor = self._executor(proposal.kind)
        settled = replace(proposal, content=rules.settled_content(proposal.content))
        limit = await store.find_limit(conn, proposal.role, proposal.kind, proposal.currency)
        why = rules.why_waiting(limit, settled, ZERO)
        counts = limit is not None and limit.day_most is not None
        if why is None and counts:
            why = rules.why_waiting(limit, settled, await store.lock_day(conn, settled, today))
        if why is not None:
            return await self._propose(conn, settled, why, now)
        context = ExecutionContext(
            settled.actor, None, now, today, self._extra, await _posts_late(conn, settled.actor, settled.role)
        )
        answer = await _execute(executor, conn, settled.content, context)
        if counts:
            await store.count_use(conn, settled, today, now)
        return Executed(answer)

    async def decide(
        self,
        conn: Connection,
        approval_id: int,
        *,
        approve: bool,
        decider: str,
        role: str,
        reason: str | None,
        now: datetime,
        today: date,
    ) -> Executed | Rejected:
        """Approve a proposal, which does exactly what was proposed, or reject it.

        Refuses: unknown_approval, forbidden, decision_by_token, decider_not_independent, what `check_decision` refuses; what the executor refuses, and then it
        still waits.
        """
        if refusal := rules.check_may_decide(role, await permissions_of(conn, decider, role)):
            raise Refused(refusal)
        approval = await self._locked(conn, approval_id, now)
        is_other = not rules.is_same_person(decider, approval.proposed_by)
        if is_other and (tied := await why_not_independent(conn, decider, approval.proposed_by)) is not None:
            raise Refused(tied)
        limit = await store.find_limit(conn, role, approval.kind, approval.currency) if approve else None
        # Others may have held the row for long.
        late = max(now, self._clock())
        if refusals := rules.check_decision(
            approval, approve=approve, decider=decider, limit=limit, reason=reason, now=late
        ):
            raise Refused(refusals)
        if not approve:
            await _settle(conn, approval, ApprovalState.REJECTED, decider, reason, now)
            return Rejected(approval_id)
        executor = self._executor(approval.kind)
        context = ExecutionContext(
            approval.proposed_by,
            decider,
            now,
            today,
            self._extra,
            await _posts_late(conn, approval.proposed_by, approval.proposer_role),
        )
        answer = await _execute(executor, conn, approval.content, context)
        await _settle(conn, approval, ApprovalState.APPROVED, decider, reason, now)
        return Executed(answer, approval_id)

    async def withdraw(
        self, conn: Connection, approval_id: int, *, actor: str, now: datetime, reason: str | None = None
    ) -> None:
        """Take back what one proposed oneself.

        Refuses: unknown_approval, proposal_not_yours, approval_settled, approval_expired.
        """
        approval = await self._locked(conn, approval_id, now)
        if refusal := rules.check_withdrawal(approval, actor, max(now, self._clock())):
            raise Refused(refusal)
        await _settle(conn, approval, ApprovalState.WITHDRAWN, actor, reason, now)

    async def rehearse(
        self,
        conn: Connection,
        kind: str,
        content: Mapping[str, object],
        *,
        actor: str,
        role: str,
        now: datetime,
        today: date,
    ) -> object:
        """Try the content of a proposal, within a limit or not: gives the executor's answer, and nothing is kept.

        Refuses: unknown_action_kind, what the executor refuses.
        """
        executor, settled = self._executor(kind), rules.settled_content(content)
        async with conn.transaction(force_rollback=True):
            context = ExecutionContext(actor, None, now, today, self._extra, await _posts_late(conn, actor, role))
            return await _execute(executor, conn, settled, context)

    def _executor(self, kind: str) -> Executor:
        if kind not in self._executors:
            known = ", ".join(sorted(self._executors))
            raise Refused(
                refuse(rules.UNKNOWN_KIND, "{kind!r} is not one of {known}", kind=kind, known=known, field="kind")
            )
        return self._executors[kind]

    async def _propose(self, conn: Connection, proposal: Proposal, why: Text, now: datetime) -> Waiting:
        await store.lock_proposals(conn, proposal.account_id)
        waiting = await store.waiting_of_account(conn, proposal.account_id, now=now, limit=COMPARED_MOST)
        if (refusal := rules.already_waiting(proposal, waiting)) is not None:
            raise Refused(refusal)
        digest = rules.digest_of(
            proposal.kind, proposal.account_id, proposal.amount, proposal.currency, proposal.content
        )
        approval_id = await store.insert_approval(conn, proposal, digest, why, now)
        told = _told(approval_id, proposal.kind, plain(proposal.amount), proposal.currency, digest) | {"why": str(why)}
        await _note(conn, proposal.account_id, proposal.actor, "approval_propose", proposal.reason, told)
        return Waiting(approval_id, why)

    @staticmethod
    async def _locked(conn: Connection, approval_id: int, now: datetime) -> Approval:
        return await store.lock_approval(conn, await get_approval(conn, approval_id, now=now))


async def _execute(
    executor: Executor, conn: Connection, content: Mapping[str, object], context: ExecutionContext
) -> object:
    answer = await executor(conn, content, context)
    if isinstance(answer, tuple) and answer and all(isinstance(one, Refusal) for one in answer):
        raise Refused(answer)
    return answer


async def _settle(
    conn: Connection, approval: Approval, state: ApprovalState, actor: str, reason: str | None, now: datetime
) -> None:
    await store.settle_approval(conn, approval, state, actor, reason, now)
    verb = {"APPROVED": "approve", "REJECTED": "reject", "WITHDRAWN": "withdraw"}[state]
    told = _told(approval.approval_id, approval.kind, plain(approval.amount), approval.currency, approval.digest)
    await _note(
        conn, approval.account_id, actor, f"approval_{verb}", reason, told | {"proposed_by": approval.proposed_by}
    )


def _told(approval_id: int, kind: str, amount: str, currency: str, digest: bytes) -> dict[str, object]:
    return {"approval": approval_id, "kind": kind, "amount": amount, "currency": currency, "digest": digest.hex()}


async def _note(
    conn: Connection, account_id: int, actor: str, verb: str, reason: str | None, after: object, before: object = None
) -> None:
    (action_id,) = await audit.next_action_ids(conn, 1)
    await audit.append(conn, [AuditRecord(account_id, action_id, actor, verb, reason, before, after)])


async def list_approvals(
    conn: Connection,
    *,
    state: str | Collection[str] | None = None,
    seller_id: int | None = None,
    kinds: Sequence[str] | None = None,
    actor: str | None = None,
    but_not_of: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    now: datetime | None = None,
) -> Page[Approval]:
    """Approvals, newest first: of some states, a seller's accounts, kinds of action, proposed by an actor or by others.

    Expired or not is told by `now`, or by the database's clock without it.
    Refuses: unknown_approval_state, bad_cursor, bad_limit.
    """
    states = [state] if isinstance(state, str) else state
    if states is not None and (unknown := set(states) - set(ApprovalState)):
        said = say(
            "{unknown} is not one of {known}",
            unknown=", ".join(sorted(unknown)),
            known=", ".join(ApprovalState),
        )
        raise Refused(refuse(UNKNOWN_STATE, said, field="state"))
    count = check_limit(limit)
    found = await store.list_rows(
        conn,
        before=_before(cursor),
        seller_id=seller_id,
        kinds=kinds,
        actor=actor,
        but_not_of=but_not_of,
        states=states,
        now=now,
        limit=count + 1,
    )
    return Page(found[:count], encode_cursor([found[count - 1].approval_id]) if len(found) > count else None)


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    (before,) = decode_cursor(cursor, 1)
    if not isinstance(before, int) or not 0 < before < 2**62:
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return before


async def get_approval(
    conn: Connection, approval_id: int, *, seller_id: int | None = None, now: datetime | None = None
) -> Approval:
    """An approval; refuses unknown_approval, also where another seller has it."""
    found = await store.find_approval(conn, approval_id, seller_id=seller_id, now=now)
    if found is None:
        raise Refused(refuse(UNKNOWN_APPROVAL, "there is no approval {approval_id}", approval_id=approval_id))
    return found


async def count_waiting(
    conn: Connection, *, seller_id: int | None = None, but_not_of: str | None = None, now: datetime | None = None
) -> int:
    """How many wait for a decision, of a seller's accounts, proposed by others than one; `now` as in `list_approvals`."""
    return await store.count_waiting(conn, seller_id=seller_id, but_not_of=but_not_of, now=now)


async def set_limits(
    conn: Connection,
    limits: Sequence[Limit],
    *,
    kinds: Collection[str],
    actor: str,
    reason: str | None = None,
    version: int | None = None,
) -> None:
    """Set limits, each in place of the one of its role, kind and currency; `kinds` are the kinds of action there are,
    `version` is of the list that the change was made from.

    Refuses: version_differs, unknown_role, unknown_action_kind, unknown_currency, limit_below_zero, an unfit amount.
    """
    await store.lock_limits(conn)
    kept = await store.list_limits(conn)
    check_version(version, version_of(kept), say("the list of limits"))
    before = {(one.role, one.kind, one.currency): one for one in kept}
    known = {*kinds, *(kind for _, kind, _ in before)}
    refusals = [r.at(row=i) for i, one in enumerate(limits) for r in rules.check_limit(one, known)]
    if refusals:
        raise Refused(refusals)
    wanted = {(one.role, one.kind, one.currency): one for one in limits}
    changed = {key: one for key, one in wanted.items() if before.get(key) != one}
    if not changed:
        return
    await store.put_limits(conn, list(changed.values()))
    old = [_limit_told(before[key]) for key in changed if key in before]
    await _note(conn, 0, actor, "approval_limits_set", reason, [_limit_told(one) for one in changed.values()], old)


async def set_limit(
    conn: Connection,
    limit: Limit,
    *,
    kinds: Collection[str],
    actor: str,
    reason: str | None = None,
    version: int | None = None,
) -> None:
    """Set one limit, as `set_limits`; `version` is of the limit itself, as `limit_version` gives it."""
    if version is not None:
        await store.lock_limits(conn)
        check_version(version, limit_version(await store.list_limits(conn), limit), say("the limit"))
    await set_limits(conn, [limit], kinds=kinds, actor=actor, reason=reason)


def limit_version(limits: Sequence[Limit], of: Limit) -> int:
    """The version of the limit of a role, kind and currency among all limits; one that is not there has a version too."""
    kept = {(one.role, one.kind, one.currency): one for one in limits}
    return version_of(kept.get((of.role, of.kind, of.currency)))


async def _posts_late(conn: Connection, actor: str, role: str) -> bool:
    """May this actor post into periods that are closed for regular users?"""
    return Permission.LATE_POSTING in await permissions_of(conn, actor, role)


def _limit_told(limit: Limit) -> dict[str, object]:
    single = None if limit.single_most is None else plain(limit.single_most)
    day = None if limit.day_most is None else plain(limit.day_most)
    return {"role": limit.role, "kind": limit.kind, "currency": limit.currency, "single_most": single, "day_most": day}


async def list_waiting(conn: Connection, account_id: int, *, now: datetime | None = None) -> list[WaitingOn]:
    """What waits for a second person on an account."""
    return await store.waiting_of_account(conn, account_id, now=now, limit=COMPARED_MOST)
