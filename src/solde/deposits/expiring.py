"""Give back the deposits whose time is over, page by page, each page in a transaction of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date
from decimal import Decimal

from solde.customers import list_sellers
from solde.db import Connection, Pool, transaction
from solde.kernel.money import ZERO
from solde.kernel.refusals import Refused, refuse
from solde.operations import Types

from . import rules, store
from .funding import refund_expired
from .model import DepositEffect, Expired, Listed
from .requests import GiveBackRequest

PAGE = 100
FIRST = (date.min, 0, 0)
NO_SELLER = 0
"""The seller of accounts that have none."""

Told = DepositEffect | tuple[int, int, str]
"""What was given back; or a deposit, by account and number, that could not be, and why."""


async def expire_deposits(
    pool: Pool,
    types: Types,
    *,
    today: Callable[[str], date],
    actor: str,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> Expired:
    """Give back what every deposit holds whose last day is over; `today` tells the day it is in a seller's time zone.

    A deposit that cannot be given back (its account is closed, say) is told and left; the others are not kept waiting.
    Refuses: deposit_auto_refund_off, unless it is a trial.
    Source: product §5 Deposit.
    """
    async with pool.connection() as conn:
        if not dry_run and not (await store.get_settings(conn)).auto_refund:
            raise Refused(refuse(rules.AUTO_OFF, "the automatic refund is off"))
        zones = {NO_SELLER: "UTC"} | {one.seller_id: one.time_zone for one in await list_sellers(conn)}
    done, amounts, refused = 0, dict[str, Decimal](), list[tuple[int, int, str]]()
    for seller_id, zone in zones.items():
        async for told in _expire_of(pool, types, seller_id, today(zone), actor, dry_run=dry_run):
            if isinstance(told, DepositEffect):
                done += 1
                currency = told.deposit.currency
                amounts[currency] = amounts.get(currency, ZERO) + told.amount
                progress(done)
            else:
                refused.append(told)
    return Expired(done, amounts, tuple(refused))


async def _expire_of(
    pool: Pool, types: Types, seller_id: int, today: date, actor: str, *, dry_run: bool
) -> AsyncIterator[Told]:
    """Give back the expired deposits of a seller's accounts; tells what became of each."""
    after = FIRST
    while True:
        async with pool.connection() as conn:
            page = await store.list_expired(conn, seller_id, today, after, PAGE)
        if not page:
            return

        async def work(conn: Connection, page: list[Listed] = page) -> list[Told]:
            return await _give_back(conn, page, types, today, actor)

        for told in await transaction(pool, work, dry_run=dry_run):
            yield told
        last = page[-1].deposit
        assert last.valid_until is not None, "only what ends expires"
        after = (last.valid_until, last.account_id, last.number)


async def _give_back(conn: Connection, page: list[Listed], types: Types, today: date, actor: str) -> list[Told]:
    requests = [
        GiveBackRequest(one.deposit.account_id, one.deposit.number, actor, reason="its time is over", late=True)
        for one in page
    ]
    answers = await refund_expired(conn, requests, types, today=today)
    return [
        answer if isinstance(answer, DepositEffect) else (one.deposit.account_id, one.deposit.number, answer[0].message)
        for one, answer in zip(page, answers, strict=True)
    ]
