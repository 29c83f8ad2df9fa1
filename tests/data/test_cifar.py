import gzip
import io
import os
import pickle
import tarfile

from amnat.data import cifar, download, load
from amnat.errors import InputError

import numpy as np
import pytest
from cifar_files import (
    ARCHIVE,
    FOLDER,
    NAMES,
    ROWS,
    as_python2,
    batch,
    encoded,
    tar_bytes,
    write_archive,
    write_folder,
)


def read(folder, split="train"):
    return load("cifar10", folder, split, download=False)


def test_the_python2_files_of_these_tests_are_read_by_numpy():
    written = pickle.loads(as_python2(batch(3)), encoding="bytes")
    assert np.array_equal(written[b"data"], batch(3)[b"data"])
    assert written[b"labels"] == [3, 6]


@pytest.mark.parametrize("place", ["packed", "unpacked", "itself"])
@pytest.mark.parametrize(
    "write",
    [
        as_python2,
        lambda content: pickle.dumps(content, 2),
        lambda content: pickle.dumps({k.decode(): v for k, v in content.items()}, 4),
    ],
    ids=["python2", "protocol2", "str_keys"],
)
def test_both_splits_in_every_place_and_form(tmp_path, place, write):
    if place == "packed":
        write_archive(tmp_path, encoded(write))
    else:
        write_folder(tmp_path / FOLDER, encoded(write))
    folder = tmp_path / FOLDER if place == "itself" else tmp_path

    train, test = read(folder), read(folder, "test")

    assert train.labels.tolist() == [0, 9, 1, 8, 2, 7, 3, 6, 4, 5]
    assert test.labels.tolist() == [5, 4]
    assert train.samples.shape == (10, 32, 32, 3)
    assert train.samples.dtype == np.uint8
    assert train.class_names[:2] == ("airplane", "automobile")
    for sample, row, y, x, channel in [(0, 0, 0, 0, 0), (5, 1, 31, 2, 1), (8, 0, 7, 30, 2)]:
        published = batch(sample // ROWS)[b"data"][row, channel * 1024 + y * 32 + x]
        assert train.samples[sample, y, x, channel] == published
    assert test.samples[1, 3, 4, 2] == batch(5)[b"data"][1, 2 * 1024 + 3 * 32 + 4]


def test_batches_may_have_any_number_of_rows(tmp_path):
    rows = np.zeros((3, 3072), np.uint8)
    write_folder(tmp_path / FOLDER, encoded(data=rows, labels=[1, 2, 3]))
    assert read(tmp_path).labels.tolist() == [0, 9, 1, 8, 1, 2, 3, 3, 6, 4, 5]


def test_fortran_order_is_understood(tmp_path):
    array = np.asfortranarray(batch(2)[b"data"])
    write_folder(tmp_path / FOLDER, encoded(lambda c: pickle.dumps(c, 2), data=array))
    assert read(tmp_path).samples[4, 1, 2, 1] == array[0, 1024 + 32 + 2]


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    "changes, message",
    [
        ({"data": np.zeros((2, 3071), np.uint8)}, r"shape \[2, 3071\], expected \[n, 3072\]"),
        ({"data": np.zeros(6144, np.uint8)}, r"shape \[6144\]"),
        ({"data": b"x" * 6144}, "a bytes under 'data', expected a uint8 array"),
        ({"labels": [1]}, "1 labels for 2 images"),
        ({"labels": [1, 10]}, "label 10 at row 1, expected 0 to 9"),
        ({"labels": [-1, 0]}, "label -1 at row 0"),
        ({"labels": [1, b"2"]}, "'labels' is not a list"),
        ({"labels": np.zeros(2, np.uint8)}, "'labels' is not a list"),
    ],
)
def test_a_wrong_batch_is_named(tmp_path, packed, changes, message):
    write = write_archive if packed else lambda path, files: write_folder(path / FOLDER, files)
    write(tmp_path, encoded(**changes))
    with pytest.raises(InputError, match=message) as error:
        read(tmp_path)
    assert "data_batch_3" in str(error.value)


@pytest.mark.parametrize("label", [True, 2**40, 10**5000], ids=["bool", "long", "longer"])
def test_labels_beyond_32_bits_are_refused(tmp_path, label):
    write_folder(tmp_path / FOLDER, encoded(lambda c: pickle.dumps(c, 2), labels=[0, label]))
    with pytest.raises(InputError, match="data_batch_3.*not a list of 32-bit integers"):
        read(tmp_path)


