"""The pages of accounting: years and their periods, closing and opening again, the rejected queue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from web.company import TODAY, Company
from web.desk import OWN, key_in, own_books, read, send, signed_in

from solde.db import open_pool
from solde.operations import NewOperation, Posted, PostRequest, load_types, post
from solde.periods import Cut, NewYear, PeriodScope, PeriodTurn, create_year, turn_period

PERIODS, REJECTED = "/accounting/periods", "/accounting/rejected"
MAY = f"{PERIODS}/2026/5"


@pytest.fixture
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


async def prepare(dsn: str, code: str) -> None:
    """The year 2026 whose April is closed for regular users, and two operations that came too late for it."""
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        row = await (await conn.execute("select account_id from account_directory where code = %s", (code,))).fetchone()
        assert row is not None
        await create_year(conn, NewYear("2026", TODAY.replace(month=1, day=1), TODAY.replace(month=12, day=31), Cut.MONTHLY), actor="x")  # fmt: skip
        await turn_period(conn, [PeriodTurn("2026", 4, PeriodScope.REGULAR, closes=True)], actor="anna")
        news = [
            NewOperation(row[0], "INV_STD", Decimal(amount), TODAY.replace(month=4, day=7)) for amount in ("31.5", "8")
        ]
        (made,) = await post(conn, [PostRequest(tuple(news), "test")], await load_types(conn))
        assert isinstance(made, Posted)
        assert len(made.barred) == 2


async def test_the_day_of_an_accountant(books: tuple[str, Company]) -> None:
    dsn, company = books
    async with signed_in(dsn, "admin", "Root") as root:
        assert "No accounting year yet" in await read(root, PERIODS)
        dialog = await read(root, "/accounting/years/new")
        assert 'value="1 Jan 2026"' in dialog
    await prepare(dsn, company.empty)
    async with signed_in(dsn, "accountant", "Anna") as anna:
        text = await read(anna, PERIODS)
        assert f'href="{MAY}/close"' in text
        assert "Open again" not in text
        dialog = await read(anna, f"{MAY}/close")
        assert '<option value="all"' not in dialog
        counted = await send(anna, f"{MAY}/close/preview", 200, scope="regular")
        assert "posted, not exported yet" in counted
        assert await send(anna, f"{MAY}/close", key=key_in(dialog), scope="regular", reason="done") == PERIODS
        assert "Anna" in await read(anna, PERIODS)
        await send(anna, f"{MAY}/close", 403, key="all", scope="all", reason="done")

        queue = await read(anna, REJECTED)
        keys = re.findall(r'data-key="([^"]+:\d+)"', queue)
        assert len(keys) == 2
        dialog = await read(anna, f"{REJECTED}/repair?way=force&n={keys[0]}&n={keys[1]}")
        chosen = " ".join(keys)
        tried = await send(anna, f"{REJECTED}/repair/preview", 200, chosen=chosen, way="force")
        assert "1 Jun 2026" in tried
        wrong = await send(anna, f"{REJECTED}/repair", 422, key=key_in(dialog), chosen=chosen, way="redate")
        assert 'id="n-date"' in wrong
        assert 'id="n-reason"' in wrong
        gone = await send(anna, f"{REJECTED}/repair", key=key_in(dialog), chosen=chosen, way="force", reason="late")
        assert gone == REJECTED
        assert "Nothing waits" in await read(anna, REJECTED)
        code, number = keys[0].split(":")
        detail = await read(anna, f"/accounts/{code}/operations/{number}")
        assert "1 Jun 2026" in detail


async def test_an_administrator_makes_a_year_changes_its_policy_and_opens_a_period_again(
    books: tuple[str, Company],
) -> None:
    dsn, _ = books
    first = TODAY.replace(year=2030, month=1, day=1)
    year = {"label": "2030", "starts_on": f"{first}", "ends_on": f"{first + timedelta(days=364)}", "cut": "QUARTERLY"}
    async with signed_in(dsn, "admin", "Root 2") as root:
        wrong = await send(root, "/accounting/years/new", 422, key="a", **year | {"label": "a b", "force_day": "x"})
        assert 'id="n-force_day"' in wrong
        wrong = await send(root, "/accounting/years/new", 422, key="b", **year | {"label": "a b", "force_day": "1"})
        assert 'id="n-label"' in wrong
        assert await send(root, "/accounting/years/new", key="c", **year) == PERIODS
        policy = "/accounting/years/2030/policy"
        version = re.search(r'name="version" value="(\d+)"', await read(root, policy))
        assert version is not None
        fields = {"on_closed": "FORCE", "force_day": "31", "regular_after": "5", "all_after": ""}
        assert await send(root, policy, key="d", version=version[1], **fields) == PERIODS
        assert "moves to day 31" in await read(root, PERIODS)
        assert "version" in await send(root, policy, 422, key="e", version=version[1], **fields | {"force_day": "2"})
        assert await send(root, "/accounting/years/2030/close", key="f", scope="all") == PERIODS
        reopen = f"{PERIODS}/2030/2/reopen"
        assert 'id="n-reason"' in await send(root, reopen, 422, key="g", scope="all", reason="")
        assert await send(root, reopen, key="h", scope="all", reason="a late invoice") == PERIODS
        assert "a late invoice" in await read(root, PERIODS)
        await read(root, f"{PERIODS}/2030/9/close", 404)
        await read(root, f"{PERIODS}/2030/1/dance", 404)


async def test_an_agent_is_told_that_accounting_rejected_what_was_posted(books: tuple[str, Company]) -> None:
    dsn, company = books
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        await create_year(conn, NewYear("2025", TODAY.replace(year=2025, month=1, day=1), TODAY.replace(year=2025, month=12, day=31), Cut.NONE), actor="x")  # fmt: skip
        await turn_period(conn, [PeriodTurn("2025", 1, PeriodScope.REGULAR, closes=True)], actor="anna")
    async with signed_in(dsn, "agent", "Ben") as ben:
        assert f'href="{PERIODS}"' in await read(ben, PERIODS)
        fields = {"type": "ADJ_INV", "amount": "5", "date": "2025-06-01", "reason": "late"}
        place = f"/accounts/{company.easycall}/actions/new"
        answer = await ben.post(place, data={"key": "late", **fields}, headers=OWN, follow_redirects=True)
        assert "rejected by accounting: the period is closed" in answer.text
        queue = await read(ben, REJECTED)
        assert company.easycall in queue
        assert "Move to the next open period" not in queue
