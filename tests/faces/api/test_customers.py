"""Customers and settings lists through the API."""

from __future__ import annotations

import asyncio

import pytest
from faces.api.asking import Asking, codes, make_token
from httpx import Response

from solde.db import Pool
from solde.kernel.dates import Clock

COMPANY = {
    "kind": "COMPANY",
    "code": "NEW",
    "general": {"name": "Atelier Exemple SARL", "country": "FR", "language": "fr"},
    "billing": {"billing_cycle": "MONTHLY", "tax_category": "STANDARD"},
    "contact": {"last_name": "Exemple", "first_name": "Camille", "email": "camille@exemple.example"},
    "paying_account": {
        "currency": "EUR",
        "payment_method": "DIRECTDEBIT",
        "payment_terms": "NET30",
        "payment_mode": "POSTPAID",
        "credit_limit": "250.50",
    },
    "group": {"seller": "MAIN", "category": "BUSINESS"},
}
INDIVIDUAL = {
    "kind": "INDIVIDUAL",
    "customer_info": {
        "last_name": "Exemple",
        "first_name": "Camille",
        "country": "FR",
        "language": "fr",
        "email": "c@exemple.example",
        "birth_date": "1990-02-03",
    },
    "billing": {"billing_cycle": "MONTHLY", "tax_category": "STANDARD", "seller": "MAIN", "category": "RESIDENTIAL"},
    "paying_account": {"currency": "EUR", "payment_method": "CARD", "payment_terms": "NET0", "payment_mode": "PREPAID"},
}


async def test_a_company_is_created_with_all_its_levels_and_found(ask: Asking) -> None:
    made = await ask.post("/customers", COMPANY)
    assert made.status_code == 201, made.text
    assert made.json()["customer"] == "NEW"
    customer = (await ask.get("/customers/NEW")).json()
    (account,) = customer["accounts"]
    assert (customer["name"], account["currency"], account["credit_limit"]) == ("Atelier Exemple SARL", "EUR", "250.5")
    assert account["billing_accounts"][0]["user_accounts"][0]["code"] == made.json()["user_account"]
    (found,) = (await ask.get("/customers?q=atel exe")).json()["items"]
    assert (found["code"], found["accounts"][0]["code"]) == ("NEW", made.json()["account"])
    page = (await ask.get(f"/accounts/{made.json()['account']}")).json()
    assert (page["account"], page["customer"]) == (account, customer)


async def test_an_individual_is_created(ask: Asking) -> None:
    made = (await ask.post("/customers", INDIVIDUAL)).json()
    customer = (await ask.get(f"/customers/{made['customer']}")).json()
    assert (customer["kind"], customer["birth_date"], customer["name"]) == (
        "INDIVIDUAL",
        "1990-02-03",
        "Camille Exemple",
    )


async def test_everything_missing_or_wrong_is_named_at_once_on_its_tab(ask: Asking) -> None:
    bad = COMPANY | {
        "general": {"country": "XX", "vat_number": "FR00"},
        "contact": {"last_name": "E", "first_name": "C", "email": "nobody"},
    }
    answer = await ask.post("/customers", bad)
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert answer.status_code == 422
    assert {"/general/name", "/general/country", "/contact/email"} <= pointers


async def test_twenty_at_once_with_one_key_create_one_customer(ask: Asking) -> None:
    answers = await asyncio.gather(*(ask.post("/customers", COMPANY, key="same") for _ in range(20)))
    assert {(a.status_code, a.content) for a in answers} == {(201, answers[0].content)}
    other = await ask.post("/customers", COMPANY, key="other")
    assert (other.status_code, "code_taken" in codes(other)[0]) == (409, True)