@pytest.mark.parametrize("dtype", [object, np.int16])
def test_other_dtypes_are_refused(tmp_path, dtype):
    array = np.zeros((ROWS, 3072), dtype)
    write_folder(tmp_path / FOLDER, encoded(lambda c: pickle.dumps(c, 2), data=array))
    with pytest.raises(InputError, match="data_batch_3.*dtype.*expected uint8"):
        read(tmp_path)


@pytest.mark.parametrize(
    "names, message",
    [(NAMES[:9], "9 class names, expected 10"), ([1] * 10, "not a list of strings")],
)
def test_a_wrong_meta_file_is_named(tmp_path, names, message):
    files = encoded() | {"batches.meta": as_python2({b"label_names": names})}
    write_folder(tmp_path / FOLDER, files)
    with pytest.raises(InputError, match=f"batches.meta.*{message}"):
        read(tmp_path)


@pytest.mark.parametrize("missing, split", [
    ("data_batch_4", "train"), ("test_batch", "test"), ("batches.meta", "test"),
])  # fmt: skip
def test_a_missing_file_is_named(tmp_path, missing, split):
    files = encoded()
    del files[missing]
    write_archive(tmp_path, files)
    with pytest.raises(InputError, match=f"{ARCHIVE}.*{FOLDER}/{missing}' is missing"):
        read(tmp_path, split)
    write_folder(tmp_path / FOLDER, files)
    with pytest.raises(InputError, match=f"{missing}': no such file"):
        read(tmp_path, split)


def test_a_truncated_file_is_named(tmp_path):
    files = encoded()
    files["data_batch_2"] = files["data_batch_2"][:-50]
    write_folder(tmp_path / FOLDER, files)
    with pytest.raises(InputError, match="data_batch_2'.*damaged"):
        read(tmp_path)


@pytest.mark.parametrize("keep", [0, 5, 1000, -9, -1])
def test_a_truncated_archive_is_named(tmp_path, keep):
    write_archive(tmp_path, encoded())
    whole = (tmp_path / ARCHIVE).read_bytes()
    (tmp_path / ARCHIVE).write_bytes(whole[:keep])
    with pytest.raises(InputError, match=ARCHIVE):
        read(tmp_path, "test")


def test_the_checksum_at_the_end_of_the_archive_is_checked(tmp_path):
    packed = gzip.compress(tar_bytes(encoded()) + bytes(4 << 20), 1)
    wrong = bytes([packed[-8] ^ 1])
    (tmp_path / ARCHIVE).write_bytes(packed[:-8] + wrong + packed[-7:])
    with pytest.raises(InputError, match=f"{ARCHIVE}.*CRC"):
        read(tmp_path, "test")


def test_an_archive_that_is_not_compressed_is_read(tmp_path):
    (tmp_path / ARCHIVE).write_bytes(tar_bytes(encoded()))
    assert read(tmp_path).num_samples == 10


def link(name, target, kind=tarfile.SYMTYPE):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def plain(name):
    member = tarfile.TarInfo(name)
    member.size = 5
    return member


def test_a_hostile_archive_writes_nothing(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    extra = [
        plain("../escaped"),
        plain(f"{FOLDER}/../../escaped"),
        plain(str(tmp_path / "escaped")),
        link("way_out", str(tmp_path)),
        plain("way_out/escaped"),
        link(f"{FOLDER}/other", "/etc/passwd", tarfile.LNKTYPE),
    ]
    write_archive(folder, encoded(), extra)
    assert read(folder).num_samples == 10
    assert sorted(os.listdir(tmp_path)) == ["data"]
    assert os.listdir(folder) == [ARCHIVE]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE])
def test_a_batch_that_is_a_link_is_refused(tmp_path, kind):
    files = encoded()
    secret = tmp_path / "secret"
    secret.write_bytes(files.pop("test_batch"))
    write_archive(tmp_path, files, [link(f"{FOLDER}/test_batch", str(secret), kind)])
    with pytest.raises(InputError, match="test_batch'.*expected a regular file"):
        read(tmp_path, "test")


def test_a_batch_that_occurs_twice_is_refused(tmp_path):
    write_archive(tmp_path, encoded(), [plain(f"{FOLDER}/test_batch")])
    with pytest.raises(InputError, match="test_batch'.*twice"):
        read(tmp_path, "test")


def test_sizes_are_bounded(tmp_path, monkeypatch):
    write_archive(tmp_path, encoded(), [plain(f"more{i}") for i in range(40)])
    for bound, message in [
        ("_MAX_FILE_BYTES", "test_batch'.* 6,.*expected at most 3,000"),
        ("_MAX_ARCHIVE_BYTES", "larger than 3,000 bytes unpacked"),
    ]:
        with monkeypatch.context() as patch, pytest.raises(InputError, match=message):
            patch.setattr(cifar, bound, 3000)
            read(tmp_path, "test")
    monkeypatch.setattr(cifar, "_MAX_ARCHIVE_ENTRIES", 40)
    with pytest.raises(InputError, match="more than 40 members"):
        read(tmp_path, "test")


