"""Schemes and what they rest on: list, change, try on the latest operations; every change is a version of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refused, declare, refuse
from solde.kernel.texts import say
from solde.kernel.versions import check_version, version_of
from solde.operations import OperationType, load_types

from . import scheme_store as store
from .model import Drawn, GeneralAccount, Scheme
from .rules import CODE_TAKEN, GENERAL_ACCOUNT, check_scheme, draw, resolve

UNKNOWN_SCHEME = declare("unknown_scheme", Kind.NOT_FOUND, "Use a code of GET /api/v1/accounting-schemes.")
SCHEME_TAKEN = declare("scheme_taken", Kind.CONFLICT, "Choose another code; each scheme has its own.")
UNKNOWN_SCHEME_TYPE = declare("scheme_type_unknown", Kind.INVALID, "Use codes of GET /api/v1/operation-types.")
BAD_GENERAL_ACCOUNT = declare(
    "general_account_invalid", Kind.INVALID, "Give it a code of 1 to 20 letters and digits and a label of at most 100."
)
UNKNOWN_GENERAL_ACCOUNT = declare(
    "unknown_general_account", Kind.NOT_FOUND, "Use a code of GET /api/v1/general-accounts."
)

TRIED_MOST = 5


@dataclass(frozen=True, slots=True)
class SchemeTrial:
    """An operation, and the entries it would give."""

    code: str
    account: str | None
    number: int
    currency: str
    entries: tuple[Drawn, ...]


async def list_schemes(conn: Connection) -> list[Scheme]:
    """Every scheme as it is in force, with the types that follow it."""
    return await store.list_schemes(conn)


async def get_scheme(conn: Connection, code: str) -> Scheme:
    """A scheme as it is in force; refuses unknown_scheme."""
    found = next((one for one in await store.list_schemes(conn) if one.code == code), None)
    if found is None:
        raise Refused(refuse(UNKNOWN_SCHEME, "there is no scheme {code!r}", code=code))
    return found


async def list_versions(conn: Connection, code: str) -> list[Scheme]:
    """Every version of a scheme, newest first."""
    return await store.list_versions(conn, code)


async def save_scheme(conn: Connection, scheme: Scheme, *, known: int | None, actor: str) -> Scheme:
    """Keep a scheme as its next version, in force at once; entries made before keep theirs.

    `known` is the version it was made from; None for a new scheme.
    Refuses: what `check_scheme` refuses, scheme_taken, unknown_scheme, version_differs.
    """
    if bad := check_scheme(scheme):
        raise Refused(bad)
    now = await store.lock_scheme(conn, scheme.code)
    if known is None and now is not None:
        raise Refused(refuse(SCHEME_TAKEN, "there is a scheme {code} already", code=scheme.code, field="code"))
    if known is not None and now is None:
        raise Refused(refuse(UNKNOWN_SCHEME, "there is no scheme {code!r}", code=scheme.code))
    if known is not None and now != known:
        raise Refused(refuse(VERSION_DIFFERS, "the scheme is at version {now}, not {known}", now=now, known=known))
    (action_id,) = await audit.next_action_ids(conn, 1)
    before = None if now is None else _told(await get_scheme(conn, scheme.code))
    taken = resolve(scheme.lines) or []
    await store.insert_scheme(conn, scheme, (now or 0) + 1, taken, action_id)
    verb = "scheme_create" if now is None else "scheme_change"
    await audit.append(conn, [AuditRecord(0, action_id, actor, verb, before=before, after=_told(scheme))])
    return await get_scheme(conn, scheme.code)


def _told(scheme: Scheme) -> dict[str, object]:
    return {"code": scheme.code, "label": scheme.label, "lines": msgspec.to_builtins(scheme.lines)}


async def assign(
    conn: Connection, scheme: str, types: Sequence[str], *, actor: str, version: int | None = None
) -> Scheme:
    """Let operation types follow a scheme from now on; `version` is of the types that followed it.

    Refuses: version_differs, unknown_scheme, scheme_type_unknown.
    """
    await store.lock_schemes(conn)
    check_version(
        version,
        version_of(tuple((await get_scheme(conn, scheme)).types)),
        say("what follows the scheme {scheme}", scheme=scheme),
    )
    known = (await load_types(conn)).by_code
    if bad := [code for code in types if code not in known]:
        raise Refused(refuse(UNKNOWN_SCHEME_TYPE, "{bad!r} is no operation type", bad=bad[0], field="types"))
    before = {code: one.code for one in await store.list_schemes(conn) for code in one.types if code in types}
    (action_id,) = await audit.next_action_ids(conn, 1)
    await store.assign(conn, scheme, types)
    after = dict.fromkeys(types, scheme)
    await audit.append(conn, [AuditRecord(0, action_id, actor, "scheme_assign", before=before, after=after)])
    return await get_scheme(conn, scheme)


async def try_scheme(
    conn: Connection, scheme: Scheme, types: Sequence[str], *, seller_id: int | None = None, most: int = TRIED_MOST
) -> list[SchemeTrial]:
    """The entries that the latest operations of some types would give; what no type follows is tried on nothing.

    With a seller only its operations.

    Refuses: what `check_scheme` refuses.
    """
    if bad := check_scheme(scheme):
        raise Refused(bad)
    known = (await load_types(conn)).by_code
    kinds: list[OperationType] = [known[code] for code in types if code in known]
    receivables = frozenset(one.code for one in await store.list_general_accounts(conn) if one.receivable)
    rates = await store.list_rates(conn)
    latest = await store.latest_operations(conn, kinds, most, seller_id)
    return [
        SchemeTrial(
            facts.kind.code, facts.account_code, facts.number, currency,
            tuple(draw(facts, scheme.lines, receivables, rates)) if scheme.lines else (),
        )
        for facts, currency in latest
    ]  # fmt: skip


async def list_general_accounts(conn: Connection) -> list[GeneralAccount]:
    """Every general account that has a label, by code."""
    return await store.list_general_accounts(conn)


async def save_general_account(
    conn: Connection, account: GeneralAccount, *, known: int | None, actor: str
) -> GeneralAccount:
    """Label a general account. `known` is the version it was made from; None for a new one.

    Refuses: general_account_invalid, accounting_code_taken, unknown_general_account, version_differs.
    """
    if not GENERAL_ACCOUNT.fullmatch(account.code) or not 1 <= len(account.label.strip()) <= 100:
        raise Refused(
            refuse(BAD_GENERAL_ACCOUNT, "{code!r} or its label is not possible", code=account.code, field="code")
        )
    found = {one.code: one for one in await store.list_general_accounts(conn)}
    before = found.get(account.code)
    if known is not None and before is None:
        raise Refused(refuse(UNKNOWN_GENERAL_ACCOUNT, "there is no general account {code!r}", code=account.code))
    if known is None and before is not None:
        raise Refused(refuse(CODE_TAKEN, "there is a general account {code} already", code=account.code, field="code"))
    if (0 if before is None else before.version) != (known or 0):
        raise Refused(refuse(VERSION_DIFFERS, "general account {code} was changed meanwhile", code=account.code))
    if not await store.save_general_account(conn, account, known or 0):
        raise Refused(refuse(VERSION_DIFFERS, "general account {code} was changed meanwhile", code=account.code))
    (action_id,) = await audit.next_action_ids(conn, 1)
    told = None if before is None else msgspec.to_builtins(before)
    record = AuditRecord(0, action_id, actor, "general_account_save", before=told, after=msgspec.to_builtins(account))
    await audit.append(conn, [record])
    return next(one for one in await store.list_general_accounts(conn) if one.code == account.code)
