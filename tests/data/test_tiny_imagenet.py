import os
import zipfile

from amnat.data import download, load, tiny_imagenet
from amnat.data.class_subset import class_subset
from amnat.errors import InputError

import numpy as np
import pytest
from image_bytes import encoded, flat, write_tree

FOLDER = "tiny-imagenet-200"
# Not in alphabetical order, as published.
WNIDS = [f"n{(37 * i) % 200:08d}" for i in range(200)]
PHOTO = np.random.default_rng(8).integers(0, 256, (64, 64, 3)).astype(np.uint8)
GRAY = flat(90, (64, 64), "JPEG")


def image(label) -> bytes:
    return flat((label, 255 - label, 7), (64, 64), "JPEG")


@pytest.fixture(scope="module")
def published():
    words = ["n99999999\tnothing of this"]
    words += [f"{wnid}\tthing {i}, synonym {i}" for i, wnid in enumerate(WNIDS)]
    files = {
        "wnids.txt": "\n".join(WNIDS).encode() + b"\n",
        "words.txt": "\n".join(words).encode(),
        "val/val_annotations.txt": (
            f"val_0.JPEG\t{WNIDS[199]}\t0\t32\t44\t62\nval_1.JPEG\t{WNIDS[3]}\t1\t2\t3\t4\n"
        ).encode(),
        "val/images/val_0.JPEG": image(30),
        "val/images/val_1.JPEG": GRAY,
        "test/images/test_0.JPEG": b"not read",
        f"train/{WNIDS[0]}/{WNIDS[0]}_boxes.txt": b"not read",
    }
    files |= {f"train/{wnid}/images/{wnid}_0.JPEG": image(i) for i, wnid in enumerate(WNIDS)}
    # Their order by name would be 0, 10, 2.
    files[f"train/{WNIDS[5]}/images/{WNIDS[5]}_2.JPEG"] = GRAY
    # A lossless file, so that the halving can be compared exactly.
    files[f"train/{WNIDS[5]}/images/{WNIDS[5]}_10.JPEG"] = encoded(PHOTO)
    return files


def write(folder, files, place="zip"):
    if place == "zip":
        write_tree("zip", folder, {f"{FOLDER}/{k}": v for k, v in files.items()}, FOLDER)
        return folder
    write_tree("folder", folder, files, FOLDER)
    return folder / FOLDER if place == "itself" else folder


def read(folder, split="train"):
    return load("tiny_imagenet", folder, split, download=False)


@pytest.mark.parametrize("place", ["zip", "folder", "itself"])
def test_both_splits_in_every_place(tmp_path, published, place):
    folder = write(tmp_path, published, place)
    train, test = read(folder), read(folder, "test")
    assert train.samples.shape == (202, 32, 32, 3)
    assert train.labels.tolist() == [*range(6), 5, 5, *range(6, 200)]
    for row, label in [(0, 0), (5, 5), (8, 6), (201, 199)]:
        assert np.abs(train.samples[row].astype(int) - (label, 255 - label, 7)).max() <= 3
    assert np.abs(train.samples[6].astype(int) - 90).max() <= 1
    assert train.class_names[5] == f"thing 5, synonym 5, {WNIDS[5]}"
    assert test.labels.tolist() == [199, 3]
    assert np.abs(test.samples[0].astype(int) - (30, 225, 7)).max() <= 3


def test_images_are_halved_by_means_of_four_pixels(tmp_path, published):
    halved = read(write(tmp_path, published)).samples[7]
    mean = PHOTO.astype(float).reshape(32, 2, 32, 2, 3).mean(axis=(1, 3))
    assert np.array_equal(halved, np.floor(mean + 0.5))


def test_the_subset_of_the_nat_paper(tmp_path, published):
    train = read(write(tmp_path, published))
    positive, negative = class_subset(train, 100), class_subset(train, slice(-20, None))
    assert positive.num_samples == 102 and negative.num_samples == 20
    assert negative.class_names[-1].endswith(WNIDS[199])
    assert negative.labels.tolist() == list(range(20))


