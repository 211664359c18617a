"""The definition lab against the figures themselves, in time or on a sample; the order of balances."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from ledger import TODAY, invoice, make_account, payment, post_all

from solde.balances import (
    Draft,
    Figures,
    Moment,
    balances_of_many,
    create_definition,
    definition_authors,
    definitions_now,
    order_definitions,
    preview,
)
from solde.balances import lab as lab_module
from solde.balances.model import ChoiceKind, Definition, TypeChoice
from solde.balances.rules import places_for
from solde.db import Connection
from solde.kernel.refusals import Refused

NOW = Moment(TODAY)
BIG = Draft("default", "Default", expression="#{ accountOperation.amount > 50 }")


async def some_accounts(conn: Connection) -> list[int]:
    """Accounts in two currencies; every second one owes more than 50."""
    accounts = [await make_account(conn, "EUR" if i % 3 else "USD") for i in range(6)]
    for i, account in enumerate(accounts):
        await post_all(conn, invoice(account, str(20 + 20 * i)), payment(account, str(5 + 10 * i)))
    return accounts


async def test_the_lab_gives_the_totals_of_every_account(conn: Connection) -> None:
    await some_accounts(conn)
    found = await preview(conn, BIG, NOW)
    figures = await balances_of_many(conn, None, [Definition(0, 0, BIG)], NOW)
    total = Figures(
        sum((f[0].debit for f in figures.values()), Decimal(0)),
        sum((f[0].credit for f in figures.values()), Decimal(0)),
        sum(f[0].count for f in figures.values()),
    )
    assert sum((f.debit for f in found.new.values()), Decimal(0)) == total.debit
    assert sum((f.credit for f in found.new.values()), Decimal(0)) == total.credit
    assert (found.operations, found.accounts, sorted(found.new)) == (total.count, len(figures), ["EUR", "USD"])
    assert (found.moving, found.sampled) == (5, None)


async def test_movers_come_by_size_and_crossings_tell_which_way(conn: Connection) -> None:
    accounts = await some_accounts(conn)
    found = await preview(conn, BIG, NOW, movers=2)
    assert [abs(m.difference) for m in found.movers] == [Decimal(45), Decimal(35)]
    assert found.movers[0].account_id in accounts
    assert found.crossings
    assert {one.comes_in for one in found.crossings} == {False}
    fresh = await preview(conn, replace(BIG, code="fresh"), NOW)
    assert (fresh.old, {one.comes_in for one in fresh.crossings or ()}) == ({}, {True})


async def test_an_operation_may_cross_without_the_balance_moving(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "10"), payment(account, "10"))
    draft = Draft(
        "default",
        "Default",
        TypeChoice(ChoiceKind.EXCEPT, ("INV_STD",)),
        expression="#{ accountOperation.type != 'P' }",
    )
    found = await preview(conn, draft, NOW)
    assert (found.moving, found.movers) == (1, ())
    assert len(found.crossings or ()) == 2


async def test_what_takes_too_long_is_looked_at_on_a_sample_that_is_told(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = await some_accounts(conn)
    slow = 0

    async def compare(self: object, account_ids: object) -> object:
        nonlocal slow
        if account_ids is None:
            slow += 1
            await conn.execute("select pg_sleep(5)")
        return await whole(self, account_ids)  # type: ignore[arg-type]

    whole = lab_module._Lab.compare
    monkeypatch.setattr(lab_module._Lab, "compare", compare)
    found = await preview(conn, BIG, NOW, patience_ms=300)
    assert (slow, found.sampled) == (1, len(accounts))
    assert found.moving == 5
    (timeout,) = (await (await conn.execute("show statement_timeout")).fetchone()) or ("",)
    assert timeout == "0"


async def test_what_takes_too_long_even_on_a_sample_is_refused(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def compare(*_: object) -> None:
        await conn.execute("select pg_sleep(5)")

    monkeypatch.setattr(lab_module._Lab, "compare", compare)
    with pytest.raises(Refused) as refused:
        await preview(conn, BIG, NOW, patience_ms=100)
    assert refused.value.refusals[0].code == "lab_too_large"


async def test_a_seller_sees_the_figures_of_its_own_accounts_alone(conn: Connection) -> None:
    await some_accounts(conn)
    assert (await preview(conn, BIG, NOW, seller_id=1)).operations == 0


async def test_only_what_moves_in_the_order_gets_a_new_version(conn: Connection) -> None:
    seen = [d.code for d in await definitions_now(conn)]
    wanted = [seen[1], seen[0], *seen[2:]]
    after = await order_definitions(conn, wanted, seen=seen, actor="ada")
    assert [(d.code, d.version) for d in after] == [(c, 2 if c in seen[:2] else 1) for c in wanted]
    authors = await definition_authors(conn)
    assert authors[(after[0].definition_id, 2)].actor == "ada"
    assert authors[(after[2].definition_id, 1)].actor is None
    with pytest.raises(Refused):
        await order_definitions(conn, wanted, seen=seen, actor="ada")
    with pytest.raises(Refused):
        await order_definitions(conn, wanted[1:], seen=wanted, actor="ada")


async def test_balances_of_one_place_get_places_of_their_own(conn: Connection) -> None:
    await create_definition(conn, Draft("zz", "Z", position=1), actor="ada")
    seen = [d.code for d in await definitions_now(conn)]
    after = await order_definitions(conn, list(reversed(seen)), seen=seen, actor="ada")
    assert [d.code for d in after] == list(reversed(seen))


def test_places_stay_where_they_tell_the_order() -> None:
    assert places_for([1, 4, 9]) == [1, 4, 9]
    assert places_for([0, 0, 3]) == [1, 2, 3]
