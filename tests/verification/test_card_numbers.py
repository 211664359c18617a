"""A card number that came into the books in whatever way is found there."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest

from solde.db import Pool
from solde.verification import verify

NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def places(pool: Pool) -> list[str]:
    report = await verify(pool, now=NOW)
    return [one.place for one in report.differences if one.check == "card_numbers"]


WRITTEN = {
    "plain": "Firm 4111111111111111",
    "glued to letters": "Ref4111111111111111x",
    "parted by blanks": "4111 1111 1111 1111",
    "parted by blanks that do not break": "4111\u00a01111\u00a01111\u00a01111",
    "parted by dashes": "4111\u20131111\u20131111\u20131111",
    "parted by points": "4111.1111.1111.1111",
    "parted by signs nobody sees": "4111\u200b1111\u200b1111\u00ad1111",
    "parted by ends of lines": "4111\n1111\n1111\n1111",
    "parted by tabs": "4111\t1111\t1111\t1111",
    "in full-width digits": "\uff14" + "\uff11" * 15,
    "in Arabic digits": "\u0664" + "\u0661" * 15,
    "in raised digits": "4" + "\u00b9" * 15,
    "in letters of French beside": "Num\u00e9ro 4111111111111111 de l\u2019\u00e9t\u00e9",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
async def test_a_card_number_in_a_name_is_found_and_not_repeated(pool: Pool, database_url: str, text: str) -> None:
    assert await places(pool) == []
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute("update seller set name = %s", (text,))
    assert await places(pool) == ["seller.name"]
    report = await verify(pool, now=NOW)
    assert "1111" not in repr(report)


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
async def test_a_card_number_in_a_document_is_found(pool: Pool, database_url: str, text: str) -> None:
    kept = "insert into audit_record (account_id, action_id, actor, verb, after) values (0, 1, 'x', 'y', jsonb_build_object('lines', jsonb_build_array(jsonb_build_object('note', %s::text))))"
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute(kept, (text,))
    assert await places(pool) == ["audit_record.after"]


async def test_numbers_in_a_list_of_an_answer_are_no_card_number(pool: Pool, database_url: str) -> None:
    numbers = ",".join(str(number) for number in range(4000, 4400))
    kept = "insert into idempotency (account_id, key, request_hash, action_id, response) values (0, %s, '', 1, to_jsonb(%s::text))"
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute(kept, ("a", f'201\n\n{{"numbers":[{numbers}]}}'))
    assert await places(pool) == []
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute(kept, ("b", '201\n\n{"reference":"see 4111-1111-1111-1111"}'))
    assert await places(pool) == ["idempotency.response"]
