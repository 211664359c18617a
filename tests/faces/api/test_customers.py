"""Customers and settings lists through the API."""

from __future__ import annotations

import asyncio

import pytest
from faces.api.asking import Asking, codes

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
    ["kind=COMPANY", "country=DE", "category=BUSINESS", "seller=MAIN", "account_state=ACTIVE", "incomplete=false"],
)
async def test_the_list_is_filtered(ask: Asking, accounts: list[str], query: str) -> None:
    assert [c["code"] for c in (await ask.get(f"/customers?{query}")).json()["items"]] == ["C1", "C2", "C3"]
    name, _, _ = query.partition("=")
    none = "true" if name == "incomplete" else "none"
    assert (await ask.get(f"/customers?{name}={none}")).json()["items"] == []


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
