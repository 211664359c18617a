"""Where what a request made is read: the header Location of an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from litestar.types import Scope

from .http import Answer

BASE = "/api/v1"
_FIELD = re.compile(r"\{([\w.]+)\}")
_JOB = {"id", "step", "error_count"}


def with_location(answer: Answer, made: str | None, scope: Scope) -> Answer:
    """The answer with the address of what was made, of the job begun or of the approval that it waits for; a dry run has none.

    `made` is the form of the address of what the route makes, if that has one.
    """
    begun = answer.status == 202
    if not begun and (answer.status != 201 or made is None):
        return answer
    if any(name == b"location" for name, _ in answer.headers):
        return answer
    told = msgspec.json.decode(answer.body)
    if not isinstance(told, dict) or told.get("dry_run") is True or b"dry_run=true" in scope["query_string"].lower():
        return answer
    place = _where_it_is(told) if begun else _filled(made or "", {**scope["path_params"], **told})
    if place is not None:
        answer.headers = (*answer.headers, (b"location", f"{BASE}{place}".encode()))
    return answer


def _where_it_is(told: Mapping[str, Any]) -> str | None:
    if "approval" in told:
        return f"/approvals/{told['approval']}"
    return f"/jobs/{told['id']}" if told.keys() >= _JOB else None


def _filled(form: str, told: Mapping[str, Any]) -> str | None:
    """The address with its fields filled in; None where the answer lacks one, as that of several things made together."""
    found = {name: _field(told, name) for name in _FIELD.findall(form)}
    if any(value is None for value in found.values()):
        return None
    return _FIELD.sub(lambda match: quote(str(found[match[1]]), safe=""), form)


def _field(told: Any, name: str) -> Any:
    for part in name.split("."):
        told = told.get(part) if isinstance(told, Mapping) else None
    return told
