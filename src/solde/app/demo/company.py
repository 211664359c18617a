"""What the demo company's customers are and what happened to them: pure, from a seed and a day.

Amounts are gross, in the account's currency, of the size a provider of telephone and internet services bills.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from solde.customers import NewCustomer
from solde.kernel.dates import today_in
from solde.kernel.money import round_to

from . import names
from .names import Country

SEED = 1789
CUSTOMERS = 3000
MONTHS = 18
PREPAID_EVERY = 100
"""One of so many customers pays before and gets no invoice."""
BUSY_CODE = "DEMO-00001"
BUSY_INVOICES = 2530
SECOND_SELLER = "SOLDE-UK"
ZONES = ("Europe/Paris", "Europe/London")
"""Where the two sellers are."""

_MAIN = ((names.FR, 46), (names.DE, 12), (names.ES, 9), (names.IT, 8), (names.PL, 5), (names.CH, 8))
_SECOND = ((names.GB, 8), (names.IE, 2), (names.US, 4))
_PAYMENT_METHODS = (("DIRECTDEBIT", 50), ("WIRETRANSFER", 30), ("CARD", 15), ("CHECK", 5))
_TERMS = {"NET15": 15, "NET30": 30, "NET45": 45}

# How customers pay, and how many of a thousand do so.
_HABITS = (("prompt", 660), ("late", 190), ("slow", 70), ("stopped", 40), ("partly", 20), ("too much", 20))


@dataclass(frozen=True, slots=True)
class Customer:
    """A demo customer: what is kept of it, and what its invoices follow from."""

    request: NewCustomer
    country: Country
    seller: str
    monthly: Decimal
    habit: str
    terms: int
    billing_day: int
    months: int

    @property
    def code(self) -> str:
        assert self.request.code is not None, "every demo customer has a code"
        return self.request.code


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice with its settlement, as a row of an import file."""

    code: str
    currency: str
    number: str
    on: date
    due_on: date
    amount: Decimal
    description: str
    disputed: bool
    paid_on: date | None
    paid_amount: Decimal | None
    method: str


def make_customers(seed: int = SEED, count: int = CUSTOMERS) -> list[Customer]:
    """The customers, always the same for a seed."""
    random = Random(seed)  # noqa: S311 - made up, not secret
    return [_busy(random), *(_customer(random, number) for number in range(2, count + 1))]


def _choose(random: Random, weighted: tuple[tuple[object, int], ...]) -> object:
    return random.choices([one for one, _ in weighted], [weight for _, weight in weighted])[0]


def _customer(random: Random, number: int) -> Customer:
    seller = "MAIN" if random.random() < 0.85 else SECOND_SELLER
    country = _choose(random, _MAIN if seller == "MAIN" else _SECOND)
    assert isinstance(country, Country), "countries are weighted"
    is_company = random.random() < 0.55
    return _make(
        random, number, seller, country, is_company, _monthly(random, is_company), str(_choose(random, _HABITS))
    )


def _busy(random: Random) -> Customer:
    """The account with the longest history: a reseller that is billed several times a day."""
    return _make(random, 1, "MAIN", names.FR, True, Decimal(900), "prompt", name="Grand Exemple Télécom SA")


def _make(
    random: Random,
    number: int,
    seller: str,
    country: Country,
    is_company: bool,
    monthly: Decimal,
    habit: str,
    name: str | None = None,
) -> Customer:
    first, last = names.word_of(random, country.first_names), names.family_name(random)
    company = name or names.company_name(random, country)
    terms = random.choice(list(_TERMS)) if is_company else "NET15"
    request = NewCustomer(
        kind="COMPANY" if is_company else "INDIVIDUAL",
        code=f"DEMO-{number:05d}",
        name=company if is_company else None,
        first_name=first,
        last_name=last,
        address_1=f"{random.randint(1, 120)} {country.street}",
        city=names.word_of(random, country.cities),
        country=country.code,
        language=country.language,
        email=f"billing{number}@customer.example" if is_company else f"person{number}@mail.example",
        billing_cycle="MONTHLY",
        tax_category="STANDARD",
        delivery="EMAIL",
        currency=country.currency,
        payment_method=str(_choose(random, _PAYMENT_METHODS)),
        payment_terms=terms,
        payment_mode="PREPAID" if number % PREPAID_EVERY == 0 else "POSTPAID",
        seller=seller,
        category="WHOLESALE" if name else _category(is_company, monthly),
    )
    months = MONTHS if name else random.choices([MONTHS, random.randint(2, MONTHS)], [7, 3])[0]
    return Customer(request, country, seller, monthly, habit, _TERMS[terms], random.randint(1, 27), months)


