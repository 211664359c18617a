"""What journals are called, and which accounts take the tax of which rates: list and change."""

from __future__ import annotations

import msgspec
from psycopg.errors import UniqueViolation

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refused, declare, refuse

from . import scheme_store as store
from .model import Journal
from .rules import CODE_TAKEN, TaxRate, check_journal, check_tax

UNKNOWN_JOURNAL = declare("unknown_journal", Kind.NOT_FOUND, "Use a code of GET /api/v1/accounting-journals.")
UNKNOWN_TAX = declare("unknown_tax", Kind.NOT_FOUND, "Use a code of GET /api/v1/accounting-taxes.")
RATE_TAKEN = declare(
    "tax_rate_taken", Kind.CONFLICT, "Change the tax that has this rate; each rate has one, and one has no rate."
)


async def list_journals(conn: Connection) -> list[Journal]:
    """What each journal is called, by code."""
    return await store.list_journals(conn)


async def save_journal(conn: Connection, journal: Journal, *, known: int | None, actor: str) -> Journal:
    """Say what a journal is called. `known` is the version it was made from; None for a new one.

    Refuses: what `check_journal` refuses, accounting_code_taken, unknown_journal, version_differs.
    """
    if bad := check_journal(journal):
        raise Refused(bad)
    before = next((one for one in await store.list_journals(conn) if one.code == journal.code), None)
    if known is not None and before is None:
        raise Refused(refuse(UNKNOWN_JOURNAL, "there is no journal {code!r}", code=journal.code))
    if known is None and before is not None:
        raise Refused(refuse(CODE_TAKEN, "there is a journal {code} already", code=journal.code, field="code"))
    if (0 if before is None else before.version) != (known or 0) or not await store.save_journal(
        conn, journal, known or 0
    ):
        raise Refused(refuse(VERSION_DIFFERS, "journal {code} was changed meanwhile", code=journal.code))
    saved = next(one for one in await store.list_journals(conn) if one.code == journal.code)
    await _tell(conn, actor, "accounting_journal_save", before, saved)
    return saved


async def list_taxes(conn: Connection) -> list[TaxRate]:
    """The taxes and their accounts, by rate; that of no rate comes last."""
    return await store.list_rates(conn)


async def save_tax(conn: Connection, tax: TaxRate, *, known: int | None, actor: str) -> TaxRate:
    """Say which account takes the tax of a rate. `known` is the version it was made from; None for a new one.

    Entries that were made keep theirs. Refuses: what `check_tax` refuses, accounting_code_taken, unknown_tax, tax_rate_taken, version_differs.
    """
    if bad := check_tax(tax):
        raise Refused(bad)
    found = await store.list_rates(conn)
    before = next((one for one in found if one.code == tax.code), None)
    if known is not None and before is None:
        raise Refused(refuse(UNKNOWN_TAX, "there is no tax {code!r}", code=tax.code))
    if known is None and before is not None:
        raise Refused(refuse(CODE_TAKEN, "there is a tax {code} already", code=tax.code, field="code"))
    if taken := next((one for one in found if one.rate == tax.rate and one.code != tax.code), None):
        raise Refused(
            refuse(RATE_TAKEN, "{code} is the tax of {tax}", code=taken.code, tax=_percent(tax), field="rate")
        )
    try:
        saved = (0 if before is None else before.version) == (known or 0) and await store.save_rate(
            conn, tax, known or 0
        )
    except UniqueViolation:
        raise Refused(refuse(RATE_TAKEN, "another tax is that of {tax}", tax=_percent(tax), field="rate")) from None
    if not saved:
        raise Refused(refuse(VERSION_DIFFERS, "tax {code} was changed meanwhile", code=tax.code))
    after = next(one for one in await store.list_rates(conn) if one.code == tax.code)
    await _tell(conn, actor, "accounting_tax_save", before, after)
    return after


def _percent(tax: TaxRate) -> str:
    return "no rate" if tax.rate is None else f"{tax.rate} %"


async def _tell(conn: Connection, actor: str, verb: str, before: object | None, after: object) -> None:
    (action_id,) = await audit.next_action_ids(conn, 1)
    told = None if before is None else msgspec.to_builtins(before)
    await audit.append(conn, [AuditRecord(0, action_id, actor, verb, before=told, after=msgspec.to_builtins(after))])
