"""Where images to be scored come from."""

from amnat.data import Dataset
from amnat.data.dataset import scale
from amnat.errors import InputError
from amnat.evaluation import sources

import numpy as np
import pytest
from PIL import Image

BYTES = np.random.default_rng(0).integers(0, 256, (7, 6, 5, 3)).astype(np.uint8)


def taken(source, count):
    return np.concatenate(list(source.batches(count)))


def save_folder(folder, images):
    for number, image in enumerate(images):
        path = folder / str(number % 2)
        path.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.squeeze(image)).save(path / f"{number}.png")
    return folder


def as_set(images):
    return sorted(image.tobytes() for image in images)


@pytest.mark.parametrize("name", ["images", "arr_0", "pictures"])
def test_npz_keeps_its_order(tmp_path, name):
    path = tmp_path / "a.npz"
    labels = {} if name == "pictures" else {"labels": np.arange(7)}
    np.savez(path, **{name: BYTES}, **labels)
    source = sources.npz_source(str(path))
    source.batch_size = 3
    assert (source.available, source.image_shape) == (7, (6, 5, 3))
    np.testing.assert_array_equal(taken(source, 7), scale(BYTES))
    np.testing.assert_array_equal(taken(source, 5), scale(BYTES)[:5])


def test_npz_of_floats(tmp_path):
    np.savez(tmp_path / "a.npz", scale(BYTES))
    np.testing.assert_array_equal(
        taken(sources.npz_source(str(tmp_path / "a.npz")), 7), scale(BYTES)
    )


@pytest.mark.parametrize("shape", [(7, 6, 5, 3), (7, 6, 5, 1)])
def test_folder(tmp_path, shape):
    images = BYTES[..., : shape[-1]]
    source = sources.FolderSource(save_folder(tmp_path, images))
    source.batch_size = 3
    assert (source.available, source.image_shape) == (7, shape[1:])
    found = taken(source, 7)
    assert as_set(found) == as_set(scale(images))
    np.testing.assert_array_equal(taken(source, 4), found[:4])
    # In any but the order of the names, which sorts by class.
    in_order = np.concatenate([scale(images)[0::2], scale(images)[1::2]])
    assert not np.array_equal(found, in_order)


def test_data_set_is_shuffled_the_same_way():
    labels = np.zeros(7, np.int32)
    dataset = Dataset("seven", "train", BYTES, labels, 1, ("a",))
    first, second = sources.dataset_source(dataset), sources.dataset_source(dataset)
    np.testing.assert_array_equal(taken(first, 7), taken(second, 7))
    assert as_set(taken(first, 7)) == as_set(scale(BYTES))
    assert not np.array_equal(taken(first, 7), scale(BYTES))


def test_content_keys(tmp_path):
    """Equal for equal images wherever they lie, different for one changed pixel or order."""
    first = sources.ArraySource(BYTES, "a").content_key()
    assert sources.ArraySource(BYTES.copy(), "b").content_key() == first
    changed = BYTES.copy()
    changed[3, 2, 1, 0] ^= 1
    keys = {first, sources.ArraySource(changed, "a").content_key()}
    keys.add(sources.ArraySource(BYTES[::-1], "a").content_key())
    keys.add(sources.ArraySource(BYTES, "a", shuffle=True).content_key())
    keys.add(sources.ArraySource(BYTES[:, :, :, :1], "a").content_key())
    assert len(keys) == 5
    folder = sources.FolderSource(save_folder(tmp_path / "f", BYTES))
    key = folder.content_key()
    assert sources.FolderSource(save_folder(tmp_path / "g", BYTES)).content_key() == key
    assert sources.FolderSource(save_folder(tmp_path / "h", changed)).content_key() != key


def test_path_digest(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_bytes(b"1")
    first = sources.path_digest(tmp_path / "a")
    (tmp_path / "a" / "y").write_bytes(b"")
    second = sources.path_digest(tmp_path / "a")
    (tmp_path / "a" / "x").write_bytes(b"2")
    assert len({first, second, sources.path_digest(tmp_path / "a")}) == 3


def broken_folders(tmp_path):
    folder = save_folder(tmp_path / "sizes", BYTES)
    Image.fromarray(BYTES[0, :3]).save(folder / "1" / "9.png")
    yield folder, r"9\.png: 5x3 RGB, but 0\.png is 5x6 RGB"
    folder = save_folder(tmp_path / "damaged", BYTES)
    (folder / "1" / "3.png").write_bytes(b"\x89PNG nothing")
    yield folder, r"3\.png: cannot be read as an image"
    folder = tmp_path / "palette"
    folder.mkdir()
    Image.fromarray(BYTES[0]).convert("P").save(folder / "a.png")
    yield folder, "mode P, expected L"
    (tmp_path / "empty").mkdir()
    yield tmp_path / "empty", "no image files"
    yield tmp_path / "none", "no such folder"


def test_folder_errors(tmp_path):
    for folder, message in broken_folders(tmp_path):
        with pytest.raises(InputError, match=message):
            sources.FolderSource(folder)


def test_truncated_pixels_are_found_when_read(tmp_path):
    source = sources.FolderSource(save_folder(tmp_path, BYTES))
    path = source.files[0]
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match=f"{path.name}: cannot be read"):
        taken(source, 7)


def test_npz_errors(tmp_path):
    path = tmp_path / "a.npz"
    with pytest.raises(InputError, match="no such file"):
        sources.npz_source(str(path))
    path.write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="cannot be read"):
        sources.npz_source(str(path))
    np.savez(path, a=BYTES, b=BYTES)
    with pytest.raises(InputError, match="arrays a, b, expected one named images"):
        sources.npz_source(str(path))
    np.savez(path, np.array([{"an": "object"}], object))
    with pytest.raises(InputError, match="cannot be read"):
        sources.npz_source(str(path))
    bad = scale(BYTES)
    bad[2, 0, 0, 0] = np.nan
    np.savez(path, bad)
    with pytest.raises(InputError, match="NaN"):
        sources.npz_source(str(path))
    np.savez(path, BYTES.astype(np.float32))
    with pytest.raises(InputError, match=r"\[0, 255\], expected \[-1, 1\]"):
        sources.npz_source(str(path))
    np.savez(path, BYTES[0])
    with pytest.raises(InputError, match=r"expected images \[N, H, W, C\]"):
        sources.npz_source(str(path))


def test_points_are_refused():
    dataset = Dataset("p", "train", np.zeros((3, 2), np.float32), np.zeros(3, np.int32), 1, ("a",))
    with pytest.raises(InputError, match="points; expected images"):
        sources.dataset_source(dataset)