def _category(is_company: bool, monthly: Decimal) -> str:
    if not is_company:
        return "RESIDENTIAL"
    return "CORPORATE" if monthly > 4000 else "BUSINESS"


def _monthly(random: Random, is_company: bool) -> Decimal:
    """What a customer is billed a month, before tax."""
    if not is_company:
        return Decimal(random.choice([999, 1499, 1999, 2999, 3999, 5999])) / 100
    low, high = random.choices([(40, 400), (400, 4000), (4000, 40000)], [70, 25, 5])[0]
    return Decimal(random.randint(low * 100, high * 100)) / 100


def last_day(now: datetime) -> date:
    """The day up to which the books are made: one that has begun for both sellers, so that nothing lies ahead."""
    return min(today_in(zone, now) for zone in ZONES)


def make_invoices(customers: list[Customer], today: date, seed: int = SEED) -> Iterator[Invoice]:
    """Every invoice of the last eighteen months, customer by customer."""
    for customer in customers:
        if customer.request.payment_mode == "PREPAID":
            continue
        # Each customer has a life of its own, so that one more or fewer changes no other.
        random = Random(f"{seed} {customer.code}")  # noqa: S311 - made up, not secret
        yield from (
            _busy_invoices(random, customer, today)
            if customer.code == BUSY_CODE
            else _invoices(random, customer, today)
        )


def _invoices(random: Random, customer: Customer, today: date) -> Iterator[Invoice]:
    days = [
        day
        for back in range(customer.months, -1, -1)
        if (day := _month_back(today, back, customer.billing_day)) <= today
    ]
    unpaid_from = len(days) - random.randint(2, 6) if customer.habit == "stopped" else len(days)
    for place, on in enumerate(days):
        amount = _amount(random, customer)
        stopped = place >= unpaid_from
        yield _settle(random, customer, on, amount, today, place, stopped=stopped)


def _busy_invoices(random: Random, customer: Customer, today: date) -> Iterator[Invoice]:
    first = _month_back(today, MONTHS, 1)
    span = (today - first).days
    for place in range(BUSY_INVOICES):
        on = first + timedelta(days=place * span // BUSY_INVOICES)
        yield _settle(random, customer, on, _amount(random, customer), today, place, stopped=False)


def _month_back(today: date, months: int, day: int) -> date:
    index = today.year * 12 + today.month - 1 - months
    return date(index // 12, index % 12 + 1, day)


def _amount(random: Random, customer: Customer) -> Decimal:
    """The subscription and some usage, with tax."""
    usage = customer.monthly * Decimal(random.choice([0, 0, 3, 8, 15, 30])) / 100
    net = customer.monthly + usage
    return round_to(net * (100 + customer.country.tax_percent) / 100, 2)


def _settle(
    random: Random, customer: Customer, on: date, amount: Decimal, today: date, place: int, *, stopped: bool
) -> Invoice:
    due_on = on + timedelta(days=customer.terms)
    paid_on: date | None = max(on, due_on + timedelta(days=_delay(random, customer.habit)))
    if stopped or (paid_on is not None and paid_on > today):
        paid_on = None
    disputed = random.random() < (0.012 if paid_on else 0.05 if due_on < today else 0.01)
    return Invoice(
        customer.code,
        customer.country.currency,
        _number(customer, place, on),
        on,
        due_on,
        amount,
        f"Telephone and internet, {on:%B %Y}",
        disputed,
        paid_on,
        _paid_amount(random, customer.habit, amount) if paid_on else None,
        customer.request.payment_method or "",
    )


def _number(customer: Customer, place: int, on: date) -> str:
    prefix = "F" if customer.seller == "MAIN" else "UK"
    return f"{prefix}{on:%y%m}-{customer.code.removeprefix('DEMO-')}-{place + 1:04d}"


def _delay(random: Random, habit: str) -> int:
    """Days between the due date and the payment."""
    if habit == "late":
        return random.randint(4, 40)
    if habit == "slow":
        return random.randint(30, 100)
    return random.choices([random.randint(-10, 0), random.randint(1, 6)], [85, 15])[0]


def _paid_amount(random: Random, habit: str, amount: Decimal) -> Decimal | None:
    """What was paid; None is all of it."""
    if habit == "partly" and random.random() < 0.35:
        return round_to(amount * random.randint(30, 80) / 100, 2)
    if habit == "too much" and random.random() < 0.15:
        return round_to(amount * random.randint(105, 150) / 100, 0) + 1
    return None
