import itertools

from amnat.data import Dataset, GaussianMixture, scale, unscale
from amnat.errors import InputError

import numpy as np
import pytest


def images_dataset(**changes):
    fields = {
        "name": "tiny",
        "split": "train",
        "samples": np.arange(4 * 2 * 2 * 3, dtype=np.uint8).reshape(4, 2, 2, 3),
        "labels": np.array([0, 1, 2, 1], np.int32),
        "num_classes": 3,
        "class_names": ("a", "b", "c"),
    }
    return Dataset(**(fields | changes))


def test_scale_is_the_formula_of_the_original():
    expected = [-127.5 / 128, -0.5 / 128, 0.5 / 128, 127.5 / 128]
    scaled = scale(np.array([0, 127, 128, 255], np.uint8))
    assert scaled.dtype == np.float32
    assert scaled.tolist() == expected


def test_unscale_inverts_scale_for_every_byte():
    every = np.arange(256, dtype=np.uint8)
    assert np.array_equal(unscale(scale(every)), every)


def test_unscale_rounds_to_the_nearest_byte():
    values = (np.array([100.4, 100.6]) - 127.5) / 128
    assert unscale(values).tolist() == [100, 101]


def test_unscale_clips_and_survives_nan():
    pixels = unscale(np.array([-1.0, 1.0, -9.0, 9.0, np.nan, np.inf]))
    assert pixels.tolist() == [0, 255, 0, 255, 0, 255]
    assert pixels.dtype == np.uint8


def test_scaling_twice_is_refused():
    with pytest.raises(TypeError, match="float32"):
        scale(scale(np.zeros(3, np.uint8)))


def test_properties_of_images():
    data = images_dataset()
    assert (data.num_samples, data.sample_shape, data.is_image) == (4, (2, 2, 3), True)
    assert data.images.dtype == np.float32
    assert data.images[0, 0, 0, 1] == (1 - 127.5) / 128


def test_points_are_not_scaled():
    points = np.array([[0.5, 2.0]], np.float32)
    data = images_dataset(samples=points, labels=np.array([2], np.int32))
    assert not data.is_image
    assert data.images is points


@pytest.mark.parametrize(
    "indices", [[3, 0], np.array([3, 0]), slice(3, None, -3)], ids=["list", "array", "slice"]
)
def test_subset_keeps_pairs_and_order(indices):
    subset = images_dataset().subset(indices)
    assert subset.labels.tolist() == [1, 0]
    assert subset.samples[:, 0, 0, 0].tolist() == [36, 0]
    assert subset.class_names == ("a", "b", "c")


def test_subset_by_mask():
    data = images_dataset()
    assert data.subset(data.labels == 1).samples[:, 0, 0, 0].tolist() == [12, 36]


@pytest.mark.parametrize("indices", [[4], [], slice(0, 0), [True, False]])
def test_subset_refuses_impossible_indices(indices):
    with pytest.raises(InputError, match="tiny"):
        images_dataset().subset(indices)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"labels": np.array([0, 1, 3, 1], np.int32)}, "label 3 at row 2, expected 0 to 2"),
        ({"labels": np.array([0, -1, 2, 1], np.int32)}, "label -1 at row 1"),
        ({"labels": np.array([0, 1], np.int32)}, "4 samples"),
        ({"labels": np.zeros((4, 1), np.int32)}, r"int32 \[4, 1\]"),
        ({"labels": np.zeros(4, np.int64)}, "int64"),
        ({"samples": np.zeros((4, 2, 2, 3), np.float32)}, "float32 of rank 4"),
        ({"samples": np.zeros((4, 2), np.uint8)}, "uint8 of rank 2"),
        ({"class_names": ("a", "b")}, "2 class names, expected 3"),
        (
            {"samples": np.zeros((0, 2, 2, 3), np.uint8), "labels": np.zeros(0, np.int32)},
            "empty",
        ),
    ],
)
def test_contradictions_are_refused_by_name(changes, message):
    with pytest.raises(InputError, match=message) as error:
        images_dataset(**changes)
    assert "'tiny' (train)" in str(error.value)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"weights": np.array([0.5, 0.4])}, "sum to 0.9"),
        ({"stddevs": np.array([1.0, 0.0])}, "stddevs > 0"),
        ({"means": np.zeros((2, 3))}, r"\[2, 3\]"),
        ({"weights": np.ones(1)}, r"\[1\]"),
    ],
)
def test_impossible_mixtures_are_refused(changes, message):
    fields = {"means": np.zeros((2, 2)), "stddevs": np.ones(2), "weights": np.array([0.5, 0.5])}
    with pytest.raises(InputError, match=message):
        GaussianMixture(**(fields | changes))


def test_the_identity_is_that_of_the_images():
    dataset = images_dataset()
    other = dataset.samples.copy()
    other[-1, -1, -1, -1] += 1
    changes = [
        {},
        {"samples": other},
        {"samples": dataset.samples.reshape(4, 1, 4, 3)},
        {"labels": dataset.labels[::-1].copy()},
        {"split": "test"},
    ]
    found = [images_dataset(**change).identity() for change in changes]
    assert all(one != another for one, another in itertools.combinations(found, 2))
    assert dataset.identity() == found[0]
    # The last digits of points differ from machine to machine.
    points = [images_dataset(samples=np.full((4, 2), x, np.float32)) for x in (0.5, 0.25)]
    assert points[0].identity() == points[1].identity()
