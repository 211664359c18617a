"""Deliveries: signed, tried again, given up, sent again; one at a time each, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ledger import invoice, make_account, post_all, rows
from outbox.conftest import PRIVATE, Outgoing, Receiver, open_receiver
from standardwebhooks import Webhook

from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import Refused
from solde.outbox import (
    Endpoint,
    MessageState,
    OutboxSettings,
    delete_endpoint,
    replay,
    replay_since,
    send_test,
    store,
)
from solde.outbox.rules import DELAYS
from solde.outbox.sending import LOST_AFTER, finish
from solde.outbox.webhooks import check_target, find_target, open_poster


async def post_many(pool: Pool, count: int) -> None:
    async def work(conn: Connection) -> None:
        account = await make_account(conn)
        for _ in range(count):
            await post_all(conn, invoice(account, "1"))

    await transaction(pool, work)


async def states(pool: Pool) -> list[tuple[object, ...]]:
    async with pool.connection() as conn:
        return await rows(conn, "select state, attempts, status from outbox_message order by message_id")


async def endpoint_now(pool: Pool, endpoint: Endpoint) -> Endpoint:
    async with pool.connection() as conn:
        return (await store.list_endpoints(conn, webhook_id=endpoint.webhook_id))[0]


async def test_a_delivery_is_signed_so_that_the_receiver_can_check_it(outgoing: Outgoing, receiver: Receiver) -> None:
    # The library judges the time by the clock of the machine.
    outgoing.clock = lambda: datetime.now(UTC)
    endpoint = await outgoing.endpoint(receiver.url, kinds=("operation.posted",))
    await post_many(outgoing.pool, 1)
    tally = await outgoing.deliver()
    assert (tally.relayed, tally.delivered) == (1, 1)
    (head,), (body,) = receiver.heads, receiver.bodies
    told: Any = Webhook(endpoint.secret).verify(body, head)
    assert told["type"] == "operation.posted"
    assert told["data"]["id"] == head["webhook-id"]
    assert told["data"]["after"]["operations"]
    assert head["content-type"] == "application/json"
    assert (head[":path"], head["host"]) == ("/solde?for=test", receiver.url.split("/")[2])


async def test_a_failed_delivery_is_tried_again_later_under_the_same_id(
    outgoing: Outgoing, receiver: Receiver, clock: Any
) -> None:
    receiver.statuses = [500, 302]
    await outgoing.endpoint(receiver.url)
    await post_many(outgoing.pool, 1)
    assert (await outgoing.deliver()).failed == 1
    assert (await outgoing.deliver()).failed == 0
    clock.advance(seconds=6)
    assert (await outgoing.deliver()).failed == 1
    clock.advance(seconds=299)
    assert (await outgoing.deliver()).delivered == 0
    clock.advance(seconds=2)
    assert (await outgoing.deliver()).delivered == 1
    assert len(receiver.ids) == 3
    assert len(set(receiver.ids)) == 1
    assert len({head["webhook-signature"] for head in receiver.heads}) == 3
    assert await states(outgoing.pool) == [("DELIVERED", 3, 204)]


async def test_a_redirect_is_not_followed(outgoing: Outgoing, receiver: Receiver) -> None:
    async with open_receiver() as elsewhere:
        receiver.statuses, receiver.headers = [307], f"location: {elsewhere.url}\r\n".encode()
        await outgoing.endpoint(receiver.url)
        await post_many(outgoing.pool, 1)
        assert (await outgoing.deliver()).failed == 1
        assert elsewhere.heads == []


async def test_after_eight_tries_a_delivery_is_dead_until_it_is_replayed(
    outgoing: Outgoing, receiver: Receiver, clock: Any
) -> None:
    pool = outgoing.pool
    receiver.statuses = [503] * 8
    endpoint = await outgoing.endpoint(receiver.url)
    await post_many(pool, 1)
    for wait in (*DELAYS, timedelta()):
        await outgoing.deliver()
        clock.advance(seconds=wait.total_seconds())
    assert await states(pool) == [("DEAD", 8, 503)]
    assert (await outgoing.deliver()).delivered == 0
    async with pool.connection() as conn:
        (dead,) = await store.list_deliveries(conn, endpoint.webhook_id, before_id=10**9, state="DEAD", limit=5)
    assert dead.answer == "well"
    again = await transaction(pool, lambda c: replay(c, dead.message_id, seller=None, actor="t", now=clock()))
    assert again.state is MessageState.WAITING
    assert (await outgoing.deliver()).delivered == 1
    assert set(receiver.ids) == {dead.name}


async def test_all_that_was_given_up_since_an_instant_is_replayed_at_once(
    outgoing: Outgoing, receiver: Receiver, clock: Any
) -> None:
    pool = outgoing.pool
    endpoint = await outgoing.endpoint(receiver.url)
    await post_many(pool, 2)
    await outgoing.deliver()
    async with pool.connection() as conn:
        await conn.execute("update outbox_message set state = 'DEAD', ended_at = now()")
    clock.advance(hours=1)
    since = clock()
    await post_many(pool, 3)
    receiver.statuses = [500]
    await outgoing.deliver()
    async with pool.connection() as conn:
        await conn.execute("update outbox_message set state = 'DEAD', ended_at = now()")
    count = await transaction(
        pool, lambda c: replay_since(c, endpoint.webhook_id, since, seller=None, actor="t", now=clock())
    )
    assert count == 3


async def test_a_delivery_on_its_way_is_not_replayed(outgoing: Outgoing, receiver: Receiver, clock: Any) -> None:
    endpoint = await outgoing.endpoint(receiver.url)
    made = await transaction(
        outgoing.pool, lambda c: send_test(c, endpoint.webhook_id, seller=None, actor="t", now=clock())
    )
    with pytest.raises(Refused, match="delivery_waiting"):
        await transaction(outgoing.pool, lambda c: replay(c, made.message_id, seller=None, actor="t", now=clock()))
    assert (await outgoing.deliver()).delivered == 1
    assert json.loads(receiver.bodies[0])["type"] == "webhook.test"


async def test_two_workers_at_once_send_each_delivery_once(outgoing: Outgoing, receiver: Receiver) -> None:
    await outgoing.endpoint(receiver.url)
    await post_many(outgoing.pool, 120)
    tallies = await asyncio.gather(*(outgoing.deliver() for _ in range(4)))
    assert sum(tally.delivered for tally in tallies) == 120
    assert len(receiver.ids) == len(set(receiver.ids)) == 120
    assert 1 < receiver.most_at_once <= 4 * 8


async def test_a_worker_killed_between_sending_and_writing_means_the_same_id_again(
    outgoing: Outgoing, receiver: Receiver, clock: Any
) -> None:
    """The worker's three phases by hand, without the last."""
    pool = outgoing.pool
    endpoint = await outgoing.endpoint(receiver.url)
    await transaction(pool, lambda c: send_test(c, endpoint.webhook_id, seller=None, actor="t", now=clock()))
    lost_at = clock() + LOST_AFTER
    taken = await transaction(pool, lambda c: store.claim(c, endpoint.webhook_id, now=clock(), lost_at=lost_at, most=9))
    async with open_poster(endpoint, clock=clock, private_targets=True) as poster:
        late = await poster.post_all(taken)
    assert (await outgoing.deliver()).delivered == 0
    clock.advance(minutes=11)
    receiver.statuses = [500]
    assert (await outgoing.deliver()).failed == 1
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1
    # The first worker was only slow: what it writes now is too late to count.
    await transaction(pool, lambda c: finish(c, endpoint, late, clock, lambda: 0.5))
    assert await states(pool) == [("WAITING", 2, 500)]


