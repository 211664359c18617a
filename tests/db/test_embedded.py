"""The embedded server: started, shared, killed, found, refused."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from db.embedding import (
    SMALL,
    code_of,
    data_folder,
    needs_proc,
    owner_of,
    postmaster,
    start_elsewhere,
)
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from solde.db import Settings, check_schema, ensure_database, open_pool, stop, upgrade
from solde.db.embedded import running_dsn
from solde.db.embedded.place import socket_folder
from solde.db.embedded.processes import is_alive, is_server_of, server_processes
from solde.kernel.refusals import Refused


def test_a_server_is_started_found_again_and_stopped(empty: Settings) -> None:
    assert running_dsn(empty) is None
    dsn = ensure_database(empty)
    first = postmaster(empty)
    assert (ensure_database(empty), postmaster(empty)) == (dsn, first)
    with psycopg.connect(dsn) as connection:
        connection.execute("create table kept (id int)")
    assert stop(empty)
    assert not is_alive(first)
    assert running_dsn(empty) is None
    assert not stop(empty)
    with psycopg.connect(ensure_database(empty)) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_nobody_else_gets_in(empty: Settings) -> None:
    dsn = ensure_database(empty)
    parts = conninfo_to_dict(dsn)
    with psycopg.connect(dsn) as connection:
        assert connection.execute("select current_setting('listen_addresses')").fetchone() == ("",)
    assert Path(str(parts["host"])).stat().st_mode & 0o777 == 0o700
    assert Path(str(parts["passfile"])).stat().st_mode & 0o777 == 0o600
    assert "password" not in parts
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(dsn, password="guessed", passfile="/dev/null")


def test_text_is_compared_by_code_point_and_letters_keep_their_case_pairs(settings: Settings) -> None:
    with psycopg.connect(ensure_database(settings)) as connection:
        row = connection.execute("select 'Z' < 'a', pg_encoding_to_char(encoding) from pg_database").fetchone()
        assert row == (True, "UTF8")
        if connection.info.server_version >= 170_000:
            assert connection.execute("select lower('ÉŁ')").fetchone() == ("éł",)


def test_eight_processes_at_once_share_one_server(empty: Settings) -> None:
    started = [start_elsewhere(empty.home) for _ in range(8)]
    answers = {process.communicate()[0] for process in started}
    assert [process.returncode for process in started] == [0] * 8
    assert len(answers) == 1
    # It outlives those who started it.
    with psycopg.connect(ensure_database(empty)) as connection:
        assert (
            str(connection.execute("select pg_postmaster_start_time(), current_database()").fetchone()) in answers.pop()
        )


@pytest.mark.parametrize("whole", [True, False], ids=["all its processes", "its first process"])
def test_after_a_kill_every_acknowledged_row_is_there(settings: Settings, whole: bool) -> None:
    dsn = ensure_database(settings)
    victims = server_processes(data_folder(settings), owner_of(settings)) if whole else []
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create table row (id int primary key)")
        for number in range(300):
            connection.execute("insert into row values (%s)", (number,))
        for pid in {postmaster(settings), *victims}:
            with suppress(ProcessLookupError):  # the children follow their parent by themselves
                os.kill(pid, signal.SIGKILL)
    with psycopg.connect(ensure_database(settings)) as connection:
        assert connection.execute("select count(*), max(id) from row").fetchone() == (300, 299)


@needs_proc
@pytest.mark.parametrize("kind", ["zombie", "stranger"])
def test_a_lock_file_that_names_a_dead_or_foreign_process_is_put_aside(settings: Settings, kind: str) -> None:
    ensure_database(settings)
    data = data_folder(settings)
    owner = data.stat()
    lines = (data / "postmaster.pid").read_text().splitlines()
    for pid in server_processes(data, owner_of(settings)):
        os.kill(pid, signal.SIGKILL)
    # Of the server's own user, so that PostgreSQL itself would take it for alive.
    command = ["true"] if kind == "zombie" else ["sleep", "60"]
    with subprocess.Popen(command, user=owner.st_uid if os.geteuid() == 0 else None) as other:
        if kind == "zombie":
            os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        (data / "postmaster.pid").write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        (data.parent / "socket" / ".s.PGSQL.5432.lock").write_text(f"{other.pid}\n")
        assert not is_server_of(other.pid, data)
        ensure_database(settings)
        assert postmaster(settings) != other.pid
        other.kill()


def test_a_zombie_is_not_alive() -> None:
    with subprocess.Popen(["true"]) as dead:
        os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)
        os.kill(dead.pid, 0)
        assert not is_alive(dead.pid)


def test_without_proc_the_server_is_told_from_a_stranger_by_its_command(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_database(settings)
    monkeypatch.setattr("solde.db.embedded.processes.PROC", Path("/nonexistent"))
    assert is_server_of(postmaster(settings), data_folder(settings))
    assert not is_server_of(os.getpid(), data_folder(settings))
    with subprocess.Popen(["true"]) as dead:
        os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)
        assert not is_alive(dead.pid)


def test_a_server_that_is_frozen_is_refused_and_found_when_it_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = ensure_database(settings)
    monkeypatch.setattr("solde.db.embedded.server.PING_SECONDS", 2)
    monkeypatch.setattr("solde.db.embedded.server.PATIENCE_SECONDS", 0.0)
    frozen = postmaster(settings)
    os.kill(frozen, signal.SIGSTOP)
    try:
        with pytest.raises(Refused) as raised:
            ensure_database(settings)
    finally:
        os.kill(frozen, signal.SIGCONT)
        monkeypatch.undo()
    assert code_of(raised) == "server_silent"
    assert (ensure_database(settings), postmaster(settings)) == (dsn, frozen)


def test_another_majors_folder_is_refused_and_left_alone(settings: Settings) -> None:
    ensure_database(settings)
    stop(settings)
    version = data_folder(settings) / "PG_VERSION"
    present = version.read_text()
    version.write_text("14\n")
    with pytest.raises(Refused, match="belongs to PostgreSQL 14") as raised:
        ensure_database(settings)
    assert code_of(raised) == "other_postgres_major"
    version.write_text(present)
    ensure_database(settings)


def test_a_server_that_ends_while_starting_is_refused_with_the_end_of_its_log(settings: Settings) -> None:
    with pytest.raises(Refused, match="nonsense") as raised:
        ensure_database(replace(settings, server_options={"shared_buffers": "nonsense"}))
    assert code_of(raised) == "server_failed"


def test_half_a_data_folder_is_made_anew(settings: Settings) -> None:
    half_made = settings.home / "server" / "data.new" / "base"
    ensure_database(settings)
    stop(settings)
    shutil.rmtree(settings.home / "server" / "data")
    half_made.mkdir(parents=True)
    ensure_database(settings)
    assert not half_made.exists()


def test_a_long_home_gets_its_socket_elsewhere(folder: Path) -> None:
    settings = Settings(home=folder / ("long" * 22), server_options=SMALL)
    try:
        assert ensure_database(settings)
        stop(settings)
    finally:
        shutil.rmtree(socket_folder(settings.home / "server"))


def test_a_folder_that_others_may_enter_is_refused(empty: Settings) -> None:
    (empty.home / "server").mkdir(parents=True)
    (empty.home / "server").chmod(0o777)
    with pytest.raises(Refused) as raised:
        ensure_database(empty)
    assert code_of(raised) == "server_folder_taken"


def test_a_home_that_is_a_file_is_refused(folder: Path) -> None:
    (folder / "home").write_text("")
    with pytest.raises(Refused) as raised:
        ensure_database(Settings(home=folder / "home"))
    assert code_of(raised) == "home_not_writable"


async def test_an_owner_who_may_create_roles_needs_no_administrator(settings: Settings) -> None:
    dsn = ensure_database(settings)
    with psycopg.connect(dsn, autocommit=True) as administrator:
        administrator.execute("drop role if exists solde_app")
        administrator.execute("create role keeper login createrole password 'known'")
        administrator.execute("create database kept owner keeper")
    keeper = make_conninfo(dsn, user="keeper", password="known", dbname="kept")
    upgrade(keeper)
    async with open_pool(keeper) as pool, pool.connection() as conn:
        assert (await check_schema(conn)).is_current
        row = await (await conn.execute("select current_user, session_user")).fetchone()
        assert row == ("solde_app", "keeper")


def test_a_new_server_has_a_password_of_its_own(empty: Settings) -> None:
    ensure_database(empty)
    password = (empty.home / "server" / "pgpass").read_text().rsplit(":", 1)[1].strip()
    assert len(password) >= len(secrets.token_urlsafe(32))
    found = subprocess.run(["grep", "-rl", password, str(empty.home)], capture_output=True, text=True, check=True)
    assert found.stdout.split() == [str(empty.home / "server" / "pgpass")]
