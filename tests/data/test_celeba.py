"""CelebA from small files in the published layout."""

import os

from amnat.data import load
from amnat.errors import InputError

import image_bytes
import numpy as np
import pytest
from PIL import Image

RNG = np.random.default_rng(0)
FACES = RNG.integers(0, 256, (3, 218, 178, 3)).astype(np.uint8)
# The published files are JPEG, which PNG's bytes under that name read as well.
NAMES = ["000001.jpg", "182637.jpg", "182638.jpg"]
FILES = {name: image_bytes.encoded(face) for name, face in zip(NAMES, FACES, strict=True)}


def expected(face):
    crop = Image.fromarray(face[55:163, 35:143])
    return np.asarray(crop.resize((64, 64), Image.Resampling.BILINEAR))


def read(folder, split="train"):
    return load("celeba", folder, split)


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_faces_are_cropped_and_reduced(tmp_path, kind):
    inner = {f"img_align_celeba/{name}": data for name, data in FILES.items()}
    files = inner if kind == "zip" else FILES
    image_bytes.write_tree(kind, tmp_path, files, "img_align_celeba")
    train = read(tmp_path)
    np.testing.assert_array_equal(train.samples, [expected(face) for face in FACES])
    assert train.num_classes == 1
    np.testing.assert_array_equal(read(tmp_path, "test").samples, [expected(FACES[2])])
    np.testing.assert_array_equal(read(tmp_path).samples, train.samples)


def test_a_face_that_keeps_its_size_and_time_is_read_again(tmp_path):
    """As after a copy that restores the times."""
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data.ljust(200_000, b"\0"))
    read(tmp_path)
    path, other = (tmp_path / name for name in NAMES[:2])
    status = path.stat()
    path.write_bytes(other.read_bytes())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    np.testing.assert_array_equal(read(tmp_path).samples[0], expected(FACES[1]))


def test_loose_files(tmp_path):
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    assert read(tmp_path).num_samples == 3


def test_errors(tmp_path):
    with pytest.raises(InputError, match="holds neither img_align_celeba.zip"):
        read(tmp_path)
    files = FILES | {"000002.jpg": image_bytes.flat((1, 2, 3))}
    image_bytes.write_tree("folder", tmp_path, files, "img_align_celeba")
    with pytest.raises(InputError, match="000002.jpg.*4x4 pixels, expected 178x218"):
        read(tmp_path)
    image_bytes.write_tree("folder", tmp_path, {"me.jpg": FILES[NAMES[0]]}, "img_align_celeba")
    with pytest.raises(InputError, match="me.jpg.*expected a number"):
        read(tmp_path, "test")
