"""Rules of payments, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from solde.operations import OpenItem, OperationType, Side
from solde.payments import Receipt, ReceiptState, WriteOffRequest, rules
from solde.payments.model import AccountOwner, Route, Routes, StandingLine
from solde.payments.requests import WriteOffsRequest

D, DAY = Decimal, date(2026, 3, 1)
ITEM = OpenItem(1, 7, 1, "P", Side.CREDIT, False, DAY, DAY, DAY, DAY, D(100), D(60), D(0))
RECEIPT = Receipt(
    1, 1, "MAIN", "EUR", D(100), D(30), DAY, "PAY_WIRE", None, None, None, None, ReceiptState.WAITING, None, None,
    datetime(2026, 3, 1, tzinfo=UTC),
)  # fmt: skip


def kind(type_id: int, code: str, class_: str, side: Side) -> OperationType:
    return OperationType(type_id, code, code, class_, side, None, None, None, None, True, False)


def line(type_id: int, amount: str, *, moves_away: bool = False) -> StandingLine:
    return StandingLine(1, 7, 1, 3, 7, D(amount), DAY, 3, type_id, moves_away)


TYPES = {
    1: kind(1, "INV_STD", "I", Side.DEBIT),
    2: kind(2, "REJ_WIRE", "R", Side.DEBIT),
    3: kind(3, "REF_WIRE", "RF", Side.DEBIT),
    4: kind(4, "DBT_TRS", "OCC", Side.DEBIT),
    5: kind(5, "RND_INC", "OCC", Side.DEBIT),
}


def test_several_write_offs_say_each_what_is_said_of_all() -> None:
    together = WriteOffsRequest(1, {3: D(5)}, "test", "gone", DAY, "a note", late=True)
    assert together.each() == [WriteOffRequest(1, 3, "test", "gone", D(5), DAY, "a note", late=True)]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], None),
        ([line(1, "40")], None),
        ([line(1, "40"), line(3, "1")], "payment_refunded"),
        ([line(4, "40")], None),
        ([line(4, "40", moves_away=True)], "payment_moved"),
        ([line(2, "40")], None),
        ([line(2, "100")], "already_rejected"),
        ([line(2, "99.997"), line(5, "0.003")], "already_rejected"),
    ],
)
def test_what_a_payment_is_matched_with_decides_on_its_rejection(lines: list[StandingLine], code: str | None) -> None:
    bad = rules.check_rejection(ITEM, lines, TYPES)
    assert (None if bad is None else bad.code) == code


@pytest.mark.parametrize(
    ("amount", "seller", "code"),
    [
        ("70", 1, None),
        ("70", None, None),
        ("70.000001", 1, "receipt_over_assigned"),
        ("0", 1, "amount_not_positive"),
        ("NaN", 1, "amount_not_a_number"),
        ("1", 2, "receipt_seller_differs"),
    ],
)
def test_a_receipt_gives_out_what_is_left_of_it_to_its_seller(
    amount: str, seller: int | None, code: str | None
) -> None:
    bad = rules.check_assignment(RECEIPT, RECEIPT.rest, D(amount), seller)
    assert (None if bad is None else bad.code) == code


def test_nothing_is_given_out_of_a_closed_receipt() -> None:
    for closed in (replace(RECEIPT, state=ReceiptState.RETURNED), replace(RECEIPT, assigned=D(100))):
        bad = rules.check_assignment(closed, closed.rest, D(1), 1)
        assert bad is not None
        assert bad.code == "receipt_closed"


def test_a_refund_type_is_the_named_one_then_the_methods_then_that_of_the_way_it_came() -> None:
    routes = Routes({"PAY_WIRE": Route("PAY_WIRE", "REF_WIRE", None)}, {"WIRETRANSFER": "PAY_WIRE", "CASH": "PAY_CASH"})
    types = {one.code: one for one in TYPES.values()}
    paid, note = kind(8, "PAY_WIRE", "P", Side.CREDIT), kind(9, "INV_CRN", "I", Side.CREDIT)

    def chosen(credit: OperationType, method: str | None = None, type_code: str | None = None) -> str:
        return rules.refund_type(method, type_code, credit, routes, types).code

    assert chosen(paid) == chosen(note, method="WIRETRANSFER") == chosen(note, type_code="REF_WIRE") == "REF_WIRE"
    assert chosen(note) == chosen(paid, method="CASH") == "no_refund_type"
    assert chosen(paid, method="GOLD") == "payment_method_unknown"
    assert chosen(paid, type_code="INV_STD") == chosen(paid, type_code="NONE") == "not_a_refund"


def test_settling_is_no_earlier_than_the_operation_allows() -> None:
    later = date(2026, 4, 1)
    assert rules.settling_date(ITEM, None, later) == later
    assert rules.settling_date(ITEM, None, date(2026, 1, 1)) == DAY
    bad = rules.settling_date(ITEM, date(2026, 2, 28), later)
    assert not isinstance(bad, date)
    assert (bad.code, bad.field) == ("effective_too_early", "date")


def test_accounts_of_two_sellers_do_not_trade() -> None:
    here, there = AccountOwner(1, "A", 1), AccountOwner(2, "B", 2)
    assert rules.check_parties(here, replace(there, seller_id=1)) is None
    assert rules.check_parties(None, there) is None
    bad = rules.check_parties(here, there)
    assert bad is not None
    assert bad.code == "transfer_seller_differs"


def test_words_of_a_payers_text_that_may_be_codes() -> None:
    assert rules.words_of("Invoice F-2026/17, thank you", "(A1-2026) 12 ABCD") == ["F-2026/17", "A1-2026"]
    assert rules.words_of("INV:2026-1;2026-1", None) == ["2026-1"]
    assert len(rules.words_of(" ".join(f"word{i}" for i in range(99)))) == 20
    assert rules.words_of(None, "") == []
    assert rules.names_in("SARL Dupont & Fils 17") == "SARL Dupont Fils"
    assert rules.names_in("17 &") is rules.names_in(None) is None


@pytest.mark.parametrize("reason", [None, "", " \n", "x" * 501, "a\x00b"])
def test_a_reason_is_said_in_printable_words(reason: str | None) -> None:
    assert rules.check_reason(reason) is not None
    assert rules.check_reason("Line one\nline two, é") is None
