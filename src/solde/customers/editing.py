"""Change what is known of customers, accounts, billing accounts and user accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, Refused, declare, refuse
from solde.kernel.refusals import Kind as Sort
from solde.kernel.texts import Label

from . import store, store_editing
from .actions import as_text
from .model import Editable, Level, SearchField
from .reference_data import load_known
from .requests import Edit
from .rules import editing, forms, search
from .rules.editing import Planned
from .rules.fields import ReferenceData, plain_code
from .rules.states import UNKNOWN_CUSTOMER

UNKNOWN_BILLING_ACCOUNT = declare(
    "billing_account_not_found", Sort.NOT_FOUND, "Read the account's hierarchy by GET /api/v1/accounts/{account}."
)
UNKNOWN_USER_ACCOUNT = declare(
    "user_account_not_found", Sort.NOT_FOUND, "Read the account's hierarchy by GET /api/v1/accounts/{account}."
)
_UNKNOWN = {
    Level.CUSTOMER: UNKNOWN_CUSTOMER,
    Level.ACCOUNT: UNKNOWN_ACCOUNT,
    Level.BILLING_ACCOUNT: UNKNOWN_BILLING_ACCOUNT,
    Level.USER_ACCOUNT: UNKNOWN_USER_ACCOUNT,
}


async def edit_levels(
    conn: Connection,
    edits: Sequence[Edit],
    *,
    actor: str,
    now: datetime,
    reason: str | None = None,
    seller_id: int | None = None,
) -> None:
    """Make all the changes, or none: of one level, or of several as one form shows them.

    Shape: at most one change of each level and code. Of several changes each refusal carries its place as `row`.
    Gives: the search finds by the new texts; an incomplete customer is complete once its mandatory fields are there; a
    billing account that had the customer's country, language or email follows it.
    Refuses: unknown_customer, unknown_account, billing_account_not_found, user_account_not_found, also where another
    seller has it; what `plan_edit` refuses, all of it at once.
    """
    await store_editing.lock_customers_of(conn, _codes(edits))
    payers = [(edit.code, str(edit.changes["payer"])) for edit in edits if edit.changes.get("payer") is not None]
    known = await load_known(conn, (payer for _, payer in payers), locked=(code for code, _ in payers))
    there = await _find(conn, edits, seller_id)
    plans = [_plan(edit, there.get((edit.level, edit.code)), known, now) for edit in edits]
    if refusals := _refusals(plans):
        raise Refused(refusals)
    changed = [plan for plan in plans if isinstance(plan, Planned) and plan.changed]
    await _save(conn, changed)
    await _complete(conn, [plan for plan in plans if isinstance(plan, Planned)])
    await _find_by_new_texts(conn, changed)
    await _tell(conn, changed, actor, reason)


def _codes(edits: Sequence[Edit]) -> dict[Level, list[str]]:
    codes: defaultdict[Level, list[str]] = defaultdict(list)
    for edit in edits:
        if plain_code(edit.code):
            codes[edit.level].append(edit.code)
    return codes


async def _find(conn: Connection, edits: Sequence[Edit], seller_id: int | None) -> dict[tuple[Level, str], Editable]:
    """What is to be changed, one statement a level."""
    found: dict[tuple[Level, str], Editable] = {}
    for level, codes in _codes(edits).items():
        there = await store_editing.find_editables(conn, level, codes, seller_id)
        found |= {(level, code): editable for code, editable in there.items()}
    assert len({(edit.level, edit.code) for edit in edits}) == len(edits), "one change of each level and code"
    return found


def _plan(edit: Edit, before: Editable | None, known: ReferenceData, now: datetime) -> Planned | list[Refusal]:
    if before is None:
        return [
            refuse(
                _UNKNOWN[edit.level],
                "there is no {level} {code!r}",
                level=Label(edit.level.replace("_", " ")),
                code=edit.code,
            )
        ]
    return editing.plan_edit(edit, before, known, today_in(before.time_zone, now))


def _refusals(plans: Sequence[Planned | list[Refusal]]) -> list[Refusal]:
    if len(plans) == 1:
        return plans[0] if isinstance(plans[0], list) else []
    return [refusal.at(row=row) for row, plan in enumerate(plans) if isinstance(plan, list) for refusal in plan]


async def _save(conn: Connection, changed: Sequence[Planned]) -> None:
    """One statement a level; billing accounts follow their customers last, when their own changes are written."""
    for level in Level:
        if planned := [plan for plan in changed if plan.before.level is level]:
            await store_editing.write_level(conn, level, planned)
    customers = [plan for plan in changed if plan.changed & {"country", "language", "email"}]
    if followed := [plan for plan in customers if plan.before.level is Level.CUSTOMER]:
        await store_editing.follow_customers(conn, followed)


async def _complete(conn: Connection, plans: Sequence[Planned]) -> None:
    """Take from incomplete customers the marks of what is there now."""
    given: defaultdict[int, set[str]] = defaultdict(set)
    edited: defaultdict[int, set[Level]] = defaultdict(set)
    for plan in plans:
        given[plan.before.customer_id] |= plan.given
        edited[plan.before.customer_id].add(plan.before.level)
    remaining = {
        customer_id: editing.still_missing(noted, lacking, given[customer_id], edited[customer_id])
        for customer_id, noted, lacking in await store_editing.list_lacking(conn, sorted(given))
    }
    if remaining:
        await store.set_incomplete(conn, remaining)


async def _find_by_new_texts(conn: Connection, changed: Sequence[Planned]) -> None:
    customers = sorted({plan.before.customer_id for plan in changed if plan.changed & editing.SEARCHED})
    if not customers:
        return
    terms: dict[tuple[int, str], int] = {}
    for customer_id, field, text in await store_editing.list_searched(conn, customers):
        for term, best in search.search_terms({SearchField(field): text}).items():
            terms[customer_id, term] = min(best, terms.get((customer_id, term), best))
    await store_editing.replace_search_terms(conn, customers, terms)


async def _tell(conn: Connection, changed: Sequence[Planned], actor: str, reason: str | None) -> None:
    action_ids = await audit.next_action_ids(conn, len(changed)) if changed else []
    records = [_record(plan, actor, action_id, reason) for plan, action_id in zip(changed, action_ids, strict=True)]
    await audit.append(conn, records)


def _record(plan: Planned, actor: str, action_id: int, reason: str | None) -> AuditRecord:
    """What changed, before and after; of personal facts the names of the fields alone."""
    told = sorted(plan.changed - forms.PERSONAL)
    before = {field: as_text(plan.before.fields[field]) for field in told}
    after: dict[str, object] = {field: as_text(plan.after[field]) for field in told}
    after |= {"code": plan.before.code, "personal": sorted(plan.changed & forms.PERSONAL)}
    return AuditRecord(plan.before.account_id, action_id, actor, f"{plan.before.level}.change", reason, before, after)
