"""Every page, tried by those who may not: from another site, without the permission, for another seller."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import AsyncTestClient
from web.company import Company
from web.conftest import app_on
from web.desk import HTML, OWN, own_books, signed_in

from solde.app.web.routes import pages
from solde.db import open_pool

FREE = ("/sign-in", "/sign-out", "/me", "/preferences", "/search", "/favicon.ico", "/schema")
"""What everybody has: signing in and out, one's own account, how pages look, what one may find."""

READS = ("/accounts/{code:str}/statement",)
"""Forms that change nothing: they lead to a file."""

NOT_THEIRS = ("/approvals/{number:int}/{verb:str}", "/jobs/{number:int}/cancel", "/files/{number:int}/cancel")
"""What a person does to their own things; those of others are not there."""

OF_A_SELLER = (
    "/new/customer", "/approvals/", "/jobs/", "/files/", "/import/", "/payments/", "/accounting/rejected/",
    "/settings/plans/rules/", "/settings/plans/holidays/", "/settings/sellers/", "/settings/new-user", "/settings/users/",
    "/settings/new-token", "/settings/tokens/", "/settings/new-webhook", "/settings/webhooks/", "/settings/deliveries/",
    "/settings/balance-lab",
)  # fmt: skip
"""Pages that change what a seller has, each looking at the visitor's seller itself; all others concern every seller."""

VALUES = {
    "number": "1", "session_id": "1", "token_id": "1", "webhook_id": "1", "message_id": "1", "login": "somebody",
    "action": "pay", "verb": "decide", "level": "user-accounts", "label": "2026", "kind": "charge", "change": "default",
    "what": "deliver",
}  # fmt: skip


def _paths(method: str) -> list[str]:
    routes = [route for route in Litestar([pages]).routes if isinstance(route, HTTPRoute)]
    return sorted(r.path for r in routes if method in r.methods and not r.path.startswith(FREE))


def _filled(path: str, company: Company) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in {"code", "account"}:
            return VALUES[name]
        return "dunning" if "/balances/" in path else "PAY_WIRE" if path.startswith("/settings") else company.easycall

    return re.sub(r"\{(\w+):\w+\}", value, path)


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as opened:

        async def second_seller() -> None:
            async with open_pool(opened[0]) as pool, pool.connection() as conn:
                await conn.execute(
                    "insert into seller (code, name, country, currency, time_zone, language)"
                    " values ('OTHER', 'Other', 'FR', 'EUR', 'Europe/Paris', 'fr') on conflict do nothing"
                )

        ThreadPoolExecutor(1).submit(lambda: asyncio.run(second_seller())).result()
        yield opened


