"""Is a scheme sound, and what do its lines come to?"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from solde.accounting.model import AccountSource, Scheme, SchemeLine, Taken
from solde.accounting.rules import TaxRate, check_scheme, resolve, tax_rate

D = Decimal
RATES = [TaxRate("A", "", D(5), "1"), TaxRate("B", "", D(20), "2"), TaxRate("Z", "", None, "3")]
CUSTOMER = SchemeLine(same_side=True, account=AccountSource.TYPE, amount=Taken.WHOLE, customer=True)


def other(amount: Taken, account: AccountSource = AccountSource.CONTRA, **more: object) -> SchemeLine:
    return SchemeLine(same_side=False, account=account, amount=amount, **more)  # type: ignore[arg-type]


def scheme(*lines: SchemeLine) -> Scheme:
    return Scheme("MINE", "Mine", lines)


def codes(found: Scheme) -> list[str]:
    return [bad.code for bad in check_scheme(found)]


def test_a_scheme_of_customer_net_and_tax_balances() -> None:
    assert codes(scheme(CUSTOMER, other(Taken.NET), other(Taken.TAX, AccountSource.TAX))) == []


def test_a_scheme_without_lines_is_one_that_gives_no_entries() -> None:
    assert codes(scheme()) == []


@pytest.mark.parametrize(
    ("lines", "rest"),
    [
        ((CUSTOMER, other(Taken.TAX), other(Taken.REST)), Taken.NET),
        ((CUSTOMER, other(Taken.NET), other(Taken.REST)), Taken.TAX),
        ((CUSTOMER, other(Taken.REST)), Taken.WHOLE),
    ],
)
def test_the_rest_is_what_the_other_lines_leave(lines: tuple[SchemeLine, ...], rest: Taken) -> None:
    taken = resolve(lines)
    assert taken is not None
    assert taken[-1] is rest
    assert codes(scheme(*lines)) == []


@pytest.mark.parametrize(
    "lines",
    [
        (CUSTOMER, other(Taken.NET)),
        (CUSTOMER, other(Taken.WHOLE), other(Taken.TAX)),
        (CUSTOMER, other(Taken.REST), other(Taken.REST)),
        (CUSTOMER, other(Taken.WHOLE), other(Taken.REST)),
    ],
)
def test_what_does_not_balance_for_every_tax_is_refused(lines: tuple[SchemeLine, ...]) -> None:
    assert codes(scheme(*lines)) == ["scheme_unbalanced"]


def test_the_customer_stands_on_one_line_with_the_whole_amount() -> None:
    plain = SchemeLine(same_side=True, account=AccountSource.TYPE, amount=Taken.WHOLE)
    assert codes(scheme(plain, other(Taken.WHOLE))) == ["scheme_customer_line"]
    assert codes(scheme(CUSTOMER, other(Taken.WHOLE, customer=True))) == ["scheme_customer_line"]


def test_a_fixed_line_names_its_account_and_no_other_does() -> None:
    assert codes(scheme(CUSTOMER, other(Taken.WHOLE, AccountSource.FIXED))) == ["scheme_account_invalid"]
    assert codes(scheme(CUSTOMER, other(Taken.WHOLE, fixed_account="701"))) == ["scheme_account_invalid"]
    assert codes(scheme(CUSTOMER, other(Taken.WHOLE, AccountSource.FIXED, fixed_account="7-1"))) == [
        "scheme_account_invalid"
    ]


def test_a_label_knows_only_its_names() -> None:
    assert codes(scheme(CUSTOMER, other(Taken.WHOLE, label="{type} {order}"))) == ["scheme_label_unknown"]


def test_codes_and_labels_are_checked() -> None:
    assert codes(replace(scheme(), code="low", label=" ")) == ["scheme_code_invalid", "scheme_label_missing"]


@pytest.mark.parametrize(
    ("net", "tax", "code"), [("100", "20", "B"), ("100", "5.01", "A"), ("10.03", "2.01", "B"), ("100", "12", "Z")]
)
def test_a_tax_is_of_the_rate_that_explains_it(net: str, tax: str, code: str) -> None:
    found = tax_rate(D(net), D(tax), D(net) + D(tax), RATES)
    assert found is not None
    assert found.code == code


def test_no_tax_has_no_rate() -> None:
    assert tax_rate(D(10), D(0), D(10), RATES) is None
    assert tax_rate(D(100), D(12), D(112), RATES[:2]) is None
