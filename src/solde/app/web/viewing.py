"""Note whose pages somebody opens, whichever of them it is: after the answer, so that nobody waits for it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import structlog
from litestar import Request
from litestar.datastructures import State

from solde.access.http import services_of
from solde.customers import find_account, note_viewed
from solde.customers.store import find_customer_id
from solde.db import Connection, transaction

from .visitors import Visitor

_PAGE = re.compile(r"^/(customers|accounts)/([^/]+)")

log = structlog.get_logger("solde.web")


async def note_whose_page(request: Request[Any, Any, State]) -> None:
    """Note the customer that a page was about, for all but the guests of a demo."""
    found, visitor = _PAGE.match(request.url.path), getattr(request.state, "visitor", None)
    if found is None or request.method != "GET" or not isinstance(visitor, Visitor) or visitor.guest:
        return
    level, code = found[1], unquote(found[2]).replace("\0", "")

    async def note(conn: Connection) -> None:
        customer_id = await _customer(conn, level, code, visitor.seller_id)
        if customer_id is not None:
            await note_viewed(conn, visitor.actor, customer_id, now=services_of(request).clock())

    try:
        await transaction(services_of(request).pool, note)
    except Exception as fault:  # noqa: BLE001 - the page was given; a list of what was viewed is no reason to fail
        log.warning("what was viewed was not noted", error=str(fault))


async def _customer(conn: Connection, level: str, code: str, seller_id: int | None) -> int | None:
    """The customer of a page, where the seller has it."""
    if level == "customers":
        return await find_customer_id(conn, code, seller_id)
    account = await find_account(conn, code)
    return account.customer_id if account is not None and seller_id in {None, account.seller_id} else None
