"""Make and change payment methods."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import asdict, replace

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say

from . import store
from .model import PaymentMethod

BAD_METHOD_CODE = declare(
    "payment_method_code_invalid", Kind.INVALID, "Use capital letters, digits and _, beginning with a letter, 2 to 30."
)
METHOD_LABEL_MISSING = declare(
    "payment_method_label_missing", Kind.INVALID, "Give the payment method a label of at most 100 characters."
)
METHOD_TYPE_UNKNOWN = declare(
    "payment_method_type_unknown", Kind.INVALID, "Choose the operation type that its payments are posted as."
)
METHOD_TAKEN = declare("payment_method_taken", Kind.CONFLICT, "Choose another code; each payment method has its own.")
NO_SUCH_METHOD = declare("no_such_payment_method", Kind.NOT_FOUND, "Use a code of GET /api/v1/payment-methods.")


def check_method(method: PaymentMethod, payment_types: Collection[str]) -> list[Refusal]:
    """Every reason why a payment method cannot be so; `payment_types` are the operation types of payments."""
    refusals: list[Refusal] = []
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,29}", method.code):
        refusals.append(
            refuse(BAD_METHOD_CODE, "{code!r} is no code of a payment method", code=method.code, field="code")
        )
    if not 0 < len(method.label.strip()) <= 100 or not method.label.isprintable():
        refusals.append(refuse(METHOD_LABEL_MISSING, "the label is empty or too long", field="label"))
    if method.payment_type not in payment_types:
        said = say("{payment_type!r} is no operation type of payments", payment_type=method.payment_type)
        refusals.append(refuse(METHOD_TYPE_UNKNOWN, said, field="payment_type"))
    return refusals


async def create_method(
    conn: Connection, method: PaymentMethod, *, payment_types: Collection[str], actor: str
) -> PaymentMethod:
    """Make a payment method.

    Refuses: what `check_method` refuses, payment_method_taken.
    """
    if refusals := check_method(method, payment_types):
        raise Refused(refusals)
    made = replace(method, label=method.label.strip())
    if not await store.insert_payment_method(conn, made):
        raise Refused(refuse(METHOD_TAKEN, "there is a payment method {code} already", code=method.code, field="code"))
    await _note(conn, "payment_method_create", actor, None, made)
    return made


async def change_method(
    conn: Connection,
    method: PaymentMethod,
    *,
    payment_types: Collection[str],
    actor: str,
    seen: PaymentMethod | None = None,
) -> PaymentMethod:
    """Change the label and the operation type of a payment method; `seen` is the state the change was made from.

    Refuses: what `check_method` refuses, no_such_payment_method, version_differs.
    """
    if refusals := check_method(method, payment_types):
        raise Refused(refusals)
    before = await store.lock_payment_method(conn, method.code)
    if before is None:
        raise Refused(refuse(NO_SUCH_METHOD, "there is no payment method {code!r}", code=method.code))
    if seen not in {None, before}:
        raise Refused(refuse(VERSION_DIFFERS, "{code} was changed by somebody else meanwhile", code=method.code))
    after = replace(method, label=method.label.strip())
    if after != before:
        await store.update_payment_method(conn, after)
        await _note(conn, "payment_method_change", actor, before, after)
    return after


async def _note(conn: Connection, verb: str, actor: str, before: PaymentMethod | None, after: PaymentMethod) -> None:
    (action_id,) = await audit.next_action_ids(conn, 1)
    was = None if before is None else asdict(before)
    await audit.append(conn, [AuditRecord(0, action_id, actor, verb, before=was, after=asdict(after))])
