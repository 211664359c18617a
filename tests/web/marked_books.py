"""Books in which one marked text stands wherever a person can write."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import psycopg
from litestar.testing import AsyncTestClient
from psycopg import sql
from web.company import BASE, NOW, TODAY
from web.conftest import app_on, copy_of
from web.desk import OWN, Client, books_to_copy, bring, do_jobs, kept_copy, send

from solde.access import NewUser, Passwords, add_user, create_token
from solde.actions.requests import content_of
from solde.adjustments import Adjusted, AdjustmentRequest, AdjustmentType, adjust
from solde.app.approving import make_approvals
from solde.app.jobs import Pace, Writing, go_on_as_job
from solde.app.spooled import open_spool
from solde.approvals import Proposal
from solde.balances import Draft, TypeChoice
from solde.balances.definitions import create_definition
from solde.cards import CardKind, CardRequest
from solde.cards.actions import ask
from solde.cards.adapters.sandbox import Sandbox
from solde.cards.stored_cards import begin_setup, finish_setup
from solde.customers import CreatedCustomer, create_customers, list_sellers, set_account_state
from solde.customers.methods import create_method
from solde.customers.model import PaymentMethod
from solde.customers.sellers import change_seller
from solde.db import Connection, Pool, open_pool
from solde.deposits import DepositEffect, DepositRequest, FundRequest, fund_deposits, request_deposits
from solde.instalments import Drafted, PlanRequest, PlanTerms, Unit, draft
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.operations import NewOperation, Posted, PostRequest, TypeCatalogue, load_types, post
from solde.operations.type_changes import NewType, create_type
from solde.outbox import EndpointDraft, Mail, create_endpoint, send_mail
from solde.payments import (
    CreditNoteRequest,
    Effect,
    ReceiptRequest,
    WriteOffRequest,
    credit_note,
    record_unidentified,
    write_off,
)
from solde.periods import Cut, NewYear, create_year
from solde.unbilled import add_service

MARKED = "zqfreetextqz"
"""Stands wherever a person can write."""


async def fill(dsn: str) -> dict[str, str]:
    """Write the marked text everywhere; gives what addresses name, by the name of the parameter."""
    async with open_pool(dsn) as pool:
        async with pool.connection() as conn, conn.transaction():
            customer = await _customer(conn)
            await _operations(conn, customer.account_id)
            found = {"account": customer.account_code, "customer": customer.customer_code}
            found["receipt"] = await _receipt(conn)
            found |= await _settings(conn)
            found |= await _people(conn)
            found |= await _year(conn)
            await _deposit(conn, customer.account_id)
            await _plan(conn, customer.account_id)
            await _given_up(conn, customer.account_id)
            await _adjusted(conn, customer.account_id)
            found["message"] = str((await send_mail(conn, [Mail(["a@example.com"], MARKED, MARKED)], now=NOW))[0])
        async with pool.connection() as conn, conn.transaction():
            wish = WriteOffRequest(customer.account_id, 1, "Carla", MARKED, Decimal(60))
            content = content_of(wish)
            proposal = Proposal("write_off", customer.account_id, Decimal(60), "EUR", content, "Carla", "agent", MARKED)
            made = await make_approvals(lambda: NOW, TypeCatalogue(pool)).submit(conn, proposal, now=NOW, today=TODAY)
            found["approval"] = str(made.approval_id)
            await set_account_state(conn, customer.account_id, "BLOCKED", MARKED, actor=MARKED, now=NOW)
            await set_account_state(conn, customer.account_id, "ACTIVE", MARKED, actor=MARKED, now=NOW)
        async with pool.connection() as conn, conn.transaction():
            token = await create_token(conn, name="Fills", role="admin", sellers=["MAIN"], actor="test", now=NOW)
            found["token"] = token.secret
        found |= await _cards(pool, customer.account_id)
        found["file"] = await _file(pool)
    async with as_filler(dsn, found) as client:
        for what in ("customers", "receivables", "payments"):
            heads = f"{MARKED},customer_code,account_code,amount"
            here = await bring(
                client, what, f"{heads}\n{MARKED},{MARKED},{MARKED},{MARKED}\n".encode(), name=f"{MARKED}.csv"
            )
            found[f"upload {what}"] = re.findall(r"\d+", here)[0]
        good = f"customer_code,customer_name,currency,invoice_number,invoice_date,due_date,amount\n{MARKED},{MARKED},EUR,N,{MARKED},x,1\n"
        judged = await bring(client, "receivables", good.encode(), name=f"{MARKED}.csv")
        found["upload receivables"] = re.findall(r"\d+", judged)[0]
        await do_jobs(dsn)
        await send(client, f"/payments/receipts/{await _second(dsn)}/return", key="back", reason=MARKED)
    with psycopg.connect(dsn) as connection:
        found["job"] = str(connection.execute("select max(job_id) from job_error").fetchone()[0])  # type: ignore[index]
    return found


@contextmanager
def full_books(server_url: str, template: str) -> Iterator[tuple[str, dict[str, str]]]:
    """A database with something on every page, and what the addresses of pages name."""
    name, named = _filled_once(server_url, template)
    with copy_of(server_url, name) as dsn:
        yield dsn, dict(named)


@cache
def _filled_once(server_url: str, template: str) -> tuple[str, dict[str, str]]:
    return kept_copy(server_url, books_to_copy(server_url, template)[0], fill)


@asynccontextmanager
async def as_filler(dsn: str, named: Mapping[str, str]) -> AsyncIterator[Client]:
    """Who wrote the marked text, signed in: what is their own is theirs alone."""
    async with AsyncTestClient(app_on(dsn, demo=False)) as client:
        answer = await client.post("/sign-in", data={"token": named["token"]}, headers=OWN, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        yield client


async def _customer(conn: Connection) -> CreatedCustomer:
    levels = ("account_description", "billing_account_description", "user_account_description", "brand", "analytic_1")
    texts = dict.fromkeys(
        ("name", "last_name", "first_name", "address_1", "address_2", "city", "region", *levels), MARKED
    )
    request = replace(BASE, country="FR", language="fr", currency="EUR", code="MARKED", **texts)
    (made,) = await create_customers(conn, [request], actor=MARKED, now=NOW, allow_incomplete=True)
    assert isinstance(made, CreatedCustomer), made
    return made


async def _operations(conn: Connection, account_id: int) -> None:
    texts = {"reference": MARKED, "description": MARKED, "order_number": MARKED, "comment": MARKED}
    new = [
        NewOperation(account_id, code, Decimal(amount), day, None, "EUR", **texts)  # type: ignore[arg-type]
        for code, amount, day in (("INV_STD", "100", TODAY - timedelta(40)), ("PAY_WIRE", "70", TODAY))
    ]
    types = await load_types(conn)
    await post(conn, [PostRequest(tuple(new), MARKED, reason=MARKED)], types)
    wish = DisputeRequest(account_id, 1, DisputeVerb.ENTER, MARKED, Decimal(5), TODAY, MARKED, MARKED)
    await dispute(conn, [wish], today=TODAY)


async def _receipt(conn: Connection) -> str:
    seller = (await list_sellers(conn))[0]
    wishes = [
        ReceiptRequest(seller.seller_id, "EUR", Decimal(amount), TODAY, MARKED, payer_text=MARKED, reference=MARKED)
        for amount in ("70", "71")
    ]
    made = await record_unidentified(conn, wishes, await load_types(conn), today=TODAY)
    return str(made[0].receipt_id)  # type: ignore[union-attr]


async def _file(pool: Pool) -> str:
    """A long list that was written as a file, for who looks at the pages."""

    async def write() -> str:
        return "list.csv"

    out, running = open_spool(), set[asyncio.Task[None]]()
    out.write(MARKED.encode())
    writing = Writing(out, Pace(), asyncio.create_task(write()), MARKED, "text/csv")
    job = await go_on_as_job(pool, writing, running, actor="Fills", seller=None)
    await asyncio.gather(*running)
    return str(job.job_id)


async def _second(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("select receipt_id from unidentified_receipt where amount = 71").fetchone()
    assert row is not None
    return int(row[0])


async def _settings(conn: Connection) -> dict[str, str]:
    await create_type(conn, NewType("MARKED", MARKED, "OCC", "debit", MARKED, MARKED, MARKED, MARKED), actor=MARKED)
    await create_method(conn, PaymentMethod("MARKED", MARKED, "PAY_WIRE"), payment_types=["PAY_WIRE"], actor=MARKED)
    await add_service(conn, "MARKED", MARKED, Decimal(20), actor=MARKED)
    # The last two sides: what a definition says in text.
    expression = f"#{{ accountOperation.reference == '{MARKED}' }}"
    draft = Draft("marked", MARKED, debit=TypeChoice(), credit=TypeChoice(), expression=expression)
    await create_definition(conn, draft, actor=MARKED, reason=MARKED)
    seller = (await list_sellers(conn))[0]
    letter = dict.fromkeys(("name", "address_1", "address_2", "postcode", "city", "region"), MARKED)
    await change_seller(conn, seller.code, seller.version, letter, actor=MARKED)
    endpoint = await create_endpoint(conn, EndpointDraft(f"https://{MARKED}.example/x", MARKED), actor=MARKED, now=NOW)
    return {"seller": seller.code, "webhook_id": str(endpoint.webhook_id)}


async def _people(conn: Connection) -> dict[str, str]:
    person = NewUser("marked", MARKED, "agent")
    await add_user(
        conn, person, password="quiet harbour lantern", passwords=Passwords(), sellers=["MAIN"], actor=MARKED, now=NOW
    )
    token = await create_token(conn, name=MARKED, role="agent", sellers=["MAIN"], actor=MARKED, now=NOW)
    return {"login": "marked", "token_id": str(token.token.token_id)}


def marked_columns(connection: psycopg.Connection[tuple[object, ...]], text: str) -> list[tuple[str, str, str]]:
    """Every column in which the text stands somewhere: table, column, type."""
    found = connection.execute(
        "select c.table_name, c.column_name, c.data_type from information_schema.columns c"
        " join information_schema.tables t using (table_schema, table_name)"
        " where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type in ('text', 'json', 'jsonb', 'ARRAY')"
    ).fetchall()
    kept = []
    for table, column, kind in found:
        asked = sql.SQL("select exists (select from {} where strpos({}::text, {}) > 0)").format(
            sql.Identifier(str(table)), sql.Identifier(str(column)), sql.Literal(_within(text, str(kind)))
        )
        if connection.execute(asked).fetchone() == (True,):
            kept.append((str(table), str(column), str(kind)))
    return kept


def put_instead(
    connection: psycopg.Connection[tuple[object, ...]], columns: list[tuple[str, str, str]], old: str, new: str
) -> None:
    """Write another text where the marked one stands; no rule of a form keeps it out."""
    for table, column, kind in columns:
        if kind == "ARRAY":
            continue
        name = sql.Identifier(column)
        # A text may be a JSON document, as that of a mail is.
        replaced = sql.SQL(
            "case when starts_with({0}::text, {1}) then replace({0}::text, {2}, {3}) else replace({0}::text, {4}, {5}) end::{6}"
        ).format(
            name, sql.Literal('{"'), *(sql.Literal(_within(text, "jsonb")) for text in (old, new)),
            *(sql.Literal(_within(text, kind)) for text in (old, new)), sql.SQL(kind),
        )  # fmt: skip
        connection.execute(sql.SQL("update {} set {} = {}").format(sql.Identifier(table), name, replaced))


def _within(text: str, kind: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1] if kind in {"json", "jsonb"} else text


async def _year(conn: Connection) -> dict[str, str]:
    """A year of accounting; its label takes no free text."""
    new = NewYear("2027", date(2027, 1, 1), date(2027, 12, 31), Cut.MONTHLY)
    return {"label": (await create_year(conn, new, actor=MARKED)).label}


async def _deposit(conn: Connection, account_id: int) -> None:
    """A security deposit whose texts are the marked one."""
    wish = DepositRequest(account_id, "STANDARD", Decimal(10), MARKED, MARKED, on=TODAY)
    (answer,) = await request_deposits(conn, [wish], await load_types(conn), today=TODAY)
    assert isinstance(answer, DepositEffect), answer


async def _plan(conn: Connection, account_id: int) -> None:
    """A draft of an instalment plan."""
    types = await load_types(conn)
    (posted,) = await post(
        conn, [PostRequest((NewOperation(account_id, "INV_STD", Decimal(90), TODAY),), MARKED)], types
    )
    assert isinstance(posted, Posted), posted
    wish = PlanRequest(account_id, posted.numbers, MARKED, PlanTerms(count=2, unit=Unit.MONTH))
    (answer,) = await draft(conn, [wish], types, today=TODAY)
    assert isinstance(answer, Drafted), answer


async def _given_up(conn: Connection, account_id: int) -> None:
    """A write-off and a credit note, with words, of the invoice that is put off by a draft; money for the deposit."""
    types = await load_types(conn)
    (gone,) = await write_off(
        conn, [WriteOffRequest(account_id, 4, MARKED, MARKED, Decimal(1), TODAY, MARKED)], types, today=TODAY
    )
    (credited,) = await credit_note(
        conn,
        [CreditNoteRequest(account_id, 4, MARKED, MARKED, Decimal(1), on=TODAY, reference=MARKED, comment=MARKED)],
        types,
        today=TODAY,
    )
    (funded,) = await fund_deposits(
        conn, [FundRequest(account_id, 1, Decimal(4), MARKED, "WIRETRANSFER", on=TODAY)], types, today=TODAY
    )
    assert isinstance(funded, DepositEffect), funded
    assert isinstance(gone, Effect), gone
    assert isinstance(credited, Effect), credited


async def _adjusted(conn: Connection, account_id: int) -> None:
    """A charge and a promotion for the next invoice, with words."""
    charge = AdjustmentRequest(
        account_id, AdjustmentType.MANUAL_CHARGE, MARKED, Decimal(9), "CALLS", visible=MARKED, internal=MARKED, on=TODAY
    )
    credit = replace(charge, type=AdjustmentType.PROMOTIONAL_CREDIT, service=None)
    for wish in (charge, credit):
        (answer,) = await adjust(conn, [wish], await load_types(conn), today=TODAY)
        assert isinstance(answer, Adjusted), answer


async def _cards(pool: Pool, account_id: int) -> dict[str, str]:
    """A card, a page where another is entered, a charge given back in part, an authorization, and one to be confirmed."""
    gateway = Sandbox(pool, lambda: NOW)
    for number in ("4242424242424242", "4000000000003220"):
        setup = await begin_setup(gateway, pool, account_id, "http://back", actor=MARKED, clock=lambda: NOW)
        assert setup.gateway_reference is not None
        await gateway.enter_card(setup.gateway_reference, number, 2029, 12)
        assert await finish_setup(gateway, pool, (account_id, setup.setup_number), clock=lambda: NOW)
    begun = await begin_setup(gateway, pool, account_id, "http://back", actor=MARKED, clock=lambda: NOW)
    wishes = (
        CardRequest(account_id, CardKind.CHARGE, MARKED, Decimal(5), 1, reason=MARKED, comment=MARKED),
        CardRequest(account_id, CardKind.REFUND, MARKED, Decimal(2), None, 1, reason=MARKED, comment=MARKED),
        CardRequest(account_id, CardKind.AUTHORIZE, MARKED, Decimal(3), 1, reason=MARKED, comment=MARKED),
        CardRequest(account_id, CardKind.CHARGE, MARKED, Decimal(4), 2, reason=MARKED, comment=MARKED),
    )
    done = [await ask(gateway, pool, wish, clock=lambda: NOW) for wish in wishes]
    waits = done[-1].transaction.gateway_reference
    assert begun.gateway_reference, "a page was opened"
    assert waits, "it is to be confirmed"
    return {"setup": begun.gateway_reference, "reference": waits, "setup_number": str(begun.setup_number)}
