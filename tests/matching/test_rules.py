"""The pure rules of matching."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from solde.matching.rules import group_number_of, lettering, plan_allocations
from solde.matching.suggesting import suggest
from solde.operations import OpenItem, Side

D = Decimal
START = date(2026, 1, 1)


def item(number: int, side: Side, amount: str | Decimal, due_in: int = 0) -> OpenItem:
    due = START + timedelta(days=due_in)
    return OpenItem(1, number, 1, "I", side, False, START, due, START, START, D(amount), D(amount), D(0))


sides = st.lists(st.tuples(st.integers(1, 10**8), st.integers(0, 30)), max_size=12)


@given(debits=sides, credits=sides)
def test_everything_that_can_meet_meets_and_nothing_twice(
    debits: list[tuple[int, int]], credits: list[tuple[int, int]]
) -> None:
    owed = [item(n, Side.DEBIT, D(a).scaleb(-6), due) for n, (a, due) in enumerate(debits, 1)]
    paid = [item(100 + n, Side.CREDIT, D(a).scaleb(-6), due) for n, (a, due) in enumerate(credits, 1)]
    plan = plan_allocations(owed, paid)
    total = sum((a.amount for a in plan), D(0))
    assert total == min(sum((i.amount for i in owed), D(0)), sum((i.amount for i in paid), D(0)))
    assert all(a.amount > 0 for a in plan)
    assert len({(a.debit_number, a.credit_number) for a in plan}) == len(plan)
    for one in (*owed, *paid):
        used = sum((a.amount for a in plan if one.number in (a.debit_number, a.credit_number)), D(0))
        assert used <= one.amount


@given(debits=sides.filter(len), paid=st.integers(1, 10**9))
def test_no_debit_is_paid_while_one_due_before_it_is_open(debits: list[tuple[int, int]], paid: int) -> None:
    owed = sorted(
        (item(n, Side.DEBIT, D(a).scaleb(-6), due) for n, (a, due) in enumerate(debits, 1)),
        key=lambda i: (i.due_on, i.number),
    )
    plan = plan_allocations(owed, [item(100, Side.CREDIT, D(paid).scaleb(-6))])
    got = {a.debit_number: a.amount for a in plan}
    still_open = [i for i in owed if got.get(i.number, D(0)) < i.amount]
    if still_open:
        assert all(i.number not in got for i in owed[owed.index(still_open[0]) + 1 :])


def test_codes_run_from_a_to_z_and_on_to_aa() -> None:
    assert [lettering(n) for n in (1, 2, 26, 27, 52, 53, 702, 703)] == ["A", "B", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
    assert all(group_number_of(lettering(n)) == n for n in range(1, 2000))
    assert group_number_of("a1") is None


def test_a_credit_that_names_an_invoice_is_suggested_with_it_first() -> None:
    owed = [item(1, Side.DEBIT, "50"), item(2, Side.DEBIT, "70", 5)]
    paid = [item(3, Side.CREDIT, "70"), item(4, Side.CREDIT, "40")]
    found = suggest(owed, paid, {1: "INV-1001", 2: "INV-1002", 4: "transfer INV 1001 thanks"})
    assert [(s.why, s.debits, s.credits, s.amount) for s in found] == [
        ("reference", (1,), (4,), D(40)),
        ("amount", (2,), (3,), D(70)),
    ]


def test_debits_that_add_up_exactly_are_suggested_together_and_the_rest_by_age() -> None:
    owed = [item(1, Side.DEBIT, "30"), item(2, Side.DEBIT, "20", 1), item(3, Side.DEBIT, "99", 2)]
    found = suggest(owed, [item(4, Side.CREDIT, "50"), item(5, Side.CREDIT, "10")], {})
    assert [(s.why, s.debits, s.credits) for s in found] == [("sum", (1, 2), (4,)), ("oldest", (3,), (5,))]
