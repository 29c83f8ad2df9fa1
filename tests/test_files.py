"""Failed reads and writes, in words and by name."""

import errno
import os
import tempfile

from amnat import files
from amnat.errors import InputError, OutputError

import numpy as np
import pytest

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FULL, "No space left on device"),
        (OSError("Can't write data (errno = 28, error message = 'No space left on device')"), ...),
        (RuntimeError("/run/ckpt.tempstate123; No space left on device [Op:SaveV2]"), ...),
        (FileNotFoundError(errno.ENOENT, "?", "x"), "No such file or directory"),
        (FileExistsError(errno.EEXIST, "?", "x"), "File exists"),
        (OSError("no number"), None),
        (KeyError("x"), None),
    ],
)
def test_reasons(error, reason):
    assert files.failure_reason(error) == ("No space left on device" if reason is ... else reason)


def test_a_failed_write_names_what_was_written():
    expected = r"^--out=x: cannot be written \(No space left on"
    with pytest.raises(OutputError, match=expected), files.writing("--out=x"):
        raise FULL
    for error in (ZeroDivisionError("a mistake"), InputError("as it is"), OutputError("named")):
        with pytest.raises(type(error), match=str(error)), files.writing("--out=x"):
            raise error


def test_text_is_read_or_refused_by_name(tmp_path):
    path = tmp_path / "text"
    path.write_text("ü")
    assert files.read_text(path) == "ü"
    path.write_bytes(b"a\xff")
    with pytest.raises(InputError, match=rf"^--flag: {path}: is not text in UTF-8 \(byte 1\)"):
        files.read_text(path, "flag")
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        files.read_text(tmp_path)
    with pytest.raises(InputError, match="No such file"):
        files.read_text(tmp_path / "none")


def test_output_places_are_tried_and_left_as_they_were(tmp_path):
    file = tmp_path / "file"
    file.write_text("kept")
    assert files.output_file(file, "out") == file and file.read_text() == "kept"
    assert files.output_file(tmp_path / "new", "out") == tmp_path / "new"
    assert files.output_folder(tmp_path / "a" / "b", "out").is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "file"]
    with pytest.raises(InputError, match=r"--out=.*: cannot be written \(Is a directory\)"):
        files.output_file(tmp_path, "out")
    with pytest.raises(InputError, match=r"--out=.*: cannot be written \(No such file"):
        files.output_file(tmp_path / "none" / "file", "out")
    with pytest.raises(InputError, match=r"--out=.*: files cannot be written there \(File exists"):
        files.output_folder(file, "out")


def test_a_full_file_system_is_noticed_before_the_work(tmp_path, monkeypatch):
    real = tempfile.TemporaryFile

    class Full:
        """A file system that still creates empty files."""

        def __init__(self, **arguments):
            self.file = real(**arguments)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, data):
            raise FULL

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    assert files.unwritable(tmp_path) == "No space left on device"
    with pytest.raises(InputError, match="--out=.*No space left"):
        files.output_folder(tmp_path, "out")


def test_a_full_temporary_folder_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    expected = rf"temporary files in {tmp_path} .*TMPDIR=.*No space"
    with pytest.raises(OutputError, match=expected), files.scratch_folder("amnat-") as folder:
        np.save(folder / "array.npy", np.zeros(3))
        raise FULL
    assert not list(tmp_path.iterdir())
    # Another failure is not that of the folder.
    with pytest.raises(FileNotFoundError), files.scratch_folder("amnat-"):
        (tmp_path / "none").read_text()


def test_a_default_cache_folder_may_be_unwritable(monkeypatch, tmp_path, capsys):
    with files.cache_folder("~/cache", True, "cache_dir") as folder:
        assert folder == os.path.expanduser("~/cache")
    (tmp_path / "file").touch()
    monkeypatch.setattr(files, "unwritable", lambda folder: "Permission denied")
    with files.cache_folder(str(tmp_path / "a"), False, "cache_dir") as folder:
        assert folder == str(tmp_path / "a")
    assert capsys.readouterr().err == ""
    with files.cache_folder(str(tmp_path / "a"), True, "cache_dir") as folder:
        assert os.path.isdir(folder) and str(tmp_path) not in folder
    assert not os.path.exists(folder)
    errors = capsys.readouterr().err
    assert f"warning: {tmp_path / 'a'}: Permission denied" in errors and errors.count("\n") == 1
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with files.cache_folder("~/a", True, "cache_dir"):
        assert "no home folder" in capsys.readouterr().err


def test_atomic_writes_leave_nothing_behind(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("no space")

    path = tmp_path / "table.md"
    files.write_atomically(path, "old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space") as caught:
        files.write_atomically(path, "new")
    assert caught.value.filename is None
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["table.md"]


def test_a_full_disk_under_an_atomic_write_is_reported_with_the_file(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="table.md"):
        files.write_atomically(tmp_path / "table.md", "new")
    assert not list(tmp_path.iterdir())
