from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from decimal import Decimal

import pytest

from solde.customers import MANDATORY, TABS, CustomerKind, NewCustomer, Seller, paths
from solde.customers.model import Payer
from solde.customers.rules.creation import Checked, ReferenceData, check_codes, check_customer, plain_codes, with_codes
from solde.customers.rules.states import check_state_change

Make = Callable[..., NewCustomer]

TODAY = date(2026, 11, 22)
MAIN = Seller(1, "MAIN", "Main seller", "FR", "EUR", "Europe/Paris", "fr")
KNOWN = ReferenceData(
    sellers={"MAIN": MAIN, "NORD": Seller(2, "NORD", "North", "SE", "SEK", "Europe/Stockholm", "sv")},
    settings={
        "category": frozenset({"BUSINESS", "RESIDENTIAL"}),
        "billing_cycle": frozenset({"MONTHLY", "YEARLY"}),
        "tax_category": frozenset({"STANDARD"}),
        "delivery": frozenset({"EMAIL"}),
        "payment_method": frozenset({"WIRETRANSFER", "CHECK"}),
        "payment_terms": frozenset({"NET30"}),
    },
    payers={
        "HOLDING": Payer(10, "EUR", "ACTIVE", has_payer=False, seller="MAIN"),
        "GONE": Payer(11, "EUR", "CLOSED", has_payer=False, seller="MAIN"),
        "FOREIGN": Payer(14, "EUR", "ACTIVE", has_payer=False, seller="NORD"),
        "OVERSEAS": Payer(12, "USD", "ACTIVE", has_payer=False, seller="MAIN"),
        "DAUGHTER": Payer(13, "EUR", "ACTIVE", has_payer=True, seller="MAIN"),
    },
)


def refused(new: NewCustomer, *, allow_incomplete: bool = False) -> dict[str | None, str]:
    found = check_customer(new, KNOWN, TODAY, allow_incomplete=allow_incomplete)
    assert isinstance(found, list)
    return {refusal.field: refusal.code for refusal in found}


def accepted(new: NewCustomer, *, allow_incomplete: bool = False) -> Checked:
    found = check_customer(new, KNOWN, TODAY, allow_incomplete=allow_incomplete)
    assert isinstance(found, Checked), found
    return found


def test_every_field_of_a_request_stands_on_a_tab_of_the_company_or_the_individual() -> None:
    named = {field.name for field in fields(NewCustomer)}
    assert set(paths(CustomerKind.COMPANY)) | set(paths(CustomerKind.INDIVIDUAL)) == named


def test_mandatory_fields_stand_on_the_tabs_of_their_kind() -> None:
    for kind in CustomerKind:
        assert set(paths(kind)) >= MANDATORY[kind]
        assert all(len(columns) == len(set(columns)) for columns in TABS[kind].values())


def test_a_complete_company_is_accepted(company: Make) -> None:
    found = accepted(company(code=" ACME ", brand=""))
    assert (found.request.code, found.request.brand, found.incomplete) == ("ACME", None, ())
    assert found.request.invoice_mode == "CONSOLIDATED"


def test_an_individual_is_named_by_first_and_last_name(individual: Make) -> None:
    assert accepted(individual()).request.name == "Anne Durand"


def test_an_empty_company_misses_every_mandatory_field_on_its_tab() -> None:
    assert refused(NewCustomer()) == dict.fromkeys(
        (
            "general.name", "general.country", "general.language", "billing.billing_cycle", "billing.tax_category",
            "contact.last_name", "contact.email", "paying_account.currency",
            "paying_account.payment_method", "paying_account.payment_terms", "paying_account.payment_mode",
            "group.seller", "group.category",
        ),
        "field_missing",
    )  # fmt: skip


def test_an_empty_individual_misses_every_mandatory_field_on_its_tab() -> None:
    assert refused(NewCustomer(kind="INDIVIDUAL")) == dict.fromkeys(
        (
            "customer_info.last_name", "customer_info.first_name", "customer_info.country", "customer_info.language",
            "customer_info.email", "billing.billing_cycle", "billing.tax_category", "billing.seller",
            "billing.category", "paying_account.currency", "paying_account.payment_method",
            "paying_account.payment_terms", "paying_account.payment_mode",
        ),
        "field_missing",
    )  # fmt: skip


