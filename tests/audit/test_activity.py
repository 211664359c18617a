"""Who did what on an account: records newest first, page by page, in sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from applications import app_on
from faces.api.asking import COMPLETE, Asking, make_token
from ledger import TODAY, D, invoice, make_account, payment, post_all
from litestar.testing import AsyncTestClient

from solde import audit
from solde.audit import AuditRecord, KeptRecord
from solde.balances.activity import SENTENCES, Deed, list_activity, tell
from solde.customers import NewCustomer, create_customers, set_account_state
from solde.db import Connection, Pool, transaction
from solde.kernel.dates import Clock
from solde.kernel.paging import encode_cursor
from solde.kernel.refusals import Refused
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import MatchRequest, UnmatchRequest, match, unmatch
from solde.operations import NewOperation, PostRequest, load_types, post

RECORD = KeptRecord(1, 1, datetime(2026, 11, 22, tzinfo=UTC), "test", "post", None, None, None)


async def words(conn: Connection, *accounts: int) -> list[str]:
    page = await list_activity(conn, dict.fromkeys(accounts, "EUR"))
    return [str(deed.said) for deed in page.items]


async def test_what_was_done_is_told_in_sentences_newest_first(conn: Connection) -> None:
    account, types = await make_account(conn), await load_types(conn)
    await post_all(conn, invoice(account, "100", reference="F-1"))
    await post_all(conn, payment(account, "1620.5"))
    await match(conn, [MatchRequest(account, (1,), (2,), "test")], types, today=TODAY)
    await unmatch(conn, [UnmatchRequest(account, 1, "test", reason="wrong invoice")], today=TODAY)
    await dispute(conn, [DisputeRequest(account, 1, DisputeVerb.ENTER, "test", D(40), reason="late")], today=TODAY)
    assert await words(conn, account) == [
        "Put 40.00 EUR of no. 1 into litigation",
        "Unmatched 100.00 EUR (match A)",
        "Matched 100.00 EUR (match A)",
        "Registered a payment of 1,620.50 EUR (no. 2)",
        "Posted invoice F-1 of 100.00 EUR (no. 1)",
    ]


async def test_operations_posted_together_are_told_as_one(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, *(invoice(account, "1") for _ in range(7)))
    page = await list_activity(conn, {account: "EUR"})
    assert [str(d.said) for d in page.items] == ["Posted 7 operations, no. 1 and following"]
    assert [p.number for p in page.items[0].postings] == [1, 2, 3, 4, 5]


async def test_each_posting_finds_its_own_number_among_many_merged_under_one_instant(conn: Connection) -> None:
    account, types = await make_account(conn), await load_types(conn)
    requests = [PostRequest((payment(account, str(n)),), "test", f"no. {n}") for n in range(1, 31)]
    await post(conn, requests, types)
    for n in range(31, 61):
        await post(conn, [PostRequest((payment(account, str(n)),), "test", f"no. {n}")], types)
    page = await list_activity(conn, {account: "EUR"}, limit=200)
    assert [(d.reason, d.postings[0].amount) for d in page.items] == [(f"no. {n}", D(n)) for n in range(60, 0, -1)]
    assert all(str(d.said).endswith(f"(no. {d.postings[0].number})") for d in page.items)


async def test_accounts_of_a_customer_are_read_together_page_by_page(conn: Connection) -> None:
    first, second, other = [await make_account(conn) for _ in range(3)]
    for n in range(4):
        await post_all(conn, invoice(first, str(n + 1)))
        await post_all(conn, invoice(second, str(n + 11)))
        await post_all(conn, invoice(other, "99"))
    (shared,) = await audit.next_action_ids(conn, 1)
    await audit.append(conn, [AuditRecord(one, shared, "test", "account.change") for one in (first, second)])
    whole = await list_activity(conn, {first: "EUR", second: "EUR"})
    places = [(d.action_id, d.account_id) for d in whole.items]
    assert len(places) == 10
    assert places == sorted(places, reverse=True)
    seen: list[Deed] = []
    cursor = None
    while True:
        page = await list_activity(conn, {first: "EUR", second: "EUR"}, limit=3, cursor=cursor)
        seen += page.items
        if (cursor := page.next) is None:
            break
    assert seen == list(whole.items)


async def test_the_state_before_and_after_is_kept_for_the_detail(conn: Connection) -> None:
    account = await make_account(conn)
    await conn.execute(
        "insert into account_profile (account_id, customer_id, code, payment_mode, invoice_mode)"
        " values (%s, 1, 'X', 'POSTPAID', 'INDIVIDUAL')", (account,)
    )  # fmt: skip
    await set_account_state(conn, account, "BLOCKED", "fraud", actor="ann", now=RECORD.recorded_at)
    (deed,) = (await list_activity(conn, {account: "EUR"})).items
    assert (str(deed.said), deed.actor, deed.reason) == ("Changed the account from active to blocked", "ann", "fraud")
    assert deed.before == {"state": "ACTIVE", "state_reason": None}


async def test_a_foreign_cursor_is_refused(conn: Connection) -> None:
    for cursor in ("nonsense", encode_cursor(["a", 1]), encode_cursor([2**70, 1]), encode_cursor([1])):
        with pytest.raises(Refused, match="bad_cursor"):
            await list_activity(conn, {1: "EUR"}, cursor=cursor)


@pytest.mark.parametrize(
    ("verb", "after", "said"),
    [
        ("post", None, "Posted 1 operations"),
        ("post", {"count": 60, "debit": "1", "credit": "0"}, "Posted 60 operations"),
        ("customer.create", {"code": "C-1"}, "Created the customer C-1"),
        ("billing_account.change", {"email": "x", "billing_cycle": "M"}, "Changed the billing account: billing cycle, email"),
        ("account.change", None, "Changed the account"),
        ("account.create", {}, "Created the account"),
        ("approval_reject", {}, "Rejected the approval"),
        ("something_new", {}, "Something new"),
        ("match", {"amount": "not a number", "match": "{x}"}, "Matched not a number EUR (match {x})"),
        ("match", {"amount": "NaN", "match": "B"}, "Matched NaN EUR (match B)"),
        ("match", "text", "Matched 0.00 EUR (match )"),
    ],
)  # fmt: skip
def test_any_record_becomes_a_sentence(verb: str, after: object, said: str) -> None:
    found = tell(replace(RECORD, verb=verb, after=after), [], "EUR")
    assert str(found) == said
    assert found.template in SENTENCES


async def test_a_credit_note_and_a_rejection_are_not_called_invoice_and_payment(conn: Connection) -> None:
    account = await make_account(conn)
    for code in ("INV_CRN", "REJ_WIRE", "REF_WIRE", "EXP_WRT"):
        await post_all(conn, NewOperation(account, code, D(5), TODAY, TODAY))
    assert [text.partition(" of ")[0].partition(" 5")[0] for text in await words(conn, account)] == [
        "Wrote off", "Refunded", "Registered a rejected payment", "Posted Credit note",
    ]  # fmt: skip


async def test_over_http(database_url: str, pool: Pool, clock: Clock) -> None:
    async def prepare(conn: Connection) -> None:
        (made,) = await create_customers(conn, [NewCustomer(**COMPLETE, account_code="A-1")], actor="ann", now=clock())
        assert not isinstance(made, tuple), made
        await post_all(conn, payment(made.account_id, "120"))

    await transaction(pool, prepare)
    app = app_on(database_url, clock=clock)
    async with AsyncTestClient(app, base_url="http://testserver.local") as client:
        ask = Asking(client, await make_token(pool, clock, "viewer"))
        first = (await ask.get("/accounts/A-1/activity?limit=1")).json()
        assert (first["items"][0]["words"], first["items"][0]["operations"]) == (
            "Registered a payment of 120.00 EUR (no. 1)", [1],
        )  # fmt: skip
        second = (await ask.get(f"/accounts/A-1/activity?cursor={first['next']}")).json()
        assert [(d["actor"], d["words"]) for d in second["items"]] == [
            ("ann", f"Created the customer {second['items'][0]['after']['code']}")
        ]
        assert second["next"] is None
        assert (await ask.get("/accounts/NOBODY/activity")).status_code == 404
