"""Reasons of litigation: make and change them."""

from __future__ import annotations

import re
from dataclasses import asdict, replace

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say
from solde.kernel.versions import check_version, version_of

from . import store
from .model import Reason

BAD_CODE = declare(
    "litigation_reason_code_invalid",
    Kind.INVALID,
    "Use capital letters, digits and _, beginning with a letter, 2 to 30.",
)
LABEL_MISSING = declare(
    "litigation_reason_label_missing", Kind.INVALID, "Give the reason a label of at most 100 characters."
)
BAD_POSITION = declare("litigation_reason_position_invalid", Kind.INVALID, "Give a place from 1 to 9999.")
CODE_TAKEN = declare("litigation_reason_taken", Kind.CONFLICT, "Choose another code; each reason has its own.")
NO_SUCH_REASON = declare("no_such_litigation_reason", Kind.NOT_FOUND, "Use a code of GET /api/v1/litigation-reasons.")


def check_reason(code: str, label: str, position: int | None) -> list[Refusal]:
    """Every reason why a reason of litigation cannot be so."""
    found: list[Refusal] = []
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,29}", code):
        found.append(refuse(BAD_CODE, "{code!r} is no code of a reason", code=code, field="code"))
    if not 0 < len(label.strip()) <= 100 or not label.isprintable():
        found.append(refuse(LABEL_MISSING, "the label is empty or too long", field="label"))
    if position is not None and not 0 < position < 10_000:
        found.append(refuse(BAD_POSITION, "{position} is no place in the list", position=position, field="position"))
    return found


async def create_reason(conn: Connection, code: str, label: str, *, actor: str, position: int | None = None) -> Reason:
    """Make a reason of litigation, the last of the list unless it is placed.

    Refuses: what `check_reason` refuses, litigation_reason_taken.
    """
    if refusals := check_reason(code, label, position):
        raise Refused(refusals)
    made = await store.insert_reason(conn, code, label.strip(), position)
    if made is None:
        raise Refused(refuse(CODE_TAKEN, "there is a reason {code} already", code=code, field="code"))
    await _note(conn, "litigation_reason_create", actor, None, made)
    return made


async def change_reason(
    conn: Connection,
    code: str,
    *,
    actor: str,
    label: str | None = None,
    position: int | None = None,
    is_active: bool | None = None,
    seen: Reason | None = None,
    version: int | None = None,
) -> Reason:
    """Change a reason of litigation; None leaves what it is, `seen` is the state the change was made from, or
    `version` that of it.

    One that is no longer active stays with the litigations it was given for.
    Refuses: what `check_reason` refuses, no_such_litigation_reason, version_differs.
    """
    before = await store.lock_reason(conn, code)
    if before is None:
        raise Refused(refuse(NO_SUCH_REASON, "there is no reason {code!r}", code=code))
    if seen not in {None, before}:
        raise Refused(refuse(VERSION_DIFFERS, "{code} was changed by somebody else meanwhile", code=code))
    check_version(version, version_of(before), say("the reason {code}", code=code))
    after = replace(
        before,
        label=before.label if label is None else label.strip(),
        position=before.position if position is None else position,
        is_active=before.is_active if is_active is None else is_active,
    )
    if refusals := check_reason(code, after.label, after.position):
        raise Refused(refusals)
    if after != before:
        await store.update_reason(conn, after)
        await _note(conn, "litigation_reason_change", actor, before, after)
    return after


async def _note(conn: Connection, verb: str, actor: str, before: Reason | None, after: Reason) -> None:
    (action_id,) = await audit.next_action_ids(conn, 1)
    was = None if before is None else asdict(before)
    await audit.append(conn, [AuditRecord(0, action_id, actor, verb, before=was, after=asdict(after))])
