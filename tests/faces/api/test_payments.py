"""Refunds, rejections, write-offs, transfers and receipts of nobody through the API."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest
from faces.api.asking import Asking, codes, make_token

from solde.db import Pool
from solde.kernel.dates import Clock

POSTED = [
    {"type": "INV_STD", "amount": "100", "date": "2026-10-01", "reference": "F-2026/1"},
    {"type": "INV_STD", "amount": "50", "date": "2026-10-02"},
    {"type": "PAY_WIRE", "amount": "120", "date": "2026-10-20"},
]


@pytest.fixture
async def ledger(ask: Asking, account: str) -> str:
    """An account with two invoices (1, 2) and a payment (3)."""
    await ask.post(f"/accounts/{account}/operations", {"operations": POSTED})
    return f"/accounts/{account}"


@pytest.fixture
async def cashier(ask: Asking, pool: Pool, clock: Clock) -> Asking:
    """A caller whose refunds above 500 wait for a second person."""
    return Asking(ask.client, await make_token(pool, clock, "cashier"), itertools.count(1000))


async def opens(ask: Asking, ledger: str) -> dict[int, str]:
    items = (await ask.get(f"{ledger}/operations")).json()["items"]
    return {item["number"]: item["open"] for item in items}


async def test_a_refund_tells_what_it_did_and_a_trial_what_it_would(ask: Asking, ledger: str) -> None:
    body = {"credit": 3, "amount": "30.00", "reason": "paid twice", "reference": "B-1"}
    tried = await ask.post(f"{ledger}/refunds?dry_run=true", body, key=None)
    assert (tried.status_code, await opens(ask, ledger)) == (201, {1: "100", 2: "50", 3: "120"})
    done = await ask.post(f"{ledger}/refunds", body)
    assert done.json() | {"dry_run": True} == tried.json()
    assert done.json() == {
        "operations": [
            {
                "account": "A1",
                "number": 4,
                "type": "REF_WIRE",
                "side": "debit",
                "amount": "30",
                "date": "2026-11-22",
                "posting_status": "POSTED",
            }
        ],
        "reversals": [],
        "matches": [
            {
                "account": "A1",
                "code": "A",
                "effective_date": "2026-11-22",
                "lines": [
                    {
                        "debit": 4,
                        "credit": 3,
                        "amount": "30",
                        "effective_date": "2026-11-22",
                        "reversed_on": None,
                        "reversed_at": None,
                    }
                ],
            }
        ],
        "touched": [
            {"account": "A1", "number": 3, "open_before": "120", "open_after": "90"},
            {"account": "A1", "number": 4, "open_before": None, "open_after": "0"},
        ],
    }


async def test_a_payment_by_method_pays_named_parts(ask: Asking, ledger: str) -> None:
    body = {"amount": "60", "payment_method": "CARD", "allocate_to": [1, "2"], "amounts": {"1": "25"}}
    tried = (await ask.post(f"{ledger}/payments?dry_run=true", body, key=None)).json()
    assert [(t["number"], t["open_before"], t["open_after"]) for t in tried["touched"]] == [
        (4, None, "0"), (1, "100", "75"), (2, "50", "15"),
    ]  # fmt: skip
    done = (await ask.post(f"{ledger}/payments", body)).json()
    assert (done["type"], done["matched"], done["unallocated"]) == ("PAY_CRD", "60", "0")
    assert [(line["debit"], line["amount"]) for line in done["lines"]] == [(1, "25"), (2, "35")]


async def test_an_invoice_paid_twice_leaves_the_second_payment_unallocated(ask: Asking, ledger: str) -> None:
    body = {"amount": "100", "payment_method": "CARD", "allocate_to": [1]}
    first, second = [(await ask.post(f"{ledger}/payments", body)).json() for _ in range(2)]
    assert (first["matched"], second["matched"], second["unallocated"], second["match"]) == ("100", "0", "100", None)


async def test_an_invoice_is_credited_and_the_credit_note_taken_back(ask: Asking, ledger: str) -> None:
    body = {"reason": "wrong price", "amount": "40.00", "reference": "CN-1"}
    tried = await ask.post(f"{ledger}/operations/1/credit-note?dry_run=true", body, key=None)
    assert (tried.status_code, await opens(ask, ledger)) == (201, {1: "100", 2: "50", 3: "120"})
    done = await ask.post(f"{ledger}/operations/1/credit-note", body)
    assert done.json() | {"dry_run": True} == tried.json()
    assert [(o["type"], o["number"], o["amount"]) for o in done.json()["operations"]] == [("INV_CRN", 4, "40")]
    back = await ask.post(f"{ledger}/operations/4/credit-note/reversal", {"reason": "it was right"})
    assert [(o["type"], o["amount"]) for o in back.json()["operations"]] == [("INV_CRR", "40")]
    assert await opens(ask, ledger) == {1: "100", 2: "50", 3: "120", 4: "0", 5: "0"}
    again = await ask.post(f"{ledger}/operations/1/credit-note", {"reason": "whole"})
    assert again.json()["operations"][0]["amount"] == "100"


async def test_a_large_credit_note_waits_for_a_second_person(
    ask: Asking, ledger: str, pool: Pool, clock: Clock
) -> None:
    await ask.post(f"{ledger}/operations", {"operations": [{"type": "INV_STD", "amount": "1500"}]})
    accountant = Asking(ask.client, await make_token(pool, clock, "accountant"), itertools.count(1000))
    agent = Asking(ask.client, await make_token(pool, clock, "agent"), itertools.count(2000))
    path, body = f"{ledger}/operations/4/credit-note", {"reason": "wrong price", "amount": "1000.01"}
    assert (await agent.post(path, body)).status_code == 403
    waits = await accountant.post(path, body)
    assert waits.status_code == 202
    assert (await accountant.post(path, body | {"amount": "1000"})).status_code == 201
    approved = await ask.post(f"/approvals/{waits.json()['approval']}/decision", {"approve": True})
    assert (approved.status_code, codes(approved)) == (409, ["over_credited"])


@pytest.mark.parametrize(
    ("feature", "paths"),
    [
        ("write_offs", ("operations/1/write-off", "operations/1/write-off/reversal")),
        ("credit_notes", ("operations/1/credit-note", "operations/1/credit-note/reversal")),
    ],
)
async def test_what_is_switched_off_is_gone(ask: Asking, ledger: str, feature: str, paths: tuple[str, ...]) -> None:
    await ask.send("PUT", f"/features/{feature}", json={"on": False}, headers={"if-match": '"1"'})
    for path in paths:
        answer = await ask.post(f"{ledger}/{path}", {"reason": "x"})
        assert (answer.status_code, codes(answer)) == (404, ["feature_off"])


UNFIT: list[tuple[str, dict[str, Any], int, str, str | None]] = [
    ("/refunds", {"credit": 3, "amount": "121"}, 409, "over_matching", "/amount"),
    ("/refunds", {"credit": 3, "amount": 0}, 422, "amount_not_positive", "/amount"),
    ("/refunds", {"credit": 1}, 422, "wrong_side", None),
    ("/refunds", {"credit": 9}, 404, "unknown_operation", None),
    ("/refunds", {"credit": "A2/3"}, 422, "foreign_account", "/credit/0"),
    ("/refunds", {"credit": 3, "method": "GOLD"}, 422, "payment_method_unknown", "/method"),
    ("/operations/1/write-off", {"reason": ""}, 422, "action_reason_missing", "/reason"),
    ("/operations/1/write-off", {"reason": "a\0b"}, 422, "action_reason_unprintable", "/reason"),
    ("/refunds", {"credit": 3, "reason": "a\0b"}, 422, "action_reason_unprintable", "/reason"),
    ("/refunds", {"credit": 3, "comment": "a\0b"}, 422, "text_unprintable", "/comment"),
    ("/payments", {"amount": "1", "type": "PAY_WIRE", "reason": "a\0b"}, 422, "action_reason_unprintable", "/reason"),
    ("/operations/1/credit-note", {"reason": "x", "amount": "100.01"}, 409, "over_credited", "/amount"),
    ("/operations/3/credit-note", {"reason": "x"}, 409, "not_creditable", None),
    ("/operations/9/credit-note", {"reason": "x"}, 404, "unknown_operation", None),
    ("/operations/1/credit-note", {"reason": " "}, 422, "action_reason_missing", "/reason"),
    ("/operations/1/credit-note/reversal", {"reason": "x"}, 409, "not_a_credit_note", None),
    ("/operations/1/transfer", {"reason": "x", "to": "\0"}, 404, "unknown_account", "/to"),
    ("/operations/1/write-off", {}, 422, "bad_shape", None),
    ("/operations/3/write-off", {"reason": "x"}, 422, "wrong_side", None),
    ("/operations/x/write-off", {"reason": "x"}, 404, "unknown_operation", None),
    ("/operations/1/rejection", {"reason": "x"}, 409, "not_rejectable", None),
    ("/operations/9/rejection", {"reason": "x"}, 404, "unknown_operation", None),
    ("/operations/1/write-off/reversal", {"reason": "x"}, 409, "not_a_write_off", None),
    ("/operations/1/transfer", {"reason": "x", "to": "A1"}, 422, "transfer_to_itself", "/to"),
    ("/operations/1/transfer", {"reason": "x", "to": "A3"}, 422, "transfer_currency_differs", "/to"),
    ("/operations/1/transfer", {"reason": "x", "to": "A9"}, 404, "unknown_account", "/to"),
    ("/payments", {"amount": "1"}, 422, "bad_shape", "/type"),
    ("/payments", {"amount": "1", "payment_method": "GOLD"}, 422, "payment_method_unknown", "/payment_method"),
    (
        "/payments",
        {"amount": "1", "type": "PAY_WIRE", "amounts": {"1": "1"}},
        422,
        "amounts_without_choice",
        "/amounts",
    ),
]


@pytest.mark.parametrize(("path", "body", "status", "code", "pointer"), UNFIT)
async def test_what_cannot_be_done_is_refused_with_its_place(
    ask: Asking, ledger: str, path: str, body: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    for trial in ("", "?dry_run=true"):
        answer = await ask.post(f"{ledger}{path}{trial}", body)
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["errors"][0].get("pointer")) == (status, code, pointer)
    assert await opens(ask, ledger) == {1: "100", 2: "50", 3: "120"}


async def test_a_rejection_reopens_and_happens_once(ask: Asking, ledger: str) -> None:
    await ask.post(f"{ledger}/matches", {"debits": [1, 2], "credits": [3]})
    body = {"reason": "insufficient funds", "date": "2026-11-22", "reference": "R-1"}
    done = (await ask.post(f"{ledger}/operations/3/rejection", body)).json()
    assert [(one["type"], one["date"]) for one in done["operations"]] == [("REJ_WIRE", "2026-11-22")]
    assert [(one["code"], len(one["lines"])) for one in done["reversals"]] == [("A", 2)]
    assert await opens(ask, ledger) == {1: "100", 2: "50", 3: "0", 4: "0"}
    again = await ask.post(f"{ledger}/operations/3/rejection", body)
    assert (again.status_code, codes(again)) == (409, ["already_rejected"])


async def test_a_write_off_is_made_and_taken_back(ask: Asking, ledger: str) -> None:
    done = await ask.post(f"{ledger}/operations/1/write-off", {"reason": "dissolved", "amount": "40"})
    assert (done.status_code, (await opens(ask, ledger))[1]) == (201, "60")
    back = await ask.post(f"{ledger}/operations/4/write-off/reversal", {"reason": "paid after all"})
    assert (back.status_code, await opens(ask, ledger)) == (201, {1: "100", 2: "50", 3: "120", 4: "0", 5: "0"})


async def test_a_transfer_settles_here_and_stands_open_there(ask: Asking, ledger: str) -> None:
    done = (await ask.post(f"{ledger}/operations/3/transfer", {"to": "A2", "reason": "wrong account"})).json()
    assert [(o["account"], o["type"], o["amount"]) for o in done["operations"]] == [
        ("A1", "DBT_TRS", "120"),
        ("A2", "CRD_TRS", "120"),
    ]
    assert await opens(ask, "/accounts/A2") == {1: "120"}


async def test_the_same_key_refunds_once(ask: Asking, ledger: str) -> None:
    body = {"credit": 3, "amount": "5"}
    answers = await asyncio.gather(*(ask.post(f"{ledger}/refunds", body, key="same") for _ in range(10)))
    assert {(a.status_code, a.content) for a in answers} == {(201, answers[0].content)}
    assert (await opens(ask, ledger))[3] == "115"


async def test_above_the_limit_a_refund_waits_for_a_second_person(ask: Asking, cashier: Asking, ledger: str) -> None:
    await ask.post(f"{ledger}/operations", {"type": "PAY_CRD", "amount": "700"})
    waiting = await cashier.post(f"{ledger}/refunds", {"credit": 4, "reason": "overpaid"})
    assert (waiting.status_code, (await opens(ask, ledger))[4]) == (202, "700"), waiting.text
    number = waiting.json()["approval"]
    decided = await ask.post(f"/approvals/{number}/decision", {"approve": True})
    assert decided.status_code == 200, decided.text
    assert decided.json()["result"]["operations"][0]["amount"] == "700"
    assert (await opens(ask, ledger))[4] == "0"
    audit = (await ask.get("/audit")).json()["items"]
    assert {one["actor"] for one in audit if one["verb"] == "post" and one["reason"] == "overpaid"} == {
        "cashier of a test"
    }


async def test_what_could_not_be_done_does_not_wait(ask: Asking, cashier: Asking, ledger: str) -> None:
    await ask.post(f"{ledger}/operations", {"type": "PAY_CASH", "amount": "700"})
    answer = await cashier.post(f"{ledger}/refunds", {"credit": 4, "amount": "701"})
    assert codes(answer) == ["over_matching"]
    assert (await ask.get("/approvals")).json()["items"] == []


async def test_within_the_limit_a_cashier_refunds_alone(cashier: Asking, ledger: str) -> None:
    assert (await cashier.post(f"{ledger}/refunds", {"credit": 3})).status_code == 201


async def test_payments_of_persons_and_programs_are_the_same(
    ask: Asking, cashier: Asking, pool: Pool, clock: Clock, ledger: str
) -> None:
    program = Asking(ask.client, await make_token(pool, clock, "program"))
    body = {"type": "PAY_WIRE", "amount": "10", "date": "2026-10-21"}
    one, other = [
        (await who.post(f"{ledger}/payments", body, key="k" + who.token)).json() for who in (cashier, program)
    ]
    lines = [one["lines"][0] | {"credit": 5}]
    assert one | {"number": 5, "match": "B", "lines": lines} == other
    again = await cashier.post(f"{ledger}/payments", body, key="k" + cashier.token)
    assert (again.json(), again.headers["idempotency-replayed"]) == (one, "true")


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("viewer", "/payments"),
        ("agent", "/refunds"),
        ("agent", "/operations/3/rejection"),
        ("cashier", "/operations/1/write-off"),
        ("controller", "/operations/1/transfer"),
    ],
)
async def test_each_action_needs_its_permission(
    ask: Asking, pool: Pool, clock: Clock, ledger: str, role: str, path: str
) -> None:
    caller = Asking(ask.client, await make_token(pool, clock, role))
    body = {"reason": "x", "credit": 3, "to": "A2", "amount": "1"}
    answer = await caller.post(f"{ledger}{path}", body)
    assert (answer.status_code, codes(answer)) == (403, ["forbidden"])


RECEIPT = {"amount": "80", "currency": "EUR", "date": "2026-10-30", "reference": "F-2026/1", "entry_key": "7/3"}


async def test_a_receipt_is_recorded_suggested_assigned_and_its_rest_returned(ask: Asking, ledger: str) -> None:
    made = (await ask.post("/unidentified-receipts", RECEIPT)).json()
    assert (made["state"], made["rest"], made["seller"], made["type"]) == ("WAITING", "80", "MAIN", "PAY_WIRE")
    place = f"/unidentified-receipts/{made['id']}"
    (suggested,) = (await ask.get(f"{place}/suggestions")).json()["items"]
    assert (suggested["account"], suggested["why"], suggested["invoices"]) == ("A1", "invoice", [1])
    body = {"account": "A1", "amount": "60", "allocate_to": [1]}
    tried = (await ask.post(f"{place}/assignments?dry_run=true", body)).json()
    done = (await ask.post(f"{place}/assignments", body)).json()
    assert tried == done | {"dry_run": True}
    assert (done["rest"], done["payment"]["matched"], (await opens(ask, ledger))[1]) == ("20", "60", "40")
    over = await ask.post(f"{place}/assignments", {"account": "A2", "amount": "20.01"})
    assert (over.status_code, codes(over)) == (409, ["receipt_over_assigned"])
    returned = (await ask.post(f"{place}/return", {"reason": "not ours"})).json()
    assert (returned["state"], returned["rest"], returned["returned_on"]) == ("RETURNED", "20", "2026-11-22")
    assert [(a["account"], a["number"], a["amount"]) for a in returned["assignments"]] == [("A1", 4, "60")]
    assert (await ask.get(place)).json() == returned


async def test_receipts_are_listed_and_recorded_once_by_their_key(ask: Asking, ledger: str) -> None:
    first, again = [(await ask.post("/unidentified-receipts", RECEIPT)).json() for _ in range(2)]
    assert first == again
    other = (await ask.post("/unidentified-receipts", RECEIPT | {"entry_key": "7/4", "currency": "USD"})).json()
    for query, found in (
        ("", [other["id"], first["id"]]),
        ("?currency=USD", [other["id"]]),
        ("?state=ASSIGNED", []),
        ("?q=7/3", [first["id"]]),
        ("?date_from=2026-11-01", []),
        ("?q=%00&currency=%00", []),
        ("?limit=1", [other["id"]]),
    ):
        items = (await ask.get(f"/unidentified-receipts{query}")).json()["items"]
        assert [one["id"] for one in items] == found, query
    for query, code in (("?state=LOST", "unknown_filter_value"), ("?seller=NONE", "unknown_seller")):
        assert codes(await ask.get(f"/unidentified-receipts{query}")) == [code]
    for name in ("0", "x", "99", "9" * 40):
        assert (await ask.get(f"/unidentified-receipts/{name}")).status_code == 404


async def test_a_caller_kept_to_a_seller_sees_only_its_receipts(
    ask: Asking, pool: Pool, clock: Clock, accounts: list[str]
) -> None:
    async with pool.connection() as conn:
        await conn.execute(
            "insert into seller (seller_id, code, name, country, currency, time_zone, language)"
            " values (2, 'OTHER', 'Other', 'FR', 'EUR', 'Europe/Paris', 'fr')"
        )
    other = Asking(ask.client, await make_token(pool, clock, "admin", "OTHER"), itertools.count(1000))
    mine = (await ask.post("/unidentified-receipts", RECEIPT)).json()["id"]
    theirs = (await other.post("/unidentified-receipts", RECEIPT)).json()
    assert theirs["seller"] == "OTHER"
    assert [one["id"] for one in (await other.get("/unidentified-receipts")).json()["items"]] == [theirs["id"]]
    assert codes(await other.get("/unidentified-receipts?seller=MAIN")) == ["unknown_seller"]
    assert (await other.get(f"/unidentified-receipts/{mine}")).status_code == 404
    assert (await other.post(f"/unidentified-receipts/{mine}/return", {"reason": "x"})).status_code == 404
    answer = await other.post("/unidentified-receipts", RECEIPT | {"seller": "MAIN"})
    assert codes(answer) == ["unknown_seller"]
    foreign = await ask.post(f"/unidentified-receipts/{theirs['id']}/assignments", {"account": accounts[0]})
    assert codes(foreign) == ["receipt_seller_differs"]


async def test_payments_of_all_accounts_are_listed_and_narrowed(ask: Asking, account: str) -> None:
    for amount, day in (("20", "2026-11-10"), ("35.5", "2026-11-12")):
        paid = {"type": "PAY_WIRE", "amount": amount, "date": day, "reference": f"T-{amount}"}
        assert (await ask.post(f"/accounts/{account}/payments", paid)).status_code == 201
    listed = (await ask.get("/payments?date_from=2026-11-01")).json()
    assert [(one["account"], one["amount"], one["reference"]) for one in listed["items"]] == [
        (account, "35.5", "T-35.5"),
        (account, "20", "T-20"),
    ]
    assert listed["items"][0]["unallocated"] == "35.5"
    assert listed["items"][0]["registered_by"]
    first = (await ask.get("/payments?sort=amount&limit=1")).json()
    second = (await ask.get(f"/payments?sort=amount&limit=1&cursor={first['next']}")).json()
    assert [one["amount"] for one in first["items"] + second["items"]] == ["20", "35.5"]
    assert (await ask.get("/payments?amount_from=30&unallocated=true")).json()["items"] == listed["items"][:1]
    for bad, code in (
        ("amount_from=x", "amount_not_a_number"),
        ("date_from=x", "date_not_readable"),
        ("sort=x", "unknown_sort"),
    ):
        answer = await ask.get(f"/payments?{bad}")
        assert (answer.status_code, codes(answer)) == (422, [code])
