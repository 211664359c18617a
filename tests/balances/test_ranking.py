"""Who owes most: worked out on the spot or by kept standings, the same accounts in the same order, with exact figures."""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from faces.api.asking import COMPLETE
from ledger import TODAY, D, invoice, payment, post_all, rows

from solde.balances import Draft, Moment, change_definition, definitions_now, pick, ranking_cache
from solde.balances import ranking as ranking_module
from solde.balances.ranking import RANKED_BY, Kept, RankedAccount, Show, key_figures, rank_accounts
from solde.balances.ranking_cache import KeptRanking, ranked_pair, refresh_ranking
from solde.customers import CustomerFilters, NewCustomer, create_customers, set_account_state
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import match_oldest
from solde.operations import NewOperation, load_types

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MOMENT = Moment(TODAY)
KEPT = Kept(NOW)
LAST_MONTH = TODAY - timedelta(days=40)


async def make_company(conn: Connection) -> list[int]:
    """Twelve accounts that differ in everything a list may be narrowed to; gives their keys."""
    await conn.execute(
        "insert into seller (code, name, country, currency, time_zone, language) values ('S2', 'Two', 'FR', 'EUR', 'UTC', 'fr')"
    )
    requests = [
        NewCustomer(
            **(COMPLETE | {
                "code": f"C{n:02}", "account_code": f"A{n:02}", "name": f"Name {n * 7 % 12:02}", "country": "DE FR ES".split()[n % 3],
                "currency": "USD" if n % 4 == 0 else "EUR", "seller": "S2" if n % 5 == 0 else "MAIN", "category": "BUSINESS" if n % 6 != 1 else "",
                "payment_mode": ("POSTPAID", "PREPAID")[n % 2],
            })
        )
        for n in range(12)
    ]  # fmt: skip
    made = await create_customers(conn, requests, actor="test", now=NOW, allow_incomplete=True)
    accounts = [one.account_id for one in made if not isinstance(one, tuple)]
    assert len(accounts) == 12, made
    operations: list[NewOperation] = []
    for n, account in enumerate(accounts):
        operations += [invoice(account, str(10 + n % 4), LAST_MONTH, LAST_MONTH)] if n % 2 else []
        operations += [payment(account, str(n * 2 % 7 + 1))] if n % 3 else []
    await post_all(conn, *operations)
    await set_account_state(conn, accounts[3], "BLOCKED", "fraud", actor="test", now=NOW)
    return accounts


async def rank(conn: Connection, kept: Kept | None = KEPT, **asked: Any) -> list[RankedAccount]:
    """Every page of a ranking."""
    pair = ranked_pair(await definitions_now(conn))
    found: list[RankedAccount] = []
    cursor = None
    while True:
        page = await rank_accounts(conn, pair, MOMENT, limit=5, kept=kept, cursor=cursor, **asked)
        found += page.items
        if (cursor := page.next) is None:
            return found


async def refresh(pool: Pool) -> int:
    return await refresh_ranking(pool, clock=lambda: NOW)


@pytest.mark.parametrize("walk", [1, 10_000])
async def test_kept_standings_give_what_is_worked_out_on_the_spot(
    pool: Pool, walk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking_module, "WALK_MOST", walk)
    monkeypatch.setattr(ranking_module, "NAMES_MOST", walk)
    await transaction(pool, make_company)
    assert await refresh(pool) == 12
    narrowed = [None, CustomerFilters(country="FR"), CustomerFilters(seller="S2", kind="COMPANY"), CustomerFilters(incomplete=True),
                CustomerFilters(payment_mode="PREPAID", currency="EUR"), CustomerFilters(account_state="BLOCKED", state="ACTIVE"),
                CustomerFilters(category="BUSINESS", incomplete=False), CustomerFilters(country="XX")]  # fmt: skip
    async with pool.connection() as conn:
        for by, descending, show in product(RANKED_BY, (True, False), Show):
            asked: dict[str, Any] = {"by": by, "descending": descending, "show": show}
            assert await rank(conn, **asked) == await rank(conn, None, **asked), asked
        for filters, by, seller in product(narrowed, RANKED_BY, (None, 1)):
            asked = {"by": by, "filters": filters, "seller_id": seller}
            assert await rank(conn, **asked) == await rank(conn, None, **asked), asked
        pair = ranked_pair(await definitions_now(conn))
        for filters, seller in product(narrowed, (None, 1)):
            live = await key_figures(conn, pair, MOMENT, filters=filters, seller_id=seller)
            assert await key_figures(conn, pair, MOMENT, filters=filters, seller_id=seller, kept=KEPT) == live


def test_every_field_a_list_of_customers_can_be_narrowed_to_narrows_a_ranking() -> None:
    assert {field.name for field in fields(CustomerFilters)} <= set(ranking_module._NARROWED)


async def test_figures_are_of_now_though_the_order_is_older(pool: Pool) -> None:
    accounts = await transaction(pool, make_company)
    await refresh(pool)
    await transaction(pool, lambda conn: post_all(conn, invoice(accounts[0], "1000")))
    async with pool.connection() as conn:
        kept = await rank(conn)
        assert next(a for a in kept if a.account_id == accounts[0]).balance == D(1000)
        assert kept[0].account_id != accounts[0]
        assert (await rank(conn, None))[0].account_id == accounts[0]


