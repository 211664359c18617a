"""What an event says, who gets it, when it is tried again, where it may go: without a database."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from solde.kernel.refusals import Refused
from solde.outbox import (
    KINDS,
    Attachment,
    Endpoint,
    EndpointDraft,
    Event,
    Mail,
    Message,
    MessageState,
    OutboxSettings,
    rules,
)
from solde.outbox.model import TryOutcome, TryVerdict
from solde.outbox.settings import read_server

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
EVENT = Event(7, 3, "operation.posted", "A1", "MAIN", NOW, "anna", "typed in", None, '{"amount": "12.50"}')
ENDPOINT = Endpoint(1, EndpointDraft("https://x.example/"), "whsec_x", True, None, 1, 0, 0, None, NOW)


def message(attempts: int) -> Message:
    state = MessageState.WAITING
    return Message(5, 1, "evt_7_3", "operation.posted", "{}", None, state, attempts, NOW, None, None, NOW, None)


def test_an_event_says_what_happened_where_and_who_did_it() -> None:
    assert json.loads(rules.event_body(EVENT)) == {
        "type": "operation.posted",
        "timestamp": "2026-11-22T10:00:00Z",
        "data": {
            "id": "evt_7_3",
            "sequence": 7,
            "account": "A1",
            "seller": "MAIN",
            "actor": "anna",
            "reason": "typed in",
            "before": None,
            "after": {"amount": "12.50"},
        },
    }


@pytest.mark.parametrize(
    ("endpoint", "wanted"),
    [
        (ENDPOINT, True),
        (replace(ENDPOINT, through_id=7, through_account=2), True),
        (replace(ENDPOINT, through_id=7, through_account=3), False),
        (replace(ENDPOINT, through_id=8), False),
        (replace(ENDPOINT, draft=EndpointDraft("u", kinds=("match.created",))), False),
        (replace(ENDPOINT, draft=EndpointDraft("u", kinds=("match.created", "operation.posted"))), True),
        (replace(ENDPOINT, draft=EndpointDraft("u", seller="MAIN")), True),
        (replace(ENDPOINT, draft=EndpointDraft("u", seller="OTHER")), False),
    ],
)
def test_an_endpoint_gets_what_it_asked_for_once(endpoint: Endpoint, wanted: bool) -> None:
    assert rules.wants(endpoint, EVENT) is wanted
    assert len(rules.plan_messages([EVENT], [endpoint])) == int(wanted)


def test_an_event_of_no_account_is_not_for_an_endpoint_of_one_seller() -> None:
    of_nobody = replace(EVENT, account=None, seller=None)
    assert not rules.wants(replace(ENDPOINT, draft=EndpointDraft("u", seller="MAIN")), of_nobody)
    assert rules.wants(ENDPOINT, of_nobody)


def test_tries_are_further_and_further_apart_until_the_message_is_dead() -> None:
    steps = [rules.next_step(TryOutcome(message(n), TryVerdict.FAILED), NOW, 0.5) for n in range(1, 9)]
    waited = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400]
    assert [step.due_at - NOW for step in steps[:7]] == [timedelta(seconds=seconds) for seconds in waited]
    assert [step.state for step in steps] == [MessageState.WAITING] * 7 + [MessageState.DEAD]


def test_tries_that_failed_together_are_spread() -> None:
    early, late = (
        rules.next_step(TryOutcome(message(2), TryVerdict.FAILED), NOW, chance).due_at for chance in (0.0, 1.0)
    )
    assert (early - NOW, late - NOW) == (timedelta(seconds=270), timedelta(seconds=330))


def test_a_message_that_is_refused_for_ever_is_dead_at_once() -> None:
    assert rules.next_step(TryOutcome(message(1), TryVerdict.REFUSED), NOW, 0.5).state is MessageState.DEAD


def test_a_message_left_untried_is_due_at_once_and_has_lost_no_try() -> None:
    step = rules.next_step(TryOutcome(message(3), TryVerdict.UNTRIED), NOW, 0.5)
    assert (step.state, step.attempts, step.claimed, step.due_at) == (MessageState.WAITING, 2, 3, NOW)


def test_an_answer_is_kept_short_and_printable() -> None:
    step = rules.next_step(TryOutcome(message(1), TryVerdict.FAILED, 500, "a\0b" + "x" * 5000), NOW, 0.5)
    assert step.answer is not None
    assert step.answer.startswith("a�b")
    assert len(step.answer) == rules.ANSWER_KEPT


def test_a_secret_is_one_of_standard_webhooks() -> None:
    secret = rules.make_secret(bytes(range(32)))
    assert secret.startswith("whsec_")
    assert Webhook(secret).sign("id", NOW, "{}").startswith("v1,")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x.example/path",
        "ftp://x.example/",
        "file:///etc/passwd",
        "https://",
        "https://user@x.example/",
        "https://user:word@x.example/",
        "https://x.example/#part",
        "https://x.example:0/",
        "https://x.example:99999/",
        "https://x.example/a b",
        "https://x.example\\@y.example/",
        "https://x.example/\n",
        "https://[::1/",
        "https://exämple.org/",
        "https://x.example/" + "a" * 2000,
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    refusal = rules.check_url(url)
    assert refusal is not None
    assert (refusal.code, refusal.field) == ("webhook_url_unfit", "url")


@pytest.mark.parametrize("url", ["https://x.example", "http://x.example:8080/a?b=c", "https://[2606:4700::1111]/"])
def test_an_address_that_is_one_is_taken(url: str) -> None:
    assert rules.check_url(url) is None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
        "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_an_address_inside_a_network_is_not_public(address: str) -> None:
    assert not rules.is_public(address)


@pytest.mark.parametrize(
    "address",
    ["64:ff9b:1::7f00:1", "::7f00:1", "::808:808", "::ffff:0:7f00:1", "::ffff:127.0.0.1", "5f00::1", "4000::1"],
)
def test_an_address_outside_what_is_handed_out_is_not_public(address: str) -> None:
    assert not rules.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert rules.is_public(address)


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    refusal = rules.check_addresses("x.example", ["8.8.8.8", "10.0.0.1"])
    assert refusal is not None
    assert refusal.code == "webhook_address_private"


def test_every_fault_of_an_endpoint_is_named_at_once() -> None:
    draft = EndpointDraft("ftp://x", "x" * 600, ("operation.postet", "match.created"), "NOBODY")
    refusals = rules.check_draft(draft, ["MAIN"])
    assert [(r.code, r.field) for r in refusals] == [
        ("webhook_url_unfit", "url"),
        ("webhook_description_too_long", "description"),
        ("unknown_event_kind", "kinds.0"),
        ("webhook_seller_unknown", "seller"),
    ]
    assert "operation.posted" in refusals[2].message


@pytest.mark.parametrize(
    ("mail", "field"),
    [
        (Mail([], "s", "t"), "to"),
        (Mail(["nobody"], "s", "t"), "to"),
        (Mail(["a@b.example\nBcc: c@d.example"], "s", "t"), "to"),
        (Mail(["a@b.example, c@d.example"], "s", "t"), "to"),
        (Mail(["Anna <a@b.example>"], "s", "t"), "to"),
        (Mail(["ä@b.example"], "s", "t"), "to"),
        (Mail(["a@b.example"], "", "t"), "subject"),
        (Mail(["a@b.example"], "s\r\nBcc: x@y.example", "t"), "subject"),
        (Mail(["a@b.example"], "s", "t\0"), "text"),
        (Mail(["a@b.example"], "s", "t", attachments=[Attachment("a", "pdf", b"")]), "attachments"),
        (Mail(["a@b.example"], "s", "t", attachments=[Attachment("a", "message/rfc822", b"")]), "attachments"),
        (Mail(["a@b.example"], "s", "t", attachments=[Attachment("a\nb", "text/csv", b"")]), "attachments"),
    ],
)
def test_a_mail_that_cannot_be_sent_is_refused(mail: Mail, field: str) -> None:
    assert [(r.code, r.field) for r in rules.check_mail(mail)] == [("mail_unfit", field)]


def test_a_good_mail_is_taken() -> None:
    files = [Attachment("Rechnung ä.pdf", "application/pdf", b"%PDF")]
    assert rules.check_mail(Mail(["a+b@c.example"], "Rechnung für Mai", "t", "<p>t</p>", files)) == []


def test_the_mail_server_is_read_from_its_address() -> None:
    server = read_server("smtp://anna:p%40ss@mail.example:2525?starttls", "s@x.example")
    assert (server.host, server.port, server.user, server.password) == ("mail.example", 2525, "anna", "p@ss")
    assert (server.tls, server.starttls) == (False, True)
    assert read_server("smtps://mail.example", "s@x.example").port == 465
    assert read_server("smtp://mail.example", "s@x.example").port == 587


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://h:x",
        "smtp://h/path",
        "smtp://h?tls",
        "smtp://[h",
        "http://anna:word@h",
    ],
)
def test_an_address_that_names_no_mail_server_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Refused) as refused:
        read_server(url, "s@x.example")
    assert refused.value.refusals[0].code == "smtp_url_unfit"
    assert "word@" not in refused.value.refusals[0].message.replace("user:password@", "")


def test_a_mail_server_needs_an_address_that_mail_comes_from() -> None:
    with pytest.raises(Refused, match="mail_from_missing"):
        OutboxSettings.from_environment({"SOLDE_SMTP_URL": "smtp://h"})


def test_without_variables_mail_waits_and_private_addresses_are_refused() -> None:
    assert OutboxSettings.from_environment({}) == OutboxSettings(None, private_targets=False)
    assert OutboxSettings.from_environment({"SOLDE_WEBHOOKS_PRIVATE": "1"}).private_targets


def test_a_verb_makes_one_kind_of_event_and_kinds_are_named_alike() -> None:
    verbs = [verb for kind in KINDS for verb in kind.verbs]
    assert len(verbs) == len(set(verbs))
    assert len({kind.code for kind in KINDS}) == len(KINDS)
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", kind.code) for kind in KINDS)
