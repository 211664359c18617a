"""Events come from the audit log: in order, none lost, none twice, exactly what was committed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ledger import TODAY, invoice, make_account, payment, post_all, rows
from outbox.conftest import Outgoing

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import MatchRequest, UnmatchRequest, match, unmatch
from solde.operations import load_types
from solde.outbox import change_endpoint, relay
from solde.outbox.feed import list_events

URL = "https://x.example/"


async def post_one(pool: Pool, account: int, amount: str = "1") -> None:
    async def work(conn: Connection) -> None:
        await post_all(conn, invoice(account, amount))

    await transaction(pool, work)


@pytest.fixture
async def account(pool: Pool) -> int:
    return await transaction(pool, make_account)


async def messages(pool: Pool, webhook_id: int) -> list[str]:
    async with pool.connection() as conn:
        found = await rows(
            conn, "select name from outbox_message where webhook_id = %(w)s order by message_id", w=webhook_id
        )
    return [str(row[0]) for row in found]


async def names(pool: Pool, *verbs: str) -> list[str]:
    async with pool.connection() as conn:
        found = await rows(
            conn,
            "select action_id, account_id from audit_record where verb = any(%(v)s) order by 1, 2",
            v=list(verbs),
        )
    return [f"evt_{action}_{account}" for action, account in found]


async def test_each_committed_action_is_one_message_in_order(
    pool: Pool, clock: Clock, outgoing: Outgoing, account: int
) -> None:
    endpoint = await outgoing.endpoint(URL)
    for _ in range(3):
        await post_one(pool, account)
    assert await relay(pool, clock=clock) == 3
    assert await relay(pool, clock=clock) == 0
    assert await messages(pool, endpoint.webhook_id) == await names(pool, "post")


async def test_an_action_rolled_back_or_tried_only_is_no_event(
    pool: Pool, clock: Clock, outgoing: Outgoing, account: int
) -> None:
    await outgoing.endpoint(URL)
    await transaction(pool, lambda conn: post_all(conn, invoice(account, "1")), dry_run=True)
    assert await relay(pool, clock=clock) == 0


async def test_what_happened_before_an_endpoint_was_made_is_not_told_to_it(
    pool: Pool, clock: Clock, outgoing: Outgoing, account: int
) -> None:
    await post_one(pool, account)
    await outgoing.endpoint(URL)
    assert await relay(pool, clock=clock) == 0


async def test_an_action_that_commits_late_is_not_passed_by(
    pool: Pool, clock: Clock, outgoing: Outgoing, account: int
) -> None:
    endpoint = await outgoing.endpoint(URL)
    other = await transaction(pool, make_account)
    async with pool.connection() as slow:
        async with slow.transaction():
            await post_all(slow, invoice(account, "1"))
            await post_one(pool, other)
            assert await relay(pool, clock=clock, patience=1) == 0
        # The next run knows which transaction it waited for, and that it has ended.
        assert await relay(pool, clock=clock) == 2
    assert await messages(pool, endpoint.webhook_id) == await names(pool, "post")


async def test_a_long_transaction_that_changes_nothing_holds_up_no_event(
    pool: Pool, clock: Clock, outgoing: Outgoing, account: int
) -> None:
    await outgoing.endpoint(URL)
    async with pool.connection() as reader, reader.transaction():
        await rows(reader, "select count(*) from operation")
        await post_one(pool, account)
        assert await relay(pool, clock=clock, patience=0) == 1


async def test_endless_work_of_others_holds_up_no_event_for_ever(
    pool: Pool, clock: Clock, outgoing: Outgoing, account: int
) -> None:
    """Each run waits for the transactions of the run before, not for those that began since."""
    await outgoing.endpoint(URL)
    await post_one(pool, account)
    accounts = [await transaction(pool, make_account) for _ in range(4)]
    relayed = 0
    async with pool.connection() as one, pool.connection() as two:
        turn = [one, two]
        await turn[0].execute("begin")
        await post_all(turn[0], invoice(accounts[0], "1"))
        for step in range(1, 4):
            await turn[step % 2].execute("begin")
            await post_all(turn[step % 2], invoice(accounts[step], "1"))
            relayed += await relay(pool, clock=clock, patience=0)
            await turn[(step + 1) % 2].execute("commit")
        await turn[1].execute("commit")
    assert relayed >= 1
    assert relayed + await relay(pool, clock=clock) + await relay(pool, clock=clock) == 5


async def test_nothing_is_lost_or_doubled_under_eight_writers_and_two_relays(
    pool: Pool, clock: Clock, outgoing: Outgoing
) -> None:
    endpoint = await outgoing.endpoint(URL)
    accounts = [await transaction(pool, make_account) for _ in range(8)]
    writing = True

    async def write(account: int) -> None:
        for _ in range(25):
            await post_one(pool, account)

    async def relay_on() -> None:
        while writing:
            await relay(pool, clock=clock, patience=2)

    relays = [asyncio.create_task(relay_on()) for _ in range(2)]
    await asyncio.gather(*(write(account) for account in accounts))
    writing = False
    await asyncio.gather(*relays)
    await relay(pool, clock=clock)
    assert await messages(pool, endpoint.webhook_id) == await names(pool, "post")
    assert len(await messages(pool, endpoint.webhook_id)) == 200


async def test_more_events_than_are_read_at_once_all_come_through(
    pool: Pool, clock: Clock, outgoing: Outgoing, account: int
) -> None:
    endpoint = await outgoing.endpoint(URL)
    for _ in range(5):
        await post_one(pool, account)
    assert await relay(pool, clock=clock, most=2) == 5
    assert await messages(pool, endpoint.webhook_id) == await names(pool, "post")


async def test_an_endpoint_far_behind_comes_up_stretch_by_stretch(
    pool: Pool, clock: Clock, outgoing: Outgoing, account: int
) -> None:
    endpoint = await outgoing.endpoint(URL)
    await post_one(pool, account)
    async with pool.connection() as conn:
        await conn.execute("select nextval('action_id_seq') from generate_series(1, 50000)")
    await post_one(pool, account)
    assert await relay(pool, clock=clock) == 2
    assert await messages(pool, endpoint.webhook_id) == await names(pool, "post")


async def test_an_action_on_many_accounts_is_told_account_by_account(
    pool: Pool, clock: Clock, outgoing: Outgoing
) -> None:
    endpoint = await outgoing.endpoint(URL)

    async def work(conn: Connection) -> None:
        (action_id,) = await audit.next_action_ids(conn, 1)
        await audit.append(conn, [AuditRecord(account, action_id, "t", "account.state") for account in range(1, 8)])

    await transaction(pool, work)
    assert await relay(pool, clock=clock, most=3) == 7
    assert await messages(pool, endpoint.webhook_id) == await names(pool, "account.state")


@pytest.mark.parametrize(("catch_up", "heard"), [(True, 2), (False, 1)])
async def test_an_endpoint_taken_back_hears_of_what_it_missed_if_it_wants(
    pool: Pool, clock: Clock, outgoing: Outgoing, account: int, catch_up: bool, heard: int
) -> None:
    made = await outgoing.endpoint(URL)

    async def switch(version: int, active: bool) -> None:
        async def work(conn: Connection) -> Any:
            return await change_endpoint(
                conn, made.webhook_id, version, lambda d: d, active=active, catch_up=catch_up, seller=None, actor="t"
            )

        await transaction(pool, work)

    await switch(1, active=False)
    await post_one(pool, account)
    assert await relay(pool, clock=clock) == 0
    await switch(2, active=True)
    await post_one(pool, account)
    assert await relay(pool, clock=clock) == heard


async def test_events_are_listed_page_by_page_newest_first(pool: Pool, clock: Clock, account: int) -> None:
    for _ in range(5):
        await post_one(pool, account)
    assert (await list_events(pool)).items == []
    await relay(pool, clock=clock)
    found, cursor = [], None
    for _ in range(3):
        page = await list_events(pool, limit=2, cursor=cursor)
        found += [event.action_id for event in page.items]
        cursor = page.next
    assert cursor is None
    assert found == sorted(found, reverse=True)
    assert len(found) == 5


async def test_the_list_of_events_looks_far_back_where_the_newest_actions_are_none(
    pool: Pool, clock: Clock, account: int
) -> None:
    await post_one(pool, account)
    async with pool.connection() as conn:
        await conn.execute("select nextval('action_id_seq') from generate_series(1, 5000)")
    await relay(pool, clock=clock)
    assert len((await list_events(pool)).items) == 1
    assert (await list_events(pool, kinds=["match.created"])).items == []


async def test_what_is_done_to_an_account_is_heard_by_its_kind(pool: Pool, clock: Clock, account: int) -> None:
    async def work(conn: Connection) -> None:
        debit, credit = await post_all(conn, invoice(account, "10"), payment(account, "10"))
        await match(conn, [MatchRequest(account, (debit,), (credit,), "t")], await load_types(conn), today=TODAY)
        await unmatch(conn, [UnmatchRequest(account, 1, "t")], today=TODAY)
        for verb in DisputeVerb:
            await dispute(conn, [DisputeRequest(account, debit, verb, "t", reason="why")], today=TODAY)

    await transaction(pool, work)
    await relay(pool, clock=clock)
    assert [event.kind for event in reversed((await list_events(pool)).items)] == [
        "operation.posted",
        "match.created",
        "match.reversed",
        "litigation.entered",
        "litigation.changed",
        "litigation.removed",
    ]
