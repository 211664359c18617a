"""Create customers with all their levels."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal

from psycopg.errors import UniqueViolation

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.money import plain
from solde.kernel.refusals import Refusal, Refused, refuse
from solde.kernel.texts import say

from . import store
from .model import SearchField
from .reference_data import load_known
from .requests import CreatedCustomer, NewCustomer
from .rules import creation, forms, search
from .rules.creation import CODE_PREFIX, CODE_TAKEN, Checked
from .rules.fields import ReferenceData
from .store import Draft

PASS_OVER = 10_000
"""How many further numbers are drawn where codes given by hand are in the way."""

Verdict = Checked | list[Refusal]


async def create_customers(
    conn: Connection,
    requests: Sequence[NewCustomer],
    *,
    actor: str,
    now: datetime,
    action_id: int | None = None,
    allow_incomplete: bool = False,
) -> list[CreatedCustomer | tuple[Refusal, ...]]:
    """Create each customer wholly or not at all, a few statements for the whole batch.

    Shape: one answer a request, in order; refusals carry the request's place in the batch as `row`.
    Gives: blank codes made; with `allow_incomplete` (imports) customers that lack mandatory fields are kept and marked.
    An `action_id` given is used for the audit records of all of them; without one, one is drawn for the batch.
    Refuses: what `check_customer` and `check_codes` refuse. Raises `Refused` for the whole batch only where a
    rival transaction took one of its codes at the same moment.
    """
    if not requests:
        return []
    known = await load_known(conn, (request.payer for request in requests))
    verdicts = [_check(request, known, now, allow_incomplete=allow_incomplete) for request in requests]
    given = [_as_read(request, verdict) for request, verdict in zip(requests, verdicts, strict=True)]
    filled = await _fill_codes(conn, given, verdicts)
    clashes = creation.check_codes(given, filled, await store.find_taken_codes(conn, filled))
    answers = [_refusals(row, verdicts[row], clashes[row]) for row in range(len(requests))]
    accepted = [row for row, refusals in enumerate(answers) if not refusals]
    created = await _save(conn, [(filled[row], verdicts[row]) for row in accepted], actor, now, action_id)
    made = dict(zip(accepted, created, strict=True))
    return [made.get(row, refusals) for row, refusals in enumerate(answers)]


async def create_customer(
    conn: Connection, request: NewCustomer, *, actor: str, now: datetime, action_id: int | None = None
) -> CreatedCustomer:
    """Create one customer with all its levels, or refuse with everything that is missing or wrong.

    Refuses: what `create_customers` refuses.
    """
    (answer,) = await create_customers(conn, [request], actor=actor, now=now, action_id=action_id)
    if isinstance(answer, CreatedCustomer):
        return answer
    raise Refused(answer)


def _check(request: NewCustomer, known: ReferenceData, now: datetime, *, allow_incomplete: bool) -> Verdict:
    seller = known.sellers.get(request.seller or "") or next(iter(known.sellers.values()))
    return creation.check_customer(request, known, today_in(seller.time_zone, now), allow_incomplete=allow_incomplete)


def _as_read(request: NewCustomer, verdict: Verdict) -> NewCustomer:
    return verdict.request if isinstance(verdict, Checked) else creation.plain_codes(request)


async def _fill_codes(conn: Connection, given: Sequence[NewCustomer], verdicts: Sequence[Verdict]) -> list[NewCustomer]:
    """Every request with all its codes; a number is drawn only for one that nothing else refuses."""
    blank = [i for i, new in enumerate(given) if new.code is None and isinstance(verdicts[i], Checked)]
    taken = [code for new in given for field in forms.CODES if (code := getattr(new, field))]
    drawn = await store.draw_customer_codes(conn, CODE_PREFIX, len(blank), taken) if blank else []
    while len(drawn) < len(blank):
        drawn += await store.draw_customer_codes(conn, CODE_PREFIX, len(blank) - len(drawn) + PASS_OVER, taken)
    codes = dict(zip(blank, drawn, strict=False))
    return [creation.with_codes(new, codes.get(i)) for i, new in enumerate(given)]


def _refusals(row: int, verdict: Verdict, clashes: list[Refusal]) -> tuple[Refusal, ...]:
    found = [] if isinstance(verdict, Checked) else verdict
    return tuple(refusal.at(row=row) for refusal in (*found, *clashes))


async def _save(
    conn: Connection, accepted: Sequence[tuple[NewCustomer, Verdict]], actor: str, now: datetime, action_id: int | None
) -> list[CreatedCustomer]:
    if not accepted:
        return []
    action = action_id if action_id is not None else (await audit.next_action_ids(conn, 1))[0]
    ids = await store.draw_ids(conn, len(accepted))
    drafts = [_draft(new, verdict, keys) for (new, verdict), keys in zip(accepted, ids, strict=True)]
    values = store.columns(drafts, now, action)
    async with unique_codes():
        await store.insert_customers(conn, values)
        await write_accounts(conn, values)
    await store.insert_search_terms(conn, drafts)
    await audit.append(conn, [_record(draft, actor, action) for draft in drafts])
    return [_created(draft) for draft in drafts]


async def write_accounts(conn: Connection, values: Mapping[str, object]) -> None:
    """Write the accounts of `store.columns` with their billing accounts and user accounts; refuses code_taken."""
    async with unique_codes():
        await store.insert_accounts(conn, values)
        await store.insert_account_profiles(conn, values)
        await store.insert_billing_accounts(conn, values)
        await store.insert_user_accounts(conn, values)


@asynccontextmanager
async def unique_codes() -> AsyncIterator[None]:
    """Refuses code_taken where a rival transaction took one of the codes at the same moment."""
    try:
        yield
    except UniqueViolation as error:
        said = say(
            "another transaction took a code at the same moment: {message_detail}",
            message_detail=error.diag.message_detail,
        )
        raise Refused(refuse(CODE_TAKEN, said)) from error


def _draft(new: NewCustomer, verdict: Verdict, keys: tuple[int, int, int, int]) -> Draft:
    assert isinstance(verdict, Checked), "only what nothing refuses is written"
    return Draft(
        new,
        verdict.seller.seller_id,
        verdict.payer_account_id,
        verdict.incomplete,
        *keys,
        sort_name=search.sort_name(new.name or ""),
        terms=search.search_terms(_searched(new)),
    )


def _searched(new: NewCustomer) -> dict[SearchField, str | None]:
    """What stands in the eight searched fields."""
    return {
        SearchField.CUSTOMER_CODE: new.code,
        SearchField.ACCOUNT_CODE: new.account_code,
        SearchField.USER_ACCOUNT_CODE: new.user_account_code,
        SearchField.REGISTRATION_NUMBER: new.registration_number,
        SearchField.CUSTOMER_DESCRIPTION: new.name,
        SearchField.ACCOUNT_DESCRIPTION: new.account_description,
        SearchField.USER_ACCOUNT_DESCRIPTION: new.user_account_description,
        SearchField.COUNTRY: new.country,
    }


def _record(draft: Draft, actor: str, action_id: int) -> AuditRecord:
    """The audit record of a creation: what was set; of personal facts the names of the fields alone."""
    given = {field: getattr(draft.request, field) for field in store.REQUEST_FIELDS}
    after = {**told(given), "incomplete": list(draft.incomplete)}
    return AuditRecord(draft.account_id, action_id, actor, "customer.create", after=after)


def told(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields as an audit record tells them: those set, as text; of personal facts the names of the fields alone."""
    given = {field: value for field, value in fields.items() if value is not None}
    after: dict[str, object] = {field: as_text(value) for field, value in given.items() if field not in forms.PERSONAL}
    return {**after, "personal": sorted(forms.PERSONAL & given.keys())}


def as_text(value: object) -> str | None:
    """A field as an audit record tells it."""
    return None if value is None else plain(value) if isinstance(value, Decimal) else str(value)


def _created(draft: Draft) -> CreatedCustomer:
    code, account, billing_account, user_account = (getattr(draft.request, field) for field in forms.CODES)
    return CreatedCustomer(
        customer_id=draft.customer_id,
        customer_code=code,
        account_id=draft.account_id,
        account_code=account,
        billing_account_id=draft.billing_account_id,
        billing_account_code=billing_account,
        user_account_id=draft.user_account_id,
        user_account_code=user_account,
        incomplete=draft.incomplete,
    )
