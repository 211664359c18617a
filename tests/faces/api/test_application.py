"""The application around the routes: problems, headers, health, metrics, documentation."""

from __future__ import annotations

import re
from typing import Any

import pytest
from applications import use
from faces.api.asking import Asking
from litestar.handlers import HTTPRouteHandler

from solde.app.api.openapi import declarations, openapi_document
from solde.app.api.routes import api_routes

WITHOUT_BODY = {"test_webhook", "replay_delivery", "begin_verification", "post_repeat"}
"""What begins something of which the address says all."""

FAULTS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/api/v1/nothing", {}, 404, "not_found"),
    ("GET", "/api/v1/accounts", {}, 404, "not_found"),
    ("PATCH", "/api/v1/sellers", {}, 405, "method_not_allowed"),
    ("POST", "/api/v1/accounts/A1/operations", {"content": b"{"}, 400, "malformed_json"),
    ("POST", "/api/v1/accounts/A1/operations", {"content": b"\xff\xfe"}, 400, "malformed_json"),
    ("POST", "/api/v1/accounts/A1/operations", {"content": b"[" * 100_000}, 422, "bad_shape"),
    (
        "POST",
        "/api/v1/accounts/A1/operations",
        {"content": b"<a/>", "headers": {"content-type": "text/xml"}},
        415,
        "unsupported_media_type",
    ),
    ("POST", "/api/v1/accounts/A1/operations", {"content": b" " * 20_000_001}, 413, "too_large"),
    ("GET", "/api/v1/sellers?x=1", {}, 422, "unknown_filter"),
    (
        "POST",
        "/api/v1/accounts/A1/operations",
        {"json": {}, "headers": {"idempotency-key": "x" * 256}},
        422,
        "bad_shape",
    ),
]


@pytest.mark.parametrize(("method", "path", "more", "status", "code"), FAULTS)
async def test_every_fault_is_a_problem_document(
    ask: Asking, account: str, method: str, path: str, more: dict[str, Any], status: int, code: str
) -> None:
    answer = await ask.send(method, path, **more)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem = answer.json()
    assert (problem["code"], problem["type"]) == (code, f"/api/docs/problems#{code}")
    assert problem["title"]
    assert problem["detail"]


async def test_a_bug_shows_a_request_id_and_nothing_of_the_inside(ask: Asking, account: str) -> None:
    use(ask.client.app, directory=None)
    answer = await ask.send("GET", f"/accounts/{account}/balances", headers={"x-request-id": "case-7"})
    assert (answer.status_code, answer.json()["request_id"], answer.headers["x-request-id"]) == (
        500,
        "case-7",
        "case-7",
    )
    assert not re.search(r"Traceback|NoneType|directory|\.py", answer.text)


@pytest.mark.parametrize("path", ["/api/v1/sellers", "/api/v1/nothing", "/api/docs", "/livez", "/metrics"])
async def test_security_headers_are_on_every_answer(ask: Asking, path: str) -> None:
    answer = await ask.client.get(path)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


async def test_an_unfit_request_id_is_replaced(ask: Asking) -> None:
    answer = await ask.client.get("/livez", headers={"x-request-id": "<script>"})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


async def test_it_is_alive_and_ready_and_measured(ask: Asking, account: str) -> None:
    assert (await ask.client.get("/livez")).status_code == 200
    assert (await ask.client.get("/readyz")).json()["status"] == "ready"
    await ask.post(f"/accounts/{account}/operations", {"operations": [{"type": "PAY_WIRE", "amount": "1"}] * 3})
    text = (await ask.client.get("/metrics")).text
    assert "solde_operations_posted_total 3.0" in text
    assert 'route="/api/v1/accounts/{account}/operations",status="201"' in text
    assert 'solde_pool_connections{state="idle"}' in text


async def test_a_database_of_another_version_is_not_ready(ask: Asking, database_url: str) -> None:
    import psycopg

    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("update alembic_version set version_num = 'old'")
    answer = await ask.client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")


async def test_routes_and_document_are_the_same(ask: Asking) -> None:
    document = (await ask.client.get("/api/v1/openapi.json")).json()
    documented = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    served = {
        (method, re.sub(r":str\}", "}", path))
        for route in ask.client.app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler)
        for path in handler.paths
        for method in handler.http_methods
        if path.startswith("/api/v1/") and not path.endswith("openapi.json") and method != "OPTIONS"
    }
    assert documented == served


def test_the_document_explains_itself() -> None:
    document = openapi_document(declarations(api_routes()))
    assert document["openapi"].startswith("3.1")
    ids = []
    for methods in document["paths"].values():
        for method, operation in methods.items():
            ids.append(operation["operationId"])
            assert operation["summary"]
            assert {"401", "500"} <= set(operation["responses"])
            if method == "post" and operation["operationId"] not in WITHOUT_BODY:
                assert operation["requestBody"]["content"]
    assert len(ids) == len(set(ids))
    references = set(re.findall(r"'\$ref': '#/components/(\w+)/(\w+)'", str(document)))
    assert all(name in document["components"][kind] for kind, name in references)


async def test_the_documentation_can_be_browsed_without_anything_from_outside(ask: Asking) -> None:
    for path in ("/api/docs", "/api/docs/problems"):
        page = await ask.client.get(path)
        assert page.headers["content-type"].startswith("text/html")
        assert not re.search(r"<script|(?:src|href|action)=.https?://|style=", page.text)
    assert "/api/v1/accounts/{account}/balances" in (await ask.client.get("/api/docs")).text
    assert 'id="already_matched"' in page.text


async def test_verification_of_a_sound_ledger_is_clean(ask: Asking, account: str) -> None:
    await ask.post(f"/accounts/{account}/operations", {"type": "PAY_WIRE", "amount": "1"})
    report = (await ask.get("/verify")).json()
    assert (report["clean"], report["differences"]) == (True, [])


async def test_verification_runs_as_a_job(ask: Asking, account: str) -> None:
    begun = await ask.post("/verify")
    assert (begun.status_code, begun.headers["location"]) == (202, f"/api/v1/jobs/{begun.json()['id']}")
    job: dict[str, Any] = {"state": "WAITING"}
    while job["state"] in {"WAITING", "RUNNING"}:
        job = (await ask.get(f"/jobs/{begun.json()['id']}")).json()
    assert (job["state"], job["result"]["clean"]) == ("DONE", True)


async def test_the_books_are_verified_once_at_a_time(ask: Asking, account: str) -> None:
    turn = ask.client.app.state.services.verifying
    somebody = object()
    turn.take(somebody)
    for answer in (await ask.get("/verify"), await ask.post("/verify")):
        assert (answer.status_code, answer.json()["code"]) == (409, "verification_running")
    assert (await ask.get("/jobs")).json()["items"] == []
    turn.end(somebody)
    assert (await ask.get("/verify")).status_code == 200
    assert (await ask.get("/verify")).status_code == 200, "it gives its turn back"


async def test_a_verification_asked_for_again_under_its_key_is_the_same(ask: Asking, account: str) -> None:
    first = await ask.post("/verify", key="one")
    again = await ask.post("/verify", key="one")
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])


async def test_a_value_that_no_column_holds_is_refused(ask: Asking, account: str) -> None:
    for path in ("/customers?country=%00", f"/accounts/{account}/operations?reference=%00"):
        answer = await ask.get(path)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_shape"), answer.text


async def test_a_job_that_is_not_there_is_not_found(ask: Asking) -> None:
    assert (await ask.get("/jobs/1")).status_code == 404
    assert (await ask.get("/jobs/x")).status_code == 404
