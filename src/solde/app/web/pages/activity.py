"""The Activity tab: who did what on a customer's accounts, when and why; what it was before and after on demand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from solde.balances.activity import Deed, list_activity
from solde.customers import Customer, get_customer

from .. import formats
from ..addresses import Address, account_path, customer_path
from ..i18n import t
from ..reading import reading
from ..render import page
from ..visitors import Visitor
from .customer_head import head
from .overview import account_asked

SHOWN_MOST = 300
"""Characters of a value that the list shows."""


@get("/customers/{code:str}/activity", name="customer_activity", include_in_schema=False)
async def activity_page(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str]
) -> Response[str]:
    """What was done, newest first."""
    cursor = request.query_params.get("cursor") or None
    async with reading(request) as conn:
        customer = await get_customer(conn, code, visitor.seller_id)
        found = await list_activity(conn, {a.account_id: a.currency for a in customer.accounts}, cursor=cursor)
    address = Address(customer_path(customer.code, "activity"))
    return page(
        "customers/activity.html",
        request,
        visitor=visitor,
        title=f"{customer.name} · {t('Activity')}",
        head=head(customer, account_asked(customer, request.query_params.get("account")), visitor, "activity"),
        deeds=[_deed(deed, customer) for deed in found.items],
        first=str(address) if cursor else "",
        next=str(address.with_(cursor=found.next)) if found.next else "",
    )


def _deed(deed: Deed, customer: Customer) -> dict[str, object]:
    account = next(a for a in customer.accounts if a.account_id == deed.account_id)
    links = [
        (
            f"{posting.reference or t('No. {n}', n=posting.number)}",
            account_path(account.code, "operations", str(posting.number)),
        )
        for posting in deed.postings
    ]
    return {
        "at": formats.instant(deed.recorded_at),
        "actor": deed.actor,
        "text": t(deed.said.template).format_map(deed.said.values),
        "reason": deed.reason or "",
        "account": account.code if len(customer.accounts) > 1 else "",
        "links": links[:10],
        "changes": _changes(deed.before, deed.after),
    }


def _changes(before: object, after: object) -> list[tuple[str, str, str]]:
    """What was said of the state before and after, field by field; what stayed the same is left out."""
    old: Mapping[str, object] = before if isinstance(before, dict) else {}
    new: Mapping[str, object] = after if isinstance(after, dict) else {}
    names = [*old, *(name for name in new if name not in old)]
    return [
        (name.replace("_", " "), _shown(old.get(name)), _shown(new.get(name)))
        for name in names
        if old.get(name) != new.get(name)
    ]


def _shown(value: object) -> str:
    text = "" if value is None else value if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN_MOST else f"{text[:SHOWN_MOST]}…"


route_handlers = [activity_page]
