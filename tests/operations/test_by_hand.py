"""Who may post which types by hand: what their own actions need is needed here too."""

from __future__ import annotations

import pytest

from solde.access import Permission
from solde.operations import OperationType, Side
from solde.operations.rules import check_by_hand

OPERATIONS = frozenset({Permission.READ, Permission.OPERATIONS})


def kind(class_: str, *, manual: bool = True) -> OperationType:
    return OperationType(1, "TYPE", "Type", class_, Side.CREDIT, "411", "512", None, "BAN", manual, False)


@pytest.mark.parametrize(
    ("class_", "needed"),
    [
        ("P", Permission.PAYMENTS),
        ("AP", Permission.PAYMENTS),
        ("R", Permission.PAYMENTS),
        ("RF", Permission.REFUNDS),
        ("ARF", Permission.REFUNDS),
        ("W", Permission.WRITE_OFFS),
    ],
)
def test_money_by_hand_needs_the_permission_of_its_own_action(class_: str, needed: Permission) -> None:
    refused = check_by_hand(kind(class_), OPERATIONS)
    assert refused is not None
    assert (refused.code, refused.field) == ("forbidden", "type")
    assert needed in refused.message
    assert check_by_hand(kind(class_), OPERATIONS | {needed}) is None


@pytest.mark.parametrize("class_", ["I", "OCC"])
def test_other_types_need_no_more(class_: str) -> None:
    assert check_by_hand(kind(class_), OPERATIONS) is None


def test_a_type_that_is_not_made_by_hand_is_refused_to_all() -> None:
    refused = check_by_hand(kind("OCC", manual=False), frozenset(Permission))
    assert refused is not None
    assert refused.code == "manual_creation_disallowed"
