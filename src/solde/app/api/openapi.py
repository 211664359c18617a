"""The OpenAPI 3.1 document, made of the routes' declarations: what is served is what is documented."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from types import UnionType
from typing import Any, get_args

import msgspec
from litestar.handlers import HTTPRouteHandler

import solde
from solde.access.routing import Declared
from solde.app.statuses import STATUS_OF_CODE, STATUS_OF_KIND, TITLES
from solde.kernel.refusals import CATALOGUE

from .openapi_names import names_of, renamed
from .openapi_refusals import codes_of
from .openapi_webhooks import payload_components, webhooks
from .openapi_words import described
from .problems import PROBLEM_MEDIA, Problem

DESCRIPTION = """\
Customer balances and receivables: what a customer owes, why, and what to do about it.

Money is a string of exact decimals beside its currency; a number is taken too, and read exactly as it is written. `side` is debit
(raises what the customer owes) or credit. Dates are YYYY-MM-DD, instants RFC 3339 in UTC. A list is
`{"items": [...], "next": cursor or null}`.

Every POST that changes something carries an `Idempotency-Key`: repeated with the same body it gives the same answer
again, with `Idempotency-Replayed: true`. An action that moves money can be tried with `dry_run=true`. What can be
edited carries an `ETag`; a change names it as `If-Match`. A refusal is a problem document (RFC 9457) that names every
reason with its place.
"""

ALWAYS = (401, 403, 500)
FILE = {"type": "string", "format": "binary"}
MONEY_SENT = r"^-?[0-9]+(\.[0-9]{1,6})?$"
TAGS = {
    "Accounting": "Accounting periods, and operations dated in a closed one.",
    "Settings": "Short lists that the rest refers to.",
    "Customers": "Customers with their accounts.",
    "Operations": "Billed money: invoices, payments, refunds and every other debit or credit.",
    "Balances": "What an account's balances are, now and at any past moment, and why.",
    "Balance definitions": "What a balance is.",
    "Matching": "Which credit pays which debit.",
    "Litigation": "What of an invoice is disputed.",
    "Instalment plans": "What is owed, put off to agreed days.",
    "Card payments": "Stored cards, and what is asked of the gateway.",
    "Payments": "Money that came in.",
    "Security deposits": "Money a customer leaves with us, apart from what they owe.",
    "Exports": "Lists as files: Excel, CSV, JSON Lines.",
    "Approvals": "What a role may do alone, and what waits for a second person.",
    "Imports": "Files that become operations.",
    "Webhooks and mail": "What leaves Solde: events for other programs, mail, and how their delivery goes.",
    "Administration": "Tokens, the audit trail, jobs, verification.",
}


def declarations(handlers: Iterable[Any]) -> list[Declared]:
    """What the routes declare."""
    return [h.opt["declared"] for h in handlers if isinstance(h, HTTPRouteHandler) and "declared" in h.opt]


def openapi_document(declared: Sequence[Declared]) -> dict[str, Any]:
    """The document of these routes."""
    shapes = [
        Problem,
        *(shape for d in declared for whole in (d.body, d.gives, d.query) for shape in _alternatives(whole)),
    ]
    schemas, components = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    by_shape = {shape: _tidy(schema) for shape, schema in zip(shapes, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for d in declared:
        paths.setdefault(f"/api/v1{d.path}", {})[d.method.lower()] = _operation(d, by_shape, components)
    components |= payload_components()
    used, asked = {d.tag for d in declared}, {d.query.__name__ for d in declared}
    kept = {name: _tidy(schema) for name, schema in components.items() if name not in asked}
    names = names_of(kept)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Solde",
            "version": solde.__version__,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server"}],
        "security": [{"token": []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items() if name in used],
        "paths": paths,
        "webhooks": webhooks(),
        "components": {
            "schemas": {names[name]: _told(names[name], kept[name]) for name in sorted(kept, key=names.__getitem__)},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "An API token: `solde token create`."}
            },
        },
    }
    found: dict[str, Any] = renamed(document, names)
    return found


def _told(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A schema whose every field says what it means."""
    properties = schema.get("properties")
    if not properties:
        return schema
    return schema | {"properties": {field: described(one, name, field) for field, one in properties.items()}}


def _alternatives(shape: Any) -> list[Any]:
    """The shapes that a body or an answer may have; a file has none."""
    if shape is None:
        return []
    return [one for one in (get_args(shape) if isinstance(shape, UnionType) else [shape]) if one is not bytes]


def _schema(shape: Any, by_shape: dict[Any, Any]) -> Any:
    found = [by_shape[one] for one in _alternatives(shape)]
    return found[0] if len(found) == 1 else {"anyOf": found}


def _operation(d: Declared, by_shape: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": d.name,
        "summary": d.summary,
        "description": f"{d.description}\n\n{_who(d)}".strip(),
        **({} if d.permission else {"security": []}),
        "tags": [d.tag],
        "parameters": [*_path_parameters(d), *_query_parameters(d, components), *_header_parameters(d)],
        "responses": {str(d.status): _answer(d, by_shape)} | _problems(d),
    }
    if d.body is not None:
        operation["requestBody"] = {"required": True, "content": _sent(d, by_shape)}
    return operation