@pytest.mark.parametrize("place", ["zip", "folder"])
def test_the_decoded_images_are_kept_until_a_file_changes(tmp_path, published, monkeypatch, place):
    folder = write(tmp_path, published, place)
    first = read(folder)
    kept = folder / "tiny_imagenet_train_32x32.npz"
    assert kept.exists()
    with monkeypatch.context() as patch:
        patch.setattr(tiny_imagenet, "_halved", None)
        again = read(folder)
    assert np.array_equal(first.samples, again.samples)
    assert again.labels.tolist() == first.labels.tolist()
    changed = published | {f"train/{WNIDS[0]}/images/{WNIDS[0]}_0.JPEG": image(250)}
    write(tmp_path, changed, place)
    assert read(folder).samples[0, 0, 0, 0] > 240


@pytest.mark.parametrize("name, content, message", [
    ("wnids.txt", b"n01\nn02\n", "wnids.txt': 2 lines, 2 of them different, expected 200 wnids"),
    ("wnids.txt", b"\xff", "wnids.txt': not a text file"),
    ("words.txt", b"n99999999\tnothing\n", f"words.txt': no line for '{WNIDS[0]}'"),
    ("val/val_annotations.txt", b"val_0.JPEG\tn1\t0\n", r"val_annotations.txt': line 1 is 'val_0"),
    ("val/val_annotations.txt", f"../x\t{WNIDS[0]}\n".encode(), "line 1 is"),
    ("val/images/val_1.JPEG", None, "val/images/val_1.JPEG' is missing|val_1.JPEG': no such file"),
    ("val/images/val_1.JPEG", GRAY[:-30], "val_1.JPEG': damaged"),
    ("val/images/val_1.JPEG", b"", "val_1.JPEG': damaged"),
    ("val/images/val_1.JPEG", flat(1, (64, 32), "JPEG"), "val_1.JPEG': 32x64 pixels, expected 64x"),
])  # fmt: skip
@pytest.mark.parametrize("place", ["zip", "folder"])
def test_wrong_files_are_named_and_nothing_is_kept(
    tmp_path, published, place, name, content, message
):
    files = {k: v for k, v in (published | {name: content}).items() if v is not None}
    folder = write(tmp_path, files, place)
    with pytest.raises(InputError, match=message):
        read(folder, "test")
    assert not list(folder.glob("*.npz"))


def test_a_class_without_images_is_named(tmp_path, published):
    files = {k: v for k, v in published.items() if not k.startswith(f"train/{WNIDS[9]}/")}
    with pytest.raises(InputError, match=f"train/{WNIDS[9]}/images': no .JPEG file"):
        read(write(tmp_path, files))


def test_a_damaged_zip_is_named(tmp_path, published):
    path = write(tmp_path, published) / f"{FOLDER}.zip"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=f"{FOLDER}.zip': cannot be read"):
        read(tmp_path)


def test_a_hostile_zip_writes_nothing_outside(tmp_path, published):
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder, published)
    with zipfile.ZipFile(folder / f"{FOLDER}.zip", "a") as archive:
        archive.writestr("../escaped", "x")
        archive.writestr(f"{FOLDER}/train/{WNIDS[0]}/images/../../../../../escaped.JPEG", "x")
    assert read(folder, "test").num_samples == 2
    assert os.listdir(tmp_path) == ["data"]


def test_the_zip_is_downloaded_only_if_nothing_is_there(tmp_path, published, monkeypatch):
    calls = []

    def fetch(urls, filename, size, dest_dir, **checksum):
        calls.append((urls, filename, size, checksum))
        write(tmp_path, published)
        return os.path.join(dest_dir, filename)

    with pytest.raises(InputError, match="holds none of wnids.txt, tiny-imagenet-200,.*http://cs2"):
        read(tmp_path)
    monkeypatch.setattr(download, "fetch", fetch)
    assert load("tiny_imagenet", tmp_path, "test").num_samples == 2
    assert load("tiny_imagenet", tmp_path, "test").num_samples == 2
    url = "http://cs231n.stanford.edu/tiny-imagenet-200.zip"
    md5 = "90528d7ca1a48142e341f4ef8d21d0de"
    assert calls == [([url], f"{FOLDER}.zip", 248100043, {"md5": md5})]
