"""Add further billing accounts and user accounts to accounts that are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.refusals import Refusal

from . import store
from .actions import told, unique_codes
from .codes import draw_free_codes
from .model import KnownAccount, Level, SearchField
from .reference_data import load_known
from .requests import CreatedLevel, NewBillingAccount, NewCustomer, NewUserAccount
from .rules import adding, creation, search
from .rules.adding import AddedBelow, BelowAccount
from .rules.fields import ReferenceData, plain_code

_FIELDS: Mapping[Level, str] = {Level.BILLING_ACCOUNT: "billing_account_code", Level.USER_ACCOUNT: "user_account_code"}
_PATHS: Mapping[Level, str] = {Level.BILLING_ACCOUNT: "billing.code", Level.USER_ACCOUNT: "user_account.code"}

Verdict = AddedBelow | list[Refusal]


async def add_billing_accounts(
    conn: Connection, requests: Sequence[NewBillingAccount], *, actor: str, now: datetime
) -> list[CreatedLevel | tuple[Refusal, ...]]:
    """Add each billing account to its account, or refuse it; blank codes are made: BA-ACME-2.

    Refuses: what `check_below` refuses, code_taken.
    """
    return await _add(conn, requests, Level.BILLING_ACCOUNT, actor, now)


async def add_user_accounts(
    conn: Connection, requests: Sequence[NewUserAccount], *, actor: str, now: datetime
) -> list[CreatedLevel | tuple[Refusal, ...]]:
    """Add each user account below a billing account, or refuse it; blank codes are made: UA-ACME-2.

    Refuses: what `check_below` refuses, code_taken.
    """
    return await _add(conn, requests, Level.USER_ACCOUNT, actor, now)


async def _add(
    conn: Connection, requests: Sequence[BelowAccount], level: Level, actor: str, now: datetime
) -> list[CreatedLevel | tuple[Refusal, ...]]:
    if not requests:
        return []
    accounts = await _lock_accounts(conn, requests)
    known = await load_known(conn, ())
    verdicts = [_check(new, accounts, known, now) for new in requests]
    given = [adding.with_code(NewCustomer(), _FIELDS[level], plain_code(new.code)) for new in requests]
    filled = await _fill_codes(conn, given, verdicts, level)
    clashes = creation.check_codes(given, filled, await store.find_taken_codes(conn, filled))
    refused = [_refusals(row, verdict, clashes[row], level) for row, verdict in enumerate(verdicts)]
    accepted = {
        row: (verdict, str(getattr(filled[row], _FIELDS[level])))
        for row, verdict in enumerate(verdicts)
        if isinstance(verdict, AddedBelow) and not refused[row]
    }
    created = await _save(conn, list(accepted.values()), level, actor)
    made = dict(zip(accepted, created, strict=True))
    return [made.get(row, refusals) for row, refusals in enumerate(refused)]


async def _lock_accounts(conn: Connection, requests: Sequence[BelowAccount]) -> dict[str, KnownAccount]:
    """The accounts by code, locked, so that none is closed meanwhile."""
    codes = sorted({code for new in requests if (code := plain_code(new.account))})
    found = await store.resolve_accounts(conn, codes)
    await store.lock_accounts(conn, [account.account_id for account in found.values()])
    return await store.list_known_accounts(conn, codes)


def _check(new: BelowAccount, accounts: Mapping[str, KnownAccount], known: ReferenceData, now: datetime) -> Verdict:
    account = accounts.get(plain_code(new.account) or "")
    seller = known.sellers[account.customer.seller] if account else next(iter(known.sellers.values()))
    return adding.check_below(new, account, known, today_in(seller.time_zone, now))


async def _fill_codes(
    conn: Connection, given: Sequence[NewCustomer], verdicts: Sequence[Verdict], level: Level
) -> list[NewCustomer]:
    field = _FIELDS[level]
    stems = {
        row: (field, adding.stem_of(field, verdict.account.code))
        for row, verdict in enumerate(verdicts)
        if isinstance(verdict, AddedBelow) and not getattr(given[row], field)
    }
    taken = [code for new in given if (code := getattr(new, field))]
    free = dict(zip(stems, await draw_free_codes(conn, list(stems.values()), taken), strict=True))
    return [adding.with_code(new, field, free.get(row)) for row, new in enumerate(given)]


def _refusals(row: int, verdict: Verdict, clashes: list[Refusal], level: Level) -> tuple[Refusal, ...]:
    found = [] if isinstance(verdict, AddedBelow) else verdict
    return tuple(r.at(row=row) for r in (*found, *(clash.at(field=_PATHS[level]) for clash in clashes)))


async def _save(
    conn: Connection, accepted: Sequence[tuple[AddedBelow, str]], level: Level, actor: str
) -> list[CreatedLevel]:
    if not accepted:
        return []
    billing = level is Level.BILLING_ACCOUNT
    keys = await (store.draw_billing_account_ids if billing else store.draw_user_account_ids)(conn, len(accepted))
    async with unique_codes():
        if billing:
            await store.insert_billing_accounts(conn, _billing_columns(accepted, keys))
        else:
            await store.insert_user_accounts(conn, _user_columns(accepted, keys))
            await store.merge_search_terms(conn, _terms(accepted))
    action_ids = await audit.next_action_ids(conn, len(accepted))
    await audit.append(
        conn,
        [
            AuditRecord(
                one.account.account_id, action_id, actor, f"{level}.create", after={"code": code, **told(one.values)}
            )
            for (one, code), action_id in zip(accepted, action_ids, strict=True)
        ],
    )
    return [
        CreatedLevel(one.account.account_id, one.account.code, key, code)
        for (one, code), key in zip(accepted, keys, strict=True)
    ]


def _billing_columns(accepted: Sequence[tuple[AddedBelow, str]], keys: Sequence[int]) -> dict[str, object]:
    fields = ("billing_cycle", "tax_category", "country", "language", "email", "delivery")
    columns: dict[str, object] = {field: [one.values.get(field) for one, _ in accepted] for field in fields}
    return columns | {
        "account_id": [one.account.account_id for one, _ in accepted],
        "billing_account_id": list(keys),
        "billing_account_code": [code for _, code in accepted],
        "billing_account_description": [one.values.get("description") for one, _ in accepted],
    }


def _user_columns(accepted: Sequence[tuple[AddedBelow, str]], keys: Sequence[int]) -> dict[str, Any]:
    return {
        "account_id": [one.account.account_id for one, _ in accepted],
        "user_account_id": list(keys),
        "billing_account_id": [one.billing_account_id for one, _ in accepted],
        "user_account_code": [code for _, code in accepted],
        "user_account_description": [one.values.get("description") for one, _ in accepted],
    }


def _terms(accepted: Sequence[tuple[AddedBelow, str]]) -> dict[tuple[int, str], int]:
    """The words by which the customers are found from now on."""
    found: dict[tuple[int, str], int] = {}
    for one, code in accepted:
        description = one.values.get("description")
        searched = {
            SearchField.USER_ACCOUNT_CODE: code,
            SearchField.USER_ACCOUNT_DESCRIPTION: None if description is None else str(description),
        }
        for term, field in search.search_terms(searched).items():
            key = (one.account.customer.customer_id, term)
            found[key] = min(field, found.get(key, field))
    return found
