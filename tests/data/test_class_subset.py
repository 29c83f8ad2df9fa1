from amnat.data import Dataset, toy
from amnat.data.class_subset import choose, class_subset, find_class, synonyms
from amnat.errors import InputError

import numpy as np
import pytest

NAMES = ("cat", "pickup_truck", "goldfish, Carassius auratus", "crane", "crane, machine")


def dataset(labels=(4, 0, 2, 1, 0, 3)):
    samples = np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1)
    return Dataset("things", "train", samples, np.array(labels, np.int32), 5, NAMES)


@pytest.mark.parametrize("classes, rows, labels, names", [
    (2, [1, 3, 4], [0, 1, 0], NAMES[:2]),
    (5, [0, 1, 2, 3, 4, 5], [4, 0, 2, 1, 0, 3], NAMES),
    (slice(1, 3), [2, 3], [1, 0], NAMES[1:3]),
    (slice(-2, None), [0, 5], [1, 0], NAMES[3:]),
    (slice(None, -3), [1, 3, 4], [0, 1, 0], NAMES[:2]),
    (["crane", "cat"], [1, 4, 5], [1, 1, 0], ("crane", "cat")),
    (["Pickup Truck", "carassius-auratus"], [2, 3], [1, 0], NAMES[1:3]),
])  # fmt: skip
def test_classes_are_kept_and_relabelled(classes, rows, labels, names):
    part = class_subset(dataset(), classes)
    assert part.samples.ravel().tolist() == rows
    assert part.labels.tolist() == labels
    assert part.class_names == names
    assert (part.num_classes, part.name, part.split) == (len(names), "things", "train")


@pytest.mark.parametrize("classes, message", [
    (0, "the first 0 classes, expected 1 to 5"),
    (-2, "the first -2 classes"),
    (6, "no classes 0:6, expected a range within its 5 classes"),
    (slice(-6, None), "no classes -6:, expected"),
    (slice(3, 3), "no classes 3:3"),
    ([], "no class is selected"),
    (["dog", "cat"], "unknown class 'dog', it has 'cat', 'pickup_truck'"),
    (["cat", "CAT"], "classes selected twice: 'cat'"),
    (["Crane"], "'Crane' may be any of the classes 'crane', 'crane, machine'"),
])  # fmt: skip
def test_impossible_selections_are_named(classes, message):
    with pytest.raises(InputError, match=r"^data set 'things' \(train\): " + message):
        class_subset(dataset(), classes)


def test_classes_without_a_sample_make_no_data_set():
    with pytest.raises(InputError, match="things.*empty"):
        class_subset(dataset(labels=(0, 0)), ["crane"])


def test_a_mixture_keeps_its_components():
    ring = toy.load_toy("toy_weight", points_per_component=40)
    part = class_subset(ring, slice(2, 4))
    # Even components have four times the points of odd ones.
    assert part.mixture.weights == pytest.approx([0.8, 0.2])
    assert np.array_equal(part.mixture.means, ring.mixture.means[2:4])
    assert np.bincount(part.labels).tolist() == [40, 10]


def test_an_equal_name_wins_over_synonyms():
    assert find_class(NAMES, "crane", "x") == 3
    assert choose(NAMES, ["machine"], "x") == [4]


def test_synonyms():
    assert synonyms("Goldfish,  Carassius_auratus, ") == {"goldfish", "carassius auratus"}
    assert synonyms("T-shirt/top") == {"t shirt/top"}
