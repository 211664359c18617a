"""Operations of all accounts: every filter against a plain reading, every order page by page, the search by number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from ledger import TODAY, D, invoice, make_account_in, payment, post_all, rows

from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.operations import Operation, OperationFilter, Side
from solde.operations.across import AcrossFilter, ListedOperation, find_operations, list_across
from solde.operations.across import lists as across_lists
from solde.operations.across.model import parse_across_sort
from solde.operations.across.walks import plan_walk

PARIS, LONDON = "Europe/Paris", "Europe/London"
MARCH, APRIL = date(2026, 3, 10), date(2026, 4, 10)


@pytest.fixture
async def accounts(conn: Connection) -> dict[str, int]:
    """Two accounts of Paris and one of London, with invoices, payments, numbers of all sorts."""
    a, b, c = [await make_account_in(conn, zone) for zone in (PARIS, PARIS, LONDON)]
    await post_all(conn, invoice(a, "100", MARCH, APRIL, reference="DEMO-00277"))
    await post_all(conn, payment(b, "30", APRIL, reference="VIR 4471"))
    await post_all(
        conn,
        invoice(b, "55.50", MARCH, MARCH + timedelta(days=5), reference="INV-2026-00042"),
        invoice(b, "7", APRIL, TODAY + timedelta(days=30)),
        payment(b, "200", MARCH, reference="F2611-00001-2523"),
    )
    await post_all(conn, invoice(c, "100", MARCH, APRIL, reference="inv-10277"), payment(c, "1", APRIL))
    return {"A": a, "B": b, "C": c}


async def listed(conn: Connection, sort: str | None = None, limit: int = 50, **asked: Any) -> list[tuple[int, int]]:
    """Account and number of every row of every page."""
    found, cursor = [], None
    while True:
        page = await list_across(conn, AcrossFilter(**asked), sort=sort, limit=limit, cursor=cursor)
        found += [(one.operation.account_id, one.operation.number) for one in page.items]
        cursor = page.next
        if cursor is None:
            return found


async def everything(conn: Connection) -> list[Operation]:
    return [one.operation for one in (await list_across(conn)).items]


async def test_all_accounts_are_listed_newest_first(conn: Connection, accounts: dict[str, int]) -> None:
    found = (await list_across(conn)).items
    assert len(found) == 7
    keys = [(one.operation.operation_on, one.operation.action_id, one.operation.number) for one in found]
    assert keys == sorted(keys, reverse=True)
    assert {one.account for one in found} == {f"A{key}" for key in accounts.values()}
    assert {one.seller for one in found} == {PARIS, LONDON}


FILTERS: dict[str, tuple[AcrossFilter, Callable[[Operation], bool]]] = {
    "type": (AcrossFilter(OperationFilter(types=("PAY_WIRE",))), lambda o: o.code == "PAY_WIRE"),
    "class": (AcrossFilter(OperationFilter(classes=("I",))), lambda o: o.class_ == "I"),
    "side": (AcrossFilter(OperationFilter(side=Side.CREDIT)), lambda o: o.side is Side.CREDIT),
    "dates": (AcrossFilter(OperationFilter(from_on=APRIL, until_on=APRIL)), lambda o: o.operation_on == APRIL),
    "due": (
        AcrossFilter(OperationFilter(due_from=MARCH, due_before=APRIL)),
        lambda o: MARCH <= o.due_on < APRIL,
    ),
    "amounts": (AcrossFilter(OperationFilter(amount_from=D(7), amount_until=D(60))), lambda o: 7 <= o.amount <= 60),
    "open": (AcrossFilter(OperationFilter(matching_status=("O", "P"))), lambda o: o.open > 0),
    "matched": (AcrossFilter(OperationFilter(matching_status=("L",))), lambda o: o.open == 0),
    "posted": (AcrossFilter(OperationFilter(posting_status=("POSTED",))), lambda o: o.posting_status == "POSTED"),
    "not disputed": (AcrossFilter(OperationFilter(in_litigation=False)), lambda o: o.disputed == 0),
    "currency": (AcrossFilter(currency="USD"), lambda o: o.currency == "USD"),
    "reference": (AcrossFilter(reference="DEMO-00277"), lambda o: o.reference == "DEMO-00277"),
    "beginning": (AcrossFilter(begins="INV-"), lambda o: (o.reference or "").startswith("INV-")),
    "overdue": (
        AcrossFilter(overdue_on=TODAY),
        lambda o: o.class_ == "I" and o.open > 0 and o.due_on < TODAY,
    ),
    "seller": (AcrossFilter(seller=LONDON), lambda o: o.reference == "inv-10277" or o.amount == 1),
}  # fmt: skip


@pytest.mark.parametrize("name", FILTERS)
async def test_a_filter_lists_what_it_says(conn: Connection, accounts: dict[str, int], name: str) -> None:
    asked, fits = FILTERS[name]
    found = [one.operation for one in (await list_across(conn, asked)).items]
    expected = [o for o in await everything(conn) if fits(o)]
    assert {(o.account_id, o.number) for o in found} == {(o.account_id, o.number) for o in expected}


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("way", ["", "-"])
@pytest.mark.parametrize(
    ("column", "asked"),
    [
        ("date", {}), ("recorded", {}), ("reference", {"begins": ""}), ("due", {"overdue_on": TODAY}), ("amount", {"overdue_on": TODAY}),
        ("open", {"overdue_on": TODAY}), ("amount", {"q": "277"}), ("date", {"chosen": OperationFilter(classes=("I",))}),
    ],
)  # fmt: skip
async def test_pages_in_every_order_hold_each_operation_once(
    conn: Connection, accounts: dict[str, int], column: str, asked: dict[str, Any], way: str, size: int
) -> None:
    found = await listed(conn, way + column, size, **asked)
    assert found == await listed(conn, way + column, **asked)
    assert len(set(found)) == len(found) > 0
    assert found[::-1] == await listed(conn, column if way else f"-{column}", **asked)


async def test_within_an_account_every_order_is_there(conn: Connection, accounts: dict[str, int]) -> None:
    for sort in ("date", "-recorded", "due", "reference", "-amount", "open"):
        for size in (1, 50):
            found = await listed(conn, sort, size, account=f"A{accounts['B']}")
            assert sorted(found) == [(accounts["B"], number) for number in range(1, 5)], sort


async def test_where_few_fit_a_page_is_short_and_goes_on(conn: Connection, accounts: dict[str, int]) -> None:
    asked, cursor, pages = AcrossFilter(OperationFilter(amount_from=D(200))), None, 0
    found: list[ListedOperation] = []
    while True:
        page = await list_across(conn, asked, cursor=cursor, stretch=2)
        found += page.items
        pages, cursor = pages + 1, page.next
        if cursor is None:
            break
    assert [one.operation.reference for one in found] == ["F2611-00001-2523"]
    assert pages == 4


async def test_what_is_new_since_an_instant_is_listed_as_it_was_recorded(
    conn: Connection, accounts: dict[str, int]
) -> None:
    operations = sorted(await everything(conn), key=lambda o: (o.recorded_at, o.account_id, o.number))
    after = operations[2].recorded_at
    found = [one.operation for one in (await list_across(conn, AcrossFilter(recorded_after=after))).items]
    assert found == [o for o in operations if o.recorded_at > after]


async def test_who_is_kept_to_a_seller_sees_its_operations_alone(conn: Connection, accounts: dict[str, int]) -> None:
    ((london,),) = await rows(conn, "select seller_id from seller where code = 'Europe/London'")
    assert isinstance(london, int)
    assert {account for account, _ in await listed(conn, seller_id=london)} == {accounts["C"]}
    assert await listed(conn, seller_id=london, account=f"A{accounts['A']}") == []
    assert [one.operation.account_id for one in await find_operations(conn, "277", seller_id=london)] == [accounts["C"]]


@pytest.mark.parametrize(
    ("q", "references"),
    [
        ("277", ["DEMO-00277", "inv-10277"]), ("DEMO-277", ["DEMO-00277"]), ("demo-00277", ["DEMO-00277"]), ("00277", ["DEMO-00277", "inv-10277"]),
        ("2523", ["F2611-00001-2523"]), ("f2611-00001-2523", ["F2611-00001-2523"]), ("F2611", ["F2611-00001-2523"]), ("vir", ["VIR 4471"]),
        ("4471", ["VIR 4471"]), ("inv 42", ["INV-2026-00042"]), ("nothing", []), ("%", []), ("_", []), ("9999", []),
    ],
)  # fmt: skip
async def test_a_number_or_a_part_of_a_reference_finds_it(
    conn: Connection, accounts: dict[str, int], q: str, references: list[str]
) -> None:
    assert [one.operation.reference for one in await find_operations(conn, q)] == references
    page = await list_across(conn, AcrossFilter(q=q))
    assert {one.operation.reference for one in page.items} == set(references)


@pytest.mark.parametrize(
    ("sort", "asked", "code"),
    [
        ("colour", {}, "unknown_sort"),
        ("due", {}, "sort_needs_filter"),
        ("amount", {}, "sort_too_wide"),
        (None, {"chosen": OperationFilter(classes=("X",))}, "unknown_filter_value"),
    ],
)
async def test_nonsense_and_what_cannot_be_fast_is_refused(
    conn: Connection, sort: str | None, asked: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        await list_across(conn, AcrossFilter(**asked), sort=sort)
    assert [one.code for one in caught.value.refusals] == [code]


async def test_too_many_to_be_sorted_are_refused(
    conn: Connection, accounts: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(across_lists, "PICKED_MOST", 2)
    with pytest.raises(Refused) as caught:
        await list_across(conn, AcrossFilter(overdue_on=TODAY), sort="amount")
    assert [one.code for one in caught.value.refusals] == ["sort_too_wide"]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwiYiIsImMiLCJkIl0"])
async def test_a_cursor_of_another_list_is_refused(conn: Connection, cursor: str) -> None:
    with pytest.raises(Refused) as caught:
        await list_across(conn, cursor=cursor)
    assert [one.code for one in caught.value.refusals] == ["bad_cursor"]


@pytest.mark.parametrize(
    ("sort", "asked", "index"),
    [
        ("-date", {}, "operation_other"), ("-date", {}, "operation_payment"), ("-recorded", {}, "operation_recorded"),
        ("due", {"overdue_on": TODAY}, "open_item_due"), (None, {"begins": "INV-"}, "operation_referred"),
    ],
)  # fmt: skip
async def test_a_page_is_read_along_an_index(
    conn: Connection, accounts: dict[str, int], sort: str | None, asked: dict[str, Any], index: str
) -> None:
    plans = await plans_of(conn, AcrossFilter(**asked), sort)
    assert any(index in line for line in plans), "\n".join(plans)


async def plans_of(conn: Connection, asked: AcrossFilter, sort: str | None) -> list[str]:
    """How the database would read a page, as on a ledger too large to be sorted."""
    walk = plan_walk(asked, parse_across_sort(sort, asked))
    assert walk is not None
    await conn.execute("set local enable_sort = off")
    await conn.execute("set local enable_seqscan = off")
    await conn.execute("set local enable_bitmapscan = off")
    text = f"explain {walk.select('stretch', behind=False)[1:-1]}"
    return [str(line) for (line,) in await rows(conn, text, **walk.values, stretch=100)]
