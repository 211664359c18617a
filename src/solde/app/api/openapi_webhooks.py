"""The events in the OpenAPI document: a webhook for each kind, with what its `after` holds."""

from __future__ import annotations

from typing import Any

import msgspec

from solde.outbox import KINDS, EventKind


def payload_components() -> dict[str, Any]:
    """The schemas of what events say."""
    shapes = sorted({kind.payload for kind in KINDS if kind.payload is not None}, key=lambda shape: shape.__name__)
    _, components = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    return dict(components)


def webhooks() -> dict[str, Any]:
    """A webhook for each kind of event."""
    return {kind.code: {"post": _webhook(kind)} for kind in KINDS}


def _webhook(kind: EventKind) -> dict[str, Any]:
    headers = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {
        "operationId": f"on_{kind.code.replace('.', '_')}",
        "summary": kind.label.rstrip("."),
        "description": "Signed as Standard Webhooks has it; posted to every webhook that asked for this kind.",
        "tags": ["Webhooks and mail"],
        "security": [],
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}} for name in headers
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": event_schema(kind)}}},
        "responses": {"2XX": {"description": "Taken. Anything else, also a redirect, is tried again."}},
    }


def event_schema(kind: EventKind) -> dict[str, Any]:
    """An event of this kind, as it is posted."""
    said = {"$ref": f"#/components/schemas/{kind.payload.__name__}"} if kind.payload else {"type": ["object", "null"]}
    nullable = {"type": ["string", "null"]}
    data = {
        "id": {"type": "string", "description": "The same wherever and however often the event is told."},
        "sequence": {"type": "integer", "description": "Grows with every action of an account."},
        "account": nullable
        | {"description": "Code of the customer account; null for what concerns no single account."},
        "seller": nullable | {"description": "Code of its seller."},
        "actor": {"type": "string", "description": "Who did it."},
        "reason": nullable | {"description": "Why, where a reason was given."},
        "before": {"type": ["object", "null"], "description": "What stood before, where something was changed."},
        "after": said,
    }
    return {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"type": "string", "const": kind.code},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it was recorded."},
            "data": {"type": "object", "required": sorted(data), "properties": data},
        },
    }
