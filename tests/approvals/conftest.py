"""A kind of action to propose, done by nobody else: it notes itself in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from solde import audit
from solde.approvals import Approvals, ExecutionContext, Executor
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.dates import Clock
from solde.kernel.refusals import NOT_FOUND, Refused, refuse

TODAY = date(2026, 11, 22)


async def note(conn: Connection, content: Mapping[str, object], context: ExecutionContext) -> object:
    """Refuses where the content says so, otherwise notes what it was given."""
    (action_id,) = await audit.next_action_ids(conn, 1)
    told = {"content": dict(content), "approver": context.approver}
    await audit.append(conn, [AuditRecord(0, action_id, context.actor, "noted", None, None, told)])
    if content.get("refuse") == "raise":
        raise Refused(refuse(NOT_FOUND, "it is gone"))
    if content.get("refuse") == "give":
        return (refuse(NOT_FOUND, "it is gone"),)
    return {"noted": content}


EXECUTORS: Mapping[str, Executor] = {"refund": note, "payment": note, "write_off": note}


@pytest.fixture
def approvals(clock: Clock) -> Approvals:
    return Approvals(EXECUTORS, clock)