async def test_every_kind_of_change_is_followed(pool: Pool) -> None:
    accounts = await transaction(pool, make_company)
    await refresh(pool)
    types = await transaction(pool, load_types)
    steps = [
        lambda conn: post_all(conn, invoice(accounts[0], "7", LAST_MONTH, LAST_MONTH)),
        lambda conn: match_oldest(conn, [accounts[1]], types, today=TODAY, actor="test"),
        lambda conn: dispute(conn, [DisputeRequest(accounts[5], 1, DisputeVerb.ENTER, "test", D(3), reason="x")], today=TODAY),
        lambda conn: set_account_state(conn, accounts[7], "SUSPENDED", "late", actor="test", now=NOW),
        lambda conn: conn.execute("update customer set incomplete = '{email}', country = 'PL' where code = 'C08'"),
        lambda conn: conn.execute("update account_profile set payment_mode = 'PREPAID' where account_id = %s", (accounts[2],)),
    ]  # fmt: skip
    for number, step in enumerate(steps):
        await transaction(pool, step)
        assert await refresh(pool) == 1, number
        async with pool.connection() as conn:
            for show in Show:
                assert await rank(conn, show=show) == await rank(conn, None, show=show), number
    assert await refresh(pool) == 0


async def test_a_transaction_under_way_while_standings_are_worked_out_is_followed_later(pool: Pool) -> None:
    accounts = await transaction(pool, make_company)
    async with pool.connection() as slow, slow.transaction():
        await post_all(slow, invoice(accounts[0], "500"))
        await transaction(pool, lambda conn: post_all(conn, invoice(accounts[1], "1")))
        assert await refresh(pool) == 12
    await transaction(pool, lambda conn: post_all(conn, invoice(accounts[2], "1")))
    assert await refresh(pool) == 2
    async with pool.connection() as conn:
        assert (await rank(conn))[0].account_id == accounts[0]


async def test_a_new_day_makes_invoices_overdue_without_a_write(pool: Pool) -> None:
    accounts = await transaction(pool, make_company)
    await transaction(pool, lambda conn: post_all(conn, invoice(accounts[0], "900", TODAY, TODAY)))
    await refresh(pool)
    assert await refresh_ranking(pool, clock=lambda: NOW + timedelta(days=1)) == 1
    async with pool.connection() as conn:
        assert (await rank(conn, by="overdue"))[0].account_id == accounts[0]


async def test_another_definition_works_out_every_account(pool: Pool) -> None:
    await transaction(pool, make_company)
    await refresh(pool)

    async def change(conn: Connection) -> None:
        before = pick(await definitions_now(conn), "default")
        draft: Draft = replace(before.draft, expression="#{ accountOperation.amount < 5 }")
        await change_definition(conn, "default", draft, version=before.version, actor="test")

    await transaction(pool, change)
    assert await refresh(pool) > 1
    async with pool.connection() as conn:
        assert await rank(conn) == await rank(conn, None)


async def test_many_written_accounts_are_worked_out_at_once(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking_cache, "SINGLY_MOST", 2)
    accounts = await transaction(pool, make_company)
    await refresh(pool)
    await transaction(pool, lambda conn: post_all(conn, *(invoice(account, "3") for account in accounts[:6])))
    assert await refresh(pool) == 6


async def test_two_at_once_leave_the_work_to_one(pool: Pool) -> None:
    await transaction(pool, make_company)
    done = await asyncio.gather(*(refresh(pool) for _ in range(6)))
    assert max(done) == 12
    async with pool.connection() as conn:
        assert await rank(conn) == await rank(conn, None)
        assert await rows(conn, "select count(*) from account_standing") == [(12,)]


class Seconds:
    """A clock that moves on by some seconds whenever work is timed."""

    def __init__(self, cost: float) -> None:
        self.cost, self.time = cost, 0.0

    def __call__(self) -> float:
        self.time += self.cost
        return self.time


async def test_where_it_is_quick_who_asks_sees_the_order_of_now(pool: Pool, clock: Clock) -> None:
    accounts = await transaction(pool, make_company)
    ranking = KeptRanking(pool, clock, monotonic=Seconds(0.001))
    pair = ranked_pair(await transaction(pool, definitions_now))
    for amount in ("1000", "2000"):
        account = accounts[int(amount) // 1000]
        await transaction(pool, lambda conn, a=amount, to=account: post_all(conn, invoice(to, a)))  # type: ignore[misc]
        kept = await ranking.current(pair)
        async with pool.connection() as conn:
            assert (await rank(conn, kept))[0].account_id == account
        assert kept == Kept(clock())


async def test_where_it_is_slow_nobody_waits_and_it_rests(pool: Pool, clock: Clock) -> None:
    accounts = await transaction(pool, make_company)
    seconds = Seconds(3.0)
    ranking = KeptRanking(pool, clock, monotonic=seconds)
    pair = ranked_pair(await transaction(pool, definitions_now))
    assert await ranking.current(pair) == Kept(clock())
    await transaction(pool, lambda conn: post_all(conn, invoice(accounts[0], "1000")))
    await ranking.current(pair)
    await ranking.close()
    async with pool.connection() as conn:
        assert (await rank(conn))[0].account_id != accounts[0]
    seconds.time += 100
    await ranking.current(pair)
    await ranking.close()
    async with pool.connection() as conn:
        assert (await rank(conn))[0].account_id == accounts[0]


async def test_standings_by_other_definitions_are_not_used(pool: Pool, clock: Clock) -> None:
    await transaction(pool, make_company)
    ranking = KeptRanking(pool, clock)
    default, dunning = ranked_pair(await transaction(pool, definitions_now))
    assert await ranking.current((default, dunning)) is not None
    assert await ranking.current((replace(default, version=9), dunning)) is None


async def test_a_failure_leaves_the_page_its_older_order(
    pool: Pool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await transaction(pool, make_company)
    ranking = KeptRanking(pool, clock)
    pair = ranked_pair(await transaction(pool, definitions_now))
    first = await ranking.current(pair)

    async def fail(*_: object) -> None:
        raise RuntimeError("no disk left")

    monkeypatch.setattr(ranking_cache, "_refresh", fail)
    assert await ranking.current(pair) == first
