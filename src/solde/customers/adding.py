"""Add further accounts to customers that are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.refusals import Refusal

from . import store
from .actions import create_customers, told, write_accounts
from .codes import draw_free_codes
from .model import KnownCustomer, SearchField
from .reference_data import load_known
from .requests import CreatedAccount, CreatedCustomer, NewAccount, NewCustomer
from .rules import adding, creation, forms, search
from .rules.adding import Added
from .rules.fields import ReferenceData, plain_code
from .store import Draft

Verdict = Added | list[Refusal]


async def add_accounts(
    conn: Connection,
    requests: Sequence[NewAccount],
    *,
    actor: str,
    now: datetime,
    action_id: int | None = None,
    allow_incomplete: bool = False,
) -> list[CreatedAccount | tuple[Refusal, ...]]:
    """Add each account, with its billing account and user account, wholly or not at all; a few statements for all.

    Shape: one answer a request, in order; refusals carry the request's place in the batch as `row`.
    Gives: blank codes made: ACME-2 for the customer ACME. With `allow_incomplete` (imports) accounts that lack mandatory
    fields are kept, and their customers marked.
    Refuses: what `check_account` and `check_codes` refuse. Raises `Refused` for the whole batch only where a rival
    transaction took one of its codes at the same moment.
    """
    if not requests:
        return []
    customers = await _lock_customers(conn, [request.customer for request in requests])
    known = await load_known(conn, (request.payer for request in requests))
    verdicts = [_check(new, customers, known, now, allow_incomplete=allow_incomplete) for new in requests]
    given = [_as_read(new, verdict) for new, verdict in zip(requests, verdicts, strict=True)]
    filled = await _fill_codes(conn, given, verdicts)
    clashes = creation.check_codes(given, filled, await store.find_taken_codes(conn, filled))
    refused = [_refusals(row, verdict, clashes[row]) for row, verdict in enumerate(verdicts)]
    accepted = {
        row: replace(verdict, request=filled[row])
        for row, verdict in enumerate(verdicts)
        if isinstance(verdict, Added) and not refused[row]
    }
    created = await _save(conn, list(accepted.values()), actor, now, action_id)
    made = dict(zip(accepted, created, strict=True))
    return [made.get(row, refusals) for row, refusals in enumerate(refused)]


async def create_or_add(
    conn: Connection,
    requests: Sequence[NewCustomer],
    *,
    actor: str,
    now: datetime,
    action_id: int | None = None,
    allow_incomplete: bool = False,
) -> list[CreatedCustomer | CreatedAccount | tuple[Refusal, ...]]:
    """Create customers, and add accounts to those that exist; of several requests for one code the first creates.

    Of a request for a customer that exists only the account and what is below it is taken: the customer stays as it is.
    Shape, Refuses: as `create_customers` and `add_accounts`.
    """
    there = await store.find_customers(conn, [code for new in requests if (code := plain_code(new.code))])
    first = {code: row for row, new in reversed(list(enumerate(requests))) if (code := plain_code(new.code))}
    creating = [
        row
        for row, new in enumerate(requests)
        if (code := plain_code(new.code)) is None or (code not in there and first[code] == row)
    ]
    others = sorted(set(range(len(requests))) - set(creating))
    answers: dict[int, CreatedCustomer | CreatedAccount | tuple[Refusal, ...]] = {}
    created = await create_customers(
        conn,
        [requests[row] for row in creating],
        actor=actor, now=now, action_id=action_id, allow_incomplete=allow_incomplete,
    )  # fmt: skip
    answers |= zip(creating, created, strict=True)
    added = await add_accounts(
        conn,
        [adding.account_of(requests[row]) for row in others],
        actor=actor, now=now, action_id=action_id, allow_incomplete=allow_incomplete,
    )  # fmt: skip
    answers |= zip(others, added, strict=True)
    return [_placed(answers[row], row) for row in range(len(requests))]


def _placed(
    answer: CreatedCustomer | CreatedAccount | tuple[Refusal, ...], row: int
) -> CreatedCustomer | CreatedAccount | tuple[Refusal, ...]:
    return tuple(refusal.at(row=row) for refusal in answer) if isinstance(answer, tuple) else answer


async def _lock_customers(conn: Connection, codes: Sequence[str]) -> dict[str, KnownCustomer]:
    """The customers of these codes by the text they were asked by; none of them changes until this transaction ends."""
    plain = {asked: code for asked in codes if (code := plain_code(asked))}
    wanted = sorted(set(plain.values()))
    await store.lock_customers(conn, wanted)
    found = await store.find_customers(conn, wanted)
    return {asked: found[code] for asked, code in plain.items() if code in found}


def _check(
    new: NewAccount,
    customers: Mapping[str, KnownCustomer],
    known: ReferenceData,
    now: datetime,
    *,
    allow_incomplete: bool,
) -> Verdict:
    customer = customers.get(new.customer)
    return adding.check_account(new, customer, known, _today(customer, known, now), allow_incomplete=allow_incomplete)


def _today(customer: KnownCustomer | None, known: ReferenceData, now: datetime) -> date:
    seller = next(iter(known.sellers.values())) if customer is None else known.sellers[customer.seller]
    return today_in(seller.time_zone, now)


def _as_read(new: NewAccount, verdict: Verdict) -> NewCustomer:
    """The request without its customer's code: only the codes of the levels below are looked at."""
    if isinstance(verdict, Added):
        return verdict.request
    codes: dict[str, Any] = {field: getattr(new, field) for field in forms.CODES if field != "code"}
    return creation.plain_codes(NewCustomer(**codes))


