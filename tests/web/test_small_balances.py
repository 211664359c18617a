"""Small balances on a page: seen first, given up by a job, above a limit only with a second person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from web.company import TODAY, Company
from web.desk import do_jobs, guest, key_in, own_books, read, send, signed_in

from solde.db import open_pool
from solde.operations import NewOperation, Posted, PostRequest, load_types, post

PLACE = "/payments/small-balances"
ASKED = {"most": "1.50", "currency": "EUR", "due_before": "2026-11-22", "seller": ""}


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


async def owe(dsn: str, code: str, amount: str) -> None:
    """Let an account owe a little that is due."""
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        row = await (await conn.execute("select account_id from account_directory where code = %s", (code,))).fetchone()
        assert row is not None
        new = NewOperation(row[0], "INV_STD", Decimal(amount), TODAY.replace(month=1), TODAY.replace(month=2))
        (made,) = await post(conn, [PostRequest((new,), "test")], await load_types(conn))
        assert isinstance(made, Posted), made


async def test_what_is_small_is_seen_before_and_written_off_by_a_job(books: tuple[str, Company]) -> None:
    dsn, company = books
    async with open_pool(dsn) as pool, pool.connection() as conn:
        row = await (await conn.execute("select currency from account a join account_directory using (account_id) where code = %s", (company.empty,))).fetchone()  # fmt: skip
    assert row is not None
    currency = row[0]
    await owe(dsn, company.empty, "1.20")
    asked = {**ASKED, "currency": currency}
    async with signed_in(dsn, "accountant", "Anna 1") as anna:
        query = "&".join(f"{n}={v}" for n, v in asked.items())
        text = await read(anna, f"{PLACE}?{query}")
        assert company.empty in text
        assert "Write off 1 balance" in text
        dialog = await read(anna, f"{PLACE}/write-off?{query}")
        assert "1.20" in dialog
        key = key_in(dialog)
        refused = await send(anna, f"{PLACE}/write-off", 422, key=key, reason="", **asked)
        assert 'id="n-reason"' in refused
        jobs = {await send(anna, f"{PLACE}/write-off", key=key, reason="cents", **asked) for _ in range(2)}
        assert len(jobs) == 1
        await do_jobs(dsn)
        text = await read(anna, jobs.pop())
        assert "Debits written off" in text
        assert f"1.20 {currency}" in text
        assert "No balance is that small" in await read(anna, f"{PLACE}?{query}")
        gone = await send(anna, f"{PLACE}/write-off", 422, key="z", reason="cents", **asked)
        assert "no account has so small" in gone.lower()


async def test_above_the_limit_a_second_person_starts_the_job(books: tuple[str, Company]) -> None:
    dsn, _ = books
    asked = {**ASKED, "most": "9999999"}
    async with signed_in(dsn, "accountant", "Anna 2") as anna:
        assert await send(anna, f"{PLACE}/write-off", key="k", reason="all of it", **asked) == PLACE
        assert re.search(r'href="/approvals/(\d+)"', await read(anna, "/approvals?show=mine"))
    async with signed_in(dsn, "admin", "Root") as root:
        number = re.findall(r'href="/approvals/(\d+)"', await read(root, "/approvals"))[0]
        text = await read(root, f"/approvals/{number}")
        assert "Write-off of small balances" in text
        assert "At most, an account" in text
        await send(root, f"/approvals/{number}/reject", key="r", reason="by no means")


@pytest.mark.parametrize(
    ("changed", "field"), [({"most": "x"}, "most"), ({"most": "-1"}, "most"), ({"currency": "XQX"}, "currency"), ({"due_before": "soon"}, "due_before")]
)  # fmt: skip
async def test_what_cannot_be_read_is_said_beside_its_field(
    books: tuple[str, Company], changed: dict[str, str], field: str
) -> None:
    query = "&".join(f"{n}={v}" for n, v in {**ASKED, **changed}.items())
    async with signed_in(books[0], "accountant", f"Anna {field} {changed[field]}") as anna:
        assert f'id="n-{field}"' in await read(anna, f"{PLACE}?{query}", 422)


async def test_who_may_not_write_off_does_not_see_it(books: tuple[str, Company]) -> None:
    async with guest(books[0]) as client:
        assert PLACE not in await read(client, "/payments")
        await read(client, PLACE, 403)
        await send(client, f"{PLACE}/write-off", 403, key="k", reason="x", **ASKED)
