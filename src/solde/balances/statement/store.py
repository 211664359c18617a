"""Statements of the statement of account."""

from __future__ import annotations

from dataclasses import dataclass

from solde.db import Connection, load

from .model import Party

sql = load(__package__)


@dataclass(frozen=True, slots=True)
class Parties:
    """Between whom a statement is."""

    account: str
    customer_code: str
    currency: str
    language: str
    seller: Party
    customer: Party


async def statement_parties(conn: Connection, account_id: int) -> Parties:
    """Whose account it is and who sells to them; the account has its profile."""
    row = await (await conn.execute(sql.statement_parties, {"account_id": account_id})).fetchone()
    assert row is not None, f"account {account_id} stands in no directory"
    account, customer, currency, language, seller, seller_country, name, *address, description = row
    street_1, street_2, postcode, city, region, country = address
    place = " ".join(part for part in (postcode, city) if part)
    lines = (description if description != name else None, street_1, street_2, place, region)
    to = Party(name, tuple(filter(None, lines)), country)
    return Parties(account, customer, currency, language, Party(seller, (), seller_country), to)
