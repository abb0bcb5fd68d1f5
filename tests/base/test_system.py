"""What Windows does in its own way, by the calls that it has; tests/promises/test_windows.py runs more of it."""

import os
import signal
import socket
import sys
import types

import pytest

from lenet_tf1.base import files, system
from lenet_tf1.base.errors import InputError


@pytest.fixture
def windows(monkeypatch):
    """The module as it is there, with locks that are noted in the list which this gives."""
    done = []

    def locking(descriptor, mode, length):
        if mode == "lock" and ("lock", 1 << 30, 1) in done and ("unlock", 1 << 30, 1) not in done:
            raise PermissionError(13, "Permission denied")
        done.append((mode, os.lseek(descriptor, 0, os.SEEK_CUR), length))

    monkeypatch.setitem(
        sys.modules, "msvcrt", types.SimpleNamespace(locking=locking, LK_NBLCK="lock", LK_UNLCK="unlock")
    )
    monkeypatch.setattr(system, "WINDOWS", True)
    monkeypatch.setattr(system, "fcntl", None)
    monkeypatch.setattr(system, "resource", None)
    monkeypatch.setattr(system, "_PATIENCE", 0.2)
    return done


def test_a_lock_is_one_byte_that_nobody_reads(windows, tmp_path):
    first, second = (os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT) for _ in range(2))
    assert system.lock(first)
    assert not system.lock(second)
    system.unlock(first)
    assert system.lock(second)
    system.unlock(second)
    assert {place for _, place, _ in windows} == {1 << 30}
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(second)


def test_a_folder_is_not_synced_and_a_file_is_opened_to_be_written(windows, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    flags = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, how, *mode: flags.append(how) or real(path, how, *mode))
    system.sync(tmp_path / "file")
    system.sync(tmp_path)
    assert [how & os.O_ACCMODE for how in flags] == [os.O_RDWR]


def test_what_is_open_is_renamed_over_once_it_is_closed(windows, tmp_path):
    tries = []

    def rename():
        tries.append(1)
        if len(tries) < 3:
            raise PermissionError(13, "it is open", str(tmp_path))
        return "done"

    assert system.patiently(rename) == "done"
    with pytest.raises(PermissionError, match="it is open"):
        system.patiently(lambda: tries.clear() or rename())


def test_where_renaming_over_open_files_works_nothing_is_tried_twice(tmp_path):
    tries = []

    def refused():
        tries.append(1)
        raise PermissionError(13, "it is somebody else's")

    with pytest.raises(PermissionError):
        system.patiently(refused)
    assert len(tries) == 1


@pytest.mark.parametrize("name", ["NUL", "com1.txt"])
def test_names_of_devices_are_none(windows, name):
    with pytest.raises(InputError, match="can't be a name on Windows"):
        files.check_name(name)


def test_names_of_devices_elsewhere_are_names():
    files.check_name("NUL")


def test_what_there_is_no_limit_of(windows):
    assert system.most_files() is None
    system.limit_memory(1)


def test_words_of_a_command_line(windows):
    assert system.quoted(r"C:\my runs") == r'"C:\my runs"'
    assert system.quoted("checkpoints") == "checkpoints"


def test_a_link_is_not_followed_where_that_can_not_be_asked_for(monkeypatch, tmp_path):
    monkeypatch.setattr(system, "NO_FOLLOW", 0)
    (tmp_path / "lock").symlink_to(tmp_path / "letter")
    with pytest.raises(OSError, match="symbolic links"):
        files.open_own(tmp_path / "lock")
    assert not (tmp_path / "letter").exists()
    os.close(files.open_own(tmp_path / "own"))


def test_a_port_is_one_servers():
    with socket.socket() as first, socket.socket() as second:
        system.keep_address(first)
        first.bind(("127.0.0.1", 0))
        first.listen()
        system.keep_address(second)
        with pytest.raises(OSError, match="in use"):
            second.bind(first.getsockname())


def test_signals_that_ask_to_end():
    assert {signal.SIGINT, signal.SIGTERM} <= set(system.STOP_SIGNALS)
    assert 128 + signal.SIGPIPE == system.BROKEN_PIPE
