"""The OpenAPI document: what a program that is made from it, and who reads it, may rely on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from solde.app.api.docs import document
from solde.app.api.openapi_names import names_of
from solde.app.api.openapi_words import CLOSED, words
from solde.kernel.refusals import CATALOGUE

DOCUMENT = document()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
ROUTES = [
    (method, path, told) for path, methods in DOCUMENT["paths"].items() for method, told in methods.items()
]  # fmt: skip

SETS = {
    "side", "matching_status", "posting_status", "payment_mode", "invoice_mode", "class", "role",
}  # fmt: skip
"""Fields that can be nothing but one of a few values, wherever they are."""


def _parts(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _parts(inner)


def _properties() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, schema in SCHEMAS.items():
        for field, told in schema.get("properties", {}).items():
            yield name, field, told


def test_schemas_are_named_in_words_without_the_places_of_modules() -> None:
    assert [name for name in SCHEMAS if not re.fullmatch(r"[A-Z][A-Za-z]+", name) or name.endswith("Shape")] == []


def test_two_schemas_of_one_name_are_found_before_anybody_reads_the_document() -> None:
    with pytest.raises(ValueError, match="RefundBody"):
        names_of(["solde.payments.api.RefundBody", "solde.deposits.api.RefundBody"])


def test_every_reference_leads_to_a_schema() -> None:
    references = {part["$ref"] for part in _parts(DOCUMENT) if "$ref" in part}
    assert references <= {f"#/components/schemas/{name}" for name in SCHEMAS}


def test_every_field_says_what_it_means() -> None:
    assert [f"{name}.{field}" for name, field, told in _properties() if not told.get("description")] == []


def test_every_parameter_says_what_it_means() -> None:
    silent = [
        f"{method} {path}: {one['name']}"
        for method, path, told in ROUTES
        for one in told["parameters"]
        if not one.get("description")
    ]
    assert silent == []


def test_what_has_fixed_values_lists_them() -> None:
    open_ended = [
        f"{name}.{field}"
        for name, field, told in _properties()
        if field in SETS and not any("enum" in part or "$ref" in part for part in _parts(told))
    ]
    open_ended += [
        f"{method} {path}: {one['name']}"
        for method, path, told in ROUTES
        for one in told["parameters"]
        if one["name"] in SETS and not any("enum" in part or "$ref" in part for part in _parts(one))
    ]
    assert open_ended == []


def test_words_and_values_are_kept_only_of_what_is_there() -> None:
    there = {f"{name}.{field}" for name, field, _ in _properties()}
    there |= {
        f"{method} {path.removeprefix('/api/v1')}.{one['name']}" for method, path, told in ROUTES for one in told["parameters"]
    }  # fmt: skip
    assert [name for name in (*CLOSED, *words()) if "." in name and name not in there] == []


def test_a_key_is_wanted_where_the_server_wants_it() -> None:
    for method, path, told in ROUTES:
        wanted = {one["name"]: one["required"] for one in told["parameters"] if one["in"] == "header"}
        refused = {code for answer in told["responses"].values() for code in answer.get("x-codes", ())}
        assert wanted.get("Idempotency-Key", True), f"{method} {path}"
        assert ("idempotency_key_missing" in refused) <= ("Idempotency-Key" in wanted), f"{method} {path}"


def test_every_body_has_a_schema() -> None:
    for method, path, told in ROUTES:
        for media, content in told.get("requestBody", {}).get("content", {}).items():
            assert content.get("schema"), f"{method} {path} takes {media} of no shape"


def test_a_file_is_sent_as_it_is_or_as_a_part_of_a_form() -> None:
    for _, path, told in ROUTES:
        if not path.endswith(":import"):
            continue
        sent = told["requestBody"]["content"]
        assert sent["multipart/form-data"]["schema"]["properties"]["file"]["format"] == "binary", path
        assert sent["text/csv"]["schema"]["format"] == "binary", path


def test_money_is_a_string_everywhere() -> None:
    loose = [part for part in _parts(DOCUMENT) if isinstance(part.get("type"), list) and "number" in part["type"]]
    assert loose == []


def test_each_route_lists_its_own_refusals() -> None:
    codes = {
        f"{method} {path}": {code for answer in told["responses"].values() for code in answer.get("x-codes", ())}
        for method, path, told in ROUTES
    }
    assert set().union(*codes.values()) <= set(CATALOGUE)
    assert "already_matched" in codes["post /api/v1/accounts/{account}/matches"]
    assert "refund_too_large" not in codes["get /api/v1/sellers"]
    assert max(map(len, codes.values())) < len(CATALOGUE) / 3, "a list of everything tells nothing"
