"""The application has a login of its own, which leads nowhere else."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import psycopg
import pytest
from db.embedding import data_folder
from psycopg import sql
from psycopg.conninfo import make_conninfo

from solde.db import Settings, application_dsn, ensure_database, open_pool, status, upgrade
from solde.kernel.refusals import Refused

WAYS_UP = (
    "set role solde",
    "set session authorization solde",
    "alter role solde_app superuser",
    "grant solde to solde_app",
    "copy (select 1) to program 'true'",
    "select pg_read_file('PG_VERSION')",
    "create table mine (id int)",
    "create schema mine",
    "drop table operation",
    "truncate audit_record",
    "delete from audit_record",
    "update operation set amount = 1",
)
IS_SUPERUSER = "select session_user = current_user, rolsuper from pg_roles where rolname = session_user"


@pytest.fixture
def furnished(settings: Settings) -> Settings:
    upgrade(ensure_database(settings))
    return settings


async def test_on_the_embedded_server_no_statement_of_the_application_leads_to_the_owner(furnished: Settings) -> None:
    async with open_pool(application_dsn(furnished)) as pool, pool.connection() as conn:
        assert await (await conn.execute(IS_SUPERUSER)).fetchone() == (True, False)
        for statement in WAYS_UP:
            with pytest.raises(psycopg.Error) as refused:
                await conn.execute(statement.encode())
            assert isinstance(refused.value, psycopg.errors.InsufficientPrivilege), statement
        await conn.execute("reset role")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await conn.execute("set role solde")


def test_the_application_reads_where_the_schema_stands(furnished: Settings) -> None:
    assert status(application_dsn(furnished)).is_current


def test_the_two_logins_have_two_passwords_that_nobody_else_reads(furnished: Settings) -> None:
    folder = data_folder(furnished).parent
    files = [folder / "pgpass", folder / "pgpass-app"]
    assert len({file.read_text().rpartition(":")[2] for file in files}) == 2
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]


def test_a_login_that_was_lost_is_made_again(furnished: Settings) -> None:
    (data_folder(furnished).parent / "pgpass-app").unlink()
    with psycopg.connect(ensure_database(furnished)) as owner:
        owner.execute("alter role solde_app nologin")
        owner.commit()
    ensure_database(furnished)
    with psycopg.connect(application_dsn(furnished)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


@pytest.fixture
def own_login(database_url: str) -> Iterator[str]:
    """The DSN of a login on a server of one's own, as the guide tells to make it."""
    name, password = f"web_{secrets.token_hex(4)}", secrets.token_hex(8)
    login = sql.Identifier(name)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            sql.SQL("create role {} login password {} in role solde_app").format(login, sql.Literal(password))
        )
        yield make_conninfo(database_url, user=name, password=password, passfile=os.devnull)
        owner.execute(sql.SQL("drop role {}").format(login))


async def test_on_a_server_of_ones_own_the_application_may_have_a_login_too(own_login: str, database_url: str) -> None:
    settings = Settings.from_environment({"SOLDE_DATABASE_URL": own_login, "SOLDE_OWNER_URL": database_url})
    assert ensure_database(settings) == database_url
    assert application_dsn(settings) == own_login
    async with open_pool(own_login) as pool, pool.connection() as conn:
        assert await (await conn.execute("select current_user::text")).fetchone() == ("solde_app",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await conn.execute("set role solde")


def test_with_one_address_the_owner_and_the_application_are_one(database_url: str) -> None:
    settings = Settings.from_environment({"SOLDE_DATABASE_URL": database_url})
    assert (ensure_database(settings), application_dsn(settings)) == (database_url, database_url)


def test_who_does_not_own_the_tables_is_told_so_when_migrating(own_login: str, empty_database_url: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(empty_database_url)["dbname"]
    with pytest.raises(Refused) as refused:
        upgrade(make_conninfo(own_login, dbname=name))
    assert refused.value.refusals[0].code == "not_the_owner"


def test_the_application_adds_nothing_to_lists_that_ship_with_the_schema(database_url: str) -> None:
    shipped = "accounting_setting billing_cycle customer_category delivery outbox_mailing outbox_relay payment_route payment_terms"
    with psycopg.connect(database_url) as owner:
        for table in [*shipped.split(), "tax_category", "alembic_version"]:
            found = owner.execute("select has_table_privilege('solde_app', %s, 'insert')", (table,)).fetchone()
            assert found == (False,), table
