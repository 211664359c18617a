"""Make an operation type: check, save, tell. A type's code, class and side never change afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import Kind, Refusal, Refused, declare, refuse

from .model import CLASSES, OperationType, Side
from .store import sql

BAD_TYPE_CODE = declare(
    "operation_type_code_invalid", Kind.INVALID, "Use capital letters, digits and _, beginning with a letter, 2 to 30."
)
TYPE_LABEL_MISSING = declare(
    "operation_type_label_missing", Kind.INVALID, "Give the type a label of at most 100 characters."
)
UNKNOWN_CLASS = declare("operation_class_unknown", Kind.INVALID, "Use one of the classes named in the message.")
UNKNOWN_SIDE = declare("side_unknown", Kind.INVALID, "Write debit or credit.")
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


def check_type(new: NewType) -> list[Refusal]:
    """Every reason why a type cannot be made."""
    refusals: list[Refusal] = []
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,29}", new.code):
        refusals.append(refuse(BAD_TYPE_CODE, f"{new.code!r} is no code of an operation type", field="code"))
    if not 0 < len(new.label.strip()) <= 100 or not new.label.isprintable():
        refusals.append(refuse(TYPE_LABEL_MISSING, "the label is empty or too long", field="label"))
    if new.class_ not in CLASSES:
        refusals.append(refuse(UNKNOWN_CLASS, f"{new.class_!r} is not one of {', '.join(CLASSES)}", field="class"))
    if new.side not in ("debit", "credit"):
        refusals.append(refuse(UNKNOWN_SIDE, f"{new.side!r} is neither debit nor credit", field="side"))
    return refusals


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
        raise Refused(refuse(TYPE_TAKEN, f"there is a type {new.code} already", field="code"))
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
