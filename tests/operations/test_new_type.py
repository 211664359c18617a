"""Operation types: what may change of one, and what stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from psycopg.errors import CheckViolation

from solde.access import Permission
from solde.db import Connection, Pool
from solde.kernel.refusals import Refused
from solde.operations import TypeCatalogue, load_types
from solde.operations.rules import may_post_by_hand
from solde.operations.type_changes import TypeChange, change_of, change_type

CHANGE = TypeChange("Standard invoice", "4110", None, None, "VTE", manual_creation=False)


async def test_label_accounts_journal_and_manual_creation_change(conn: Connection) -> None:
    before = (await load_types(conn)).by_code["INV_STD"]
    await change_type(conn, "INV_STD", CHANGE, seen=change_of(before), actor="ada")
    after = (await load_types(conn)).by_code["INV_STD"]
    assert change_of(after) == CHANGE
    assert (after.class_, after.side, after.deposit) == (before.class_, before.side, before.deposit)


@pytest.mark.parametrize(
    ("code", "change", "refused"),
    [
        ("NOPE", CHANGE, "unknown_operation_type_code"),
        ("INV_STD", replace(CHANGE, label=" "), "operation_type_label_missing"),
        ("INV_STD", replace(CHANGE, journal="x" * 41), "type_account_invalid"),
        ("INV_STD", replace(CHANGE, account="a\nb"), "type_account_invalid"),
        ("CAN_SD", replace(CHANGE, manual_creation=True), "operation_type_own_actions"),
    ],
)
async def test_what_cannot_be_is_refused(conn: Connection, code: str, change: TypeChange, refused: str) -> None:
    with pytest.raises(Refused) as no:
        await change_type(conn, code, change, actor="ada")
    assert [r.code for r in no.value.refusals] == [refused]


async def test_a_change_made_from_another_state_is_refused(conn: Connection) -> None:
    with pytest.raises(Refused) as no:
        await change_type(conn, "INV_STD", CHANGE, seen=CHANGE, actor="ada")
    assert no.value.refusals[0].code == "version_differs"


async def test_another_process_knows_a_change_within_seconds(pool: Pool) -> None:
    now = 0.0
    catalogue = TypeCatalogue(pool, monotonic=lambda: now)
    first = await catalogue.get()
    assert await catalogue.get() is first
    now = 11.0
    assert await catalogue.get() is not first


async def test_every_type_of_deposits_and_plans_is_made_by_their_own_actions_alone(conn: Connection) -> None:
    kinds = [k for k in (await load_types(conn)).by_code.values() if k.own_actions]
    assert {k.code for k in kinds} == {
        "INV_SD", "CRD_SD", "DEB_SD", "REF_SD", "CAN_SD", "ADJ_SD", "PAY_SD", "PPL_CREATION", "PPL_INSTALLMENT", "PPL_FEE", "PPL_INT",
    }  # fmt: skip
    assert not any(may_post_by_hand(kind, frozenset(Permission)) for kind in kinds)


@pytest.mark.parametrize("code", ["CAN_SD", "PPL_CREATION"])
async def test_the_database_keeps_them_from_hands(conn: Connection, code: str) -> None:
    with pytest.raises(CheckViolation):
        await conn.execute("update operation_type set manual_creation = true where code = %s", (code,))