def _refusals(row: int, verdict: Verdict, clashes: list[Refusal]) -> tuple[Refusal, ...]:
    found = [] if isinstance(verdict, Added) else verdict
    return tuple(refusal.at(row=row) for refusal in (*found, *clashes))


async def _fill_codes(conn: Connection, given: Sequence[NewCustomer], verdicts: Sequence[Verdict]) -> list[NewCustomer]:
    """Every accepted request with all its codes: the accounts' first, because those below are made from them."""
    filled = list(given)
    stems = {row: ("account_code", v.customer.code) for row, v in enumerate(verdicts) if isinstance(v, Added)}
    await _fill(conn, filled, {row: stem for row, stem in stems.items() if not filled[row].account_code})
    for field in adding.STEMS:
        below = {row: (field, adding.stem_of(field, filled[row].account_code or "")) for row in stems}
        await _fill(conn, filled, {row: stem for row, stem in below.items() if not getattr(filled[row], field)})
    return filled


async def _fill(conn: Connection, filled: list[NewCustomer], stems: Mapping[int, tuple[str, str]]) -> None:
    taken = [code for new in filled for field in forms.CODES if (code := getattr(new, field))]
    free = await draw_free_codes(conn, list(stems.values()), taken)
    for (row, (field, _)), code in zip(stems.items(), free, strict=True):
        filled[row] = adding.with_code(filled[row], field, code)


async def _save(
    conn: Connection, accepted: Sequence[Added], actor: str, now: datetime, action_id: int | None
) -> list[CreatedAccount]:
    if not accepted:
        return []
    action = action_id if action_id is not None else (await audit.next_action_ids(conn, 1))[0]
    ids = await store.draw_account_ids(conn, len(accepted))
    drafts = [_draft(added, keys) for added, keys in zip(accepted, ids, strict=True)]
    await write_accounts(conn, store.columns(drafts, now, action))
    await store.merge_search_terms(conn, _terms(drafts))
    await _note_missing(conn, accepted)
    records = [_record(added, draft, actor, action) for added, draft in zip(accepted, drafts, strict=True)]
    await audit.append(conn, records)
    return [_created(added, draft) for added, draft in zip(accepted, drafts, strict=True)]


def _draft(added: Added, keys: tuple[int, int, int]) -> Draft:
    searched = {
        SearchField.ACCOUNT_CODE: added.request.account_code,
        SearchField.USER_ACCOUNT_CODE: added.request.user_account_code,
        SearchField.ACCOUNT_DESCRIPTION: added.request.account_description,
        SearchField.USER_ACCOUNT_DESCRIPTION: added.request.user_account_description,
    }
    return Draft(
        added.request,
        added.customer.seller_id,
        added.payer_account_id,
        added.incomplete,
        added.customer.customer_id,
        *keys,
        sort_name="",
        terms=search.search_terms(searched),
    )


def _terms(drafts: Sequence[Draft]) -> dict[tuple[int, str], int]:
    """Each customer's new words once, with the best field each stands in."""
    terms: dict[tuple[int, str], int] = {}
    for draft in drafts:
        for term, field in draft.terms.items():
            key = (draft.customer_id, term)
            terms[key] = min(field, terms.get(key, field))
    return terms


async def _note_missing(conn: Connection, accepted: Sequence[Added]) -> None:
    """Mark the customers whose new accounts lack mandatory fields."""
    missing: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for added in accepted:
        if set(added.incomplete) - set(added.customer.incomplete):
            missing[added.customer.customer_id] |= dict.fromkeys((*added.customer.incomplete, *added.incomplete))
    if missing:
        await store.set_incomplete(conn, {customer_id: tuple(paths) for customer_id, paths in missing.items()})


def _record(added: Added, draft: Draft, actor: str, action_id: int) -> AuditRecord:
    given = {f: value for f in forms.paths_of(forms.ACCOUNT_TABS) if (value := getattr(draft.request, f)) is not None}
    after = {"customer": added.customer.code, **told(given), "incomplete": list(added.incomplete)}
    return AuditRecord(draft.account_id, action_id, actor, "account.create", after=after)


def _created(added: Added, draft: Draft) -> CreatedAccount:
    _, account, billing_account, user_account = (getattr(draft.request, field) for field in forms.CODES)
    return CreatedAccount(
        customer_id=added.customer.customer_id,
        customer_code=added.customer.code,
        account_id=draft.account_id,
        account_code=account,
        billing_account_id=draft.billing_account_id,
        billing_account_code=billing_account,
        user_account_id=draft.user_account_id,
        user_account_code=user_account,
        incomplete=added.incomplete,
    )
