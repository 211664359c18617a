"""The Activity tab: who did what on a customer's accounts, when and why; what it was before and after on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO

from litestar import Response
from litestar.response import Redirect, Stream

from solde.app.jobs import Pace
from solde.audit import list_actors
from solde.balances.activity import KINDS, Deed, list_activity
from solde.customers import Customer, get_customer, list_choices
from solde.extracts import Field

from .. import formats
from ..activity_words import said_in_words
from ..addresses import Address, account_path, customer_path
from ..days import instant_in_file
from ..grid import Column, files
from ..i18n import t
from ..list_files import Listing, answer_with, every_page, write_list
from ..page import Page, web_page
from .customer_head import account_asked, head

SHOWN_MOST = 300
"""Characters of a value that the list shows."""
LINKS_MOST = 5
"""Operations that a deed leads to."""

KIND_WORDS: Mapping[str, str] = {
    "operations": "Operations and payments",
    "matching": "Matching",
    "litigation": "Litigation",
    "deposits": "Security deposits",
    "instalment plans": "Instalment plans",
    "customer": "Customer and accounts",
    "approvals": "Approvals",
}


@web_page("/customers/{code:str}/activity", name="customer_activity")
async def activity_page(page: Page, code: str) -> Response[str]:
    """What was done, newest first; of one person or one kind where the address says so."""
    asked = page.query
    cursor, (by, kind) = asked.get("cursor") or None, _asked(page)
    async with page.reading() as conn:
        customer = await get_customer(conn, code, page.visitor.seller_id)
        accounts = {a.account_id: a.currency for a in customer.accounts}
        found = await list_activity(conn, accounts, actor=by, kind=kind, cursor=cursor)
        people = await list_actors(conn, list(accounts))
        choices = await list_choices(conn)
    features = await page.services.features.on()
    plain = Address(customer_path(customer.code, "activity"), [("account", asked.get("account") or "")])
    address = plain.with_(by=by, kind=kind)
    return page.show(
        "customers/activity.html",
        title=f"{customer.name} · {t('Activity')}",
        head=head(customer, account_asked(customer, asked.get("account")), page.visitor, "activity", choices, features),
        deeds=[_deed(deed, customer) for deed in found.items],
        by=by or "",
        kind=kind or "",
        people=[(one, one) for one in sorted({*people, *([by] if by else [])})],
        kinds=[(one, t(words)) for one, words in KIND_WORDS.items()],
        action=plain.path,
        hidden=plain.parameters,
        clear=str(plain) if by or kind else "",
        first=str(address) if cursor else "",
        next=str(address.with_(cursor=found.next)) if found.next else "",
        files=files(address, customer_path(customer.code, "activity")),
    )


def _asked(page: Page) -> tuple[str | None, str | None]:
    """Whose deeds and of what kind an address asks for."""
    asked = page.query
    kind = asked.get("kind") if asked.get("kind") in KINDS else None
    return (asked.get("by") or "").replace("\0", "").strip() or None, kind


COLUMNS = (
    Column("at", "When"),
    Column("actor", "Who"),
    Column("text", "What"),
    Column("account", "Account"),
    Column("reason", "Reason"),
)


def _fields(customer: Customer) -> Mapping[str, Sequence[Field[Deed]]]:
    codes = {account.account_id: account.code for account in customer.accounts}
    return {
        "at": (Field("at", "When", width=24, of=lambda deed: instant_in_file(deed.recorded_at)),),
        "actor": (Field("actor", "Who", width=20, of=lambda deed: deed.actor),),
        "text": (Field("text", "What", width=60, of=_said),),
        "account": (Field("account", "Account", of=lambda deed: codes[deed.account_id]),),
        "reason": (Field("reason", "Reason", width=40, of=lambda deed: deed.reason),),
    }


@web_page(["/customers/{code:str}/activity.xlsx", "/customers/{code:str}/activity.csv"], name="activity_file")
async def activity_file(page: Page, code: str) -> Stream | Redirect:
    """What was done, as a file: all of it that the address asks for."""
    by, kind = _asked(page)

    async def write(out: IO[bytes], pace: Pace) -> str:
        async with page.reading() as conn:
            customer = await get_customer(conn, code, page.visitor.seller_id)
            accounts = {a.account_id: a.currency for a in customer.accounts}
            pages = every_page(lambda cursor: list_activity(conn, accounts, actor=by, kind=kind, cursor=cursor))
            listing = Listing("activity", "Activity", COLUMNS, _fields(customer))
            await write_list(page, out, listing, pages, pace)
            return f"{customer.code}-activity"

    return await answer_with(page, "Activity", write)


def _said(deed: Deed) -> str:
    return said_in_words(deed.said)


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
        "text": _said(deed),
        "reason": deed.reason or "",
        "account": account.code if len(customer.accounts) > 1 else "",
        "links": links[:LINKS_MOST],
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


route_handlers = [activity_page, activity_file]
