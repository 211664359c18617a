"""A small company whose books the browser tests look at: made by the actions, the same every time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from solde.access import create_token
from solde.customers import CreatedCustomer, NewCustomer, create_customers
from solde.db import Connection, open_pool
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.matching import match_oldest
from solde.operations import NewOperation, Posted, PostRequest, load_types, post

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
LONG_NAME = (
    "Gesellschaft für internationale Telekommunikationsdienstleistungen und Mehrwertdienste"
    " Norddeutschland mbH & Co. KG"
)

NAMES = (
    "EasyCall Ltd.", "Northwind Telecom", "Blue Harbour Hotels", "Acme Logistics", "Orchid Media", "Lumen Clinics",
    "Vela Sailing", "Pine & Sons", "Quarry Foods", "Ridge Bikes", "Sable Studios", "Tern Airways", "Umber Paints",
    "Violet Labs", "Willow Homes", "Xenia Robotics", "Yarrow Tea", "Zephyr Wind", "Amber Glass", "Birch Energy",
    "Cobalt Mining", "Dune Travel", "Ember Grills", "Fjord Fisheries", "Grove Organics", "Haven Insurance",
    "Iris Optics", "Juniper Gin", "Kestrel Drones", "Larch Timber",
)  # fmt: skip
PLACES = (("GB", "en", "GBP"), ("FR", "fr", "EUR"), ("DE", "de", "EUR"), ("ES", "es", "EUR"))

BASE = NewCustomer(
    kind="COMPANY", billing_cycle="MONTHLY", tax_category="STANDARD", last_name="Durand", first_name="Anne",
    email="anne.durand@example.com", payment_method="WIRETRANSFER", payment_terms="NET30", payment_mode="POSTPAID",
    seller="MAIN", category="BUSINESS",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Company:
    """What a test needs to know of the books."""

    token: str
    easycall: str
    long_name: str
    empty: str
    hostile: str


async def make_company(dsn: str, hostile: Sequence[str] = ()) -> Company:
    """Fill a database with customers, invoices, payments, matches and a dispute."""
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        customers = await _create(conn, _requests(hostile))
        await _post(conn, customers, hostile)
        await match_oldest(
            conn, [c.account_id for c in customers[1:28]], await load_types(conn), today=TODAY, actor="test"
        )
        dispute_first = DisputeRequest(
            customers[0].account_id, 20, DisputeVerb.ENTER, "test", Decimal("115.89"), TODAY, "Wrong price"
        )
        await dispute(conn, [dispute_first], today=TODAY)
        token = await create_token(conn, name="Ada", role="agent", sellers=["MAIN"], actor="test", now=NOW)
    codes = [c.account_code for c in customers]
    return Company(token.secret, codes[0], codes[30], codes[31], codes[32] if hostile else "")


def _requests(hostile: Sequence[str]) -> list[NewCustomer]:
    made = []
    for i, name in enumerate([*NAMES, LONG_NAME, "Nothing Yet SARL", *hostile]):
        country, language, currency = PLACES[1 if i == 0 else i % 4]
        code = "CUST-00412" if i == 0 else None
        made.append(replace(BASE, name=name, code=code, country=country, language=language, currency=currency))
    made[28] = replace(made[28], email=None, category=None)
    return made


async def _create(conn: Connection, requests: Sequence[NewCustomer]) -> list[CreatedCustomer]:
    answers = await create_customers(conn, requests, actor="test", now=NOW, allow_incomplete=True)
    made = [answer for answer in answers if isinstance(answer, CreatedCustomer)]
    assert len(made) == len(requests), [answer for answer in answers if not isinstance(answer, CreatedCustomer)]
    return made


async def _post(conn: Connection, customers: Sequence[CreatedCustomer], hostile: Sequence[str]) -> None:
    types = await load_types(conn)
    first, texts = customers[0], hostile or ["plain"]
    operations = _easycall(first)
    for i, customer in enumerate(customers[1:31], start=1):
        operations += _others(customer.account_id, i)
    if len(customers) > 32:
        operations += [
            NewOperation(
                customers[32].account_id,
                "INV_STD",
                Decimal(i + 1),
                TODAY,
                TODAY,
                reference=text[:100],
                description=text,
            )
            for i, text in enumerate(texts)
        ]
    answers = await post(conn, [PostRequest(tuple(operations), "test")], types)
    assert all(isinstance(answer, Posted) for answer in answers), answers


def _easycall(customer: CreatedCustomer) -> list[NewOperation]:
    """Sixty operations of the first account, one every five days."""
    made: list[NewOperation] = []
    kinds = ("INV_STD", "INV_STD", "PAY_WIRE", "INV_STD", "INV_CRN", "PAY_CRD", "REF_WIRE", "INV_STD")
    for i in range(60):
        code, on = kinds[i % 8], TODAY - timedelta(days=5 * (59 - i))
        amount = Decimal(10_000 + (i * 7919) % 390_000) / 100
        word = {"INV": "INV", "PAY": "PAY", "REF": "REF"}[code[:3]]
        made.append(
            NewOperation(
                customer.account_id, code, amount if i != 12 else Decimal("1610.81544"), on,
                on + timedelta(days=30) if code.startswith("INV") else None, reference=f"{word}-2026-{4151 + i:05}",
                billing_account_id=customer.billing_account_id,
                description="Subscription and usage" if word == "INV" else None,
            )
        )  # fmt: skip
    return made


def _others(account_id: int, i: int) -> list[NewOperation]:
    """An invoice overdue or not, and a payment that falls short or goes beyond it."""
    on = TODAY - timedelta(days=10 + 9 * (i % 8))
    amount = Decimal(5_000 + (i * 104_729) % 900_000) / 100
    paid = amount + 25 if i % 5 == 0 else (amount / 2).quantize(Decimal("0.01"))
    made = [NewOperation(account_id, "INV_STD", amount, on, on + timedelta(days=30), reference=f"INV-{i:04}")]
    if i % 3 != 0:
        made.append(NewOperation(account_id, "PAY_WIRE", paid, on + timedelta(days=5), reference=f"PAY-{i:04}"))
    return made
