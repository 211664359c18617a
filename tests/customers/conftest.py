"""Complete requests, so that a test writes only what it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from solde.customers import NewCustomer

Make = Callable[..., NewCustomer]

COMPANY = NewCustomer(
    kind="COMPANY",
    name="Électricité du Midi",
    country="FR",
    language="fr",
    billing_cycle="MONTHLY",
    tax_category="STANDARD",
    last_name="Durand",
    first_name="Anne",
    email="anne.durand@example.com",
    currency="EUR",
    payment_method="WIRETRANSFER",
    payment_terms="NET30",
    payment_mode="POSTPAID",
    seller="MAIN",
    category="BUSINESS",
)


@pytest.fixture
def company() -> Make:
    """Makes a complete company with some fields otherwise: `company(code="ACME")`."""
    return partial(replace, COMPANY)


@pytest.fixture
def individual() -> Make:
    """Makes a complete individual with some fields otherwise."""
    return partial(replace, replace(COMPANY, kind="INDIVIDUAL", name=None, category="RESIDENTIAL"))
