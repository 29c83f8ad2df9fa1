"""Every reader of foreign files, fed with damaged and hostile ones: InputError or a result.

A tenth of the 2,000 damaged files per reader is read in every run of the tests, all of them with
`-m slow`. Nothing outside the folder with the data changes, and nothing in a file is run.
"""

import functools
import gzip
import io
import os
import pathlib
import pickle
import tarfile
import zipfile

from amnat import data
from amnat.data import archives, image_files
from amnat.data.cache import cached_array
from amnat.data.folder import load_folder, read_class_list
from amnat.data.mat5 import read_mat5
from amnat.data.restricted_pickle import load_dict
from amnat.errors import InputError
from amnat.evaluation.sources import FolderSource, npz_source
from amnat.training.generator_record import read_record
from amnat.training.run_directory import RunDirectory, latest_checkpoint, seal_checkpoint

import cifar_files
import numpy as np
import pytest
from image_bytes import encoded, flat, write_tree
from PIL import Image
from scipy.io import savemat

COPIES = 2000
PHOTO = np.random.default_rng(8).integers(0, 256, (12, 12, 3)).astype(np.uint8)
PHOTOS = {"n01/a.png": flat(1), "n02/b.png": flat((1, 2, 3)), "n02/c.jpg": flat(9, (4, 4), "JPEG")}


