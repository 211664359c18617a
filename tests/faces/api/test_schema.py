"""The API held against its own OpenAPI document: whatever is sent, the answer is one that the document names, and never a fault."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from faces.api.asking import make_token
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from web.conftest import copy_of, serve

from solde.app.api.openapi import declarations, openapi_document
from solde.app.api.routes import api_routes
from solde.app.application import create_app
from solde.db import open_pool

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CHECKS = (not_a_server_error, content_type_conformance, response_schema_conformance)

schema = schemathesis.openapi.from_dict(openapi_document(declarations(api_routes())))


@pytest.fixture(scope="module")
def served(server_url: str, template: str) -> Iterator[tuple[str, str]]:
    """The address of a running application on a database of its own, and a token that may do everything."""
    with copy_of(server_url, template) as dsn:

        async def token() -> str:
            async with open_pool(dsn) as pool:
                return await make_token(pool, lambda: NOW, "admin")

        secret = ThreadPoolExecutor(1).submit(lambda: asyncio.run(token())).result()
        with serve(create_app(dsn, clock=lambda: NOW, with_web=False)) as address:
            yield address, secret


# The server runs in a thread of this process: when it draws at random, Hypothesis takes it for the strategy.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@schema.parametrize()
@settings(
    max_examples=3, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_every_answer_is_one_the_document_names(case: Case[Any], served: tuple[str, str]) -> None:
    address, token = served
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "from-the-document"}
    answer = case.call(base_url=address, headers=headers)
    case.validate_response(answer, checks=list(CHECKS))
