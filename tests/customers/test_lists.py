from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from solde.customers import (
    CustomerFilters,
    NewAccount,
    NewCustomer,
    account_conditions,
    add_accounts,
    create_customers,
    lists,
    search_customers,
    set_account_state,
)
from solde.db import Connection
from solde.kernel.paging import encode_cursor
from solde.kernel.refusals import Refused

Make = Callable[..., NewCustomer]

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


async def fill(conn: Connection, *new: NewCustomer, allow_incomplete: bool = False) -> None:
    answers = await create_customers(conn, new, actor="anna", now=NOW, allow_incomplete=allow_incomplete)
    assert not [answer for answer in answers if isinstance(answer, tuple)], answers


async def found(conn: Connection, q: str | None = None, **narrowed: object) -> list[str]:
    page = await search_customers(conn, q, **narrowed)  # type: ignore[arg-type]
    return [line.code for line in page.items]


@pytest.mark.parametrize(
    "q",
    [
        "acme", "ACME-7", "acme7", "electr", "ÉLECTRICITÉ", "midi electr", "account-9", "9", "regional",
        "ua-phone", "phone", "telep", "fr", "france", "552 008 443", "552008443", "5520",
    ],
)  # fmt: skip
async def test_a_customer_is_found_by_each_of_the_eight_fields(conn: Connection, company: Make, q: str) -> None:
    await fill(
        conn,
        company(
            code="ACME-7", account_code="ACCOUNT-9", account_description="Regional", user_account_code="UA-PHONE",
            user_account_description="Telephones", registration_number="552008443",
        ),
        company(code="OTHER", name="Somebody else", country="DE"),
    )  # fmt: skip
    assert await found(conn, q) == ["ACME-7"]


async def test_every_word_must_be_met(conn: Connection, company: Make) -> None:
    await fill(
        conn,
        company(code="A", name="Jean Martin"),
        company(code="B", name="Jean Dupont"),
        company(code="C", name="Martin"),
    )
    assert await found(conn, "jean mar") == ["A"]
    assert await found(conn, "martin jean") == ["A"]
    assert await found(conn, "jean nobody") == []
    assert await found(conn, "ean") == []
    assert await found(conn, "?!") == []


async def test_the_exact_code_comes_first_and_then_names_in_order(conn: Connection, company: Make) -> None:
    await fill(
        conn,
        company(code="N1", name="Zenith 500"),
        company(code="500", name="Zz"),
        company(code="N2", name="Âne 500"),
        company(code="N3", name="Bison 5000"),
    )
    assert await found(conn, "500") == ["500", "N2", "N3", "N1"]


async def test_pages_follow_each_other_without_gap_or_repeat(conn: Connection, company: Make) -> None:
    await fill(
        conn, *(company(code=f"K{i}", name=f"Name {i % 7}") for i in range(23)), company(code="NAME", name="Zoo")
    )
    for q in ("name", None, ""):
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = await search_customers(conn, q, limit=5, cursor=cursor)
            seen += [line.code for line in page.items]
            cursor = page.next
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 24
        assert (seen[0] == "NAME") == (q == "name")


async def test_a_cursor_of_another_list_is_refused(conn: Connection) -> None:
    for cursor in (
        "x",
        encode_cursor([1]),
        encode_cursor([1, 2, 3]),
        encode_cursor([5, "a", 3]),
        encode_cursor([1, "\0", 3]),
    ):
        with pytest.raises(Refused, match="bad_cursor"):
            await search_customers(conn, "a", cursor=cursor)


async def test_a_list_is_narrowed_by_filters(conn: Connection, company: Make, individual: Make) -> None:
    await conn.execute(
        "insert into seller (seller_id, code, name, country, currency, time_zone, language)"
        " values (2, 'NORD', 'North', 'SE', 'SEK', 'Europe/Stockholm', 'sv')"
    )
    await fill(
        conn,
        company(code="A", name="A"),
        individual(code="B", last_name="B", first_name="B"),
        company(code="C", name="C", country="SE", seller="NORD", category="PUBLIC"),
    )
    await fill(conn, NewCustomer(code="D", name="D"), allow_incomplete=True)
    page = await search_customers(conn, "a")
    await set_account_state(conn, page.items[0].accounts[0].account_id, "BLOCKED", "fraud", actor="anna", now=NOW)
    assert await found(conn) == ["A", "B", "C", "D"]
    assert await found(conn, seller_id=2) == ["C"]
    assert await found(conn, filters=CustomerFilters(kind="INDIVIDUAL")) == ["B"]
    assert await found(conn, filters=CustomerFilters(country="SE")) == ["C"]
    assert await found(conn, filters=CustomerFilters(category="PUBLIC", seller="NORD")) == ["C"]
    assert await found(conn, filters=CustomerFilters(account_state="BLOCKED")) == ["A"]
    assert await found(conn, filters=CustomerFilters(incomplete=True)) == ["D"]
    assert await found(conn, filters=CustomerFilters(incomplete=False)) == ["A", "B", "C"]
    assert await found(conn, "c", seller_id=1) == []


