"""Where images to be scored come from."""

import re
import shutil

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
def test_npz_is_shuffled_and_says_so(tmp_path, name):
    path = tmp_path / "a.npz"
    labels = {} if name == "pictures" else {"labels": np.arange(7)}
    np.savez(path, **{name: BYTES}, **labels)
    source = sources.npz_source(str(path))
    source.batch_size = 3
    assert (source.available, source.image_shape) == (7, (6, 5, 3))
    # The order of data sets and folders.
    expected = scale(BYTES)[np.random.default_rng(0).permutation(7)]
    np.testing.assert_array_equal(taken(source, 7), expected)
    np.testing.assert_array_equal(taken(source, 5), expected[:5])
    assert source.settings == {
        "name": str(path),
        "shuffled": True,
        "shuffle_seed": 0,
        "available": 7,
        "kind": "npz",
        "array": name,
        **({"other_arrays": ["labels"]} if labels else {}),
    }


def test_npy_is_read_like_npz(tmp_path):
    np.save(tmp_path / "a.npy", BYTES)
    np.savez(tmp_path / "a.npz", BYTES)
    first, second = (sources.npz_source(str(tmp_path / f"a.{kind}")) for kind in ("npy", "npz"))
    np.testing.assert_array_equal(taken(first, 7), taken(second, 7))
    assert first.content_key() == second.content_key()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4"])
def test_npz_of_floats(tmp_path, dtype):
    np.savez(tmp_path / "a.npz", scale(BYTES).astype(dtype))
    found = taken(sources.npz_source(str(tmp_path / "a.npz")), 7)
    assert found.dtype == np.float32
    assert as_set(found) == as_set(scale(BYTES).astype(dtype).astype(np.float32))


@pytest.mark.parametrize("images, warning", [
    (BYTES / 255, "no pixel is negative"),
    (BYTES / 255 - 0.5, r"only range over \[-0.5, 0.5\]"),
    (BYTES // 128, "no byte is above 1"),
    ((BYTES / 255).astype(np.uint8), "no byte is above 1"),
])  # fmt: skip
def test_another_scale_stands_in_the_record(tmp_path, capsys, images, warning):
    """Whatever the number of images."""
    for count in (2, 7, 70):
        np.savez(tmp_path / "a.npz", np.resize(images, (count, 6, 5, 3)).astype(images.dtype))
        source = sources.npz_source(str(tmp_path / "a.npz"))
        (found,) = source.settings["warnings"]
        assert re.search(warning, found)
        error = capsys.readouterr().err
        assert error.startswith(f"warning: {tmp_path}/a.npz: ") and error.count("\n") == 1


def test_nothing_is_doubted_in_vain(tmp_path):
    for images in (BYTES, scale(BYTES), np.zeros_like(BYTES)):
        np.savez(tmp_path / "a.npz", images)
        assert "warnings" not in sources.npz_source(str(tmp_path / "a.npz")).settings


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
    yield folder, r"9\.png': 5x3 pixels, but '0/0\.png' has 5x6"
    folder = save_folder(tmp_path / "damaged", BYTES)
    (folder / "1" / "3.png").write_bytes(b"\x89PNG nothing")
    yield folder, r"3\.png': damaged"
    folder = save_folder(tmp_path / "deep", BYTES)
    Image.fromarray(np.full((6, 5), 40000, np.uint16)).save(folder / "0" / "d.png")
    yield folder, r"d\.png': an image of mode I;16, expected"
    folder = save_folder(tmp_path / "animation", BYTES)
    frames = [Image.fromarray(image) for image in BYTES[:2]]
    frames[0].save(folder / "0" / "a.gif", save_all=True, append_images=frames[1:])
    yield folder, r"a\.gif': 2 frames or pages"
    folder = save_folder(tmp_path / "unread", BYTES)
    (folder / "0" / "a.heic").write_bytes(b"")
    yield folder, r"'0/a\.heic' is an image of a kind that is not read"
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "a.txt").write_bytes(b"")
    yield tmp_path / "empty", r"no image files .* left out 1 file: 1 \.txt"
    yield tmp_path / "none", "no such file or folder"


def test_folder_errors(tmp_path):
    for folder, message in broken_folders(tmp_path):
        with pytest.raises(InputError, match=message):
            sources.FolderSource(folder)


def test_truncated_pixels_are_found_when_read(tmp_path):
    source = sources.FolderSource(save_folder(tmp_path, BYTES))
    path = tmp_path / source.files[0]
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match=f"{path.name}': damaged"):
        taken(source, 7)


def test_folder_counts_what_the_data_loader_counts(tmp_path, capsys):
    plain = sources.FolderSource(save_folder(tmp_path / "a", BYTES))
    assert capsys.readouterr().err == ""
    folder = save_folder(tmp_path / "b", BYTES)
    for hidden in (".ipynb_checkpoints/0-checkpoint.png", "__MACOSX/._0.png", "0/._0.png"):
        (folder / hidden).parent.mkdir(exist_ok=True)
        Image.fromarray(BYTES[0]).save(folder / hidden)
    (folder / "0" / "Thumbs.db").write_bytes(b"")
    (folder / "labels.json").write_bytes(b"")
    source = sources.FolderSource(folder)
    assert source.available == 7 and source.content_key() == plain.content_key()
    assert source.settings["left_out"] == {"hidden": 3, ".json": 1}
    assert re.match(r"note: '.*b': 7 images; left out 4 files: 3 hidden", capsys.readouterr().err)


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_archives_are_read_like_folders(tmp_path, kind):
    folder = save_folder(tmp_path / "a", BYTES)
    archive = shutil.make_archive(str(tmp_path / "packed"), kind, folder)
    first, second = sources.FolderSource(folder), sources.FolderSource(archive)
    assert second.available == 7 and first.content_key() == second.content_key()
    np.testing.assert_array_equal(taken(first, 7), taken(second, 7))


def test_conversions_stand_in_the_record(tmp_path):
    folder = save_folder(tmp_path, BYTES)
    Image.fromarray(BYTES[0, ..., 0]).save(folder / "grey.png")
    opaque = np.dstack([BYTES[0], np.full((6, 5), 255, np.uint8)])
    Image.fromarray(opaque).save(folder / "opaque.png")
    Image.fromarray(opaque[..., [0, 1, 2, 0]]).save(folder / "transparent.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(BYTES[0].transpose(1, 0, 2)).save(folder / "turned.png", exif=exif)
    source = sources.FolderSource(folder)
    assert source.settings["converted"] == {
        "grey, repeated in 3 channels": 1,
        "turned as their EXIF orientation says": 1,
        "with transparency, which is dropped": 1,
    }
    assert taken(source, 11).shape == (11, 6, 5, 3)


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
    np.savez(path, scale(BYTES).transpose(0, 3, 1, 2))
    with pytest.raises(InputError, match=r"\[7, 3, 6, 5\], which looks like \[N, C, H, W\]"):
        sources.npz_source(str(path))
    for dtype in (np.int64, np.uint16, np.int8, bool):
        np.savez(path, BYTES.astype(dtype))
        with pytest.raises(InputError, match=f"type {np.dtype(dtype)}, expected uint8"):
            sources.npz_source(str(path))
    np.savez(path, BYTES[0])
    with pytest.raises(InputError, match=r"expected images \[N, H, W, C\]"):
        sources.npz_source(str(path))


def test_points_are_refused():
    dataset = Dataset("p", "train", np.zeros((3, 2), np.float32), np.zeros(3, np.int32), 1, ("a",))
    with pytest.raises(InputError, match="points; expected images"):
        sources.dataset_source(dataset)
