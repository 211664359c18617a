"""What letters say of a seller, changed: by whom it may, once, told to the audit trail."""

from __future__ import annotations

from typing import Any

import pytest
from ledger import rows

from solde.customers import Seller, list_sellers
from solde.customers.sellers import change_seller, with_letter
from solde.db import Connection
from solde.kernel.refusals import Refused

SELLER = Seller(1, "MAIN", "Main", "FR", "EUR", "Europe/Paris", "fr")


def test_only_what_is_named_changes_and_a_blank_is_none() -> None:
    changed = with_letter(SELLER, {"city": "  Lyon ", "region": ""})
    assert isinstance(changed, Seller)
    assert (changed.name, changed.city, changed.region) == ("Main", "Lyon", None)


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"name": " "}, ["seller_name_missing"]),
        ({"city": "x" * 101}, ["seller_text_unfit"]),
        ({"address_1": "a\nb", "region": "\0"}, ["seller_text_unfit", "seller_text_unfit"]),
    ],
)
def test_what_no_letter_can_print_is_refused(given: dict[str, Any], codes: list[str]) -> None:
    refusals = with_letter(SELLER, given)
    assert isinstance(refusals, list)
    assert [one.code for one in refusals] == codes


async def test_a_change_is_kept_once_with_its_record(conn: Connection) -> None:
    (before,) = await list_sellers(conn)
    after = await change_seller(conn, before.code, before.version, {"city": "Lyon"}, actor="Ada")
    assert await list_sellers(conn) == [after]
    assert (after.city, after.version) == ("Lyon", before.version + 1)
    assert await change_seller(conn, before.code, after.version, {"city": "Lyon"}, actor="Ada") == after
    told = await rows(
        conn, "select actor, before->>'city', after->>'city' from audit_record where verb = 'seller.change'"
    )
    assert told == [("Ada", None, "Lyon")]


@pytest.mark.parametrize(
    ("code", "version", "refusal"), [("MAIN", 9, "version_differs"), ("NOPE", 1, "no_such_seller")]
)
async def test_a_change_of_another_state_or_of_nobody_is_refused(
    conn: Connection, code: str, version: int, refusal: str
) -> None:
    with pytest.raises(Refused) as caught:
        await change_seller(conn, code, version, {"city": "Lyon"}, actor="Ada")
    assert [one.code for one in caught.value.refusals] == [refusal]