async def test_a_dry_creation_writes_nothing(ask: Asking) -> None:
    assert (await ask.post("/customers?dry_run=true", COMPANY, key=None)).status_code == 201
    assert (await ask.get("/customers/NEW")).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "kind=COMPANY",
        "country=DE",
        "category=BUSINESS",
        "seller=MAIN",
        "account_state=ACTIVE",
        "incomplete=false",
        "state=ACTIVE",
        "payment_mode=POSTPAID",
    ],
)
async def test_the_list_is_filtered(ask: Asking, accounts: list[str], query: str) -> None:
    assert [c["code"] for c in (await ask.get(f"/customers?{query}")).json()["items"]] == ["C1", "C2", "C3"]
    name, _, _ = query.partition("=")
    none = "true" if name == "incomplete" else "none"
    assert (await ask.get(f"/customers?{name}={none}")).json()["items"] == []


async def test_the_list_is_filtered_by_the_currency_of_accounts(ask: Asking, accounts: list[str]) -> None:
    assert [c["code"] for c in (await ask.get("/customers?currency=USD")).json()["items"]] == ["C3"]


async def test_customers_come_in_pages(ask: Asking, accounts: list[str]) -> None:
    first = (await ask.get("/customers?limit=2")).json()
    rest = (await ask.get(f"/customers?limit=2&cursor={first['next']}")).json()
    assert [c["code"] for c in first["items"] + rest["items"]] == ["C1", "C2", "C3"]


@pytest.mark.parametrize(
    "path",
    ["/customers/nobody", "/accounts/nobody", "/accounts/nobody/balances", "/accounts/%00/balances", "/customers/%00"],
)
async def test_what_is_not_there_is_not_found(ask: Asking, path: str) -> None:
    answer = await ask.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/sellers", "/payment-methods", "/customer-categories", "/operation-types"])
async def test_settings_lists_are_read(ask: Asking, path: str) -> None:
    answer = (await ask.get(path)).json()
    assert answer["items"]
    assert answer["next"] is None


ACCOUNT = {
    "paying_account": {
        "currency": "USD",
        "payment_method": "CHECK",
        "payment_terms": "NET30",
        "payment_mode": "PREPAID",
    },
    "billing": {"billing_cycle": "YEARLY", "tax_category": "EXPORT"},
}


async def change(ask: Asking, path: str, body: object, version: str | None = '"1"') -> Response:
    headers = {} if version is None else {"if-match": version}
    return await ask.send("PATCH", path, json=body, headers=headers)


async def test_an_account_is_added_once_for_its_key(ask: Asking, accounts: list[str]) -> None:
    answers = [await ask.post("/customers/C1/accounts", ACCOUNT, key="one") for _ in range(2)]
    assert [(a.status_code, a.content) for a in answers] == [(201, answers[0].content)] * 2
    assert answers[0].json() == {
        "customer": "C1",
        "account": "C1",
        "billing_account": "BA-C1",
        "user_account": "UA-C1",
        "possible_duplicates": [],
    }
    customer = (await ask.get("/customers/C1")).json()
    assert [(a["code"], a["currency"], a["payment_mode"]) for a in customer["accounts"]] == [
        ("A1", "EUR", "POSTPAID"),
        ("C1", "USD", "PREPAID"),
    ]


async def test_what_is_wrong_with_an_account_is_named_on_its_tab(ask: Asking, accounts: list[str]) -> None:
    answer = await ask.post("/customers/C1/accounts", {"billing": {"email": "x"}, "payment_mode": "NEVER"})
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert {"/billing/email", "/paying_account/payment_mode", "/paying_account/currency"} <= pointers


async def test_billing_accounts_and_user_accounts_are_added_and_read(ask: Asking, account: str) -> None:
    billing = await ask.post(f"/accounts/{account}/billing-accounts", {"billing": {"code": "B2"} | ACCOUNT["billing"]})
    assert (billing.status_code, billing.json()) == (201, {"account": account, "code": "B2"})
    user = await ask.post(f"/accounts/{account}/user-accounts", {"billing_account": "B2", "description": "Vans"})
    assert (user.status_code, user.json()["code"]) == (201, "UA-A1-2")
    read = await ask.get(f"/accounts/{account}/billing-accounts/B2")
    assert (read.headers["etag"], read.json()["billing_cycle"]) == ('"1"', "YEARLY")
    assert [one["description"] for one in read.json()["user_accounts"]] == ["Vans"]
    assert (await ask.get(f"/accounts/{account}/user-accounts/UA-A1-2")).json()["description"] == "Vans"