def test_an_unpacked_file_is_bounded(tmp_path, monkeypatch):
    write_folder(tmp_path / FOLDER, encoded())
    monkeypatch.setattr(cifar, "_MAX_FILE_BYTES", 3000)
    with pytest.raises(InputError, match="data_batch_1': larger than 3,000 bytes"):
        read(tmp_path)


class RunsCommand:
    def __reduce__(self):
        return os.system, ("touch ran",)


@pytest.mark.parametrize("packed", [True, False])
def test_a_hostile_pickle_runs_nothing(tmp_path, monkeypatch, packed):
    monkeypatch.chdir(tmp_path)
    files = encoded() | {"test_batch": pickle.dumps({b"data": RunsCommand()}, 2)}
    write = write_archive if packed else lambda path, files: write_folder(path / FOLDER, files)
    write(tmp_path, files)
    with pytest.raises(InputError, match="test_batch.*asks to import '(posix|nt).system'"):
        read(tmp_path, "test")
    assert not (tmp_path / "ran").exists()


def outcomes(folder, write, copies) -> int:
    """How many of the copies are refused; anything but an InputError fails the test."""
    refused = 0
    for copy in copies:
        write(copy)
        try:
            read(folder, "test")
        except InputError:
            refused += 1
    return refused


@pytest.mark.parametrize("name", ["test_batch", "batches.meta"])
def test_damaged_files_raise_only_input_errors(tmp_path, damaged, name):
    files = encoded()
    write_folder(tmp_path / FOLDER, files)
    target = tmp_path / FOLDER / name
    assert outcomes(tmp_path, target.write_bytes, damaged(files[name], 300)) > 50


def test_damaged_archives_raise_only_input_errors(tmp_path, damaged):
    write_archive(tmp_path, encoded())
    target = tmp_path / ARCHIVE
    copies = list(damaged(target.read_bytes(), 300))
    assert outcomes(tmp_path, target.write_bytes, copies) > 290


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_damaged_tar_headers_raise_only_input_errors(tmp_path, damaged, form):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as tar:
        for name in ("n" * 90 if form == tarfile.USTAR_FORMAT else "n" * 300, FOLDER):
            member = tarfile.TarInfo(name)
            member.mtime = 1.5 if form == tarfile.PAX_FORMAT else 1
            tar.addfile(member)
    headers = stream.getvalue()[: stream.getvalue().rindex(FOLDER.encode()) + 512]
    rest = tar_bytes(encoded())

    def write(copy):
        (tmp_path / ARCHIVE).write_bytes(gzip.compress(copy + rest, 1))

    assert outcomes(tmp_path, write, damaged(headers, 150)) > 20


def test_nothing_there_and_no_download_says_what_to_do(tmp_path):
    with pytest.raises(InputError, match=f"{ARCHIVE}, {FOLDER}.*www.cs.toronto.edu"):
        read(tmp_path)


def test_a_file_for_a_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="file' is a file, expected the folder"):
        read(tmp_path / "file")


def test_the_archive_is_downloaded_only_if_nothing_is_there(tmp_path, monkeypatch):
    calls = []

    def fetch(urls, filename, size, dest_dir, **checksum):
        calls.append((urls, filename, size, checksum))
        write_archive(tmp_path, encoded())
        return os.path.join(dest_dir, filename)

    monkeypatch.setattr(download, "fetch", fetch)
    assert load("cifar10", tmp_path).num_samples == 10
    assert load("cifar10", tmp_path).num_samples == 10
    assert calls == [(
        ["https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"],
        ARCHIVE,
        170498071,
        {"sha256": "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"},
    )]  # fmt: skip


def test_real_images_equal_what_numpy_unpickles(real_data_dir):
    train, test = read(real_data_dir), read(real_data_dir, "test")
    assert train.class_names == tuple(name.decode() for name in NAMES)
    for data in (train, test):
        assert len(set(np.bincount(data.labels).tolist())) == 1, "the classes are balanced"
    with tarfile.open(real_data_dir / ARCHIVE) as tar:
        published = tar.extractfile(f"{FOLDER}/test_batch").read()
    content = pickle.loads(published, encoding="bytes")
    assert test.labels.tolist() == content[b"labels"]
    planes = content[b"data"].reshape(-1, 3, 32, 32)
    for channel in range(3):
        assert np.array_equal(test.samples[..., channel], planes[:, channel])
