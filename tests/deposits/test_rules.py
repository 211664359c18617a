"""What may become of a deposit: the table of states cell by cell, validity, bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from ledger import D

from solde.deposits import Deposit, DepositRequest, DepositSettings, DepositState, Limit, Template, TemplateState, rules
from solde.deposits import ValidityUnit as Unit
from solde.deposits.rules import Event
from solde.deposits.settings import check_limits, check_step, check_template

S, E = DepositState, Event
TODAY = date(2026, 11, 22)
CELLS = {
    (S.VALIDATED, E.FUND_PART): S.HOLD,
    (S.VALIDATED, E.FUND_ALL): S.LOCKED,
    (S.VALIDATED, E.FUND_REST): S.UNLOCKED,
    (S.VALIDATED, E.CANCEL): S.CANCELED,
    (S.HOLD, E.FUND_PART): S.HOLD,
    (S.HOLD, E.FUND_ALL): S.LOCKED,
    (S.HOLD, E.FUND_REST): S.UNLOCKED,
    (S.HOLD, E.PAY): S.UNLOCKED,
    (S.HOLD, E.REFUND_PART): S.UNLOCKED,
    (S.HOLD, E.REFUND_ALL): S.REFUNDED,
    (S.HOLD, E.EXPIRE): S.AUTO_REFUND,
    (S.HOLD, E.REJECT_PART): S.HOLD,
    (S.HOLD, E.REJECT_ALL): S.VALIDATED,
    (S.LOCKED, E.PAY): S.UNLOCKED,
    (S.LOCKED, E.REFUND_PART): S.UNLOCKED,
    (S.LOCKED, E.REFUND_ALL): S.REFUNDED,
    (S.LOCKED, E.EXPIRE): S.AUTO_REFUND,
    (S.LOCKED, E.REJECT_PART): S.HOLD,
    (S.LOCKED, E.REJECT_ALL): S.VALIDATED,
    (S.UNLOCKED, E.PAY): S.UNLOCKED,
    (S.UNLOCKED, E.REFUND_PART): S.UNLOCKED,
    (S.UNLOCKED, E.REFUND_ALL): S.REFUNDED,
    (S.UNLOCKED, E.EXPIRE): S.AUTO_REFUND,
    (S.UNLOCKED, E.REJECT_PART): S.HOLD,
    (S.UNLOCKED, E.REJECT_ALL): S.VALIDATED,
}
TEMPLATE = Template("STANDARD", "Standard", "EUR", state=TemplateState.ACTIVE)
DEPOSIT = Deposit(1, 1, "STANDARD", "STANDARD-1", "EUR", D(100), D(0), D(0), D(0), S.VALIDATED, 1, None, None, 1, TODAY)


@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("state", list(DepositState))
def test_each_state_becomes_by_each_event_what_the_table_says_or_is_refused(state: DepositState, event: Event) -> None:
    assert rules.next_state(state, event) is CELLS.get((state, event))
    refused = rules.check_event(replace(DEPOSIT, state=state), event)
    assert (refused is None) is ((state, event) in CELLS)
    assert refused is None or state.value in refused.message


@pytest.mark.parametrize(
    ("funded", "balance", "amount", "event"),
    [
        ("0", "0", "40", E.FUND_PART),
        ("0", "0", "100", E.FUND_ALL),
        ("40", "40", "60", E.FUND_ALL),
        ("50", "30", "50", E.FUND_REST),
    ],
)
def test_a_funding_is_a_part_all_or_the_rest(funded: str, balance: str, amount: str, event: Event) -> None:
    assert rules.funding_event(replace(DEPOSIT, funded=D(funded), balance=D(balance)), D(amount)) is event


@pytest.mark.parametrize(
    ("count", "unit", "begin", "end"),
    [
        (10, Unit.DAYS, date(2026, 2, 20), date(2026, 3, 2)),
        (2, Unit.WEEKS, date(2026, 12, 25), date(2027, 1, 8)),
        (1, Unit.MONTHS, date(2026, 1, 31), date(2026, 2, 28)),
        (13, Unit.MONTHS, date(2027, 1, 31), date(2028, 2, 29)),
        (1, Unit.YEARS, date(2028, 2, 29), date(2029, 2, 28)),
        (9999, Unit.YEARS, date(2026, 1, 1), date.max),
        (None, None, date(2026, 1, 1), None),
    ],
)
def test_a_validity_ends_on_a_day_there_is(count: int | None, unit: Unit | None, begin: date, end: date | None) -> None:
    assert rules.valid_until(replace(TEMPLATE, validity=count, validity_unit=unit), begin) == end


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [
        ("EUR", "10.01", None),
        ("EUR", "10.001", "deposit_amount_too_fine"),
        ("JPY", "10", None),
        ("JPY", "10.5", "deposit_amount_too_fine"),
        ("TND", "10.001", None),
        ("EUR", "0", "amount_not_positive"),
        ("EUR", "-1", "amount_not_positive"),
        ("EUR", "NaN", "amount_not_a_number"),
    ],
)
def test_amounts_are_no_finer_than_their_currency(currency: str, amount: str, code: str | None) -> None:
    bad = rules.check_amount(D(amount), currency)
    assert (None if bad is None else bad.code) == code


def codes(amount: str, customer_sum: str = "0", until: date | None = None, name: str | None = None) -> list[str]:
    template = replace(TEMPLATE, least=D(20), most=D(300))
    settings = DepositSettings(False, 1, {"EUR": Limit("EUR", D(200), D(400))})
    request = DepositRequest(1, "STANDARD", D(amount), "test", name, until)
    return [one.code for one in rules.check_request(request, template, "EUR", settings, D(customer_sum), TODAY)]


def test_bounds_and_limits_hold_to_the_cent() -> None:
    assert codes("20") == codes("200") == codes("200", "200") == []
    assert codes("19.99") == ["deposit_below_template"]
    assert codes("300.01") == ["deposit_above_template", "deposit_above_limit"]
    assert codes("200", "200.01") == ["deposit_above_customer_limit"]


def test_a_deposit_ends_after_it_begins_and_has_a_printable_name() -> None:
    assert codes("20", until=TODAY) == ["deposit_validity_past"]
    assert codes("20", until=date(2026, 11, 23)) == []
    for name in ("", " a", "a\nb", "a" * 101):
        assert codes("20", name=name) == ["deposit_name_unfit"]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("DRAFT", "ACTIVE", None),
        ("DRAFT", "ARCHIVED", None),
        ("ACTIVE", "ARCHIVED", None),
        ("ACTIVE", "ACTIVE", None),
        ("ACTIVE", "DRAFT", "deposit_template_state"),
        ("ARCHIVED", "ACTIVE", "deposit_template_archived"),
        ("ARCHIVED", "DRAFT", "deposit_template_archived"),
    ],
)
def test_a_template_never_goes_back(before: str, after: str, code: str | None) -> None:
    found = [one.code for one in check_step(TemplateState(before), TemplateState(after))]
    assert found == ([] if code is None else [code])


def test_a_template_that_makes_no_sense_says_why() -> None:
    assert check_template(TEMPLATE) == []
    assert [r.code for r in check_template(replace(TEMPLATE, code="a b", label=" "))] == [
        "deposit_template_code_unfit",
        "deposit_template_label_missing",
    ]
    assert [r.code for r in check_template(replace(TEMPLATE, least=D(5), most=D(4)))] == ["deposit_bounds_cross"]
    assert [r.code for r in check_template(replace(TEMPLATE, validity=3))] == ["deposit_validity_unfit"]
    assert [r.code for r in check_template(replace(TEMPLATE, currency="eur"))] == ["deposit_currency_unfit"]
    assert [r.code for r in check_template(replace(TEMPLATE, least=D("0.001")))] == ["deposit_amount_too_fine"]


def test_limits_name_each_currency_once() -> None:
    twice = [Limit("EUR", D(1), None), Limit("EUR", None, D(2)), Limit("euro", D(1), None), Limit("USD", D(0), None)]
    assert [(r.code, r.field) for r in check_limits(twice)] == [
        ("deposit_limit_twice", "limits.1.currency"),
        ("deposit_currency_unfit", "limits.2.currency"),
        ("amount_not_positive", "limits.3.max_per_deposit"),
    ]