def test_everything_wrong_is_reported_at_once(company: Make) -> None:
    wrong = company(
        vat_number="FR00000000000", registration_number="123", country="fr", language="xx", email="anne@", phone="12",
        currency="EURO", iban="FR76", credit_limit="-1", seller="MIAN", billing_cycle="MONTLY", code="#1",
        birth_date="2000-01-01", name="a\x00b", city="x" * 101, payment_mode="LATER", payer="NOBODY",
    )  # fmt: skip
    assert refused(wrong) == {
        "general.vat_number": "bad_vat_number",
        "general.registration_number": "bad_registration_number",
        "general.language": "unknown_language",
        "contact.email": "bad_email",
        "contact.phone": "bad_phone",
        "paying_account.currency": "unknown_currency",
        "paying_account.iban": "bad_iban",
        "paying_account.credit_limit": "negative_credit_limit",
        "group.seller": "unknown_seller",
        "billing.billing_cycle": "unknown_setting",
        "code": "bad_code",
        "birth_date": "field_not_for_kind",
        "general.name": "field_not_printable",
        "general.city": "field_too_long",
        "paying_account.payment_mode": "unknown_setting",
        "paying_account.payer": "unknown_account",
    }


def test_an_unknown_setting_comes_with_what_was_probably_meant(company: Make) -> None:
    found = check_customer(company(billing_cycle="montly", seller="NROD"), KNOWN, TODAY)
    assert isinstance(found, list)
    assert {r.field: r.message for r in found} == {
        "billing.billing_cycle": "'montly' is no billing cycle; did you mean MONTHLY?",
        "group.seller": "'NROD' is no seller; did you mean NORD?",
    }


def test_an_unknown_kind_is_refused(company: Make) -> None:
    assert refused(company(kind="company")) == {"kind": "unknown_customer_kind"}


def test_an_import_notes_missing_fields_and_an_unknown_country() -> None:
    found = accepted(NewCustomer(code="0379-NEVHP", country="391", currency="USD"), allow_incomplete=True)
    assert found.request.country is None
    assert "general.country" in found.incomplete
    assert "general.name" in found.incomplete
    assert "paying_account.currency" not in found.incomplete
    assert (found.request.seller, found.request.currency, found.request.payment_mode) == ("MAIN", "USD", "POSTPAID")
    assert with_codes(found.request, None).name == "0379-NEVHP"


def test_an_import_still_refuses_wrong_values() -> None:
    new = NewCustomer(code="A", currency="EURO", email="nobody", country="391")
    assert refused(new, allow_incomplete=True) == {
        "paying_account.currency": "unknown_currency",
        "contact.email": "bad_email",
    }


def test_a_customer_of_another_seller_without_currency_gets_that_sellers_currency() -> None:
    assert accepted(NewCustomer(seller="NORD"), allow_incomplete=True).request.currency == "SEK"


@pytest.mark.parametrize(
    ("payer", "code"),
    [
        ("GONE", "payer_closed"),
        ("OVERSEAS", "payer_currency_differs"),
        ("FOREIGN", "unknown_account"),
        ("DAUGHTER", "payer_has_payer"),
        ("X", "unknown_account"),
    ],
)
def test_a_payer_must_be_able_to_pay(company: Make, payer: str, code: str) -> None:
    assert refused(company(payer=payer)) == {"paying_account.payer": code}


def test_a_payer_is_kept_by_its_account(company: Make) -> None:
    assert accepted(company(payer="HOLDING")).payer_account_id == 10


def test_an_account_that_names_itself_pays_itself(company: Make) -> None:
    assert accepted(company(account_code="ACME", payer="ACME")).payer_account_id is None


