"""The addresses of every page, read from the routes.

A page that is new is in the list by itself; what its address names is found by the name of the parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from litestar import Litestar
from litestar.routes import HTTPRoute
from web.marked_books import MARKED

from solde.app.web.pages.actions.catalogue import ENTRIES
from solde.app.web.routes import pages

FILES = re.compile(r"\.(csv|xlsx|pdf|ico|yaml|yml|json|html|toml)$")
NO_PAGES = (
    "/schema",
    "/customers.",
    "/jobs.",
    "/approvals.",
    "/accounting/exports/{",
    "/accounting/exports/repeat",
    "/litigation/actions/",
    "/files/{number:int}/file",
)
VERBS = ("approve", "reject", "withdraw")
TURNS = ("close",)
LEVELS = ("billing-accounts", "user-accounts")
ROWS = {
    "pay": "n=1", "match": "n=1&n=2", "unmatch": "n=1", "transfer": "n=1", "write-off": "n=1", "refund": "n=2", "rejection": "n=2",
    "pay-by-deposit": "n=1", "plan": "n=4", "credit-note": "n=4", "enter-litigation": "n=4", "update-litigation": "n=1",
    "remove-litigation": "n=1", "write-off-reversal": "n=5", "credit-note-reversal": "n=6", "deposit-request": "",
    "deposit-fund": "deposit=1", "deposit-pay": "deposit=1", "deposit-refund": "deposit=1", "deposit-cancel": "deposit=1",
    "deposit-reject": "deposit=1&payment=7", "plan-edit": "plan=1", "plan-activate": "plan=1", "plan-cancel": "plan=1",
    "plan-break": "plan=1", "new": "type=MISC_DEB",
}  # fmt: skip
"""Which rows of the marked account a form of an action is opened with."""


def addresses(named: Mapping[str, str]) -> list[str]:
    """The address of every page, several where a parameter has several values."""
    routes = [route for route in Litestar([pages]).routes if isinstance(route, HTTPRoute) and "GET" in route.methods]
    paths = sorted(
        route.path for route in routes if not route.path.startswith(NO_PAGES) and not FILES.search(route.path)
    )
    return [address for path in paths for address in _filled(path, named)]


def _filled(path: str, named: Mapping[str, str]) -> Iterator[str]:
    found = re.search(r"\{(\w+):\w+\}", path)
    if found is None:
        yield path + QUERIES.get(path, "")
        return
    for value in _values(path, found[1], named):
        yield from _filled(path[: found.start()] + value + path[found.end() :], named)


QUERIES = {
    "/search": f"?q={MARKED[:3]}",
    "/payments/accounts": f"?q={MARKED[:3]}",
    "/payments": "?show=all",
    "/approvals": "?show=all",
    "/payments/small-balances": "?most=9999&currency=EUR&due_before=2026-11-22",
    "/payments/small-balances/write-off": "?most=9999&currency=EUR&due_before=2026-11-22",
    "/settings/limit": "?kind=payment&currency=EUR",
    "/new/customer": "?kind=individual",
}
CARD_ACTIONS = ("charge", "authorize", "refund?transaction=1", "capture?transaction=3", "void?transaction=3")


def _values(path: str, name: str, named: Mapping[str, str]) -> tuple[str, ...]:
    """What a parameter is filled with, by its name and what stands before it."""
    if name == "action":
        return tuple(f"{entry.code}?{ROWS[entry.code]}" for entry in ENTRIES)
    if name == "verb":
        return TURNS if path.startswith("/accounting/") else VERBS
    if name == "level":
        return LEVELS
    if name == "kind":
        return CARD_ACTIONS
    if name == "number":
        return (_number(path, named),)
    if name in {"code", "account"}:
        return (_code(path, named),)
    assert name in named, f"say what stands for {{{name}}} in {path}"
    return (named[name],)


def _number(path: str, named: Mapping[str, str]) -> str:
    if "/cards/setups/" in path:
        return named["setup_number"]
    if "/cards/transactions/" in path:
        return "4"
    if "/cards/" in path or "/unbilled/" in path:
        return "1"
    if "/operations/" in path or "/deposits/" in path or "/plans/" in path or path.startswith("/accounting/periods/"):
        return "1"
    if path.startswith("/import/"):
        return named[f"upload {path.split('/')[2]}"]
    return named[{"approvals": "approval", "payments": "receipt", "jobs": "job", "files": "file"}[path.split("/")[1]]]


def _code(path: str, named: Mapping[str, str]) -> str:
    known = {
        "/accounts": named["account"], "/customers": named["customer"], "/settings/balances": "marked",
        "/settings/types": "MARKED", "/settings/services": "MARKED", "/settings/methods": "MARKED", "/settings/sellers": named["seller"],
        "/settings/features": "litigation", "/settings/deposit-templates": "STANDARD", "/settings/litigation-reasons": "PRICE",
        "/settings/plans/holidays": named["seller"], "/settings/plans/rules": named["seller"],
        "/accounting/schemes/accounts": "411", "/accounting/schemes/journals": "SAL", "/accounting/schemes/taxes": "VAT_20",
        "/accounting/schemes": "DUAL",
    }  # fmt: skip
    found = next((value for start, value in known.items() if path.startswith(f"{start}/")), None)
    assert found is not None, f"say what stands for a code in {path}"
    return found
