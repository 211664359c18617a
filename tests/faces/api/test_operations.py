"""Posting operations, listing them, reading one."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from faces.api.asking import Asking, codes, make_token
from litestar import Litestar
from litestar.testing import AsyncTestClient

from solde.db import Pool
from solde.kernel.dates import Clock

INVOICE = {"type": "INV_STD", "amount": "1610.81544", "due_date": "2026-12-01"}
PAYMENT = {"type": "PAY_WIRE", "amount": "10"}


async def post(ask: Asking, account: str, *bodies: dict[str, Any]) -> list[int]:
    answer = await ask.post(f"/accounts/{account}/operations", {"operations": list(bodies)})
    assert answer.status_code == 201, answer.text
    return [line["number"] for line in answer.json()["items"]]


async def test_one_operation_is_posted_and_shown_in_the_balance(ask: Asking, account: str) -> None:
    answer = await ask.post(f"/accounts/{account}/operations", INVOICE)
    assert answer.status_code == 201, answer.text
    shape = answer.json()
    assert (shape["number"], shape["amount"], shape["side"], shape["date"]) == (1, "1610.81544", "debit", "2026-11-22")
    balances = (await ask.get(f"/accounts/{account}/balances")).json()["items"]
    assert [(b["definition"], b["balance"], b["direction"]) for b in balances[:2]] == [
        ("default", "1610.81544", "DR"),
        ("dunning", "0", "ZERO"),
    ]


async def test_the_posted_operation_reads_the_same_as_it_was_answered(ask: Asking, account: str) -> None:
    full = INVOICE | {
        "net": "1342.3462",
        "tax": "268.46924",
        "reference": "F-1",
        "description": "März",
        "billing_account": "BA-A1",
    }
    billing = (await ask.get(f"/accounts/{account}")).json()["account"]["billing_accounts"][0]["code"]
    answered = (await ask.post(f"/accounts/{account}/operations", full | {"billing_account": billing})).json()
    read = (await ask.get(f"/accounts/{account}/operations/1")).json()["operation"]
    assert read == answered


async def test_an_amount_sent_as_a_number_keeps_every_digit(ask: Asking, account: str) -> None:
    body = b'{"type": "INV_STD", "amount": 12345678901234.567891}'
    answer = await ask.post(
        f"/accounts/{account}/operations", content=body, headers={"content-type": "application/json"}
    )
    assert answer.json()["amount"] == "12345678901234.567891"
    (balance, *_) = (await ask.get(f"/accounts/{account}/balances")).json()["items"]
    assert balance["balance"] == "12345678901234.567891"


REFUSED: list[tuple[dict[str, Any], int, str, str | None]] = [
    (INVOICE | {"amount": "0"}, 422, "amount_not_positive", "/amount"),
    (INVOICE | {"amount": "-1"}, 422, "amount_not_positive", "/amount"),
    (INVOICE | {"amount": "1.0000001"}, 422, "amount_too_precise", "/amount"),
    (INVOICE | {"amount": "NaN"}, 422, "amount_not_a_number", "/amount"),
    (INVOICE | {"amount": "ten"}, 422, "amount_not_a_number", "/amount"),
    (INVOICE | {"amount": "100000000000000"}, 422, "amount_too_large", "/amount"),
    (INVOICE | {"amount": "1e400"}, 422, "amount_not_a_number", "/amount"),
    (INVOICE | {"type": "INV_STF"}, 422, "unknown_operation_type", "/type"),
    (INVOICE | {"due_date": "2026-01-01"}, 422, "due_before_operation", "/due_date"),
    (INVOICE | {"due_date": "1.12.2026"}, 422, "date_not_readable", "/due_date"),
    (INVOICE | {"date": "1200-01-01"}, 422, "date_out_of_range", "/date"),
    (INVOICE | {"currency": "USD"}, 422, "currency_differs", "/currency"),
    (INVOICE | {"billing_account": "nobody's"}, 422, "unknown_billing_account", "/billing_account"),
    (INVOICE | {"reference": "a\x00b"}, 422, "text_unprintable", "/reference"),
    (INVOICE | {"ammount": "1"}, 422, "bad_shape", None),
    ({"amount": "1"}, 422, "bad_shape", None),
    ({"operations": []}, 422, "nothing_to_post", None),
    ({"operations": [INVOICE, INVOICE | {"amount": "-1"}]}, 422, "amount_not_positive", "/operations/1/amount"),
    ({"operations": [INVOICE, {"type": 5, "amount": "1"}]}, 422, "bad_shape", "/operations/1/type"),
]


@pytest.mark.parametrize(("body", "status", "code", "pointer"), REFUSED)
async def test_bad_input_is_refused_with_its_place_and_writes_nothing(
    ask: Asking, account: str, body: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    answer = await ask.post(f"/accounts/{account}/operations", body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem = answer.json()
    assert (problem["code"], problem["status"], problem["errors"][0].get("pointer")) == (code, status, pointer)
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert (await ask.get(f"/accounts/{account}/operations")).json()["items"] == []


async def test_every_bad_row_of_a_batch_is_named_at_once(ask: Asking, account: str) -> None:
    answer = await ask.post(
        f"/accounts/{account}/operations", {"operations": [INVOICE | {"amount": "0"}, INVOICE, INVOICE | {"type": "X"}]}
    )
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/operations/0/amount", "/operations/2/type"]


async def test_a_batch_over_many_accounts_is_posted_together_or_not_at_all(ask: Asking, accounts: list[str]) -> None:
    items = [PAYMENT | {"account": code} for code in ("A1", "A2", "A1")]
    answer = await ask.post("/operations", {"operations": items})
    assert answer.json()["items"] == [
        {"account": "A1", "number": 1},
        {"account": "A2", "number": 1},
        {"account": "A1", "number": 2},
    ]
    refused = await ask.post("/operations", {"operations": [*items, PAYMENT | {"account": "A9"}]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (404, "/operations/3/account")
    assert len((await ask.get("/accounts/A1/operations")).json()["items"]) == 2


async def test_a_repeated_key_gives_the_same_answer_and_posts_once(ask: Asking, account: str, clock: Any) -> None:
    path = f"/accounts/{account}/operations"
    first = await ask.post(path, PAYMENT, key="once")
    clock.advance(days=2)
    again = await ask.post(path, PAYMENT, key="once")
    assert (again.status_code, again.content, again.headers["idempotency-replayed"]) == (201, first.content, "true")
    assert "idempotency-replayed" not in first.headers
    assert len((await ask.get(path)).json()["items"]) == 1


async def test_a_repeated_batch_gives_the_same_numbers(ask: Asking, accounts: list[str]) -> None:
    body = {"operations": [PAYMENT | {"account": "A2"}, PAYMENT | {"account": "A1"}, PAYMENT | {"account": "A2"}]}
    first = await ask.post("/operations", body, key="batch")
    again = await ask.post("/operations", body, key="batch")
    assert again.content == first.content


async def test_a_key_used_for_another_body_is_refused(ask: Asking, account: str) -> None:
    path = f"/accounts/{account}/operations"
    await ask.post(path, PAYMENT, key="once")
    answer = await ask.post(path, PAYMENT | {"amount": "11"}, key="once")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_post_without_a_key_is_refused(ask: Asking, account: str) -> None:
    answer = await ask.post(f"/accounts/{account}/operations", PAYMENT, key=None)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


async def test_twenty_at_once_with_one_key_post_once(ask: Asking, account: str) -> None:
    path = f"/accounts/{account}/operations"
    answers = await asyncio.gather(*(ask.post(path, PAYMENT, key="same") for _ in range(20)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert len((await ask.get(path)).json()["items"]) == 1


async def test_a_dry_run_answers_the_same_and_writes_nothing(ask: Asking, account: str) -> None:
    path = f"/accounts/{account}/operations"
    tried = await ask.post(f"{path}?dry_run=true", INVOICE, key=None)
    assert (tried.status_code, tried.json()["dry_run"], tried.json()["number"]) == (201, True, 1)
    assert (await ask.get(path)).json()["items"] == []
    done = (await ask.post(path, INVOICE)).json()
    assert done.pop("recorded_at")
    assert tried.json() == done | {"dry_run": True}


async def test_types_made_by_their_own_actions_are_left_to_programs(
    ask: Asking, account: str, pool: Pool, clock: Clock
) -> None:
    agent = Asking(ask.client, await make_token(pool, clock, "agent"))
    program = Asking(ask.client, await make_token(pool, clock, "program"))
    refused = await agent.post(f"/accounts/{account}/operations", INVOICE)
    assert (refused.status_code, codes(refused)) == (403, ["manual_creation_disallowed"])
    assert (await program.post(f"/accounts/{account}/operations", INVOICE)).status_code == 201


FILTERS: list[tuple[str, list[int]]] = [
    ("", [3, 2, 1]),
    ("sort=number", [1, 2, 3]),
    ("sort=-amount", [2, 1, 3]),
    ("type=PAY_WIRE", [3]),
    ("class=I", [2, 1]),
    ("side=credit", [3]),
    ("from=2026-11-21", [3]),
    ("until=2026-11-21", [2, 1]),
    ("due_from=2026-11-15&due_before=2026-11-25", [3, 2]),
    ("amount_from=100&amount_until=150", [1]),
    ("matching_status=O,P&posting_status=POSTED", [3, 2, 1]),
    ("reference=F-2", [2]),
    ("q=hosting", [1]),
    ("in_litigation=false", [3, 2, 1]),
    ("in_litigation=true", []),
    ("excluded=true", []),
    ("billing_account=none", []),
    ("definition=dunning", [2, 1]),
    ("definition=dunning&reference=F-1", [1]),
]


@pytest.mark.parametrize(("query", "numbers"), FILTERS)
async def test_the_list_is_filtered_and_sorted(ask: Asking, account: str, query: str, numbers: list[int]) -> None:
    first = {
        "type": "INV_STD",
        "amount": "100",
        "date": "2026-10-01",
        "due_date": "2026-10-31",
        "reference": "F-1",
        "description": "Hosting",
    }
    second = {"type": "INV_STD", "amount": "200", "date": "2026-11-01", "due_date": "2026-11-20", "reference": "F-2"}
    await post(ask, account, first, second, PAYMENT)
    answer = await ask.get(f"/accounts/{account}/operations?{query}")
    assert answer.status_code == 200, answer.text
    assert [item["number"] for item in answer.json()["items"]] == numbers


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("tpye=INV_STD", "unknown_filter", "tpye"),
        ("class=Z", "unknown_filter_value", "class"),
        ("side=left", "unknown_filter_value", "side"),
        ("sort=colour", "unknown_sort", "sort"),
        ("limit=1000", "bad_limit", "limit"),
        ("limit=many", "bad_shape", "limit"),
        ("cursor=abc", "bad_cursor", "cursor"),
        ("from=yesterday", "date_not_readable", "from"),
        ("definition=dunning&sort=amount", "balance_list_sort", "sort"),
    ],
)
async def test_an_unfit_parameter_is_refused_and_named(
    ask: Asking, account: str, query: str, code: str, parameter: str
) -> None:
    answer = await ask.get(f"/accounts/{account}/operations?{query}")
    assert answer.status_code == 422, answer.text
    error = answer.json()["errors"][0]
    assert (error["code"], error["parameter"]) == (code, parameter)


async def test_pages_follow_each_other_without_gap(ask: Asking, account: str) -> None:
    await post(ask, account, *[PAYMENT] * 7)
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await ask.get(f"/accounts/{account}/operations?limit=3{cursor and '&cursor=' + cursor}")).json()
        seen += [item["number"] for item in page["items"]]
        cursor = page["next"]
    assert seen == [7, 6, 5, 4, 3, 2, 1]


async def test_an_operation_tells_its_matches_litigation_and_balance(ask: Asking, account: str) -> None:
    await post(ask, account, INVOICE, PAYMENT)
    await ask.post(f"/accounts/{account}/matches", {"debits": [1], "credits": [2]})
    await ask.change(
        "PUT", f"/accounts/{account}/operations/1/litigation", json={"amount": "40", "reason": "wrong price"}
    )
    told = (await ask.get(f"/accounts/{account}/operations/1?definition=default")).json()
    assert [(m["match"], m["amount"]) for m in told["matches"]] == [("A", "10")]
    assert [(e["verb"], e["disputed"], e["reason"]) for e in told["litigation"]] == [("ENTER", "40", "wrong price")]
    assert told["in_balance"]["included"] is True
    assert told["operation"]["available"] == "1560.81544"


@pytest.mark.parametrize("number", ["0", "99", "abc", "9" * 30])
async def test_an_operation_that_is_not_there_is_not_found(ask: Asking, account: str, number: str) -> None:
    answer = await ask.get(f"/accounts/{account}/operations/{number}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_operation")


async def test_a_type_made_through_the_api_can_be_posted_at_once(ask: Asking, account: str) -> None:
    new = {"code": "FEE_DUN", "label": "Dunning fee", "class": "OCC", "side": "debit"}
    assert (await ask.post("/operation-types", new)).status_code == 201
    assert codes(await ask.post("/operation-types", new)) == ["operation_type_taken"]
    assert (await ask.post(f"/accounts/{account}/operations", {"type": "FEE_DUN", "amount": "5"})).status_code == 201
    assert "FEE_DUN" in [t["code"] for t in (await ask.get("/operation-types")).json()["items"]]


async def test_no_amount_leaves_as_a_json_number(ask: Asking, account: str) -> None:
    await post(ask, account, INVOICE, PAYMENT)
    paths = ("operations", "operations/1", "balances", "balances/default?explain=true")
    for path in paths:
        text = (await ask.get(f"/accounts/{account}/{path}")).text
        json.loads(text, parse_float=refuse_float)


def refuse_float(number: str) -> None:
    raise AssertionError(f"an amount left as a number: {number}")


async def test_what_a_person_posts_keeps_to_their_limit(
    client: AsyncTestClient[Litestar], pool: Pool, clock: Clock, account: str
) -> None:
    cashier = Asking(client, await make_token(pool, clock, "cashier"))
    small = {"type": "PAY_WIRE", "amount": "10"}
    path = f"/accounts/{account}/operations"
    assert (await cashier.post(path, small)).status_code == 201
    above = await cashier.post(path, small | {"amount": "999999"})
    assert (above.status_code, "approval" in above.json()) == (202, True)
    many = await cashier.post(path, {"operations": [small, small | {"amount": "999998"}]})
    assert (many.status_code, codes(many)) == (403, ["above_limit_in_batch"])
    assert (await cashier.get(f"/accounts/{account}/balances/default")).json()["count"] == 1


@pytest.mark.parametrize(
    "path",
    ["/accounts/{account}/operations", "/operations", "/accounts/{account}/operations:export", "/operations:export"],
)
async def test_a_list_of_a_type_that_is_not_there_is_refused(ask: Asking, account: str, path: str) -> None:
    more = "&format=csv" if path.endswith("export") else ""
    answer = await ask.get(f"{path.format(account=account)}?type=INV_STD,INV_STX{more}")
    assert (answer.status_code, codes(answer)) == (422, ["unknown_operation_type"]), answer.text
    assert "did you mean INV_STD?" in answer.text


async def test_the_answer_to_a_posting_says_when_it_was_recorded(ask: Asking, account: str) -> None:
    path, body = f"/accounts/{account}/operations", {"type": "INV_STD", "amount": "7", "reference": "F-77"}
    posted, again = await ask.post(path, body, key="r"), await ask.post(path, body, key="r")
    read = (await ask.get(f"{path}/{posted.json()['number']}")).json()["operation"]
    assert posted.json()["recorded_at"] == read["recorded_at"]
    assert again.content == posted.content
    tried = await ask.post(f"{path}?dry_run=true", body | {"reference": "F-78"})
    assert "recorded_at" not in tried.json()
