"""Locks have one holder, name it, and end with its process."""

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading

from amnat import file_lock
from amnat.errors import InputError
from amnat.file_lock import FileLock, Held, owned_folder

import pytest

# Takes a lock in its only argument, says so, does what follows, and ends with its standard input.
HOLD = """
import os, sys
from amnat.file_lock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    {then}
    sys.stdin.read()
"""


@pytest.fixture
def hold(tmp_path):
    """A function that makes another process take the lock; it returns the process."""
    started = []

    def start(then="pass"):
        command = [sys.executable, "-c", HOLD.format(then=then), str(tmp_path / ".lock")]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_the_second_process_is_told_who_holds_it(tmp_path, hold):
    process = hold()
    before = (tmp_path / ".lock").read_bytes()
    expected = f"in use by process {process.pid} on host {socket.gethostname()} since 2"
    with (
        pytest.raises(InputError, match=rf"--out: .* is {expected}"),
        owned_folder(tmp_path, "out"),
    ):
        pass
    assert (tmp_path / ".lock").read_bytes() == before and len(list(tmp_path.iterdir())) == 1
    process.communicate("")
    assert process.returncode == 0 and not list(tmp_path.iterdir())
    with owned_folder(tmp_path, "out"):
        pass


def test_a_killed_process_holds_nothing(tmp_path, hold):
    process = hold()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert f"process {process.pid} " in (tmp_path / ".lock").read_text()
    with owned_folder(tmp_path, "out"):
        assert f"process {os.getpid()} " in (tmp_path / ".lock").read_text()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "start",
    ["os.fork() or time.sleep(60)", "subprocess.Popen(['sleep', '60']).pid"],
    ids=["forked", "spawned"],
)
def test_a_child_does_not_keep_the_lock(tmp_path, hold, start):
    process = hold(f"import subprocess, time; print({start}, flush=True)")
    child = int(process.stdout.readline())
    try:
        with pytest.raises(Held):
            FileLock(tmp_path / ".lock").acquire()
        process.kill()
        process.wait()
        os.kill(child, 0)  # It lives on.
        with FileLock(tmp_path / ".lock"):
            pass
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_forked_child_does_not_release_its_parents_lock(tmp_path, hold):
    leave = "child or sys.exit(); os.waitpid(child, 0); print('left', flush=True)"
    process = hold(f"child = os.fork(); {leave}")
    assert process.stdout.readline() == "left\n"
    with pytest.raises(Held, match=f"process {process.pid} "):
        FileLock(tmp_path / ".lock").acquire()


def test_one_process_holds_it_once(tmp_path):
    with owned_folder(tmp_path, "out"):
        with (
            pytest.raises(InputError, match=r"in use by this process"),
            owned_folder(tmp_path, "out"),
        ):
            pass
        with pytest.raises(Held):
            FileLock(tmp_path / ".lock").acquire()
        assert (tmp_path / ".lock").exists()


def test_waiting(tmp_path, hold):
    """For a process, and for a thread of this one."""
    process, order = hold(), []

    def wait(name):
        with FileLock(tmp_path / ".lock", wait=True):
            order.append(name)

    threads = [threading.Thread(target=wait, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    order.append("process")
    process.communicate("")
    for thread in threads:
        thread.join(20)
    assert order[0] == "process" and sorted(order[1:]) == ["a", "b"]
    assert not list(tmp_path.iterdir())


def test_a_file_that_was_replaced_is_not_the_lock(tmp_path, monkeypatch):
    """The holder removes the file after another process has opened it."""
    path, lockf = tmp_path / ".lock", fcntl.lockf

    def removed_first(handle, operation):
        monkeypatch.setattr(fcntl, "lockf", lockf)
        path.unlink()
        lockf(handle, operation)

    monkeypatch.setattr(fcntl, "lockf", removed_first)
    with FileLock(path):
        assert path.read_text().startswith(f"process {os.getpid()} on host")


def test_a_folder_without_locks(tmp_path, monkeypatch, capsys):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", refuse)
    with owned_folder(tmp_path, "out"):
        pass
    assert "no locks (No locks available), so nothing keeps" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(file_lock.os, "open", refuse)
    expected = pytest.raises(InputError, match=r"--out: cannot write .*/new: Read-only file system")
    with expected, owned_folder(tmp_path / "a" / "new", "out"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_holder_without_a_name(tmp_path, hold):
    hold()
    os.truncate(tmp_path / ".lock", 0)
    with pytest.raises(Held, match="is locked by another process"):
        FileLock(tmp_path / ".lock").acquire()
