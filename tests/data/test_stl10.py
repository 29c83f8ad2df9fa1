"""STL-10 from small files in the published layout."""

import io
import tarfile

from amnat.data import load
from amnat.errors import InputError

import numpy as np
import pytest
from PIL import Image

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (5, 96, 96, 3)).astype(np.uint8)


def stored(images) -> bytes:
    """Planes of red, green and blue, each column after column."""
    return images.transpose(0, 3, 2, 1).tobytes()


FILES = {
    "train_X.bin": stored(PIXELS[:3]),
    "train_y.bin": bytes([1, 10, 4]),
    "test_X.bin": stored(PIXELS[3:]),
    "test_y.bin": bytes([2, 2]),
    "unlabeled_X.bin": stored(PIXELS),
}


def write(folder, files, packed):
    if not packed:
        inner = folder / "stl10_binary"
        inner.mkdir(exist_ok=True)
        for name, data in files.items():
            (inner / name).write_bytes(data)
        return
    with tarfile.open(folder / "stl10_binary.tar.gz", "w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(f"stl10_binary/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def read(folder, name="stl10", split="train"):
    return load(name, folder, split, download=False)


def halved(images):
    return [
        np.asarray(Image.fromarray(image).resize((48, 48), Image.Resampling.BILINEAR))
        for image in images
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_images_and_labels(tmp_path, packed):
    write(tmp_path, FILES, packed)
    train = read(tmp_path)
    np.testing.assert_array_equal(train.samples, halved(PIXELS[:3]))
    np.testing.assert_array_equal(train.labels, [0, 9, 3])
    assert train.class_names[9] == "truck"
    test = read(tmp_path, split="test")
    np.testing.assert_array_equal(test.labels, [1, 1])
    unlabeled = read(tmp_path, "stl10_unlabeled")
    np.testing.assert_array_equal(unlabeled.samples, halved(PIXELS))
    assert unlabeled.num_classes == 1
    # What was reduced is kept, until the files change.
    assert (tmp_path / "stl10_train_48x48.npz").exists()
    np.testing.assert_array_equal(read(tmp_path).samples, train.samples)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_X.bin": FILES["train_X.bin"][:-1]}, "train_X.bin.*truncated"),
        ({"train_X.bin": b""}, "train_X.bin.*empty"),
        ({"train_y.bin": bytes([1, 10])}, "train_y.bin.*2 labels for 3"),
        ({"train_y.bin": bytes([1, 11, 4])}, "train_y.bin.*label 11"),
        ({"train_y.bin": None}, "train_y.bin.*expected as published"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_damage_is_named(tmp_path, packed, changes, message):
    files = {name: data for name, data in (FILES | changes).items() if data is not None}
    write(tmp_path, files, packed)
    with pytest.raises(InputError, match=message):
        read(tmp_path)


def test_nothing_there(tmp_path):
    with pytest.raises(InputError, match="holds none of stl10_binary.tar.gz"):
        read(tmp_path)
    write(tmp_path, FILES, packed=True)
    archive = tmp_path / "stl10_binary.tar.gz"
    archive.write_bytes(archive.read_bytes()[:5000])
    with pytest.raises(InputError, match="stl10_binary.tar.gz"):
        read(tmp_path)
