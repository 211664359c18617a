"""Net and tax of credit notes, without a database: whatever is credited, tax goes back with it and none is left behind."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger import D

from solde.kernel.money import minor_unit
from solde.kernel.refusals import Refusal
from solde.payments.credit_model import CreditRoom, Parts
from solde.payments.credit_parts import credited_parts, in_proportion

VAT = Parts(D(100), D(20))


def room(credited: str = "0", of_net: str = "0", given_up: str = "0", parts: Parts | None = VAT) -> CreditRoom:
    done = Parts(D(of_net), D(credited) - D(of_net))
    return CreditRoom(D(120), D(credited), D(given_up), D(0), parts, done)


def split(amount: str, left: CreditRoom, net: str | None = None, tax: str | None = None) -> Parts | Refusal | None:
    of_net, of_tax = (None if part is None else D(part) for part in (net, tax))
    return credited_parts(1, left, D(amount), of_net, of_tax, "EUR")


def test_a_part_is_split_as_its_invoice_is() -> None:
    assert split("33.33", room()) == Parts(D("27.78"), D("5.55"))


def test_the_last_note_takes_what_is_left_of_the_tax() -> None:
    assert split("86.67", room("33.33", "27.78")) == Parts(D("72.22"), D("14.45"))


def test_an_invoice_that_never_said_its_tax_has_notes_without() -> None:
    assert split("40", room(parts=None)) is None


def test_what_was_written_off_keeps_its_tax() -> None:
    assert split("60", room(given_up="60")) == Parts(D(50), D(10))


@pytest.mark.parametrize("wish", [{"net": "30"}, {"tax": "10"}, {"net": "30", "tax": "10"}])
def test_net_and_tax_may_be_named_one_or_both(wish: dict[str, str]) -> None:
    assert split("40", room(), **wish) == Parts(D(30), D(10))


@pytest.mark.parametrize(
    ("left", "wish", "code", "field"),
    [
        (room(), {"net": "30", "tax": "9"}, "tax_parts_differ", "tax"),
        (room(), {"tax": "20.01"}, "over_credited", "tax"),
        (room("60", "45"), {"tax": "5.01"}, "over_credited", "tax"),
        (room("60", "70"), {"net": "31"}, "over_credited", "net"),
        (room(), {"tax": "-1"}, "over_credited", "tax"),
        (room(parts=None), {"tax": "1"}, "over_credited", "tax"),
    ],
)
def test_parts_that_the_invoice_has_not_are_refused(
    left: CreditRoom, wish: dict[str, str], code: str, field: str
) -> None:
    found = split("40", left, **wish)
    assert isinstance(found, Refusal)
    assert (found.code, found.field) == (code, field)


CURRENCIES = st.sampled_from(["EUR", "JPY", "TND"])


@given(CURRENCIES, st.integers(0, 10**7), st.integers(0, 10**7), st.lists(st.integers(1, 10**6), max_size=12))
def test_notes_over_the_whole_take_back_all_of_the_tax_and_never_more(
    currency: str, net: int, tax: int, wishes: list[int]
) -> None:
    unit = minor_unit(currency)
    whole = Parts(net * unit, tax * unit)
    total = whole.net + whole.tax
    done = Parts(D(0), D(0))
    for wish in [*wishes, None]:
        left = total - done.net - done.tax
        amount = left if wish is None else min(left, wish * unit)
        if amount == 0:
            break
        state = CreditRoom(total, done.net + done.tax, D(0), D(0), whole, done)
        parts = credited_parts(1, state, amount, None, None, currency)
        assert isinstance(parts, Parts)
        assert parts.net + parts.tax == amount
        assert min(parts.net, parts.tax) >= 0
        done = Parts(done.net + parts.net, done.tax + parts.tax)
        assert done.net <= whole.net
        assert done.tax <= whole.tax
    assert done == whole


@given(CURRENCIES, st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_part_is_off_its_proportion_by_half_a_minor_unit_at_the_most(
    currency: str, net: int, tax: int, wish: int
) -> None:
    unit = minor_unit(currency)
    amount = min(wish, net + tax) * unit
    found = in_proportion(amount, (net + tax) * unit, Parts(net * unit, tax * unit), currency)
    assert abs(found.net - amount * net / Decimal(net + tax)) <= unit / 2 + D("0.000000001")
