"""The quick reading of an account and the general statement say the same."""

from __future__ import annotations

from random import Random

import pytest
from ledger import TODAY, rows
from lengths import times
from oracle_ledger import random_ledger

from solde.balances import (
    ChoiceKind,
    Definitions,
    Draft,
    Moment,
    TypeChoice,
    balances_of,
    create_definition,
    definitions_now,
)
from solde.db import Connection
from solde.matching import match_oldest
from solde.operations import load_types

DRAFTS = [
    Draft("open_now", "Open", measure="open"),
    Draft(
        "matched",
        "Matched",
        expression="#{ accountOperation.matchingStatus == 'L' || accountOperation.matchingStatus == 'P' }",
    ),
    Draft("payments", "Payments", TypeChoice(ChoiceKind.NONE), TypeChoice(ChoiceKind.ONLY, ("PAY_WIRE",))),
    Draft("open_invoices", "Open invoices", expression="#{ accountOperation.type == 'I' }", measure="open"),
    Draft(
        "disputed",
        "Disputed",
        expression="#{ accountOperation.disputedAmount > 0 && accountOperation.matchingStatus != 'L' }",
        measure="#{ accountOperation.disputedAmount }",
    ),
    Draft(
        "due_later",
        "Due later",
        expression="#{ accountOperation.dueDate >= currentDate && accountOperation.unMatchingAmount > 0 }",
        measure="open",
    ),
]


@pytest.mark.parametrize("seed", range(times(4, 40)))
async def test_both_readings_agree(conn: Connection, seed: int) -> None:
    accounts = await random_ledger(conn, seed)
    await match_oldest(
        conn, Random(seed).sample(accounts, len(accounts) // 2), await load_types(conn), today=TODAY, actor="test"
    )
    for draft in DRAFTS:
        await create_definition(conn, draft, actor="test")
    memory = Definitions()
    for account in accounts:
        general = await balances_of(conn, account, await definitions_now(conn), Moment(TODAY))
        for _ in range(2):
            quick = await memory.figures(conn, account, Moment(TODAY))
            assert [(q.definition.code, q.figures) for q in quick] == [(g.definition.code, g.figures) for g in general]


async def test_a_changed_definition_is_seen_at_once(conn: Connection) -> None:
    accounts = await random_ledger(conn, 3)
    memory = Definitions()
    before = await memory.figures(conn, accounts[0], Moment(TODAY))
    await create_definition(conn, DRAFTS[0], actor="test")
    after = await memory.figures(conn, accounts[0], Moment(TODAY))
    assert len(after) == len(before) + 1
    assert await rows(conn, "select count(*) from balance_definition") == [(len(after),)]
