"""The schema: made, found current, refused when other, made anew."""

import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import solde.db.migrations
from solde.db import Pool, check_schema, open_pool, reset, status, upgrade
from solde.db.migrations import HEAD
from solde.kernel.refusals import Refused


def tables(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        return {name for (name,) in connection.execute("select tablename from pg_tables where schemaname = 'public'")}


def test_head_is_the_newest_revision_of_the_folder() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(solde.db.migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_an_empty_database_has_no_revision(empty_database_url: str) -> None:
    found = status(empty_database_url)
    assert (found.revision, found.files_changed, found.is_current) == (None, False, False)


def test_upgrade_makes_the_schema_once(empty_database_url: str) -> None:
    assert upgrade(empty_database_url).revision is None
    assert upgrade(empty_database_url).is_current
    assert status(empty_database_url).is_current


def test_several_upgrades_at_once_wait_for_each_other(empty_database_url: str) -> None:
    start = threading.Barrier(4)

    def together() -> bool:
        start.wait()
        return upgrade(empty_database_url).is_current

    with ThreadPoolExecutor(4) as threads:
        found = [future.result() for future in [threads.submit(together) for _ in range(4)]]
    assert sorted(found) == [False, True, True, True]


def test_a_database_of_other_schema_files_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("comment on table alembic_version is 'older files'")
    assert not status(database_url).is_current
    with pytest.raises(Refused) as refused:
        upgrade(database_url)
    assert refused.value.refusals[0].code == "schema_files_changed"


def test_a_database_of_a_newer_solde_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    with pytest.raises(Refused) as refused:
        upgrade(database_url)
    assert refused.value.refusals[0].code == "schema_too_new"


def test_reset_drops_everything_and_makes_the_schema_anew(database_url: str) -> None:
    before = tables(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            'create schema "Other One"; create table "Other One".t (id int); create table extra (id int)'
        )
        connection.execute("comment on table alembic_version is 'older files'")
    reset(database_url)
    assert tables(database_url) == before
    assert status(database_url).is_current


def test_reset_of_tables_in_use_is_refused_and_changes_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solde.db.migrations.actions.RESET_LOCK_TIMEOUT", "50ms")
    with psycopg.connect(database_url) as user:
        user.execute("select * from alembic_version")
        with pytest.raises(Refused) as refused:
            reset(database_url)
    assert refused.value.refusals[0].code == "database_in_use"
    assert status(database_url).is_current


def test_a_file_that_fails_leaves_nothing_behind(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [("10_good.sql", b"create table good (id int)"), ("20_bad.sql", b"create table bad (id nonsense)")]
    monkeypatch.setattr("solde.db.migrations.files.schema_files", lambda: files)
    with pytest.raises(psycopg.errors.UndefinedObject) as raised:
        upgrade(empty_database_url)
    assert raised.value.__notes__ == ["in migrations/sql/20_bad.sql"]
    assert tables(empty_database_url) == set()


@pytest.fixture
def plain_owner_url(template: str, empty_database_url: str) -> Iterator[str]:
    """An empty database whose owner may create no roles; the application's role exists already."""
    name = f"owner_{secrets.token_hex(8)}"
    database = str(conninfo_to_dict(empty_database_url)["dbname"])
    with psycopg.connect(empty_database_url, autocommit=True) as administrator:
        owner, named = sql.Identifier(name), sql.Identifier(database)
        administrator.execute(sql.SQL("create role {} login password 'known'").format(owner))
        administrator.execute(sql.SQL("alter database {} owner to {}").format(named, owner))
        yield make_conninfo(empty_database_url, user=name, password="known")
        administrator.execute(sql.SQL("reassign owned by {} to current_user").format(owner))
        administrator.execute(sql.SQL("drop owned by {}").format(owner))
        administrator.execute(sql.SQL("drop role {}").format(owner))


async def test_an_owner_who_may_create_no_roles_is_told_what_an_administrator_runs(
    plain_owner_url: str, empty_database_url: str
) -> None:
    with pytest.raises(Refused) as refused:
        upgrade(plain_owner_url)
    assert refused.value.refusals[0].code == "role_missing"
    advised = refused.value.refusals[0].message.partition("run: ")[2]
    assert advised.startswith("grant solde_app to")
    with psycopg.connect(empty_database_url, autocommit=True) as administrator:
        administrator.execute(advised.encode())
    upgrade(plain_owner_url)
    async with open_pool(plain_owner_url) as pool, pool.connection() as conn:
        assert (await check_schema(conn)).is_current


async def test_the_application_sees_where_the_schema_stands(pool: Pool) -> None:
    async with pool.connection() as conn:
        assert (await check_schema(conn)).is_current