@pytest.mark.parametrize(
    ("limit", "kept"),
    [(None, None), ("0", Decimal(0)), ("1500.5", Decimal("1500.5")), (Decimal("0.000001"), Decimal("0.000001"))],
)
def test_a_credit_limit_is_exact(company: Make, limit: str | Decimal | None, kept: Decimal | None) -> None:
    assert accepted(company(credit_limit=limit)).request.credit_limit == kept


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ("ten", "amount_not_a_number"),
        (Decimal("0.0000001"), "amount_too_precise"),
        (Decimal("NaN"), "amount_not_a_number"),
        ("1e20", "amount_not_a_number"),
        ("100000000000000", "amount_too_large"),
    ],
)
def test_a_credit_limit_that_is_no_amount_is_refused(company: Make, limit: str | Decimal, code: str) -> None:
    assert refused(company(credit_limit=limit)) == {"paying_account.credit_limit": code}


@pytest.mark.parametrize("born", ["1899-12-31", "2026-11-23", date(2030, 1, 1)])
def test_a_birth_date_lies_between_1900_and_today(individual: Make, born: str | date) -> None:
    assert refused(individual(birth_date=born)) == {"customer_info.birth_date": "bad_birth_date"}


def test_a_birth_date_is_read(individual: Make) -> None:
    assert accepted(individual(birth_date="1980-02-29")).request.birth_date == date(1980, 2, 29)


@pytest.mark.parametrize("code", ["ACME", "0379-NEVHP", "A.B_c-1+2:3@x&y", "Société 12", "é", "a" * 50])
def test_codes_that_are_allowed(company: Make, code: str) -> None:
    assert accepted(company(code=code)).request.code == code


@pytest.mark.parametrize("code", ["-A", "A/B", "A  B", "A?", "A#B", "a'b", 'a"b', "<A>", "A\tB", "%", "_A"])
def test_codes_that_are_not_allowed(company: Make, code: str) -> None:
    assert set(refused(company(code=code))) == {"code"}


def test_codes_below_follow_the_code_above(company: Make) -> None:
    new = with_codes(company(), "CUST-000123")
    assert (new.code, new.account_code) == ("CUST-000123", "CUST-000123")
    assert (new.billing_account_code, new.user_account_code) == ("BA-000123", "UA-000123")
    own = with_codes(company(code="ACME", account_code="ACME-2", user_account_code="PHONE"), None)
    assert (own.account_code, own.billing_account_code, own.user_account_code) == ("ACME-2", "BA-ACME-2", "PHONE")


def test_a_code_taken_is_reported_once_where_it_was_given(company: Make) -> None:
    given = [company(code="ACME")]
    filled = [with_codes(given[0], None)]
    taken = dict.fromkeys(
        ("code", "account_code", "billing_account_code", "user_account_code"), frozenset({"ACME", "BA-ACME"})
    )
    assert [[(r.code, r.field) for r in row] for row in check_codes(given, filled, taken)] == [[("code_taken", "code")]]


def test_the_second_of_two_equal_codes_in_a_batch_is_refused(company: Make) -> None:
    given = [company(code="ACME"), company(code="B", account_code="ACME"), company()]
    filled = [with_codes(new, None) for new in given]
    free = dict.fromkeys(("code", "account_code", "billing_account_code", "user_account_code"), frozenset[str]())
    found = check_codes(given, filled, free)
    assert [[r.field for r in row] for row in found] == [[], ["paying_account.account_code"], []]


def test_a_text_that_cannot_be_a_code_is_not_looked_for(company: Make) -> None:
    plain = plain_codes(company(code="a\x00b", account_code=" ACME ", user_account_code="\ud800"))
    assert (plain.code, plain.account_code, plain.user_account_code) == (None, "ACME", None)


@pytest.mark.parametrize(
    ("now", "wanted", "reason", "codes"),
    [
        ("ACTIVE", "BLOCKED", "fraud", []),
        ("CLOSED", "ACTIVE", "came back", []),
        ("BLOCKED", "BLOCKED", " ", ["account_state_unchanged", "state_reason_missing"]),
        ("ACTIVE", "SLEEPING", "tired", ["unknown_account_state"]),
        ("ACTIVE", "SUSPENDED", None, ["state_reason_missing"]),
        ("ACTIVE", "SUSPENDED", "x" * 501, ["state_reason_missing"]),
        ("ACTIVE", "SUSPENDED", "a\0b", ["state_reason_missing"]),
    ],
)
def test_state_changes(now: str, wanted: str, reason: str | None, codes: list[str]) -> None:
    assert [refusal.code for refusal in check_state_change(now, wanted, reason)] == codes