def _sent(d: Declared, by_shape: dict[Any, Any]) -> dict[str, Any]:
    """What the body may be: a document, or a file, by itself or as a part of a form."""
    if d.body is not bytes:
        example = {} if d.example is None else {"example": d.example}
        return {d.media: {"schema": _schema(d.body, by_shape)} | example}
    files = {media: {"schema": FILE} for media in d.media.split(", ")}
    form = {"multipart/form-data": {"schema": {"type": "object", "required": ["file"], "properties": d.form}}}
    return form | files if d.form else files


def _who(d: Declared) -> str:
    return f"Needs the permission `{d.permission}`." if d.permission else "Needs no token: what is sent is signed."


def _problems(d: Declared) -> dict[str, Any]:
    """How the route refuses: by status, with the codes that this route may answer with."""
    codes: dict[int, list[str]] = {status: [] for status in (*ALWAYS, *d.problems)}
    if d.body is not None:
        codes.setdefault(413, [])
    for code in sorted(_codes(d)):
        codes.setdefault(_status(code), []).append(code)
    return {str(status): _problem(status, found) for status, found in sorted(codes.items())}


def _codes(d: Declared) -> set[str]:
    """The codes that the route may answer with; what is read from a request alone is told by what the route takes."""
    found = set(codes_of(d.act)) if d.act is not None else set()
    if not d.keyed:
        found = {code for code in found if not code.startswith("idempotency_")}
    if not d.versioned:
        found -= {"if_match_missing", "if_match_invalid"}
    if d.body is None:
        found -= {"malformed_json", "unsupported_media_type"}
    return found


def _path_parameters(d: Declared) -> list[dict[str, Any]]:
    names = re.findall(r"\{(\w+)\}", d.path)
    return [
        described({"schema": {"type": "string"}}, d.path, name) | {"name": name, "in": "path", "required": True}
        for name in names
    ]


def _query_parameters(d: Declared, components: dict[str, Any]) -> list[dict[str, Any]]:
    properties = components.get(d.query.__name__, {}).get("properties", {})
    owner = f"{d.method.lower()} {d.path}"
    return [_query_parameter(name, described(_tidy(schema), owner, name)) for name, schema in properties.items()]


def _query_parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    kinds = [kind for kind in schema.pop("anyOf", [schema]) if kind.get("type") != "null"]
    described = schema.pop("description", None)
    merged = {k: v for k, v in schema.items() if k != "default"} | kinds[0]
    described = merged.pop("description", described)
    parameter: dict[str, Any] = {"name": name, "in": "query", "required": False, "schema": merged}
    if merged.get("type") == "array":
        parameter |= {"style": "form", "explode": False}
    return parameter | ({"description": described} if described else {})


def _header_parameters(d: Declared) -> list[dict[str, Any]]:
    found = []
    if d.keyed:
        text = "A key of your own: repeated, it gives the same answer and acts once. With `dry_run=true` it is not looked at."
        found.append(
            _header("Idempotency-Key", text, required=True, schema={"type": "string", "minLength": 1, "maxLength": 255})
        )
    if d.versioned:
        found.append(
            _header(
                "If-Match",
                "The ETag of the version you change.",
                required=True,
                schema={"type": "string", "examples": ['"3"']},
            )
        )
    return found


def _header(name: str, text: str, *, required: bool, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": text, "schema": schema}


def _answer(d: Declared, by_shape: dict[Any, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": "Nothing is left to say." if d.gives is None else "Done." if d.method != "GET" else "Found."
    }
    content: dict[str, Any] = {}
    if _alternatives(d.gives):
        content["application/json"] = {"schema": _schema(d.gives, by_shape)}
    if d.gives is bytes or bytes in get_args(d.gives):
        content |= {media: {"schema": FILE} for media in d.media.split(", ")}
    if content:
        answer["content"] = content
    headers = {"X-Request-Id": {"description": "The id of this request.", "schema": {"type": "string"}}}
    if d.keyed:
        text = "`true` where this answer was given before."
        headers["Idempotency-Replayed"] = {"description": text, "schema": {"type": "string"}}
    if d.location or d.status == 202:
        text = "The address of what was made, of the job begun or of the approval that it waits for."
        headers["Location"] = {"description": text, "schema": {"type": "string"}}
    return answer | {"headers": headers}


def _problem(status: int, codes: Sequence[str]) -> dict[str, Any]:
    listed = "; `code` is one of `x-codes`" if codes else ""
    return {
        "description": f"{TITLES[status]}{listed}.",
        "content": {PROBLEM_MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        **({"x-codes": list(codes)} if codes else {}),
    }


def _status(code: str) -> int:
    return STATUS_OF_CODE.get(code) or STATUS_OF_KIND[CATALOGUE[code].kind]


def _tidy(schema: Any) -> Any:
    """Decimals are strings, so that no program makes floats of them; titles that only repeat a name are left out."""
    if isinstance(schema, list):
        return [_tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    tidied = {key: _tidy(value) for key, value in schema.items() if key != "title" or not isinstance(value, str)}
    if tidied.get("format") == "decimal":
        tidied.pop("format")
        tidied |= {"type": "string", "pattern": tidied.get("pattern", MONEY_SENT)}
    return tidied
