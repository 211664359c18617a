"""No text field of the API takes a card number: each is refused, and nothing is stored."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from faces.api.asking import Asking, codes

from solde.access.routing import Declared
from solde.app.api.logs import hide_card_numbers
from solde.app.api.openapi import declarations
from solde.app.api.routes import api_routes
from solde.db import Pool

CANARY = "4242 4242 4242 4242"


def bodies() -> list[tuple[Declared, str]]:
    """Every route with a JSON body, with each of its text fields."""
    found = []
    for told in declarations(api_routes()):
        if isinstance(told.body, type) and issubclass(told.body, msgspec.Struct):
            kinds = msgspec.inspect.type_info(told.body)
            assert isinstance(kinds, msgspec.inspect.StructType)
            found += [(told, field.encode_name) for field in kinds.fields if _takes_text(field.type)]
    return found


def _takes_text(kind: object) -> bool:
    if isinstance(kind, msgspec.inspect.Metadata):
        return _takes_text(kind.type)
    if isinstance(kind, msgspec.inspect.UnionType):
        return any(_takes_text(one) for one in kind.types)
    return isinstance(kind, msgspec.inspect.StrType)


@pytest.fixture
def every_field() -> list[tuple[Declared, str]]:
    return bodies()


async def test_every_text_field_refuses_a_card_number(
    ask: Asking, accounts: list[str], every_field: list[tuple[Declared, str]], pool: Pool
) -> None:
    assert len(every_field) > 40
    for told, field in every_field:
        path = told.path
        for name in ("account", "number", "code", "id", "card", "definition", "customer"):
            path = path.replace(f"{{{name}}}", "A1" if name in {"account", "code"} else "1")
        headers: dict[str, Any] = {"if-match": '"1"'} if told.versioned else {}
        if told.keyed:
            headers["idempotency-key"] = f"{told.name}-{field}"
        body = (told.example if isinstance(told.example, dict) else {}) | {field: f"see {CANARY}"}
        answer = await ask.send(told.method, path, json=body, headers=headers)
        if answer.status_code == 404:
            # A resource that is not there is refused first; then nothing is stored either.
            continue
        assert answer.status_code in {403, 422}, (told.path, field, answer.text)
        if answer.status_code == 422:
            assert codes(answer) == ["card_number_in_text"], (told.path, field, answer.text)
        # The name of a request is made by chance, and may hold four such digits.
        said = answer.text.replace(answer.headers["x-request-id"], "")
        assert "4242" not in said
    await nothing_is_kept(pool)


async def nothing_is_kept(pool: Pool) -> None:
    """No table holds the canary."""
    async with pool.connection() as conn:
        names = await (
            await conn.execute("select table_name from information_schema.tables where table_schema = 'public'")
        ).fetchall()
        for (name,) in names:
            query = f"select count(*) from {name} x where x::text ~ '4242[ -]?4242[ -]?4242[ -]?4242'"
            assert await (await conn.execute(query.encode())).fetchone() == (0,), name


async def test_a_number_written_by_its_codes_in_an_idempotency_key_or_deep_inside_is_found(
    ask: Asking, accounts: list[str], pool: Pool
) -> None:
    escaped = b'{"kind": "charge", "amount": "1.00", "comment": "\\u0034242424242424242"}'
    headers = {"authorization": f"Bearer {ask.token}", "idempotency-key": "a", "content-type": "application/json"}
    answer = await ask.client.post("/api/v1/accounts/A1/card-transactions", content=escaped, headers=headers)
    assert codes(answer) == ["card_number_in_text"]
    answer = await ask.post("/accounts/A1/card-transactions", {"kind": "charge"}, key="4242424242424242")
    assert codes(answer) == ["card_number_in_text"]
    deep = {"operations": [{"type": "INV_STD", "amount": "1.00", "reference": "4242424242424242"}]}
    answer = await ask.post("/accounts/A1/operations", deep)
    assert codes(answer) == ["card_number_in_text"]
    assert answer.json()["errors"][0]["pointer"] == "/operations/0/reference"
    await nothing_is_kept(pool)


async def test_what_is_echoed_and_logged_holds_no_card_number(ask: Asking) -> None:
    headers = {"authorization": f"Bearer {ask.token}", "x-request-id": "4242424242424242"}
    answer = await ask.client.get("/api/v1/accounts/4242.4242.4242.4242", headers=headers)
    assert answer.status_code == 404
    assert "4242" not in answer.text + answer.headers["x-request-id"]
    answer = await ask.client.get("/api/v1/nowhere/4242424242424242", headers=headers)
    assert "4242" not in answer.text
    event = hide_card_numbers(None, "", {"path": "/accounts/4242424242424242", "method": "GET"})
    assert "4242" not in repr(event)


async def test_a_file_name_and_a_login_hold_no_card_number(ask: Asking, pool: Pool) -> None:
    file = {"file": ("cards 4242424242424242.csv", b"a,b", "text/csv")}
    answer = await ask.post("/receivables:import", files=file)
    assert codes(answer) == ["card_number_in_text"]
    user = {"login": "p4242424242424242", "name": "Ann", "role": "agent", "password": "three words suffice"}
    assert codes(await ask.post("/users", user)) == ["card_number_in_text"]
    assert codes(await ask.post("/users", user, key="k4242424242424242")) == ["card_number_in_text"]
    await nothing_is_kept(pool)
