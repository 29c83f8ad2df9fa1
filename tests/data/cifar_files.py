"""Tiny CIFAR-10 files in each published form, written without the code under test."""

import gzip
import io
import tarfile

import numpy as np

FOLDER = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
BATCHES = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
ROWS = 2
NAMES = [b"airplane", b"automobile", b"bird", b"cat", b"deer", b"dog", b"frog", b"horse", b"ship",
         b"truck"]  # fmt: skip


def string(value: bytes) -> bytes:
    return b"T" + len(value).to_bytes(4, "little") + value


def python2_pickle(value) -> bytes:
    """The opcodes by which Python 2 with NumPy 1 wrote the official files, without its memo."""
    if isinstance(value, bytes):
        return string(value)
    if isinstance(value, int):
        return b"J" + value.to_bytes(4, "little", signed=True)
    if isinstance(value, list):
        return b"](" + b"".join(map(python2_pickle, value)) + b"e"
    if isinstance(value, dict):
        pairs = [python2_pickle(k) + python2_pickle(v) for k, v in value.items()]
        return b"}(" + b"".join(pairs) + b"u"
    shape = b"".join(map(python2_pickle, value.shape))
    return (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01(" + shape + b"tcnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
        b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        + string(value.tobytes())
        + b"tb"
    )


def as_python2(content: dict) -> bytes:
    return b"\x80\x02" + python2_pickle(content) + b"."


def batch(index: int) -> dict:
    rng = np.random.default_rng(index)
    return {
        b"batch_label": b"batch %d" % index,
        b"labels": [index, 9 - index],
        b"data": rng.integers(0, 256, (ROWS, 3072)).astype(np.uint8),
        b"filenames": [b"a.png", b"b.png"],
    }


def contents() -> dict[str, dict]:
    files = {name: batch(index) for index, name in enumerate(BATCHES)}
    return files | {"batches.meta": {b"label_names": NAMES, b"num_vis": 3072}}


def write_folder(folder, files: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def tar_bytes(files: dict[str, bytes], extra=()) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        folder = tarfile.TarInfo(FOLDER)
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, data in files.items():
            member = tarfile.TarInfo(f"{FOLDER}/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for member in extra:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return stream.getvalue()


def write_archive(folder, files: dict[str, bytes], extra=()) -> None:
    (folder / ARCHIVE).write_bytes(gzip.compress(tar_bytes(files, extra), 1))


def encoded(write=as_python2, **changes) -> dict[str, bytes]:
    """The files of the data set; changes replace entries of data_batch_3."""
    files = contents()
    for key, value in changes.items():
        files["data_batch_3"][key.encode()] = value
    return {name: write(content) for name, content in files.items()}
