import subprocess
import sys

from amnat import data
from amnat.data import Dataset, registry
from amnat.data.negatives import check_disjoint, gaussian_noise, load_negatives, parse_source
from amnat.errors import InputError

import numpy as np
import pytest
from image_bytes import encoded, write_tree

RNG = np.random.default_rng(9)


def images(name, class_names, shape=(8, 8, 3), per_class=2, split="train"):
    count = per_class * len(class_names)
    return Dataset(
        name=name,
        split=split,
        samples=RNG.integers(0, 256, (count, *shape)).astype(np.uint8),
        labels=np.arange(count, dtype=np.int32) % len(class_names),
        num_classes=len(class_names),
        class_names=tuple(class_names),
    )


POSITIVES = images("pos", ["cat", "truck"])
SETS = {
    "pos": images("pos", ["cat", "truck", "dog, hound", "fish"]),
    "other": images("other", ["Truck", "pickup_truck", "bear", "CAT, feline"]),
    "gray": images("gray", ["a", "b"], shape=(5, 6, 1)),
    "four": images("four", ["a"], shape=(8, 8, 4)),
    "points": Dataset(
        "points", "train", np.ones((3, 2), np.float32), np.zeros(3, np.int32), 1, ("p",)
    ),
}


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    data.names()
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    for name, dataset in SETS.items():
        data.register(name, lambda _dir, _split, _download, found=dataset: found)


@pytest.mark.parametrize("spec, names, rows", [
    ("pos[2:]", ("dog, hound", "fish"), [2, 3, 6, 7]),
    ("pos[-1:]", ("fish",), [3, 7]),
    (" pos [ fish + hound ] ", ("fish", "dog, hound"), [2, 3, 6, 7]),
    ("other[1:3]", ("pickup_truck", "bear"), [1, 2, 5, 6]),
])  # fmt: skip
def test_classes_of_a_data_set(spec, names, rows):
    negatives = load_negatives(spec, POSITIVES)
    whole = SETS[spec.strip().split("[")[0].strip()]
    assert negatives.class_names == names
    assert np.array_equal(negatives.samples, whole.samples[rows])
    assert negatives.labels.tolist() == [-1] * len(rows)
    assert negatives.labels.dtype == np.int32
    assert negatives.name == spec
    assert np.array_equal(negatives.images, (negatives.samples - 127.5) / 128)
    assert (negatives.num_samples, negatives.num_classes) == (len(rows), len(names))
    assert negatives.is_image


def test_a_whole_data_set_is_resized_and_coloured_like_the_positives():
    negatives = load_negatives("gray", POSITIVES)
    assert negatives.sample_shape == (8, 8, 3)
    # The corner of an enlarged image is the corner of the original, in all channels.
    assert np.array_equal(negatives.samples[:, 0, 0, 2], SETS["gray"].samples[:, 0, 0, 0])


def test_colours_become_gray_like_gray_positives():
    negatives = load_negatives("pos[2:]", images("x", ["y"], shape=(8, 8, 1)))
    exact = SETS["pos"].samples[[2, 3, 6, 7]] @ np.array([0.299, 0.587, 0.114])
    assert np.abs(negatives.samples[..., 0] - exact).max() <= 0.51


def test_a_file_lists_the_classes(tmp_path):
    (tmp_path / "list.txt").write_text("bear\n# no more\n")
    assert load_negatives(f"other[@{tmp_path}/list.txt]", POSITIVES).class_names == ("bear",)


def wnid_files(names):
    pixels = RNG.integers(0, 256, (9, 12, 3)).astype(np.uint8)
    return {f"{name}/{name}_0.png": encoded(pixels) for name in names}


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_folders(tmp_path, kind):
    path = write_tree(kind, tmp_path, wnid_files(["n1", "n2", "n3"]))
    assert load_negatives(f"folder={path}", POSITIVES).samples.shape == (3, 8, 8, 3)
    assert load_negatives(f"folder={path}[-2:]", POSITIVES).class_names == ("n2", "n3")
    assert load_negatives(f"folder={path}[n3+n1]", POSITIVES).class_names == ("n3", "n1")
    with pytest.raises(InputError, match=r"no images of the classes 'n01514668', .* 26 more"):
        load_negatives(f"folder={path}[@nat]", POSITIVES)


def test_a_relative_folder_may_lie_beside_the_data(tmp_path, monkeypatch):
    write_tree("tar", tmp_path, wnid_files(["n1"]))
    monkeypatch.chdir(tmp_path.parent)
    assert load_negatives("folder=photos.tar", POSITIVES, tmp_path).num_samples == 1
    with pytest.raises(InputError, match="'photos.tar': no such file or folder"):
        load_negatives("folder=photos.tar", POSITIVES, tmp_path / "elsewhere")


def test_the_real_wnids_of_the_nat_paper(real_data_dir):
    path = real_data_dir / "imagenet-samples.tar"
    if not path.exists():
        pytest.skip(f"no {path.name}")
    negatives = load_negatives(f"folder={path}[@nat]", images("mnist", "01", shape=(32, 32, 1)))
    assert negatives.samples.shape == (31, 32, 32, 1)


