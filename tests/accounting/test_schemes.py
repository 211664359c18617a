"""Schemes are versioned; the rule and the statement that writes entries agree."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger import TODAY, D, invoice, make_account, post_all, rows

from solde.accounting import generate
from solde.accounting.model import AccountSource, GeneralAccount, Scheme, SchemeLine, Taken
from solde.accounting.rules import resolve
from solde.accounting.schemes import assign, get_scheme, list_versions, save_general_account, save_scheme, try_scheme
from solde.db import Connection, Pool
from solde.kernel.refusals import Refused
from solde.operations import NewOperation

CUSTOMER = SchemeLine(
    same_side=True, account=AccountSource.TYPE, amount=Taken.WHOLE, customer=True, label="{type} of {account}"
)


def fixed(account: str, amount: Taken = Taken.WHOLE, *, same_side: bool = False) -> SchemeLine:
    return SchemeLine(same_side=same_side, account=AccountSource.FIXED, fixed_account=account, amount=amount)


async def test_a_change_is_a_new_version_and_old_entries_keep_theirs(pool: Pool, conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "10"))
    await generate(pool, actor="test")
    scheme = await get_scheme(conn, "INVOICE")
    changed = Scheme("INVOICE", "Other", (CUSTOMER, fixed("706")))
    saved = await save_scheme(conn, changed, known=scheme.version, actor="ann")
    assert (saved.version, saved.label, saved.lines) == (2, "Other", changed.lines)
    await post_all(conn, invoice(account, "10"))
    await generate(pool, actor="test")
    found = await rows(
        conn,
        "select p.scheme_version, e.general_account from journal_piece p join journal_entry e using (account_id, number) where line = 2 order by number",
    )
    assert found == [(1, "701"), (2, "706")]
    assert [one.version for one in await list_versions(conn, "INVOICE")] == [2, 1]


async def test_a_change_of_something_else_is_refused(conn: Connection) -> None:
    with pytest.raises(Refused, match="version"):
        await save_scheme(conn, Scheme("DUAL", "Dual", (CUSTOMER, fixed("1"))), known=7, actor="ann")
    with pytest.raises(Refused, match="already"):
        await save_scheme(conn, Scheme("DUAL", "Dual", (CUSTOMER, fixed("1"))), known=None, actor="ann")


async def test_a_trial_shows_the_entries_of_the_latest_operations(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "120", net=D(100), tax=D(20)))
    (tried,) = await try_scheme(conn, await get_scheme(conn, "INVOICE"), ["INV_STD"])
    assert [(e.general_account, e.amount, e.side) for e in tried.entries] == [
        ("411", D(120), 1),
        ("701", D(100), -1),
        ("44571", D(20), -1),
    ]


async def test_types_follow_another_scheme_from_now_on(pool: Pool, conn: Connection) -> None:
    assert "PAY_WIRE" in (await assign(conn, "NONE", ["PAY_WIRE"], actor="ann")).types
    with pytest.raises(Refused, match="PAY_NONE"):
        await assign(conn, "NONE", ["PAY_NONE"], actor="ann")


async def test_a_general_account_is_changed_from_what_was_seen(conn: Connection) -> None:
    made = await save_general_account(
        conn, GeneralAccount("706", "Services", receivable=False, version=0), known=None, actor="ann"
    )
    assert made.version == 1
    with pytest.raises(Refused, match="already"):
        await save_general_account(conn, made, known=None, actor="ann")
    changed = GeneralAccount("706", "Services sold", receivable=False, version=1)
    assert (await save_general_account(conn, changed, known=1, actor="ann")).version == 2


LINES = st.lists(
    st.builds(fixed, st.sampled_from(["1", "2", "3"]), st.sampled_from(list(Taken)), same_side=st.booleans()),
    min_size=1,
    max_size=4,
).filter(lambda lines: resolve([CUSTOMER, *lines]) is not None)
AMOUNTS = st.tuples(st.integers(1, 10**6), st.one_of(st.none(), st.integers(0, 100)), st.booleans())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.lists(AMOUNTS, min_size=1, max_size=3))
async def test_the_statement_writes_what_the_rule_says(
    pool: Pool, conn: Connection, lines: list[SchemeLine], amounts: list[tuple[int, int | None, bool]]
) -> None:
    scheme = await get_scheme(conn, "INVOICE")
    mine = Scheme("INVOICE", "Mine", (CUSTOMER, *lines))
    await save_scheme(conn, mine, known=scheme.version, actor="ann")
    account = await make_account(conn)
    for cents, rate, is_note in amounts:
        amount = D(cents) / 100
        tax = None if rate is None else (amount * rate / 200).quantize(D("0.01"))
        net = None if tax is None else amount - tax
        code = "INV_CRN" if is_note else "INV_STD"
        await post_all(
            conn,
            NewOperation(account, code, amount, TODAY, net=net, tax=tax, reference=f"R{cents}" if is_note else None),
        )
    latest = await try_scheme(conn, mine, ["INV_STD", "INV_CRN"], most=min(2, len(amounts)))
    expected = {
        one.number: [(int(e.side), e.general_account, e.amount, e.label) for e in one.entries] for one in latest
    }
    assert set(expected) == set(range(max(1, len(amounts) - 1), len(amounts) + 1))
    await generate(pool, actor="test")
    found: dict[int, list[object]] = {}
    query = "select number, side, general_account, amount, label from journal_entry where account_id = %(a)s order by number, line"
    for number, *entry in await rows(conn, query, a=account):
        found.setdefault(int(str(number)), []).append(tuple(entry))
    assert {number: found[number] for number in expected} == expected
