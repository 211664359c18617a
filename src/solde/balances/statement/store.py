"""Statements of the statement of account."""

from __future__ import annotations

from dataclasses import dataclass

from solde.db import Connection, load

from .model import Addressee

sql = load(__package__)


@dataclass(frozen=True, slots=True)
class Parties:
    """Between whom a statement is."""

    account: str
    customer_code: str
    currency: str
    language: str
    seller: Addressee
    customer: Addressee


async def statement_parties(conn: Connection, account_id: int) -> Parties:
    """Whose account it is and who sells to them; the account has its profile."""
    row = await (await conn.execute(sql.statement_parties, {"account_id": account_id})).fetchone()
    assert row is not None, f"account {account_id} stands in no directory"
    account, customer, currency, language, seller, seller_country, *rest = row
    name, *address, country, description = rest[5:]
    above = description if description != name else None
    of = Addressee(seller, _lines(None, *rest[:5]), seller_country)
    return Parties(account, customer, currency, language, of, Addressee(name, _lines(above, *address), country))


def _lines(
    above: str | None,
    street_1: str | None,
    street_2: str | None,
    postcode: str | None,
    city: str | None,
    region: str | None,
) -> tuple[str, ...]:
    """An address as a letter has it."""
    place = " ".join(part for part in (postcode, city) if part)
    return tuple(filter(None, (above, street_1, street_2, place, region)))
