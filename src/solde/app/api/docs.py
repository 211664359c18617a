"""The OpenAPI document, and pages to browse it and the refusals: nothing comes from outside, no script."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from solde.app.statuses import STATUS_OF_CODE, STATUS_OF_KIND
from solde.kernel.refusals import CATALOGUE, Kind

from .openapi import declarations, openapi_document
from .routes import api_routes

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 15px/1.55 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.2rem; font-size: 1.2rem; border-bottom: 1px solid var(--line); }
summary { cursor: pointer; padding: .35rem .2rem; }
details { border-bottom: 1px solid var(--line); }
details > div { padding: 0 0 1rem 1rem; }
code, pre { font: 13px/1.5 ui-monospace, monospace; }
pre { background: var(--soft); padding: .7rem; overflow-x: auto; border-radius: 6px; }
.method { display: inline-block; width: 4.2rem; font-weight: 650; } table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); }
:target { background: #fc06; } .quiet { opacity: .7; } nav a { margin-right: 1rem; }
"""


def docs_routes() -> list[HTTPRouteHandler]:
    """The routes of the document and of its pages, each rendered where it is first asked for."""

    @get("/api/v1/openapi.json", include_in_schema=False)
    async def openapi_json() -> Response[bytes]:
        return Response(_text(), media_type="application/json", headers=KEPT)

    @get("/api/docs", include_in_schema=False)
    async def api_docs() -> Response[bytes]:
        return Response(_operations(), media_type="text/html", headers=KEPT)

    @get("/api/docs/problems", include_in_schema=False)
    async def api_problems() -> Response[bytes]:
        return Response(_problems(), media_type="text/html", headers=KEPT)

    @get("/api/docs/style.css", include_in_schema=False)
    async def api_style() -> Response[bytes]:
        return Response(STYLE.encode(), media_type="text/css", headers=KEPT)

    return [openapi_json, api_docs, api_problems, api_style]


KEPT = {"cache-control": "no-cache"}


@cache
def document() -> dict[str, Any]:
    """What the routes of this program declare, made once."""
    return openapi_document(declarations(api_routes()))


@cache
def _text() -> bytes:
    return json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()


@cache
def _operations() -> bytes:
    return operations_page(document()).encode()


@cache
def _problems() -> bytes:
    return problems_page().encode()


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/api/docs/style.css"></head><body><main>'
        '<nav><a href="/api/docs">Operations</a><a href="/api/docs/problems">Refusals</a>'
        '<a href="/api/v1/openapi.json">openapi.json</a></nav>'
        f"<h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def operations_page(document: dict[str, Any]) -> str:
    """Every operation of the document, by tag."""
    info = document["info"]
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in info["description"].strip().split("\n\n"))
    sections = [_section(document, tag) for tag in document["tags"]]
    shapes = "".join(_shape(name, schema) for name, schema in document["components"]["schemas"].items())
    return _page(
        f"{info['title']} {info['version']}: HTTP API", paragraphs + "".join(sections) + f"<h2>Shapes</h2>{shapes}"
    )


def _section(document: dict[str, Any], tag: dict[str, str]) -> str:
    operations = [
        _operation(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if tag["name"] in operation["tags"]
    ]
    return f"<h2>{escape(tag['name'])}</h2><p class=quiet>{escape(tag['description'])}</p>{''.join(operations)}"


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code></td><td class=quiet>{p['in']}</td>"
        f"<td>{escape(p.get('description', ''))}</td></tr>"
        for p in operation["parameters"]
    )
    body = operation.get("requestBody", {}).get("content", {})
    sent = "".join(f"<p>Takes {escape(media)}:</p>{_sample(content)}" for media, content in body.items())
    answers = "<br>".join(_answered(status, answer) for status, answer in operation["responses"].items())
    described = "".join(f"<p>{escape(part)}</p>" for part in operation["description"].split("\n\n"))
    return (
        f'<details id="{escape(operation["operationId"])}"><summary>'
        f"<span class=method>{method.upper()}</span><code>{escape(path)}</code>"
        f" {escape(operation['summary'])}</summary><div>{described}<table>{rows}</table>{sent}"
        f"{_given(operation)}<p class=quiet>Answers:<br>{answers}</p></div></details>"
    )


def _answered(status: str, answer: dict[str, Any]) -> str:
    """A status, and the refusals that come with it."""
    codes = (f'<a href="/api/docs/problems#{code}">{code}</a>' for code in answer.get("x-codes", ()))
    return " ".join((f"<code>{status}</code>", ", ".join(codes)))


def _sample(content: dict[str, Any]) -> str:
    if "schema" not in content:
        return ""
    example = content.get("example")
    shown = json.dumps(example if example is not None else content["schema"], indent=2, ensure_ascii=False)
    return f"<pre>{escape(shown)}</pre>{_linked(content['schema'])}"


def _given(operation: dict[str, Any]) -> str:
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            return f"<p>Gives {_linked(content['schema'])}</p>"
    return ""


def _linked(schema: dict[str, Any]) -> str:
    parts: Sequence[dict[str, Any]] = schema.get("anyOf", [schema])
    names = [part["$ref"].rsplit("/", 1)[1] for part in parts if "$ref" in part]
    return " or ".join(f'<a href="#shape-{escape(name)}">{escape(name)}</a>' for name in names)


def _shape(name: str, schema: dict[str, Any]) -> str:
    shown = json.dumps(schema, indent=2, ensure_ascii=False)
    head = f'<details id="shape-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
    return f"{head}<div><pre>{escape(shown)}</pre></div></details>"


def problems_page() -> str:
    """Every refusal code, with its status and what to do: where a problem document's `type` leads."""
    entries = sorted(CATALOGUE.values(), key=lambda entry: (list(Kind).index(entry.kind), entry.code))
    rows = "".join(
        f'<tr id="{escape(entry.code)}"><td><code>{escape(entry.code)}</code></td>'
        f"<td>{STATUS_OF_CODE.get(entry.code) or STATUS_OF_KIND[entry.kind]}</td><td>{escape(entry.advice)}</td></tr>"
        for entry in entries
    )
    return _page("Refusals", f"<table><tr><th>Code</th><th>Status</th><th>What to do</th></tr>{rows}</table>")