def _idx(array):
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def _file(folder, name, read, content):
    """(content, function of other content that reads it from a file)."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)

    def read_copy(copy):
        path.write_bytes(copy)
        read(path)

    return content, read_copy


def _load(name, folder):
    return lambda path: data.load(name, folder, "train", download=False)


def _mnist(folder, packed):
    images, labels = _idx(PHOTO[None, ..., 0].repeat(2, 0)), _idx(np.array([3, 4]))
    (folder / "train-labels-idx1-ubyte").write_bytes(labels)
    images = _idx(np.zeros((2, 28, 28)))
    name = "train-images-idx3-ubyte" + (".gz" if packed else "")
    return _file(folder, name, _load("mnist", folder), gzip.compress(images) if packed else images)


def _mat(folder, compressed):
    stream = io.BytesIO()
    content = {"X": PHOTO[..., None], "y": np.ones((1, 1), np.uint8)}
    savemat(stream, content, do_compression=compressed)
    return _file(
        folder, "x.mat", lambda path: read_mat5(str(path), ("X", "y"), 1 << 20), stream.getvalue()
    )


def _cifar(folder, packed):
    content = cifar_files.tar_bytes(cifar_files.encoded())
    if packed:
        return _file(
            folder, cifar_files.ARCHIVE, _load("cifar10", folder), gzip.compress(content, 1)
        )
    # Damage behind the checksum of gzip, in the headers above all.
    read = _file(folder, cifar_files.ARCHIVE, _load("cifar10", folder), b"")[1]
    return content[:4096], lambda copy: read(gzip.compress(copy + content[4096:], 1))


def _emnist(folder):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for kind, array in (("images-idx3", np.zeros((2, 28, 28))), ("labels-idx1", np.ones(2))):
            name = f"gzip/emnist-letters-train-{kind}-ubyte.gz"
            archive.writestr(name, gzip.compress(_idx(array)))
    return _file(folder, "gzip.zip", _load("emnist_letters", folder), stream.getvalue())


def _tree(folder, kind):
    path = pathlib.Path(write_tree(kind, folder, PHOTOS))
    return _file(
        folder, path.name, lambda path: load_folder(str(path), (4, 4, 3)), path.read_bytes()
    )


def _image(folder, form):
    return encoded(PHOTO, form), lambda copy: image_files.decode_to(copy, "photo", (8, 8, 3))


def _examined(form, **options):
    content = encoded(PHOTO, form, **options)
    return content, lambda copy: image_files.examine(copy, "photo")


def _turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def _npz(folder):
    stream = io.BytesIO()
    np.savez(stream, images=PHOTO[None])
    return _file(folder, "images.npz", npz_source, stream.getvalue())


def _npy(folder):
    stream = io.BytesIO()
    np.save(stream, PHOTO[None])
    return _file(folder, "images.npy", npz_source, stream.getvalue())


def _scored(folder, kind):
    """Images as evaluate.py reads them."""
    path = pathlib.Path(write_tree(kind, folder, {f"{i}.png": flat(i) for i in range(3)}))

    def read(path):
        source = FolderSource(path)
        source.content_key()
        list(source.batches(source.available))

    return _file(folder, path.name, read, path.read_bytes())


def _zipped_mnist(folder):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a/train-images.idx3-ubyte", _idx(np.zeros((2, 28, 28))))
        archive.writestr("a/train-labels.idx1-ubyte.gz", gzip.compress(_idx(np.array([3, 4]))))
    return _file(folder, "archive.zip", _load("mnist", folder), stream.getvalue())


def _renamed_cifar(folder):
    content = cifar_files.tar_bytes(cifar_files.encoded())
    return _file(folder, "cifar10.tar", _load("cifar10", folder), content)


def _stl10(folder):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, size in (("train_X.bin", 3 * 96 * 96), ("train_y.bin", 1)):
            member = tarfile.TarInfo(f"stl10_binary/{name}")
            member.size = size
            tar.addfile(member, io.BytesIO(bytes([1]) * size))
    return _file(folder, "stl10.tar", _load("stl10", folder), stream.getvalue())


def _imagenet32(folder):
    stream = io.BytesIO()
    np.savez(stream, data=np.zeros((1, 3072), np.uint8), labels=[1])
    return _file(folder, "x/train_data_batch_1.npz", _load("imagenet32", folder), stream.getvalue())


def _cache(folder):
    def read(path):
        found = cached_array(str(path), "key", (3,), lambda: np.full(3, 7, np.uint8))
        assert found.tolist() == [7, 7, 7]

    cached_array(str(folder / "cache.npz"), "key", (3,), lambda: np.full(3, 7, np.uint8))
    return _file(folder, "cache.npz", read, (folder / "cache.npz").read_bytes())


def _seal(folder):
    run = RunDirectory(folder / "run")
    run.checkpoints.mkdir(parents=True)
    (run.checkpoints / "ckpt-5.index").write_bytes(b"weights")
    seal_checkpoint(run.checkpoints, 5)
    seal = run.checkpoints / "ckpt-5.json"
    read = _file(seal.parent, seal.name, lambda _: latest_checkpoint(run.checkpoints), b"")[1]
    return seal.read_bytes(), read


def _run_record(folder):
    content = b'{"version": 1, "generator": {"module": "amnat.networks.mlp"}, "latent_size": 3}'
    return _file(folder, "generator.json", lambda _: read_record(RunDirectory(folder)), content)


def _metrics(folder):
    run = RunDirectory(folder)
    content = b"iteration,loss\n10,0.5\n20,0.25\n"
    return _file(folder, "metrics.csv", lambda _: run.forget_after(10), content)


def _class_list(folder):
    content = "n01\nn02\nnümber three\n".encode()
    return _file(folder, "list.txt", lambda path: read_class_list(str(path)), content)


READERS = {
    "cifar pickle": lambda f: (
        cifar_files.as_python2(cifar_files.batch(1)),
        lambda c: load_dict(c, "x"),
    ),
    "pickle of python 3": lambda f: (
        pickle.dumps({"data": PHOTO, "labels": [1, 2]}, 4),
        lambda c: load_dict(c, "x"),
    ),
    "cifar tar.gz": lambda f: _cifar(f, True),
    "cifar tar": lambda f: _cifar(f, False),
    "idx": lambda f: _mnist(f, False),
    "idx.gz": lambda f: _mnist(f, True),
    "mat5": lambda f: _mat(f, False),
    "mat5 compressed": lambda f: _mat(f, True),
    "emnist zip": _emnist,
    "folder zip": lambda f: _tree(f, "zip"),
    "folder tar": lambda f: _tree(f, "tar"),
    "png": lambda f: _image(f, "PNG"),
    "jpeg": lambda f: _image(f, "JPEG"),
    "bmp": lambda f: _image(f, "BMP"),
    "webp": lambda f: _image(f, "WEBP"),
    "tiff": lambda f: _image(f, "TIFF"),
    "gif": lambda f: _image(f, "GIF"),
    "header of png": lambda f: _examined("PNG"),
    "header of jpeg": lambda f: _examined("JPEG", exif=_turned()),
    "header of tiff": lambda f: _examined("TIFF", compression="tiff_lzw"),
    "header of webp": lambda f: _examined("WEBP", exif=_turned()),
    "scored zip": lambda f: _scored(f, "zip"),
    "scored tar": lambda f: _scored(f, "tar"),
    "mnist in a zip": _zipped_mnist,
    "cifar of another name": _renamed_cifar,
    "stl10 of another name": _stl10,
    "imagenet32": _imagenet32,
    "npz": _npz,
    "npy": _npy,
    "cache": _cache,
    "checkpoint seal": _seal,
    "generator record": _run_record,
    "metrics": _metrics,
    "class list": _class_list,
}


def _all_files(folder):
    """{path: bytes} below a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _fuzz(tmp_path, damaged, reader, count):
    folder, outside = tmp_path / "data", tmp_path / "outside"
    for made in (folder, outside):
        made.mkdir()
    (outside / "file").write_bytes(b"as it was")
    content, read = READERS[reader](folder)
    read(content)
    refused = 0
    for copy in damaged(content, count):
        try:
            read(copy)
        except InputError as error:
            refused += 1
            assert "\n" not in str(error)
    assert _all_files(tmp_path).keys() - _all_files(folder).keys() == {outside / "file"}
    assert (outside / "file").read_bytes() == b"as it was"
    return refused


