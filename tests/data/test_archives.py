import io
import os
import pathlib
import tarfile
import zipfile

from amnat.data import archives
from amnat.errors import InputError

import pytest
from image_bytes import write_tree

FILES = {"a/1.txt": b"one", "a/2.txt": b"two" * 50, "b/sub/3.txt": b"", "b/4.bin": b"four"}


def read(path, limit=1000):
    files = archives.read_files(path, lambda name: name.endswith(".txt"), limit)
    return {name: data for name, _, data in files}


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_the_wanted_files_of_every_source(tmp_path, kind):
    path = write_tree(kind, tmp_path, FILES)
    assert read(path) == {name: FILES[name] for name in ("a/1.txt", "a/2.txt", "b/sub/3.txt")}
    assert sorted(os.listdir(tmp_path)) == [os.path.basename(path)]


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_files_are_bounded(tmp_path, kind):
    path = write_tree(kind, tmp_path, FILES)
    with pytest.raises(InputError, match="2.txt.*149"):
        read(path, 149)


def test_links_in_folders_are_followed_and_loops_end(tmp_path):
    path = write_tree("folder", tmp_path, {"a/1.txt": b"one"})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "5.txt").write_bytes(b"five")
    os.symlink(tmp_path / "elsewhere", os.path.join(path, "b"))
    os.symlink(path, os.path.join(path, "a", "loop"))
    assert read(path) == {"a/1.txt": b"one", "b/5.txt": b"five"}


def test_a_link_to_a_folder_beside_it_is_followed(tmp_path):
    path = write_tree("folder", tmp_path, {"a/1.txt": b"one", "c/2.txt": b"two"})
    os.symlink(os.path.join(path, "a"), os.path.join(path, "b"))
    assert read(path) == {"a/1.txt": b"one", "b/1.txt": b"one", "c/2.txt": b"two"}


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_folders_are_listed_even_if_they_are_empty(tmp_path, kind):
    path = write_tree(kind, tmp_path, FILES)
    if kind == "folder":
        os.mkdir(os.path.join(path, "c"))
    elif kind == "zip":
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("c/", "")
    else:
        member = tarfile.TarInfo("c")
        member.type = tarfile.DIRTYPE
        with tarfile.open(path, "a") as archive:
            archive.addfile(member)
    with archives.open_tree(path) as tree:
        assert tree.folders() == ["a", "b", "b/sub", "c"]


def test_a_sparse_file_in_a_tar_is_refused(tmp_path):
    path = tmp_path / "x.tar"
    member = tarfile.TarInfo("a.txt")
    member.type = tarfile.GNUTYPE_SPARSE
    with tarfile.open(path, "w") as tar:
        tar.addfile(member)
    with pytest.raises(InputError, match="'a.txt': a link or device"):
        read(str(path))


def test_links_in_a_tar_are_refused(tmp_path):
    path = tmp_path / "x.tar"
    member = tarfile.TarInfo("a/1.txt")
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(path, "w") as tar:
        tar.addfile(member)
    with pytest.raises(InputError, match="'a/1.txt': a link or device"):
        read(str(path))


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_file_that_occurs_twice_is_refused(tmp_path, kind):
    path = str(tmp_path / f"x.{kind}")
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.txt", "1")
            archive.writestr("a.txt", "2")
    else:
        with tarfile.open(path, "w") as archive:
            archive.addfile(tarfile.TarInfo("a.txt"))
            archive.addfile(tarfile.TarInfo("a.txt"))
    with pytest.raises(InputError, match="'a.txt': occurs twice"):
        read(path)


def test_a_zip_that_understates_a_size_does_not_fill_the_memory(tmp_path):
    path = write_tree("zip", tmp_path, {"a.txt": bytes(50 << 20)})
    data = pathlib.Path(path).read_bytes()
    data = data.replace((50 << 20).to_bytes(4, "little"), b"\x09\0\0\0")
    (tmp_path / "photos.zip").write_bytes(data)
    with pytest.raises(InputError, match="a.txt': damaged .*CRC"):
        read(path)


@pytest.mark.parametrize("keep", [0, 100, 512, 1000, 1024, 2560])
def test_a_truncated_tar_is_named(tmp_path, keep):
    path = write_tree("tar", tmp_path, FILES)
    whole = pathlib.Path(path).read_bytes()
    # The last two end just behind a member, where tarfile itself sees nothing wrong.
    pathlib.Path(path).write_bytes(whole[:keep])
    with pytest.raises(InputError, match="photos.tar': cannot be read"):
        read(path)


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "_MAX_FILES", 3)
    for kind in ("folder", "zip", "tar"):
        with pytest.raises(InputError, match="more than 3 files"):
            read(write_tree(kind, tmp_path, FILES))


def test_what_is_no_archive_is_named(tmp_path):
    with pytest.raises(InputError, match="nothing': no such file or folder"):
        read(str(tmp_path / "nothing"))
    (tmp_path / "x.dat").write_bytes(b"hello")
    with pytest.raises(InputError, match="x.dat': cannot be read.*a folder, a .zip or"):
        read(str(tmp_path / "x.dat"))
    with tarfile.open(tmp_path / "x.tar", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("a.txt"), io.BytesIO())
    with pytest.raises(InputError, match="x.tar': cannot be read.*uncompressed tar"):
        read(str(tmp_path / "x.tar"))


def test_an_encrypted_zip_is_refused(tmp_path):
    path = write_tree("zip", tmp_path, {"a.txt": b"one"})
    data = bytearray(pathlib.Path(path).read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    pathlib.Path(path).write_bytes(data)
    with pytest.raises(InputError, match="a.txt': encrypted"):
        read(path)


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_damaged_archives_raise_only_input_errors(tmp_path, damaged, kind):
    path = write_tree(kind, tmp_path, FILES)
    data = pathlib.Path(path).read_bytes()
    data = data[:4096] + data[-512:] if kind == "tar" else data
    refused = 0
    for copy in damaged(data, 300):
        pathlib.Path(path).write_bytes(copy)
        try:
            read(path)
        except InputError:
            refused += 1
    assert refused > 50
