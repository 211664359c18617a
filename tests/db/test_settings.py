"""Where the database is, from the environment."""

from pathlib import Path

import pytest

from solde.db import Settings, ensure_database
from solde.db.embedded.binaries import find_server, find_tools, look_for_server
from solde.db.embedded.configuration import GIBIBYTE, MEBIBYTE, configuration, shared_buffers
from solde.db.embedded.place import LONGEST_SOCKET_PATH, SOCKET_NAME, socket_folder
from solde.db.pool import describe
from solde.db.settings import default_home
from solde.kernel.refusals import Refused


def test_a_dsn_a_home_and_programs_are_read_from_the_environment() -> None:
    found = Settings.from_environment(
        {"SOLDE_DATABASE_URL": "postgresql://h/d", "SOLDE_HOME": "/srv/solde", "SOLDE_POSTGRES_BIN": "/opt/pg/bin"}
    )
    assert found == Settings(home=Path("/srv/solde"), dsn="postgresql://h/d", postgres_bin=Path("/opt/pg/bin"))


def test_an_empty_dsn_is_none() -> None:
    assert Settings.from_environment({"SOLDE_DATABASE_URL": "", "SOLDE_HOME": "/srv/solde"}).dsn is None


def test_the_default_home_is_the_platforms_data_folder() -> None:
    home = Path.home()
    assert default_home({}, "linux") == home / ".local/share/solde"
    assert default_home({"XDG_DATA_HOME": "/data"}, "linux") == Path("/data/solde")
    assert default_home({"XDG_DATA_HOME": "relative"}, "linux") == home / ".local/share/solde"
    assert default_home({}, "darwin") == home / "Library/Application Support/solde"


def test_the_wheels_programs_are_found_without_its_server_layer() -> None:
    found = find_server(None)
    assert found.major in range(15, 19)
    assert Path(found.path("initdb")).is_file()


def test_tools_are_found_by_the_servers_major_only() -> None:
    major = find_server(None).major
    tools = find_tools(None, major)
    assert tools is not None
    assert tools.major == major
    assert find_tools(None, 99) is None
    assert look_for_server(None, 99) is None


def test_a_folder_without_programs_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(Refused) as raised:
        find_server(tmp_path)
    assert raised.value.refusals[0].code == "postgres_not_found"


def test_a_server_that_does_not_answer_is_refused_without_telling_the_password(tmp_path: Path) -> None:
    dsn = f"postgresql://me:geheim@/solde?host={tmp_path}"
    with pytest.raises(Refused) as raised:
        ensure_database(Settings(home=tmp_path, dsn=dsn))
    assert raised.value.refusals[0].code == "database_unreachable"
    assert "geheim" not in str(raised.value)


def test_a_dsn_that_is_none_is_refused_without_repeating_it(tmp_path: Path) -> None:
    with pytest.raises(Refused) as raised:
        ensure_database(Settings(home=tmp_path, dsn="geheim=1"))
    assert raised.value.refusals[0].code == "database_unreachable"


def test_a_dsn_is_described_without_its_secret() -> None:
    assert describe("postgresql://me:geheim@db.example:5433/solde") == "solde on db.example:5433"
    assert describe("nonsense") == "the given DSN"


def test_a_given_server_that_answers_is_used_as_it_is(database_url: str, tmp_path: Path) -> None:
    assert ensure_database(Settings(home=tmp_path / "unused", dsn=database_url)) == database_url
    assert not (tmp_path / "unused").exists()


def test_shared_buffers_follow_the_memory() -> None:
    sizes = {memory: shared_buffers(memory * GIBIBYTE) // MEBIBYTE for memory in (4, 8, 12, 24, 64)}
    assert sizes == {4: 256, 8: 256, 12: 3072, 24: 4096, 64: 4096}
    assert shared_buffers(512 * MEBIBYTE) == 64 * MEBIBYTE


def test_nothing_listens_on_the_network_and_commits_are_safe() -> None:
    text = configuration(GIBIBYTE, Path("/it's/here"), {"work_mem": "1MB"})
    for line in ("listen_addresses = ''", "fsync = 'on'", "synchronous_commit = 'on'", "work_mem = '1MB'"):
        assert line in text.splitlines()
    assert "unix_socket_directories = '/it''s/here'" in text


def test_a_socket_of_a_long_path_gets_a_short_folder() -> None:
    assert socket_folder(Path("/srv/solde/server")) == Path("/srv/solde/server/socket")
    short = socket_folder(Path("/srv") / ("x" * 90))
    assert len(str(short / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
    assert short == socket_folder(Path("/srv") / ("x" * 90))
    assert short != socket_folder(Path("/srv") / ("y" * 90))
