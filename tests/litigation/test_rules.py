"""What may be disputed, and what is said of it; without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from solde.litigation.model import KEPT, Decided, DisputeRequest, DisputeTerms, DisputeVerb, Past, Reason
from solde.litigation.rules import decide, terms_of
from solde.operations.model import OpenItem, Side

JAN, FEB, TODAY = date(2026, 1, 10), date(2026, 2, 10), date(2026, 6, 1)
D = Decimal
REASONS = {"PRICE": Reason("PRICE", "Wrong price"), "OLD": Reason("OLD", "Once used", is_active=False, position=2)}
ENTER, UPDATE, REMOVE = DisputeVerb.ENTER, DisputeVerb.UPDATE, DisputeVerb.REMOVE


def item(disputed: str = "0") -> OpenItem:
    return OpenItem(1, 1, 1, "I", Side.DEBIT, False, JAN, FEB, JAN, JAN, D(100), D(100), D(disputed))


def ask(verb: DisputeVerb, **more: object) -> DisputeRequest:
    return DisputeRequest(1, 1, verb, "test", **more)  # type: ignore[arg-type]


def test_a_reason_code_alone_is_enough_and_its_label_is_what_expressions_see() -> None:
    decided = decide(ask(ENTER, reason_code="PRICE"), item(), Past(), REASONS, TODAY)
    assert isinstance(decided, Decided)
    assert decided.change.litigation_reason == "Wrong price"
    assert decided.terms == DisputeTerms("PRICE")


def test_what_an_update_does_not_name_stays() -> None:
    before = DisputeTerms("PRICE", "old tariff", "anna", FEB)
    assert terms_of(ask(UPDATE, owner="ben"), before) == DisputeTerms("PRICE", "old tariff", "ben", FEB)


@pytest.mark.parametrize(("class_", "side"), [("I", Side.CREDIT), ("P", Side.DEBIT), ("P", Side.CREDIT)])
def test_only_a_debit_of_class_i_can_be_disputed(class_: str, side: Side) -> None:
    decided = decide(ask(ENTER, reason_code="PRICE"), replace(item(), class_=class_, side=side), Past(), REASONS, TODAY)
    assert isinstance(decided, tuple)
    assert [refusal.code for refusal in decided] == ["not_disputable"]


def test_an_update_may_take_away() -> None:
    before = DisputeTerms("PRICE", "old tariff", "anna", FEB)
    assert terms_of(ask(UPDATE, owner=None, review_on=None, reason=" "), before) == DisputeTerms("PRICE")


def test_an_update_does_not_make_a_litigation_younger() -> None:
    past = Past(FEB, JAN, DisputeTerms("PRICE"))
    decided = decide(ask(UPDATE, effective_on=FEB, amount=D(30)), item("40"), past, REASONS, TODAY)
    assert isinstance(decided, Decided)
    assert (decided.since_on, decided.effective_on) == (JAN, FEB)


def test_one_entered_again_begins_anew() -> None:
    past = Past(JAN, None, DisputeTerms())
    decided = decide(ask(ENTER, effective_on=FEB, reason="again"), item(), past, REASONS, TODAY)
    assert isinstance(decided, Decided)
    assert decided.since_on == FEB


@pytest.mark.parametrize(
    ("request_", "past", "disputed", "code"),
    [
        (ask(ENTER), Past(), "0", "reason_needed"),
        (ask(ENTER, reason_code="NONE"), Past(), "0", "unknown_litigation_reason"),
        (ask(ENTER, reason_code="OLD"), Past(), "0", "litigation_reason_retired"),
        (ask(ENTER, reason="x" * 2001), Past(), "0", "litigation_text_unfit"),
        (ask(ENTER, reason="why", owner="x" * 101), Past(), "0", "litigation_text_unfit"),
        (ask(UPDATE, reason=None, reason_code=None), Past(JAN, JAN, DisputeTerms("PRICE")), "40", "reason_needed"),
    ],
)
def test_what_is_said_must_fit(request_: DisputeRequest, past: Past, disputed: str, code: str) -> None:
    refused = decide(request_, item(disputed), past, REASONS, TODAY)
    assert not isinstance(refused, Decided)
    assert [one.code for one in refused] == [code]


def test_a_retired_reason_stays_with_what_was_disputed_for_it() -> None:
    decided = decide(ask(UPDATE, owner="anna"), item("40"), Past(JAN, JAN, DisputeTerms("OLD")), REASONS, TODAY)
    assert isinstance(decided, Decided)
    assert decided.terms.reason_code == "OLD"


def test_kept_is_not_a_text() -> None:
    assert terms_of(ask(ENTER, reason=KEPT), DisputeTerms("PRICE", "before")) == DisputeTerms()