async def test_an_endpoint_that_fails_is_not_flooded_and_holds_up_nobody(
    outgoing: Outgoing, receiver: Receiver, clock: Any
) -> None:
    async with open_receiver() as broken:
        broken.statuses = [500] * 1000
        await outgoing.endpoint(broken.url)
        await outgoing.endpoint(receiver.url)
        await post_many(outgoing.pool, 60)
        tally = await outgoing.deliver()
        assert tally.delivered == 60
        assert 1 <= len(broken.ids) <= 8
        tried = len(broken.ids)
        await outgoing.deliver()
        assert len(broken.ids) == tried + 1
        broken.statuses = []
        clock.advance(minutes=10)
        assert (await outgoing.deliver()).delivered == 60
        assert len(set(broken.ids)) == 60


async def test_an_endpoint_where_nothing_arrives_for_three_days_is_disabled_with_a_note(
    outgoing: Outgoing, receiver: Receiver, clock: Any
) -> None:
    receiver.statuses = [500] * 100
    endpoint = await outgoing.endpoint(receiver.url)
    await post_many(outgoing.pool, 12)
    for _ in range(5):
        await outgoing.deliver()
        assert (await endpoint_now(outgoing.pool, endpoint)).active
        clock.advance(hours=14)
    clock.advance(hours=3)
    await outgoing.deliver()
    after = await endpoint_now(outgoing.pool, endpoint)
    assert not after.active
    assert "nothing arrived for 3 days" in (after.note or "")
    assert "500" in (after.note or "")
    assert after.version == 2
    tried = len(receiver.ids)
    clock.advance(days=1)
    await outgoing.deliver()
    assert len(receiver.ids) == tried
    async with outgoing.pool.connection() as conn:
        found = await rows(conn, "select actor, after ->> 'active' from audit_record where verb = 'webhook_disable'")
    assert found == [("outbox", "false")]


