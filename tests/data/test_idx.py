import gzip
import os

from amnat.data import download, idx, load
from amnat.errors import InputError

import numpy as np
import pytest

FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
LABELS = [7, 0, 9]


def header(*shape, dtype=8) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in shape)
    return bytes([0, 0, dtype, len(shape)]) + sizes


def pixels() -> np.ndarray:
    return np.random.default_rng(1).integers(1, 256, (3, 28, 28)).astype(np.uint8)


def write(folder, split="train", images=None, labels=None, packed=False) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    images = header(3, 28, 28) + pixels().tobytes() if images is None else images
    labels = header(3) + bytes(LABELS) if labels is None else labels
    for name, data in zip(FILES[split], (images, labels), strict=True):
        path = folder / (name + ".gz" if packed else name)
        path.write_bytes(gzip.compress(data) if packed else data)


def read(folder, split="train"):
    return load("mnist", folder, split, download=False)


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("place", [".", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("packed", [True, False])
def test_reads_every_place_and_form(tmp_path, split, place, packed):
    write(tmp_path / place, split, packed=packed)
    data = read(tmp_path, split)
    assert data.labels.tolist() == LABELS
    assert data.samples.shape == (3, 32, 32, 1)
    assert np.array_equal(data.samples[:, 2:30, 2:30, 0], pixels())
    assert data.samples.sum(dtype=np.int64) == pixels().sum(dtype=np.int64)
    assert data.images[0, 0, 0, 0] == -127.5 / 128


def test_a_packed_name_with_unpacked_content_is_read(tmp_path):
    write(tmp_path)
    for name in FILES["train"]:
        os.rename(tmp_path / name, tmp_path / (name + ".gz"))
    assert read(tmp_path).num_samples == 3


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    "images, message",
    [
        (b"", "magic number 0x, expected 0x00000803"),
        (header(3) + bytes(3), "magic number 0x00000801, expected 0x00000803"),
        (header(3, 28, 28, dtype=9), "magic number 0x00000903"),
        (header(3, 28, 28)[:9], "truncated in its header of 16 bytes"),
        (header(3, 28, 28) + bytes(2351), r"\[3, 28, 28\], that is 2352 bytes, and only 2351"),
        (header(3, 28, 28) + bytes(2353), "2352 bytes, and more follow"),
        (header(3, 27, 28) + bytes(2268), "images of 27x28, expected 28x28"),
        (header(2**32 - 1, 28, 28) + bytes(9), "more than 1,073,741,824 bytes"),
        (header(10**6, 28, 28) + bytes(9), "only 9 follow"),
    ],
)
def test_a_wrong_image_file_is_named(tmp_path, packed, images, message):
    write(tmp_path, images=images, packed=packed)
    with pytest.raises(InputError, match=f"train-images-idx3-ubyte.*{message}"):
        read(tmp_path)


@pytest.mark.parametrize(
    "labels, message",
    [
        (header(2) + bytes(2), "2 labels for the 3 images"),
        (header(3) + bytes([1, 10, 2]), "label 10 at row 1, expected 0 to 9"),
        (header(3, 28, 28) + bytes(2352), "magic number 0x00000803, expected 0x00000801"),
        (header(3) + bytes(2), "only 2 follow"),
        (header(3) + bytes(4), "more follow"),
    ],
)
def test_a_wrong_label_file_is_named(tmp_path, labels, message):
    write(tmp_path, labels=labels)
    with pytest.raises(InputError, match=f"train-labels-idx1-ubyte.*{message}"):
        read(tmp_path)


def test_an_empty_data_set_is_refused(tmp_path):
    write(tmp_path, images=header(0, 28, 28), labels=header(0))
    with pytest.raises(InputError, match="mnist.*empty"):
        read(tmp_path)


@pytest.mark.parametrize("missing", [0, 1])
@pytest.mark.parametrize("may_download", [True, False])
def test_a_missing_companion_is_named_and_not_downloaded(tmp_path, missing, may_download):
    write(tmp_path / "mnist", packed=True)
    name = FILES["train"][missing]
    os.remove(tmp_path / "mnist" / (name + ".gz"))
    with pytest.raises(InputError, match=f"{name}.*no such file.*https://.*{name}.gz"):
        load("mnist", tmp_path, "train", may_download)


def test_a_broken_checksum_of_gzip_is_named(tmp_path):
    write(tmp_path, packed=True)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    whole = path.read_bytes()
    for broken in (whole[:-1], whole[:40], whole[:-8] + b"abcd" + whole[-4:], b"\x1f\x8b"):
        path.write_bytes(broken)
        with pytest.raises(InputError, match="train-images-idx3-ubyte.gz': cannot be read"):
            read(tmp_path)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("which", [0, 1])
def test_damaged_files_raise_only_input_errors(tmp_path, damaged, packed, which):
    write(tmp_path, packed=packed)
    path = tmp_path / (FILES["train"][which] + (".gz" if packed else ""))
    refused = 0
    for copy in damaged(path.read_bytes(), 300):
        path.write_bytes(copy)
        try:
            read(tmp_path)
        except InputError:
            refused += 1
    assert refused > 100


def test_nothing_there_and_no_download_says_what_to_do(tmp_path):
    with pytest.raises(InputError, match=r"t10k-images-idx3-ubyte\[.gz\].*https://"):
        read(tmp_path, "test")


def test_a_file_for_a_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="file' is a file, expected the folder"):
        read(tmp_path / "file")


def test_only_the_wanted_split_is_downloaded_and_only_once(tmp_path, monkeypatch):
    calls = []

    def fetch(urls, filename, size, dest_dir, **checksum):
        calls.append((filename, size, checksum["sha256"][:16]))
        assert all(url.endswith("/" + filename) for url in urls)
        assert len(urls) == 2
        write(tmp_path / "mnist", "test", packed=True)
        return os.path.join(dest_dir, filename)

    monkeypatch.setattr(download, "fetch", fetch)
    assert load("mnist", tmp_path, "test").num_samples == 3
    assert load("mnist", tmp_path, "test").num_samples == 3
    assert calls == [
        ("t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79"),
        ("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6d"),
    ]


def test_read_idx_reads_other_ranks(tmp_path):
    path = tmp_path / "matrix"
    path.write_bytes(header(2, 3) + bytes(range(6)))
    assert idx.read_idx(str(path), 2).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_real_images_equal_the_bytes_of_the_file(real_data_dir):
    for split, files in FILES.items():
        data = read(real_data_dir, split)
        published = []
        for name in files:
            with gzip.open(real_data_dir / "mnist" / (name + ".gz")) as stream:
                published.append(np.frombuffer(stream.read(), np.uint8))
        images = published[0][16:].reshape(-1, 28, 28)
        assert np.array_equal(data.samples[:, 2:30, 2:30, 0], images)
        assert data.labels.tolist() == published[1][8:].tolist()
        # Digits are centred by mass, so a shifted or transposed reading would show here.
        mass = data.samples[..., 0].mean(axis=0, dtype=np.float64)
        for axis in (0, 1):
            center = (mass.sum(axis=1 - axis) * np.arange(32)).sum() / mass.sum()
            assert abs(center - 15.8) < 0.5
