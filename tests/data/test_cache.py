import os
import pathlib
import signal
import subprocess
import sys
import threading

from amnat.data import cache

import numpy as np
import pytest

ARRAY = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def unexpected():
    raise AssertionError("made again")


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "made.npz")


def test_an_array_is_made_once(path):
    made = cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY)
    assert made is ARRAY
    kept = cache.cached_array(path, "key", ARRAY.shape, unexpected)
    assert np.array_equal(kept, ARRAY)
    assert os.listdir(os.path.dirname(path)) == ["made.npz"]


def test_another_key_or_shape_is_made_afresh_and_replaces(path):
    cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY)
    other = ARRAY + 1
    assert np.array_equal(cache.cached_array(path, "other", ARRAY.shape, lambda: other), other)
    assert np.array_equal(cache.cached_array(path, "other", ARRAY.shape, unexpected), other)
    assert cache.cached_array(path, "other", (24,), lambda: ARRAY.ravel()).shape == (24,)


def test_damage_is_never_returned(path, damaged):
    cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY)
    for copy in damaged(pathlib.Path(path).read_bytes(), 200):
        pathlib.Path(path).write_bytes(copy)
        assert np.array_equal(cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY), ARRAY)


def test_a_pickle_is_not_loaded(path):
    np.savez(path, key=np.array("key"), array=np.array([[[os.getcwd]]], object))
    made = cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY)
    assert made is ARRAY


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    path = str(tmp_path / "missing" / "made.npz")
    assert cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY) is ARRAY
    assert os.listdir(tmp_path) == []


def test_an_interrupt_leaves_nothing(path, monkeypatch):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(cache.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY)
    assert os.listdir(os.path.dirname(path)) == []


def test_the_first_makes_the_entry_and_the_others_wait_for_it(path):
    """Two that find no entry at the same time get one and the same."""
    both_look, looked, made, results = threading.Barrier(2), threading.local(), [], []

    def read():
        found = cache._load(path, "key", ARRAY.shape)
        if not hasattr(looked, "once"):
            looked.once = True
            both_look.wait(timeout=30)
        return found

    def make():
        made.append(ARRAY + len(made))
        return made[-1]

    def save(array):
        cache._save(path, "key", array)

    def fill():
        results.append(cache.read_or_make(path, read, make, save))

    threads = [threading.Thread(target=fill) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and len(results) == 2
    assert all(np.array_equal(result, ARRAY) for result in results)
    assert os.listdir(os.path.dirname(path)) == ["made.npz"]


def test_who_waits_says_so(path, capsys):
    waits = threading.Event()
    with cache.locked(path):
        thread = threading.Thread(target=lambda: _enter(path, waits))
        thread.start()
        assert not waits.wait(0.1)
    thread.join(timeout=30)
    assert waits.is_set()
    assert capsys.readouterr().err.count(f", which is making {path}") == 1


def _enter(path, event):
    with cache.locked(path):
        event.set()


def test_a_killed_process_holds_no_lock(path):
    code = (
        "import sys, time; from amnat.data import cache\n"
        "with cache.locked(sys.argv[1]): print('in', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline() == "in\n"
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY) is ARRAY
    assert os.listdir(os.path.dirname(path)) == ["made.npz"]


def test_a_full_disk_costs_the_entry_only(path, capsys, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.np, "savez", full)
    assert cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY) is ARRAY
    assert capsys.readouterr().err == f"warning: {path} was not written: No space left on device\n"
    assert os.listdir(os.path.dirname(path)) == []


def test_another_decoder_is_another_key(path, monkeypatch):
    cache.cached_array(path, "key", ARRAY.shape, lambda: ARRAY)
    monkeypatch.setattr(cache, "_decoder", lambda: "Pillow 1.0")
    other = ARRAY + 1
    assert cache.cached_array(path, "key", ARRAY.shape, lambda: other) is other


def test_a_file_with_its_old_size_and_time_is_another_file(tmp_path):
    file = tmp_path / "images.bin"
    file.write_bytes(b"old")
    before, status = cache.file_signature(file), os.stat(file)
    assert cache.file_signature(file) == before
    (tmp_path / "new").write_bytes(b"new")
    os.replace(tmp_path / "new", file)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert cache.file_signature(file) != before