@pytest.mark.parametrize("reader", READERS)
def test_damaged_files(tmp_path, damaged, reader):
    refused = _fuzz(tmp_path, damaged, reader, COPIES // 10)
    # A cache is made again instead; a shorter list, or fewer rows, are no mistake.
    assert refused or reader in ("cache", "metrics", "bmp")


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_all_damaged_files(tmp_path, damaged, reader):
    _fuzz(tmp_path, damaged, reader, COPIES)


def _tfrecord():
    """One record, as TensorFlow frames it, with the checksums left wrong."""
    payload = b"\x0a\x10image/encoded"
    return len(payload).to_bytes(8, "little") + bytes(4) + payload + bytes(4)


class _Touch:
    """Pickled, a call that makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@functools.cache
def _bombs():
    """(a .zip, a .gz) of which a few kilobytes become 64 MB."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("../../outside/planted", b"planted")
        bomb.writestr("n01/bomb.png", bytes(1 << 26))
    return zipped.getvalue(), gzip.compress(bytes(1 << 26))


def hostile_files(outside):
    """{name: bytes} of what must neither be run nor written outside the data folder."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in ("../../outside/planted", "/outside/planted", "n01/../../../outside/planted"):
            member = tarfile.TarInfo(name)
            member.size = 7
            tar.addfile(member, io.BytesIO(b"planted"))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE):
            link = tarfile.TarInfo(f"n01/{kind.decode('latin-1')}.png")
            link.type, link.linkname = kind, str(outside / "file")
            tar.addfile(link)
    zip_bomb, gzip_bomb = _bombs()
    return {
        "tar": archive.getvalue(),
        "tar.gz": gzip.compress(archive.getvalue()),
        "zip": zip_bomb,
        "pickle": pickle.dumps({"data": _Touch(outside / "planted")}),
        "bare pickle": pickle.dumps(_Touch(outside / "planted")),
        "system": b"cos\nsystem\n(S'touch planted'\ntR.",
        "tfrecord": _tfrecord(),
        "gzip bomb": gzip_bomb,
        "empty": b"",
    }


@pytest.mark.parametrize("reader", READERS)
def test_hostile_files_change_nothing(tmp_path, monkeypatch, reader):
    folder, outside = tmp_path / "data", tmp_path / "outside"
    for made in (folder, outside):
        made.mkdir()
    (outside / "file").write_bytes(b"as it was")
    monkeypatch.chdir(outside)
    _, read = READERS[reader](folder)
    refusing = 0
    for content in hostile_files(outside).values():
        try:
            read(content)
        except InputError:
            refusing += 1
    assert os.listdir(outside) == ["file"] and (outside / "file").read_bytes() == b"as it was"
    assert sorted(os.listdir(tmp_path)) == ["data", "outside"]
    assert refusing >= 8 or reader in ("cache", "metrics", "class list", "folder zip", "folder tar")


def test_a_tar_that_leaves_its_folder_is_only_ever_read(tmp_path):
    path = tmp_path / "x.tar"
    path.write_bytes(hostile_files(tmp_path)["tar"])
    with pytest.raises(InputError, match="a link or device"):
        list(archives.read_files(str(path), lambda name: name.endswith(".png"), 1000))
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.tar"]