async def test_a_line_of_the_list_shows_the_customer_and_its_accounts(conn: Connection, company: Make) -> None:
    await fill(conn, company(code="ACME", registration_number="552008443"))
    (line,) = (await search_customers(conn, "acme")).items
    assert (line.name, line.kind, line.country, line.registration_number) == (
        "Électricité du Midi", "COMPANY", "FR", "552008443",
    )  # fmt: skip
    assert (line.seller, line.category, line.state, line.incomplete) == ("MAIN", "BUSINESS", "ACTIVE", ())
    assert [(a.code, a.currency, a.state) for a in line.accounts] == [("ACME", "EUR", "ACTIVE")]


async def test_a_word_of_too_many_customers_still_shows_the_exact_code(
    conn: Connection, company: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_CANDIDATES", 3)
    monkeypatch.setattr(lists, "MOST_HITS", 3)
    await fill(conn, *(company(code=f"A{i}") for i in range(9)), company(code="A", name="Zoo"))
    assert (await found(conn, "a"))[0] == "A"
    assert await found(conn, "zoo fr") == ["A"]


async def test_signs_of_patterns_mean_nothing_in_a_query(conn: Connection, company: Make) -> None:
    await fill(conn, company(code="A"))
    for q in ("%", "_", "a%", "'; drop table customer; --", "\\", "a\x00", "\U0010ffff"):
        await search_customers(conn, q)
    assert await found(conn, "%") == []


async def test_filters_on_accounts_ask_for_one_account_that_meets_them_all(conn: Connection, company: Make) -> None:
    await fill(conn, company(code="A", payment_mode="PREPAID"), company(code="B", currency="USD"))
    new = NewAccount("B", account_code="B2", currency="EUR", payment_mode="PREPAID")
    await add_accounts(conn, [new], actor="anna", now=NOW, allow_incomplete=True)
    assert await found(conn, filters=CustomerFilters(payment_mode="PREPAID")) == ["A", "B"]
    assert await found(conn, filters=CustomerFilters(currency="USD")) == ["B"]
    assert await found(conn, filters=CustomerFilters(currency="USD", payment_mode="PREPAID")) == []
    assert await found(conn, "b2", filters=CustomerFilters(currency="EUR", payment_mode="PREPAID")) == ["B"]
    assert await found(conn, filters=CustomerFilters(state="CLOSED")) == []
    assert await found(conn, filters=CustomerFilters(state="ACTIVE")) == ["A", "B"]


async def test_a_list_of_accounts_takes_the_same_filters(conn: Connection, company: Make) -> None:
    await fill(conn, company(code="A", payment_mode="PREPAID"), company(code="B", currency="USD", country="DE"))
    new = NewAccount("B", account_code="B2", currency="EUR", payment_mode="PREPAID")
    await add_accounts(conn, [new], actor="anna", now=NOW, allow_incomplete=True)
    wanted = {
        ("A", "B2"): CustomerFilters(payment_mode="PREPAID", currency="EUR", state="ACTIVE", kind="COMPANY"),
        ("B", "B2"): CustomerFilters(country="DE", seller="MAIN", category="BUSINESS", account_state="ACTIVE"),
        ("B2",): CustomerFilters(country="DE", currency="EUR", incomplete=True),
    }
    for codes, filters in wanted.items():
        conditions, values = account_conditions(filters, 1)
        query = (
            "select d.code from account_directory d join account a on a.account_id = d.account_id"
            f" join customer c on c.customer_id = d.customer_id where {' and '.join(conditions)} order by d.code"
        )
        assert tuple(row[0] for row in await (await conn.execute(query.encode(), values)).fetchall()) == codes