async def test_a_customer_is_changed_from_the_version_that_was_read(ask: Asking, accounts: list[str]) -> None:
    etag = (await ask.get("/customers/C1")).headers["etag"]
    body = {"general": {"city": "Kiel", "address_1": "Hafen 1"}, "phone": "0431 9010", "reason": "moved"}
    changed = await change(ask, "/customers/C1", body, etag)
    assert (changed.status_code, changed.headers["etag"], changed.json()["phone"]) == (200, '"2"', "+494319010")
    assert (await change(ask, "/customers/C1", body, etag)).status_code == 412
    assert (await change(ask, "/customers/C1", body, None)).status_code == 428
    blanked = await change(ask, "/customers/C1", {"general": {"city": None}}, '"2"')
    assert (blanked.json()["city"], blanked.json()["address_1"]) == (None, "Hafen 1")


async def test_every_level_below_is_changed(ask: Asking, account: str) -> None:
    body = {"paying_account": {"credit_limit": "12.5", "description": "Main"}, "analytic_1": "X"}
    changed = await change(ask, f"/accounts/{account}", body)
    told = changed.json()["account"]
    assert (changed.headers["etag"], told["credit_limit"], told["description"], told["analytic_1"]) == (
        '"2"', "12.5", "Main", "X",
    )  # fmt: skip
    billing = await change(ask, f"/accounts/{account}/billing-accounts/BA-A1", {"delivery": "POST"})
    assert (billing.json()["delivery"], billing.json()["version"]) == ("POST", 2)
    user = await change(ask, f"/accounts/{account}/user-accounts/UA-A1", {"description": "Vans"})
    assert (user.headers["etag"], user.json()["description"]) == ('"2"', "Vans")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/customers/C1", {"general": {"country": "XX"}}, 422, "unknown_country"),
        ("/customers/C1", {"seller": "OTHER"}, 422, "field_fixed"),
        ("/customers/C1", {"general": {"nickname": "x"}}, 422, "bad_shape"),
        ("/customers/nobody", {}, 404, "unknown_customer"),
        ("/accounts/A1", {"currency": "USD"}, 422, "field_fixed"),
        ("/accounts/%00", {}, 404, "unknown_account"),
        ("/accounts/A1/billing-accounts/BA-A2", {}, 404, "billing_account_not_found"),
        ("/accounts/A1/user-accounts/UA-A2", {}, 404, "user_account_not_found"),
    ],
)
async def test_a_change_that_cannot_be_made_is_refused(
    ask: Asking, accounts: list[str], path: str, body: dict[str, object], status: int, code: str
) -> None:
    answer = await change(ask, path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_account_is_blocked_and_activated_with_a_reason(ask: Asking, account: str) -> None:
    blocked = await ask.post(f"/accounts/{account}/state", {"state": "BLOCKED", "reason": "stolen card"})
    assert (blocked.status_code, blocked.json()["account"]["state"]) == (200, "BLOCKED")
    assert blocked.json()["account"]["state_reason"] == "stolen card"
    unsaid = await ask.post(f"/accounts/{account}/state", {"state": "ACTIVE", "reason": " "})
    assert (unsaid.status_code, codes(unsaid)) == (422, ["state_reason_missing"])
    closed = await ask.post(f"/accounts/{account}/state", {"state": "CLOSED", "reason": "gone"})
    assert codes(closed) == ["close_by_its_own_action"]


async def test_an_account_is_closed_unless_something_holds_it_open(ask: Asking, account: str) -> None:
    invoice = {"type": "INV_STD", "amount": "120", "date": "2026-11-01"}
    assert (await ask.post(f"/accounts/{account}/operations", invoice)).status_code == 201
    held = await ask.post(f"/accounts/{account}/close", {"reason": "gone"})
    assert (held.status_code, codes(held)) == (409, ["account_owes", "account_has_open_debits"])
    assert [one["words"] for one in (await ask.get(f"/accounts/{account}/blockers")).json()["items"]] == [
        "account 'A1' owes 120.00 EUR",
        "account 'A1' has 1 open debit of 120.00 EUR",
    ]
    whole = await ask.post("/customers/C1/close", {"reason": "gone"})
    assert codes(whole) == ["account_owes", "account_has_open_debits"]
    await ask.post(f"/accounts/{account}/payments", {"type": "PAY_WIRE", "amount": "120"})
    closed = await ask.post("/customers/C1/close", {"reason": "gone"})
    assert (closed.json()["state"], closed.json()["accounts"][0]["state"]) == ("CLOSED", "CLOSED")
    again = await ask.post(f"/accounts/{account}/operations", invoice)
    assert codes(again) == ["account_closed"]


async def test_who_may_not_close_may_not_reopen(ask: Asking, account: str, pool: Pool, clock: Clock) -> None:
    agent = Asking(ask.client, await make_token(pool, clock, "agent"))
    assert (await agent.post(f"/accounts/{account}/close", {"reason": "gone"})).status_code == 403
    assert (await ask.post(f"/accounts/{account}/close", {"reason": "gone"})).status_code == 200
    reopened = await agent.post(f"/accounts/{account}/state", {"state": "ACTIVE", "reason": "back"})
    assert (reopened.status_code, codes(reopened)) == (403, ["forbidden"])
    assert (await ask.post(f"/accounts/{account}/state", {"state": "ACTIVE", "reason": "back"})).status_code == 200


async def test_another_sellers_customers_are_not_there(
    ask: Asking, accounts: list[str], pool: Pool, clock: Clock
) -> None:
    other = Asking(ask.client, await make_token(pool, clock, "admin", seller="OTHER"))
    answers = [
        await other.post("/customers/C1/accounts", ACCOUNT),
        await other.post("/accounts/A1/billing-accounts", ACCOUNT["billing"]),
        await other.post("/accounts/A1/user-accounts", {}),
        await other.post("/accounts/A1/state", {"state": "BLOCKED", "reason": "x"}),
        await other.post("/accounts/A1/close", {"reason": "x"}),
        await other.post("/customers/C1/close", {"reason": "x"}),
        await other.get("/accounts/A1/blockers"),
        await change(other, "/customers/C1", {}),
        await change(other, "/accounts/A1", {}),
        await change(other, "/accounts/A1/billing-accounts/BA-A1", {}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 10


async def test_the_address_of_a_seller_is_changed_by_its_version(ask: Asking) -> None:
    read = await ask.get("/sellers/MAIN")
    assert (read.json()["city"], read.headers["etag"]) == (None, '"1"')
    headers = {"If-Match": '"1"'}
    changed = await ask.send("PATCH", "/sellers/MAIN", headers=headers, json={"city": "Lyon", "address_1": "1 Quai"})
    assert (changed.status_code, changed.json()["city"], changed.headers["etag"]) == (200, "Lyon", '"2"')
    late = await ask.send("PATCH", "/sellers/MAIN", headers=headers, json={"city": "Nice"})
    assert (late.status_code, codes(late)) == (412, ["version_differs"])
    unfit = await ask.send("PATCH", "/sellers/MAIN", headers={"If-Match": '"2"'}, json={"name": " "})
    assert (unfit.status_code, codes(unfit)) == (422, ["seller_name_missing"])
    assert (await ask.get("/sellers/NOPE")).status_code == 404
    assert (await ask.get("/sellers")).json()["items"][0]["address_1"] == "1 Quai"


async def test_a_customer_that_may_be_there_already_is_made_and_the_other_named(ask: Asking) -> None:
    assert (await ask.post("/customers", COMPANY)).json()["possible_duplicates"] == []
    again = await ask.post("/customers", COMPANY | {"code": "AGAIN", "account_code": None})
    assert again.status_code == 201, again.text
    (like,) = again.json()["possible_duplicates"]
    assert (like["customer"], like["name"]) == ("NEW", "Atelier Exemple SARL")
    assert "name" in like["same"]
