"""The tax in an amount, and the period of a day; no database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solde.unbilled.model import ItemKind, NewItem, Period, Service
from solde.unbilled.rules import check_item, check_service, open_period, split_gross

D = Decimal
TODAY = date(2026, 11, 22)
CALLS = Service(2, "CALLS", "Calls", D(20))
PROMO = Service(1, "PROMO", "Credits/Promotions", D(0), is_service=False)
SERVICES = {"CALLS": CALLS, "PROMO": PROMO, "OLD": Service(3, "OLD", "Old", D(0), active=False)}


def test_the_tax_is_taken_out_of_the_gross_amount() -> None:
    assert (split_gross(D(12), D(20)).net, split_gross(D(12), D(20)).tax) == (D(10), D(2))
    assert (split_gross(D("-10"), D(20)).net, split_gross(D("-10"), D(20)).tax) == (D("-8.333333"), D("-1.666667"))
    assert split_gross(D("99.748147"), D(20)).net == D("83.123456")


@given(
    st.decimals(min_value="-99999999", max_value="99999999", places=6),
    st.decimals(min_value=0, max_value=100, places=3),
)
def test_net_and_tax_make_the_amount_again_and_lie_on_its_side(gross: Decimal, rate: Decimal) -> None:
    split = split_gross(gross, rate)
    assert split.gross == gross
    assert split.net * gross >= 0
    assert split.tax * gross >= 0
    assert abs(split.net * rate / 100 - split.tax) <= D("0.000002")


@pytest.mark.parametrize(
    ("cycle", "on", "first", "last"),
    [
        ("MONTHLY", date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29)),
        ("MONTHLY", date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
        (None, date(2026, 11, 22), date(2026, 11, 1), date(2026, 11, 30)),
        ("QUARTERLY", date(2026, 11, 22), date(2026, 10, 1), date(2026, 12, 31)),
        ("HALFYEARLY", date(2026, 3, 1), date(2026, 1, 1), date(2026, 6, 30)),
        ("YEARLY", date(2026, 3, 1), date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_day_falls_into_a_period_of_the_billing_cycle(cycle: str | None, on: date, first: date, last: date) -> None:
    assert open_period(cycle, on) == Period(first, last)


@pytest.mark.parametrize(
    ("kind", "service", "gross", "state", "on", "codes"),
    [
        (ItemKind.MANUAL_CHARGE, "CALLS", "1", "ACTIVE", TODAY, []),
        (ItemKind.PROMOTION, "PROMO", "1", "SUSPENDED", TODAY, []),
        (ItemKind.MANUAL_CHARGE, "PROMO", "1", "ACTIVE", TODAY, ["no_real_service"]),
        (ItemKind.MANUAL_CREDIT, "NONE", "0", "ACTIVE", TODAY, ["unknown_service", "amount_not_positive"]),
        (ItemKind.MANUAL_CREDIT, "OLD", "1.0000001", "ACTIVE", TODAY, ["service_inactive", "amount_too_precise"]),
        (ItemKind.MANUAL_CREDIT, "CALLS", "1", "CLOSED", date(2026, 11, 23), ["unbilled_account_closed", "dated_in_future"]),
    ],
)  # fmt: skip
def test_what_may_be_an_item(kind: ItemKind, service: str, gross: str, state: str, on: date, codes: list[str]) -> None:
    found = check_item(NewItem(1, kind, service, D(gross), on, "test"), SERVICES, state, TODAY)
    assert [bad.code for bad in found] == codes


def test_a_service_has_a_code_a_label_and_a_rate() -> None:
    assert check_service("DATA", "Mobile data", D("5.5")) == []
    assert [bad.code for bad in check_service("data", " ", D("100.5"))] == [
        "bad_service_code", "service_label_unfit", "tax_rate_unfit",
    ]  # fmt: skip
