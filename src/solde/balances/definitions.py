"""Create, change and delete balance definitions; every state of each is kept as a version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refused, declare, refuse
from solde.kernel.texts import say
from solde.operations import load_types

from . import rules, store
from .figures import pick
from .model import Definition, Draft

CODE_TAKEN = declare("balance_code_taken", Kind.CONFLICT, "Choose another code; each balance has its own.")
CODE_FIXED = declare("balance_code_fixed", Kind.INVALID, "Keep the code; make a new balance for a new code.")
DEFAULT_STAYS = declare(
    "default_balance_stays", Kind.CONFLICT, "Make another balance the default first; there is always exactly one."
)
ORDER_OUTDATED = declare(
    "balance_order_outdated", Kind.CONFLICT, "Look at the list again: balances were added, deleted or moved meanwhile."
)


async def create_definition(conn: Connection, draft: Draft, *, actor: str, reason: str | None = None) -> Definition:
    """Put a new definition in force.

    Refuses: what `check_draft` refuses, balance_code_taken.
    """
    await _check(conn, draft)
    await store.lock_definitions(conn)
    existing = await store.definitions_now(conn)
    if any(d.code == draft.code for d in existing):
        raise Refused(refuse(CODE_TAKEN, "there is a balance {code!r} already", code=draft.code, field="code"))
    if draft.is_default:
        await _yield_default(conn, existing, actor)
    definition = Definition(await store.insert_definition(conn, draft.code), 1, draft)
    await _write(conn, None, definition, actor=actor, verb="balance_definition_create", reason=reason)
    return pick(await store.definitions_now(conn), draft.code)


async def change_definition(
    conn: Connection, code: str, draft: Draft, *, version: int, actor: str, reason: str | None = None
) -> Definition:
    """Put a new version of a definition in force; `version` is the one the change was made from.

    Refuses: unknown_balance, version_differs, balance_code_fixed, default_balance_stays, what `check_draft` refuses.
    """
    await store.lock_definitions(conn)
    existing = await store.definitions_now(conn)
    before = pick(existing, code)
    _check_version(before, version)
    if draft.code != code:
        raise Refused(refuse(CODE_FIXED, "the code is {code!r} and stays", code=code, field="code"))
    if before.draft.is_default and not draft.is_default:
        raise Refused(refuse(DEFAULT_STAYS, "{code!r} is the default balance", code=code, field="is_default"))
    await _check(conn, draft)
    if draft.is_default and not before.draft.is_default:
        await _yield_default(conn, existing, actor)
    after = Definition(before.definition_id, before.version + 1, draft)
    await _write(conn, before, after, actor=actor, verb="balance_definition_change", reason=reason)
    return pick(await store.definitions_now(conn), code)


async def delete_definition(
    conn: Connection, code: str, *, version: int, actor: str, reason: str | None = None
) -> None:
    """Take a definition out of force; past figures keep its versions.

    Refuses: unknown_balance, version_differs, default_balance_stays.
    """
    await store.lock_definitions(conn)
    before = pick(await store.definitions_now(conn), code)
    _check_version(before, version)
    if before.draft.is_default:
        raise Refused(refuse(DEFAULT_STAYS, "{code!r} is the default balance and cannot be deleted", code=code))
    after = Definition(before.definition_id, before.version + 1, before.draft, deleted=True)
    await _write(conn, before, after, actor=actor, verb="balance_definition_delete", reason=reason)


async def order_definitions(
    conn: Connection, codes: Sequence[str], *, seen: Sequence[str], actor: str, reason: str | None = None
) -> tuple[Definition, ...]:
    """Put the definitions in this order; `seen` is the order the wish was made from. Only those that move get a new version.

    Refuses: balance_order_outdated.
    """
    await store.lock_definitions(conn)
    existing = {d.code: d for d in await store.definitions_now(conn)}
    if list(seen) != list(existing) or sorted(codes) != sorted(existing):
        raise Refused(refuse(ORDER_OUTDATED, "the balances are not those the order was made from"))
    places = rules.places_for([existing[code].draft.position for code in seen])
    for code, position in zip(codes, places, strict=True):
        before = existing[code]
        if before.draft.position != position:
            after = Definition(before.definition_id, before.version + 1, replace(before.draft, position=position))
            await _write(conn, before, after, actor=actor, verb="balance_definition_change", reason=reason)
    return await store.definitions_now(conn)


def _check_version(before: Definition, version: int) -> None:
    if before.version != version:
        said = say(
            "{code!r} is at version {version}, your change was made from {made_from}",
            code=before.code,
            version=before.version,
            made_from=version,
        )
        raise Refused(refuse(VERSION_DIFFERS, said))


async def _check(conn: Connection, draft: Draft) -> None:
    if refusals := rules.check_draft(draft, (await load_types(conn)).by_code):
        raise Refused(refusals)


async def _yield_default(conn: Connection, existing: tuple[Definition, ...], actor: str) -> None:
    before = next(d for d in existing if d.draft.is_default)
    after = Definition(before.definition_id, before.version + 1, replace(before.draft, is_default=False))
    await _write(
        conn, before, after, actor=actor, verb="balance_definition_change", reason="another balance becomes the default"
    )


async def _write(
    conn: Connection, before: Definition | None, after: Definition, *, actor: str, verb: str, reason: str | None
) -> None:
    (action_id,) = await audit.next_action_ids(conn, 1)
    await store.insert_version(conn, after, action_id)
    old = None if before is None else asdict(before.draft)
    new = None if after.deleted else asdict(after.draft)
    await audit.append(conn, [AuditRecord(0, action_id, actor, verb, reason, old, new)])
