"""The account is the unit of everything: its id comes first in every key (house rule 5)."""

from __future__ import annotations

from psycopg import AsyncConnection

# Tables whose keys do not begin with account_id, and why they may.
EXCEPTIONS = {
    "account_directory": "the one place where account codes are unique over all accounts",
    "billing_account_directory": "the one place where billing account codes are unique over all accounts",
    "user_account_directory": "the one place where user account codes are unique over all accounts",
    "card_reference": "the one place where references of gateways are unique over all accounts",
    "gateway_event": "an event of a gateway is taken once, before it is known whose it is",
}

OWN_TABLES = """
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p')
        and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'account_id')
"""

UNIQUE_KEYS = f"""
    select i.indrelid::regclass::text, i.indexrelid::regclass::text,
        (select a.attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[0])
    from pg_index i
    where i.indisunique and i.indrelid in ({OWN_TABLES})
"""

FOREIGN_KEYS = f"""
    select k.conrelid::regclass::text, k.conname,
        (select a.attname from pg_attribute a where a.attrelid = k.conrelid and a.attnum = k.conkey[1]),
        (select a.attname from pg_attribute a where a.attrelid = k.confrelid and a.attnum = k.confkey[1])
    from pg_constraint k
    where k.contype = 'f' and k.conrelid in ({OWN_TABLES}) and k.confrelid in ({OWN_TABLES})
"""


async def test_every_unique_key_of_an_account_table_begins_with_account_id(conn: AsyncConnection) -> None:
    keys = await (await conn.execute(UNIQUE_KEYS)).fetchall()
    assert [index for table, index, first in keys if first != "account_id" and table not in EXCEPTIONS] == []


async def test_every_exception_is_still_needed(conn: AsyncConnection) -> None:
    keys = await (await conn.execute(UNIQUE_KEYS)).fetchall()
    assert {table for table, _index, first in keys if first != "account_id"} == set(EXCEPTIONS)


async def test_foreign_keys_between_account_tables_begin_with_account_id(conn: AsyncConnection) -> None:
    keys = await (await conn.execute(FOREIGN_KEYS)).fetchall()
    wrong = [(table, name) for table, name, here, there in keys if (here, there) != ("account_id", "account_id")]
    assert wrong == []


async def test_there_are_no_triggers(conn: AsyncConnection) -> None:
    triggers = await conn.execute(
        "select t.tgrelid::regclass::text, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        " where not t.tgisinternal and c.relnamespace = 'public'::regnamespace and c.relname not like 'procrastinate%'"
    )
    assert await triggers.fetchall() == []
