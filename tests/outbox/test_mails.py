"""Mail: kept with what it tells, sent after the commit, tried again, given up."""

from __future__ import annotations

import email
import email.policy
from typing import Any

import pytest
from ledger import rows
from outbox.conftest import Mailbox, Outgoing

from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import Refused
from solde.outbox import Attachment, Mail, OutboxSettings, send_mail

ANNA = Mail(["anna@example.com"], "Rechnung für Mai", "Guten Tag\n", "<p>Guten Tag</p>")


async def put(pool: Pool, clock: Any, *mails: Mail) -> list[int]:
    return await transaction(pool, lambda conn: send_mail(conn, mails, now=clock()))


async def states(pool: Pool) -> list[tuple[object, ...]]:
    async with pool.connection() as conn:
        return await rows(conn, "select state, attempts, status from outbox_message order by message_id")


async def test_a_mail_arrives_whole(
    outgoing: Outgoing, mailbox: Mailbox, mail_settings: OutboxSettings, clock: Any
) -> None:
    file = Attachment("Übersicht.csv", "text/csv", b"a;b\n1;2\n")
    await put(
        outgoing.pool, clock, Mail(["anna@example.com", "ben@example.com"], "Für Sie", "Hallo", attachments=[file])
    )
    assert (await outgoing.deliver(mail_settings)).delivered == 1
    (taken,) = mailbox.mails
    assert taken.mail_from == "solde@example.com"
    assert taken.rcpt_tos == ["anna@example.com", "ben@example.com"]
    mail = email.message_from_bytes(taken.content or b"", policy=email.policy.default)  # type: ignore[arg-type]
    assert (mail["subject"], mail["from"]) == ("Für Sie", "Solde <solde@example.com>")
    assert mail["message-id"].endswith("@example.com>")
    parts = list(mail.iter_attachments())
    assert [part.get_filename() for part in parts] == ["Übersicht.csv"]
    assert parts[0].get_payload(decode=True) == file.content


async def test_a_mail_of_a_transaction_rolled_back_is_never_sent(
    outgoing: Outgoing, mailbox: Mailbox, mail_settings: OutboxSettings, clock: Any
) -> None:
    await transaction(outgoing.pool, lambda conn: send_mail(conn, [ANNA], now=clock()), dry_run=True)
    await outgoing.deliver(mail_settings)
    assert mailbox.mails == []


async def test_without_a_server_mails_wait_and_the_run_says_so(
    outgoing: Outgoing, mailbox: Mailbox, mail_settings: OutboxSettings, clock: Any
) -> None:
    await put(outgoing.pool, clock, ANNA, ANNA)
    tally = await outgoing.deliver(OutboxSettings())
    assert (tally.delivered, tally.waiting_mails) == (0, 2)
    assert await states(outgoing.pool) == [("WAITING", 0, None)] * 2
    assert (await outgoing.deliver(mail_settings)).delivered == 2


async def test_a_mail_refused_for_ever_is_dead_and_the_next_one_goes_on(
    outgoing: Outgoing, mailbox: Mailbox, mail_settings: OutboxSettings, clock: Any
) -> None:
    mailbox.says = lambda address: "550 no such box" if address.startswith("nobody") else None
    await put(outgoing.pool, clock, Mail(["nobody@example.com"], "s", "t"), ANNA)
    tally = await outgoing.deliver(mail_settings)
    assert (tally.dead, tally.delivered) == (1, 1)
    assert await states(outgoing.pool) == [("DEAD", 1, 550), ("DELIVERED", 1, 250)]


async def test_a_mail_put_off_is_tried_again_under_the_same_id(
    outgoing: Outgoing, mailbox: Mailbox, mail_settings: OutboxSettings, clock: Any
) -> None:
    mailbox.says = lambda _address: "451 later"
    await put(outgoing.pool, clock, ANNA)
    assert (await outgoing.deliver(mail_settings)).failed == 1
    mailbox.says = lambda _address: None
    clock.advance(seconds=6)
    assert (await outgoing.deliver(mail_settings)).delivered == 1
    assert await states(outgoing.pool) == [("DELIVERED", 2, 250)]


async def test_a_mail_that_one_of_its_receivers_refuses_says_who_did_not_get_it(
    outgoing: Outgoing, mailbox: Mailbox, mail_settings: OutboxSettings, clock: Any
) -> None:
    mailbox.says = lambda address: "550 no such box" if address.startswith("nobody") else None
    await put(outgoing.pool, clock, Mail(["anna@example.com", "nobody@example.com"], "s", "t"))
    assert (await outgoing.deliver(mail_settings)).delivered == 1
    async with outgoing.pool.connection() as conn:
        ((answer,),) = await rows(conn, "select answer from outbox_message")
    assert "not taken for nobody@example.com" in str(answer)


async def test_a_server_that_is_down_costs_one_try_a_run(outgoing: Outgoing, clock: Any) -> None:
    down = OutboxSettings.from_environment({"SOLDE_SMTP_URL": "smtp://127.0.0.1:1", "SOLDE_MAIL_FROM": "s@example.com"})
    await put(outgoing.pool, clock, ANNA, ANNA, ANNA)
    assert (await outgoing.deliver(down)).failed == 1
    assert await states(outgoing.pool) == [("WAITING", 1, None), ("WAITING", 0, None), ("WAITING", 0, None)]


async def test_an_unfit_mail_is_refused_with_its_place_and_nothing_is_kept(conn: Connection, clock: Any) -> None:
    with pytest.raises(Refused) as refused:
        await send_mail(conn, [ANNA, Mail(["x"], "", "t")], now=clock())
    assert [(r.row, r.field) for r in refused.value.refusals] == [(1, "to"), (1, "subject")]
    assert await rows(conn, "select 1 from outbox_message") == []
