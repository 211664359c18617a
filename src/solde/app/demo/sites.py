"""Customers of the demo that are billed by site: each site has a billing account, and invoices and payments of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from solde.customers import CreatedLevel, NewBillingAccount, add_billing_accounts, resolve_accounts
from solde.customers.directory import find_billing_accounts
from solde.db import Connection
from solde.matching import Matched, MatchRequest, match
from solde.operations import NewOperation, Posted, PostRequest, Types, post

from .adjusting import ACTOR

SITES = ("Paris", "Lyon", "Lille")
BUSY, OTHER = "DEMO-00001", "DEMO-00009"
ROUNDS = {BUSY: 2, OTHER: 5}
"""How many invoices each site of a customer has."""


async def bill_sites(conn: Connection, types: Types, today: date, now: datetime) -> None:
    """Make the sites, bill each of them, and let all but the last invoice of a site be paid."""
    accounts = await resolve_accounts(conn, list(ROUNDS))
    for code, account in sorted(accounts.items()):
        wanted = [
            NewBillingAccount(code, f"{code}-{site.upper()}", site, "MONTHLY", "STANDARD", "EMAIL") for site in SITES
        ]
        made = await add_billing_accounts(conn, wanted, actor=ACTOR, now=now)
        assert all(isinstance(one, CreatedLevel) for one in made), made
        keys = await find_billing_accounts(conn, [(account.account_id, str(one.code)) for one in wanted])
        for place, (site, key) in enumerate(zip(SITES, keys.values(), strict=True)):
            for new, paid in _site(account.account_id, key, site, place, ROUNDS[code], today):
                await _carry_out(conn, types, new, paid, today)


def _site(
    account_id: int, billing: int, site: str, place: int, rounds: int, today: date
) -> Iterator[tuple[NewOperation, NewOperation | None]]:
    """The invoices of a site, each with its payment where it is paid."""
    for back in range(rounds, 0, -1):
        on = today - timedelta(days=24 * back - place)
        amount, reference = (
            Decimal(480 + 60 * place + 12 * back),
            f"S{on:%y%m}-{site[:2].upper()}-{account_id:04d}-{back}",
        )
        invoice = NewOperation(
            account_id, "INV_STD", amount, on, on + timedelta(days=20), billing_account_id=billing, reference=reference,
            description=f"Lines of {site}, {on:%B %Y}", source="demo",
        )  # fmt: skip
        payment = NewOperation(
            account_id, "PAY_WIRE", amount, on + timedelta(days=18), billing_account_id=billing,
            reference=f"TRANSFER {reference}", payment_method="WIRETRANSFER", source="demo",
        )  # fmt: skip
        yield invoice, payment if back > 1 else None


async def _carry_out(
    conn: Connection, types: Types, invoice: NewOperation, payment: NewOperation | None, today: date
) -> None:
    together = (invoice,) if payment is None else (invoice, payment)
    (posted,) = await post(conn, [PostRequest(together, ACTOR)], types)
    assert isinstance(posted, Posted), posted
    if payment is None:
        return
    request = MatchRequest(
        invoice.account_id, posted.numbers[:1], posted.numbers[1:], ACTOR, effective_on=payment.operation_on
    )
    (answer,) = await match(conn, [request], types, today=today)
    assert isinstance(answer, Matched), answer