async def test_an_arrival_ends_a_failing_streak(outgoing: Outgoing, receiver: Receiver, clock: Any) -> None:
    receiver.statuses = [500]
    endpoint = await outgoing.endpoint(receiver.url)
    await post_many(outgoing.pool, 1)
    await outgoing.deliver()
    assert (await endpoint_now(outgoing.pool, endpoint)).failing_since == clock()
    clock.advance(seconds=10)
    await outgoing.deliver()
    assert (await endpoint_now(outgoing.pool, endpoint)).failing_since is None


async def test_an_endpoint_that_is_gone_is_disabled_at_once(outgoing: Outgoing, receiver: Receiver) -> None:
    receiver.statuses = [410]
    endpoint = await outgoing.endpoint(receiver.url)
    await post_many(outgoing.pool, 1)
    await outgoing.deliver()
    after = await endpoint_now(outgoing.pool, endpoint)
    assert (after.active, after.dead) == (False, 1)
    assert "410 Gone" in (after.note or "")


async def test_a_deleted_endpoint_gets_nothing_more(outgoing: Outgoing, receiver: Receiver, clock: Any) -> None:
    endpoint = await outgoing.endpoint(receiver.url)
    await post_many(outgoing.pool, 1)
    await transaction(
        outgoing.pool, lambda c: delete_endpoint(c, endpoint.webhook_id, 1, seller=None, actor="t", now=clock())
    )
    assert await outgoing.deliver() == await outgoing.deliver()
    assert receiver.ids == []


