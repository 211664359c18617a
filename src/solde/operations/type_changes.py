"""Make and change operation types: check, save, tell. A type's code, class and side never change."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say

from .model import CLASSES, OperationType, Side
from .store import lock_type, sql

BAD_TYPE_CODE = declare(
    "operation_type_code_invalid", Kind.INVALID, "Use capital letters, digits and _, beginning with a letter, 2 to 30."
)
TYPE_LABEL_MISSING = declare(
    "operation_type_label_missing", Kind.INVALID, "Give the type a label of at most 100 characters."
)
UNKNOWN_CLASS = declare("operation_class_unknown", Kind.INVALID, "Use one of the classes named in the message.")
UNKNOWN_SIDE = declare("side_unknown", Kind.INVALID, "Write debit or credit.")
UNKNOWN_TYPE_CODE = declare("unknown_operation_type_code", Kind.NOT_FOUND, "Use a code of GET /api/v1/operation-types.")
BAD_ACCOUNT = declare(
    "type_account_invalid", Kind.INVALID, "Write an account or a journal with at most 40 characters, or leave it blank."
)
OWN_ACTIONS = declare(
    "operation_type_own_actions",
    Kind.CONFLICT,
    "Leave it off: these operations are made by the actions of security deposits and instalment plans.",
)
TYPE_TAKEN = declare("operation_type_taken", Kind.CONFLICT, "Choose another code; each type has its own.")


@dataclass(frozen=True, slots=True)
class NewType:
    """An operation type as an administrator writes it."""

    code: str
    label: str
    class_: str
    side: str
    account: str | None = None
    contra_account: str | None = None
    second_contra_account: str | None = None
    journal: str | None = None
    manual_creation: bool = True


@dataclass(frozen=True, slots=True)
class TypeChange:
    """What of an operation type may change; accounts and journal may be none."""

    label: str
    account: str | None
    contra_account: str | None
    second_contra_account: str | None
    journal: str | None
    manual_creation: bool


def change_of(kind: OperationType) -> TypeChange:
    """What of a type may change, as it is."""
    return TypeChange(
        kind.label,
        kind.account,
        kind.contra_account,
        kind.second_contra_account,
        kind.journal,
        kind.manual_creation,
    )


def check_type(new: NewType) -> list[Refusal]:
    """Every reason why a type cannot be made."""
    refusals: list[Refusal] = []
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,29}", new.code):
        refusals.append(refuse(BAD_TYPE_CODE, "{code!r} is no code of an operation type", code=new.code, field="code"))
    refusals += _check_words(new)
    if new.class_ not in CLASSES:
        said = say("{kind!r} is not one of {classes}", kind=new.class_, classes=", ".join(CLASSES))
        refusals.append(refuse(UNKNOWN_CLASS, said, field="class"))
    if new.side not in ("debit", "credit"):
        refusals.append(refuse(UNKNOWN_SIDE, "{side!r} is neither debit nor credit", side=new.side, field="side"))
    return refusals


def _check_words(new: NewType | TypeChange) -> list[Refusal]:
    refusals: list[Refusal] = []
    if not 0 < len(new.label.strip()) <= 100 or not new.label.isprintable():
        refusals.append(refuse(TYPE_LABEL_MISSING, "the label is empty or too long", field="label"))
    for field in ("account", "contra_account", "second_contra_account", "journal"):
        text = getattr(new, field)
        if text is not None and (not 0 < len(text) <= 40 or not text.isprintable()):
            refusals.append(
                refuse(BAD_ACCOUNT, "{text!r} cannot be an account or a journal", text=text[:60], field=field)
            )
    return refusals


async def change_type(
    conn: Connection, code: str, change: TypeChange, *, seen: TypeChange | None = None, actor: str
) -> OperationType:
    """Change an operation type; `seen`, where given, is the state that the change was made from.

    Refuses: unknown_operation_type_code, operation_type_label_missing, type_account_invalid, version_differs,
    operation_type_own_actions.
    """
    if refusals := _check_words(change):
        raise Refused(refusals)
    before = await lock_type(conn, code)
    if before is None:
        raise Refused(refuse(UNKNOWN_TYPE_CODE, "there is no operation type {code!r}", code=code))
    if seen is not None and change_of(before) != seen:
        raise Refused(refuse(VERSION_DIFFERS, "{code} was changed by somebody else meanwhile", code=code))
    if change.manual_creation and before.own_actions:
        raise Refused(refuse(OWN_ACTIONS, "{code} is never made by hand", code=code, field="manual_creation"))
    wanted = replace(change, label=change.label.strip())
    if wanted == change_of(before):
        return before
    values = {"code": code, **asdict(wanted)}
    await conn.execute(sql.update_type, values)
    (action_id,) = await audit.next_action_ids(conn, 1)
    was = {"code": code, **asdict(change_of(before))}
    await audit.append(conn, [AuditRecord(0, action_id, actor, "operation_type_change", None, was, values)])
    return replace(before, **asdict(wanted))


async def create_type(conn: Connection, new: NewType, *, actor: str) -> OperationType:
    """Make an operation type.

    Refuses: what `check_type` refuses, operation_type_taken.
    """
    if refusals := check_type(new):
        raise Refused(refusals)
    side = Side.DEBIT if new.side == "debit" else Side.CREDIT
    values = {
        "code": new.code,
        "label": new.label.strip(),
        "class_": new.class_,
        "side": side.value,
        "account": new.account,
        "contra_account": new.contra_account,
        "second_contra_account": new.second_contra_account,
        "journal": new.journal,
        "manual_creation": new.manual_creation,
    }
    row = await (await conn.execute(sql.insert_type, values)).fetchone()
    if row is None:
        raise Refused(refuse(TYPE_TAKEN, "there is a type {code} already", code=new.code, field="code"))
    (action_id,) = await audit.next_action_ids(conn, 1)
    await audit.append(conn, [AuditRecord(0, action_id, actor, "operation_type_create", after=values)])
    return OperationType(
        row[0],
        new.code,
        new.label.strip(),
        new.class_,
        side,
        new.account,
        new.contra_account,
        new.second_contra_account,
        new.journal,
        new.manual_creation,
        deposit=False,
    )
