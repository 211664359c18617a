"""JSON routes of what accounting is told: labels of journals, accounts of taxes."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import DryRun
from solde.access.routing import route
from solde.db import Connection
from solde.kernel.money import parse_amount
from solde.kernel.refusals import Refusal, Refused

from . import journal_labels
from .model import Journal
from .rules import TaxRate
from .shapes import JournalList, JournalShape, TaxList, TaxShape, journal_shape, tax_shape

TAG = "Accounting"


class JournalBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a journal is called."""

    label: str


class NewJournalBody(JournalBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new journal."""

    code: str


class TaxBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The general account that takes the tax of a rate."""

    label: str
    rate: Annotated[str | None, Meta(description="In percent; none: what no rate explains.")] = None
    account: Annotated[str | None, Meta(description="None: operations with this tax cannot be taken to the books.")] = (
        None
    )


class NewTaxBody(TaxBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new tax."""

    code: str


_JOURNAL = msgspec.json.Decoder(JournalBody)
_NEW_JOURNAL = msgspec.json.Decoder(NewJournalBody)
_TAX = msgspec.json.Decoder(TaxBody)
_NEW_TAX = msgspec.json.Decoder(NewTaxBody)


@route("GET", "/accounting-journals", permission=Permission.JOURNAL, tag=TAG, gives=JournalList, problems=(403,))
async def read_journals(ask: Ask) -> Answer:
    """List what the journals are called."""
    async with ask.pool.connection() as conn:
        return ok(JournalList([journal_shape(one) for one in await journal_labels.list_journals(conn)]))


@route(
    "POST", "/accounting-journals", permission=Permission.ACCOUNTING, tag=TAG, query=DryRun, keyed=True, status=201,
    body=NewJournalBody, gives=JournalShape, problems=(403, 409), example={"code": "PUR", "label": "Purchases"},
)  # fmt: skip
async def post_journal(ask: Ask) -> Answer:
    """Label a journal."""
    body = await ask.body(_NEW_JOURNAL)

    async def work(conn: Connection) -> Answer:
        new = Journal(body.code, body.label, 0)
        return ok(journal_shape(await journal_labels.save_journal(conn, new, known=None, actor=ask.actor)), 201)

    return await ask.act(work, dry_run=ask.query(DryRun).dry_run)


@route(
    "PUT", "/accounting-journals/{code}", permission=Permission.ACCOUNTING, tag=TAG, versioned=True, body=JournalBody,
    gives=JournalShape, problems=(403, 404, 409), example={"label": "Ventes"},
)  # fmt: skip
async def put_journal(ask: Ask) -> Answer:
    """Label a journal otherwise; files that were made keep the label they had."""
    body, known = await ask.body(_JOURNAL), ask.version()

    async def work(conn: Connection) -> Answer:
        changed = Journal(ask.path("code"), body.label, known or 0)
        return ok(journal_shape(await journal_labels.save_journal(conn, changed, known=known, actor=ask.actor)))

    return await ask.change(work)


@route("GET", "/accounting-taxes", permission=Permission.JOURNAL, tag=TAG, gives=TaxList, problems=(403,))
async def read_taxes(ask: Ask) -> Answer:
    """List the taxes and the general accounts that take them."""
    async with ask.pool.connection() as conn:
        return ok(TaxList([tax_shape(one) for one in await journal_labels.list_taxes(conn)]))


@route(
    "POST", "/accounting-taxes", permission=Permission.ACCOUNTING, tag=TAG, query=DryRun, keyed=True, status=201,
    body=NewTaxBody, gives=TaxShape, problems=(403, 409),
    example={"code": "VAT_02", "label": "VAT 2.1 %", "rate": "2.1", "account": "44571"},
)  # fmt: skip
async def post_tax(ask: Ask) -> Answer:
    """Make a tax: which general account takes it."""
    body = await ask.body(_NEW_TAX)

    async def work(conn: Connection) -> Answer:
        new = TaxRate(body.code, body.label, _rate(body.rate), body.account)
        return ok(tax_shape(await journal_labels.save_tax(conn, new, known=None, actor=ask.actor)), 201)

    return await ask.act(work, dry_run=ask.query(DryRun).dry_run)


@route(
    "PUT", "/accounting-taxes/{code}", permission=Permission.ACCOUNTING, tag=TAG, versioned=True, body=TaxBody,
    gives=TaxShape, problems=(403, 404, 409), example={"label": "VAT 20 %", "rate": "20", "account": "445712"},
)  # fmt: skip
async def put_tax(ask: Ask) -> Answer:
    """Change a tax; entries that were made keep their account."""
    body, known = await ask.body(_TAX), ask.version()

    async def work(conn: Connection) -> Answer:
        changed = TaxRate(ask.path("code"), body.label, _rate(body.rate), body.account)
        return ok(tax_shape(await journal_labels.save_tax(conn, changed, known=known, actor=ask.actor)))

    return await ask.change(work)


def _rate(text: str | None) -> Decimal | None:
    found = None if text is None else parse_amount(text)
    if isinstance(found, Refusal):
        raise Refused(found.at(field="rate"))
    return found


route_handlers: list[HTTPRouteHandler] = [read_journals, post_journal, put_journal, read_taxes, post_tax, put_tax]