async def test_a_slow_receiver_is_given_up_waiting_for(
    outgoing: Outgoing, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solde.outbox.webhooks.TIMEOUT_SECONDS", 0.2)
    receiver.gate = asyncio.Event()
    endpoint = await outgoing.endpoint(receiver.url)
    await post_many(outgoing.pool, 1)
    assert (await outgoing.deliver()).failed == 1
    receiver.gate.set()
    async with outgoing.pool.connection() as conn:
        (found,) = await store.list_deliveries(conn, endpoint.webhook_id, before_id=10**9, state=None, limit=5)
    assert found.answer is not None
    assert found.answer.startswith("no answer within")


async def test_a_long_answer_is_kept_in_part(outgoing: Outgoing, receiver: Receiver) -> None:
    receiver.statuses, receiver.answer = [500], b"\xff\x00<b>" + b"x" * 5_000_000
    endpoint = await outgoing.endpoint(receiver.url)
    await post_many(outgoing.pool, 1)
    assert (await outgoing.deliver()).failed == 1
    async with outgoing.pool.connection() as conn:
        (found,) = await store.list_deliveries(conn, endpoint.webhook_id, before_id=10**9, state=None, limit=5)
    assert len(found.answer or "") == 2_000


async def test_a_host_that_nobody_listens_on_is_a_failure(outgoing: Outgoing) -> None:
    async with open_receiver() as closed:
        url = closed.url
    await outgoing.endpoint(url)
    await post_many(outgoing.pool, 3)
    tally = await outgoing.deliver()
    assert (tally.delivered, tally.failed) == (0, 3)


def resolver(*answers: Sequence[str]) -> Any:
    """Gives these addresses, one answer after the other; the last for ever."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://0x7f.1/", "http://2130706433/", "http://127.1/",
        "http://169.254.169.254/latest/meta-data/", "http://0/", "http://[::ffff:127.0.0.1]/",
    ],
)  # fmt: skip
async def test_an_address_inside_the_own_network_is_refused_however_it_is_written(url: str) -> None:
    refusal = await check_target(url, private_targets=False)
    assert refusal is not None
    assert refusal.code in {"webhook_address_private", "webhook_host_unknown"}


async def test_a_host_without_an_address_is_refused() -> None:
    refusal = await check_target("https://x.example/", private_targets=False, resolve=resolver([]))
    assert refusal is not None
    assert refusal.code == "webhook_host_unknown"


async def test_a_name_is_judged_and_connected_to_by_the_same_address() -> None:
    target = await find_target("https://x.example:444/a?b=c", private_targets=False, resolve=resolver(["8.8.8.8"]))
    assert not hasattr(target, "code")
    assert (str(target.url), target.host, target.server_name) == (
        "https://8.8.8.8:444/a?b=c",
        "x.example:444",
        "x.example",
    )


async def test_a_name_that_later_leads_inside_is_refused_at_delivery(outgoing: Outgoing, receiver: Receiver) -> None:
    port = receiver.url.split(":")[2]
    url = f"http://rebound.example:{port}"
    resolve = resolver(["8.8.8.8"], ["127.0.0.1"])
    assert await check_target(url, private_targets=False, resolve=resolve) is None
    endpoint = await outgoing.endpoint(url)
    await post_many(outgoing.pool, 1)
    tally = await outgoing.deliver(OutboxSettings(), resolve=resolve)
    assert (tally.failed, receiver.ids) == (1, [])
    async with outgoing.pool.connection() as conn:
        (found,) = await store.list_deliveries(conn, endpoint.webhook_id, before_id=10**9, state=None, limit=5)
    assert "inside a private network" in (found.answer or "")


async def test_with_private_targets_allowed_a_name_inside_is_posted_to(outgoing: Outgoing, receiver: Receiver) -> None:
    port = receiver.url.split(":")[2]
    await outgoing.endpoint(f"http://inside.example:{port}")
    await post_many(outgoing.pool, 1)
    assert (await outgoing.deliver(PRIVATE, resolve=resolver(["127.0.0.1"]))).delivered == 1
    assert receiver.heads[0]["host"] == f"inside.example:{port.split('/')[0]}"


async def test_events_that_arrived_long_ago_are_forgotten(outgoing: Outgoing, receiver: Receiver, clock: Any) -> None:
    await outgoing.endpoint(receiver.url)
    await post_many(outgoing.pool, 2)
    await outgoing.deliver()
    clock.advance(days=29)
    await outgoing.deliver()
    assert len(await states(outgoing.pool)) == 2
    clock.advance(days=2)
    await outgoing.deliver()
    assert await states(outgoing.pool) == []


async def test_the_secret_stands_in_no_audit_record(outgoing: Outgoing, receiver: Receiver) -> None:
    endpoint = await outgoing.endpoint(receiver.url)
    async with outgoing.pool.connection() as conn:
        found = await rows(conn, "select t::text from audit_record t")
    assert found
    assert not any(endpoint.secret in str(row[0]) for row in found)