@pytest.mark.parametrize("spec, shared", [
    ("pos", "'cat', 'truck'"),
    ("pos[1:3]", "'truck'"),
    ("other", "'Truck', 'CAT, feline'"),
])  # fmt: skip
def test_a_class_that_is_also_positive_is_refused(spec, shared):
    with pytest.raises(
        InputError, match=rf"^negatives '.*also positive, in 'pos': {shared}; leave"
    ):
        load_negatives(spec, POSITIVES)


def test_synonyms_count_between_data_sets_but_not_within_one():
    cranes = images("birds", ["crane, n1"]), images("birds", ["crane, n2"])
    check_disjoint(*cranes, "x")
    with pytest.raises(InputError, match="^x: classes that are also positive"):
        check_disjoint(cranes[0], images("machines", ["crane, n2"]), "x")


@pytest.mark.parametrize("spec, message", [
    ("four", r"\[8, 8, 4\] cannot become \[8, 8, 3\]"),
    ("points", r"samples of shape \[2\] cannot become those of the positives 'pos', \[8, 8, 3\]"),
    ("other[4:5]", "no classes 4:5"),
    ("other[tiger+bear]", "unknown class 'tiger', it has 'Truck'"),
    ("folder=nowhere", "'nowhere': no such file or folder"),
])  # fmt: skip
def test_what_cannot_be_used_is_named(spec, message):
    with pytest.raises(InputError, match=message):
        load_negatives(spec, POSITIVES)


def test_points_of_other_dimensions_are_refused():
    positives = Dataset(
        "p3", "train", np.ones((1, 3), np.float32), np.zeros(1, np.int32), 1, ("q",)
    )
    with pytest.raises(InputError, match=r"\[2\] cannot become .* \[3\]"):
        load_negatives("points", positives)
    with pytest.raises(InputError, match=r"\[8, 8, 3\] cannot become .* \[3\]"):
        load_negatives("pos", positives)


def test_fewer_samples_than_a_batch_takes_are_refused():
    assert load_negatives("pos[2:]", POSITIVES, per_batch=4).num_samples == 4
    with pytest.raises(InputError, match=r"'pos\[2:\]': 4 samples, expected at least the 5 of one"):
        load_negatives("pos[2:]", POSITIVES, per_batch=5)
    with pytest.raises(InputError, match="2 samples, expected at least the 3"):
        load_negatives("noise=2", POSITIVES, per_batch=3)


@pytest.mark.parametrize("spec, message", [
    ("", "expected NAME, NAME"),
    ("[1:2]", "unknown data set"),
    ("cifar", "unknown data set 'cifar'.*did you mean 'cifar10'"),
    ("path=/x", "expected NAME"),
    ("folder=", "no path after folder="),
    ("pos[]", "a class name is empty"),
    ("pos[a++b]", "a class name is empty"),
    ("pos[@nothing.txt]", "nothing.txt': no such file"),
    ("noise=0", "COUNT at least 1"),
    ("noise=-5", "COUNT at least 1"),
    ("noise=x", "COUNT at least 1"),
    ("noise[1:2]", "expected noise or noise=COUNT"),
])  # fmt: skip
def test_wrong_specifications_are_refused_before_anything_is_read(spec, message):
    with pytest.raises(InputError, match=message):
        parse_source(spec)


def test_specifications_taken_apart():
    assert parse_source("pos[:3]").classes == slice(None, 3)
    assert parse_source("pos").classes is None
    assert parse_source("folder=/a/b[c]/d[-2:]").name == "/a/b[c]/d"
    assert (parse_source("noise").count, parse_source("noise=7").count) == (10_000, 7)
    assert len(parse_source("folder=x[@nat]").classes) == 31


def test_noise_is_normal_unclipped_and_the_documented_draw():
    negatives = load_negatives("noise=300", POSITIVES, seed=3)
    values = negatives.images.astype(np.float64)
    assert negatives.samples.dtype == np.float32 and not negatives.is_image
    assert negatives.sample_shape == (8, 8, 3)
    error = 1 / np.sqrt(values.size)
    assert abs(values.mean()) < 4 * error and abs(values.std() - 1) < 4 * error
    # P(|x| > 1) of a normal distribution.
    assert abs((np.abs(values) > 1).mean() - 0.3173) < 0.01
    drawn = np.random.default_rng([20200829, 3, 0]).standard_normal((2, 8, 8, 3), np.float32)
    assert np.array_equal(negatives.samples[:2], drawn)
    assert negatives.class_names == ()


def test_noise_depends_on_seed_and_split_only():
    def noise(**changes):
        return load_negatives("noise=2", POSITIVES, **changes).samples

    assert np.array_equal(noise(), noise())
    assert not np.isin(noise(), noise(seed=1)).any()
    assert not np.isin(noise(), noise(split="test")).any()
    with pytest.raises(InputError, match="more than 4 GiB"):
        gaussian_noise(10**9, (32, 32, 3))


def test_negatives_of_one_split(monkeypatch):
    splits = []
    data.register("asked", lambda _dir, split, _download: splits.append(split) or SETS["gray"])
    load_negatives("asked", POSITIVES, split="test")
    assert splits == ["test"]
    with pytest.raises(InputError, match="unknown split 'valid'"):
        load_negatives("asked", POSITIVES, split="valid")


def test_no_tensorflow_is_loaded():
    code = (
        "import sys; from amnat.data import negatives; negatives.parse_source('cifar100[:3]'); "
        "sys.exit(bool({'tensorflow', 'scipy', 'PIL'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
