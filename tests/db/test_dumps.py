"""Backup and restore: a round trip, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from solde.db import backup, open_pool, reset, restore, status
from solde.db.dumps import _environment, _without_password
from solde.kernel.refusals import Refused

RIGHTS = """
select relname, privilege_type from pg_class, aclexplode(relacl) where grantee = 'solde_app'::regrole order by 1, 2
"""


def fill(dsn: str) -> None:
    with psycopg.connect(dsn) as owner:
        owner.execute("create table fact (id int primary key, amount numeric(20,6), note text)")
        owner.execute("insert into fact values (1, 83.123456, 'é; it''s \\. %'), (2, -0.000001, null)")
        owner.execute(
            "create table secret (id int); revoke all on secret from solde_app; grant update on fact to solde_app"
        )
        owner.execute("create sequence counted; select nextval('counted')")


def facts(dsn: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as owner:
        return owner.execute("select id, amount, note from fact order by id").fetchall()


def rights(dsn: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as owner:
        return owner.execute(RIGHTS).fetchall()


@pytest.fixture
def backup_file(database_url: str, tmp_path: Path) -> Path:
    fill(database_url)
    backup(database_url, tmp_path / "solde.backup")
    return tmp_path / "solde.backup"


def code_of(raised: pytest.ExceptionInfo[Refused]) -> str:
    return raised.value.refusals[0].code


def test_a_restored_database_holds_what_was_backed_up(database_url: str, backup_file: Path) -> None:
    before = facts(database_url), rights(database_url)
    with psycopg.connect(database_url) as owner:
        owner.execute("delete from fact; create table later (id int)")
    restore(database_url, backup_file)
    assert (facts(database_url), rights(database_url)) == before
    assert status(database_url).is_current
    with psycopg.connect(database_url) as owner:
        assert owner.execute("select nextval('counted'), to_regclass('later')").fetchone() == (2, None)


def test_a_backup_fits_into_an_empty_database(backup_file: Path, empty_database_url: str) -> None:
    restore(empty_database_url, backup_file)
    assert len(facts(empty_database_url)) == 2
    assert status(empty_database_url).is_current


def test_a_database_made_anew_can_be_backed_up_too(database_url: str, tmp_path: Path) -> None:
    reset(database_url)
    backup(database_url, tmp_path / "file")
    restore(database_url, tmp_path / "file")
    assert status(database_url).is_current


def test_tables_made_after_a_restore_are_the_applications_to_read(database_url: str, backup_file: Path) -> None:
    restore(database_url, backup_file)
    with psycopg.connect(database_url) as owner:
        owner.execute("create table made_later (id int)")
    assert ("made_later", "INSERT") in rights(database_url)


def test_a_backup_is_readable_by_its_owner_alone(backup_file: Path) -> None:
    assert backup_file.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in backup_file.parent.iterdir()] == [backup_file.name]


def test_a_file_that_is_no_backup_is_refused_and_changes_nothing(database_url: str, backup_file: Path) -> None:
    backup_file.write_bytes(b"nonsense")
    with pytest.raises(Refused) as raised:
        restore(database_url, backup_file)
    assert code_of(raised) == "backup_unreadable"
    assert len(facts(database_url)) == 2


def test_half_a_backup_is_refused_and_changes_nothing(database_url: str, tmp_path: Path) -> None:
    fill(database_url)
    with psycopg.connect(database_url) as owner:
        owner.execute("insert into fact select n, n, md5(n::text) from generate_series(3, 20000) as n")
    backup(database_url, tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    (tmp_path / "half").write_bytes(whole[: len(whole) - len(whole) // 4])
    with pytest.raises(Refused) as raised:
        restore(database_url, tmp_path / "half")
    assert code_of(raised) in {"restore_failed", "backup_unreadable"}
    assert len(facts(database_url)) == 20_000


def test_a_restore_while_tables_are_in_use_is_refused(
    database_url: str, backup_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solde.db.dumps.RESET_LOCK_TIMEOUT", "50ms")
    with psycopg.connect(database_url) as user:
        user.execute("select * from fact")
        with pytest.raises(Refused) as raised:
            restore(database_url, backup_file)
    assert code_of(raised) == "database_in_use"


def test_tools_of_another_version_are_refused(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as raised:
        backup(database_url, tmp_path / "file", postgres_bin=tmp_path)
    assert code_of(raised) == "backup_tools_missing"


def test_a_backup_that_cannot_be_written_is_refused(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as raised:
        backup(database_url, tmp_path / "missing" / "file")
    assert code_of(raised) == "backup_failed"


def test_a_password_is_in_no_command_line() -> None:
    dsn = "postgresql://me:very%20secret@host/solde?sslmode=require"
    assert conninfo_to_dict(_without_password(dsn)) == {
        "user": "me",
        "host": "host",
        "dbname": "solde",
        "sslmode": "require",
    }
    assert _environment(dsn)["PGPASSWORD"] == "very secret"


async def test_a_restore_or_reset_while_a_server_is_connected_is_refused(
    database_url: str, backup_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solde.db.migrations.actions.UNUSED_PATIENCE_SECONDS", 0.0)
    changes: list[Callable[[], None]] = [lambda: restore(database_url, backup_file), lambda: reset(database_url)]
    async with open_pool(database_url, name="solde serve"):
        for change in changes:
            with pytest.raises(Refused) as raised:
                change()
            assert code_of(raised) == "database_in_use"
            assert "solde serve" in raised.value.refusals[0].message
    assert len(facts(database_url)) == 2
    restore(database_url, backup_file)