async def test_no_unsafe_page_acts_for_another_site(books: tuple[str, Company]) -> None:
    dsn, company = books
    async with signed_in(dsn, "admin", "chief of a test") as client:
        for path in [*_paths("POST"), "/sign-in", "/sign-out", "/me/password", "/preferences"]:
            address = _filled(path, company)
            for foreign in ({"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}, {}):
                answer = await client.post(address, headers=HTML | foreign, data={}, follow_redirects=False)
                assert answer.status_code == 403, (address, foreign, answer.status_code)
                assert "request comes from" in answer.text, address


async def test_who_may_only_look_changes_nothing(books: tuple[str, Company]) -> None:
    dsn, company = books
    refused = {}
    async with signed_in(dsn, "viewer", "looker of a test") as client:
        for path in _paths("POST"):
            answer = await client.post(
                _filled(path, company), headers=OWN, data={"reason": "x"}, follow_redirects=False
            )
            refused[path] = answer.status_code
    refused = {path: status for path, status in refused.items() if path not in READS}
    unknown = {path: status for path, status in refused.items() if status != 403}
    assert unknown == dict.fromkeys(NOT_THEIRS, 404)


async def test_the_customers_of_another_seller_are_not_there(books: tuple[str, Company]) -> None:
    dsn, company = books
    found = {}
    async with signed_in(dsn, "admin", "chief of the other seller", seller="OTHER") as client:
        for method in ("GET", "POST"):
            for path in _paths(method):
                if not path.startswith(("/accounts/{", "/customers/{")):
                    continue
                answer = await client.request(method, _filled(path, company), headers=OWN, follow_redirects=False)
                found[method, path] = answer.status_code
    assert found
    assert {place: status for place, status in found.items() if status != 404} == {}


async def test_what_belongs_to_no_seller_is_changed_by_nobody_who_is_kept_to_one(books: tuple[str, Company]) -> None:
    dsn, company = books
    shared = [path for path in _paths("POST") if not path.startswith(("/accounts/{", "/customers/{", *OF_A_SELLER))]
    taken = {}
    async with signed_in(dsn, "admin", "chief of a seller", seller="OTHER") as client:
        for path in shared:
            answer = await client.post(
                _filled(path, company), headers=OWN, data={"reason": "x"}, follow_redirects=False
            )
            if answer.status_code != 403 or "every seller alike" not in answer.text:
                taken[path] = answer.status_code
    assert len(shared) > 25
    assert taken == {}


async def test_nobody_sees_a_page_before_signing_in(books: tuple[str, Company]) -> None:
    dsn, company = books
    async with AsyncTestClient(app_on(dsn, demo=False)) as client:
        for path in _paths("GET"):
            answer = await client.get(_filled(path, company), headers=HTML, follow_redirects=False)
            assert (answer.status_code, answer.headers.get("location", "")[:8]) == (303, "/sign-in"), path


async def test_forms_are_bounded_and_a_file_is_taken_from_who_is_signed_in(books: tuple[str, Company]) -> None:
    dsn, _ = books
    async with AsyncTestClient(app_on(dsn, demo=False)) as client:
        fields = "&".join(f"f{n}=" for n in range(1001))
        typed = HTML | OWN | {"content-type": "application/x-www-form-urlencoded"}
        answer = await client.post("/sign-in", headers=typed, content=fields)
        assert (answer.status_code, "more than 1000 fields" in answer.text) == (422, True)
        answer = await client.post("/sign-in", headers=typed, content="login=" + "9" * 200_000)
        assert answer.status_code == 413
        file = {"file": ("a.csv", b"a,b\n1,2\n", "text/csv")}
        answer = await client.post("/import/customers", headers=HTML | OWN, files=file, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")


async def test_a_page_refuses_too_long_a_search(books: tuple[str, Company]) -> None:
    dsn, _ = books
    async with signed_in(dsn, "viewer", "searcher of a test") as client:
        for path in ("/", "/search", "/payments", "/litigation"):
            answer = await client.get(path, headers=HTML, params={"q": "a" * 201})
            assert (answer.status_code, "201 characters" in answer.text) == (422, True), path


async def test_a_card_that_is_not_being_added_is_not_found(books: tuple[str, Company]) -> None:
    dsn, company = books
    async with signed_in(dsn, "admin", "adder of a test") as client:
        for number in ("1", "999999", "99999999999999999999"):
            answer = await client.get(f"/accounts/{company.easycall}/cards/setups/{number}", headers=HTML)
            assert answer.status_code == 404, number


async def test_what_is_not_there_is_no_fault(books: tuple[str, Company]) -> None:
    """Every page, with numbers and codes of nothing, below an account that is there."""
    dsn, company = books
    faults = {}
    async with signed_in(dsn, "admin", "asker of a test") as client:
        for path in _paths("GET"):
            here = re.sub(r"^/(accounts)/\{\w+:str\}", rf"/\1/{company.easycall}", path)
            address = re.sub(r"\{\w+:(\w+)\}", lambda found: "999999" if found[1] == "int" else "nothing", here)
            answer = await client.get(address, headers=HTML, follow_redirects=False)
            if answer.status_code >= 500:
                faults[address] = answer.status_code
    assert faults == {}
